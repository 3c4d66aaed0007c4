#include "api/describe.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace einc::detail {

std::string Describe::label(Label label) const {
  if (label < compilation_.names.size()) return compilation_.names[label];
  return fmt::format("({})", term(compilation_.expression.made_of[label]));
}

std::string Describe::term(const ir::Term& term) const {
  std::string text;
  for (Label part : term) text += label(part);
  return text;
}

std::string Describe::extents(const ir::Term& term) const {
  std::string text;
  for (Label part : term) text += fmt::format("{}{}={}", text.empty() ? "" : " ", label(part), compilation_.plan.extents[part]);
  return text;
}

std::string Describe::step(std::size_t number) const {
  const ir::Plan& plan = compilation_.plan;
  const ir::Step& step = plan.steps[number];
  if (step.kind == ir::StepKind::stream) return stream(plan.streams[step.stream]);
  std::string text;
  for (ir::PlanValue value : ir::reads(step)) text += (text.empty() ? "" : ",") + term(plan.labels(value));
  text += "->" + term(step.out);
  if (step.kind == ir::StepKind::map) text = fmt::format("{}  {}", text, function(step));
  return text;
}

// What a map computes, its inputs written $0, $1 ...; a long one only by its first functions.
std::string Describe::function(const ir::Step& step) const {
  const ir::Value& value = compilation_.expression.values[step.value];
  if (value.op == ir::Op::reduce) return value.extreme == ir::Extreme::maximum ? "max" : "min";
  constexpr std::size_t longest = 100;
  std::string code = value.code.size() > 40 ? fmt::format("{} operations", value.code.size()) : ir::print(value.code);
  if (code.size() > longest) code = code.substr(0, longest) + " ...";
  return code;
}

std::string Describe::stream(const ir::StreamPlan& stream) const {
  std::string sources, results;
  for (const ir::Leaf& leaf : stream.leaves) sources += (sources.empty() ? "" : ",") + term(leaf.labels);
  for (ir::PlanValue result : stream.results) results += (results.empty() ? "" : ",") + term(stream.labels(result));
  return fmt::format("{}->{}  streamed along {}", sources, results, label(stream.frame.back()));
}

std::string Describe::value(ir::PlanValue value) const {
  const ir::Plan& plan = compilation_.plan;
  while (value >= plan.leaves.size() && plan.steps[value - plan.leaves.size()].kind == ir::StepKind::rename) value = plan.steps[value - plan.leaves.size()].lhs;
  if (value >= plan.leaves.size()) {
    const auto end = plan.steps.begin() + static_cast<std::ptrdiff_t>(value - plan.leaves.size());
    const auto renames = std::count_if(plan.steps.begin(), end, [](const ir::Step& step) { return step.kind == ir::StepKind::rename; });
    return fmt::format("step {}", end - plan.steps.begin() - renames + 1);
  }
  const ir::Value& source = compilation_.expression.values[plan.leaves[value].value];
  if (source.op == ir::Op::iota) return fmt::format("positions of {}", term(source.labels));
  if (source.operand < compilation_.input_names.size()) return compilation_.input_names[source.operand];
  return fmt::format("operand {}", source.operand);
}

std::string shown(std::span<const Extent> shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }

namespace {

// Three significant digits; whole numbers stay whole.
std::string digits(double value) {
  if (value >= 999.5) return fmt::format("{:.0f}", value);
  if (value == std::floor(value)) return fmt::format("{:.0f}", value);
  return fmt::format("{:.3g}", value);
}

}  // namespace

std::string amount(double count) {
  constexpr const char* prefixes[] = {"", " k", " M", " G", " T", " P", " E"};
  std::size_t prefix = 0;
  while (count >= 999.5 && prefix + 1 < std::size(prefixes)) count /= 1000, ++prefix;
  return count >= 999.5 ? fmt::format("{:.2e} E", count) : digits(count) + prefixes[prefix];
}

std::string bytes(double count) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  while (count >= 1024 && unit + 1 < std::size(units)) count /= 1024, ++unit;
  return digits(count) + " " + units[unit];
}

std::string seconds(double time) {
  if (!(time < 1e300)) return "longer than can be told";
  constexpr const char* units[] = {"ns", "us", "ms", "s"};
  std::size_t unit = 0;
  double value = time * 1e9;
  while (value >= 999.5 && unit + 1 < std::size(units)) value /= 1000, ++unit;
  return digits(value) + " " + units[unit];
}

}  // namespace einc::detail
