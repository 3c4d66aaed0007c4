// explain_html.cpp: the plan as one page without dependencies: the contraction tree, memory over the steps, and a table.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "api/compiled_state.hpp"
#include "api/describe.hpp"
#include "api/explain_page.hpp"
#include "api/step_times.hpp"

namespace einc::detail {
namespace {

using Json = nlohmann::ordered_json;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') result += "&amp;";
    else if (c == '<') result += "&lt;";
    else if (c == '>') result += "&gt;";
    else result += c;
  }
  return result;
}

// Bytes of all intermediates that exist while each step runs: its result and what it or a later step reads.
std::vector<double> bytes_alive(const ir::Plan& plan) {
  const std::size_t leaves = plan.leaves.size(), count = plan.steps.size();
  std::vector<std::size_t> last(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    last[i] = i;
    for (ir::PlanValue value : ir::reads(plan.steps[i]))
      if (value >= leaves) last[value - leaves] = i;
  }
  std::vector<double> alive(count, 0);
  for (std::size_t i = 0; i < count; ++i) {
    const bool is_result = std::any_of(plan.results.begin(), plan.results.end(), [&](const ir::PlanResult& result) { return result.value == leaves + i; });
    const ir::StepKind kind = plan.steps[i].kind;
    if (is_result || kind == ir::StepKind::view || kind == ir::StepKind::rename || kind == ir::StepKind::stream) continue;  // what a stream computes are its parts
    const double bytes = ir::elements(plan.steps[i].out, plan.extents) * static_cast<double>(bytes_of(plan.dtype));
    for (std::size_t at = i; at <= last[i]; ++at) alive[at] += bytes;
  }
  return alive;
}

Json data_of(const CompiledState& state, std::span<const double> measured) {
  const compiler::Compilation& compilation = state.compilation();
  const PlanSummary& summary = state.summary;
  const ir::Plan& plan = compilation.plan;
  const Describe describe(compilation);
  const auto element = static_cast<double>(bytes_of(plan.dtype));
  Json data{{"title", compilation.text}, {"order", summary.method}};
  data["facts"] = {{"type", name_of(compilation.dtype)},
                   {"kernels", fmt::format("{}, {} threads", summary.isa, summary.threads)},
                   {"operations", amount(summary.flops) + "flop"},
                   {"predicted", seconds(summary.seconds)}};
  if (!measured.empty()) data["facts"]["measured"] = seconds(seconds_of_run(compilation, summary.workers, measured));
  data["facts"].update({{"largest intermediate", bytes(summary.largest_intermediate_bytes)},
                   {"memory of a run", bytes(static_cast<double>(summary.run_bytes))}});
  if (summary.beforehand_steps > 0) data["facts"]["beforehand"] = fmt::format("{} steps from constants, {}flop; not counted above", summary.beforehand_steps, amount(summary.beforehand_flops));
  if (!summary.sliced.empty()) data["facts"]["slices"] = fmt::format("{} in {} tasks; this is the plan of one", summary.slices, summary.tasks);
  if (summary.naive_flops > 0) data["facts"]["operations of one loop nest"] = amount(summary.naive_flops) + "flop";
  data["leaves"] = Json::array(), data["steps"] = Json::array();
  for (std::size_t i = 0; i < plan.leaves.size(); ++i) {
    const ir::Term& term = plan.leaves[i].labels;
    data["leaves"].push_back({{"name", describe.value(static_cast<ir::PlanValue>(i))}, {"term", describe.term(term)}, {"extents", describe.extents(term)},
                              {"bytes", ir::elements(term, plan.extents) * element}});
  }
  data["measured"] = !measured.empty();
  const std::vector<double> alive = bytes_alive(plan);
  const std::vector<StepTime> times = step_times(compilation, measured);
  std::vector<std::size_t> shown_as(plan.leaves.size());  // the disc of each value
  std::iota(shown_as.begin(), shown_as.end(), std::size_t{0});
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const ir::Step& step = plan.steps[i];
    const double result = ir::elements(step.out, plan.extents) * element;
    if (step.kind == ir::StepKind::rename) {  // the same value
      shown_as.push_back(shown_as[step.lhs]);
      continue;
    }
    if (step.kind == ir::StepKind::part) {  // one result of a stream: not a disc of its own
      const std::size_t stream = shown_as[ir::reads(step)[0]];
      Json& bytes_of_stream = data["steps"][stream - plan.leaves.size()]["result"];
      bytes_of_stream = bytes_of_stream.get<double>() + result;
      shown_as.push_back(stream);
      continue;
    }
    shown_as.push_back(plan.leaves.size() + data["steps"].size());
    std::vector<std::size_t> reads;
    for (ir::PlanValue value : ir::reads(step))
      if (std::find(reads.begin(), reads.end(), shown_as[value]) == reads.end()) reads.push_back(shown_as[value]);
    data["steps"].push_back({{"text", describe.step(i)}, {"reads", reads}, {"flops", step.flops}, {"seconds", times[i].predicted}, {"measured", times[i].measured},
                             {"inside", times[i].inside == lower::Note::no_step ? 0 : shown_as[plan.leaves.size() + times[i].inside] + 1 - plan.leaves.size()},
                             {"result", step.kind == ir::StepKind::stream ? 0 : result}, {"extents", describe.extents(step.out)}, {"live", alive[i]},
                             {"reason", i < plan.beforehand ? "beforehand, as all it reads is constant; " + step.reason : step.reason}});
  }
  return data;
}

}  // namespace

std::string explain_html(const CompiledState& state, const CacheState& cache, std::span<const double> measured) {
  std::string data;
  for (const char c : data_of(state, measured).dump(-1, ' ', false, Json::error_handler_t::replace)) {
    if (c == '<') data += "\\u003c";  // nothing in the data may end its element
    else data += c;
  }
  return fmt::format("{}{}{}<details><summary>As text</summary><pre>{}</pre></details>\n</body>\n</html>\n", page_head, data, page_script,
                     escaped(explain_text(state, cache, measured)));
}

}  // namespace einc::detail
