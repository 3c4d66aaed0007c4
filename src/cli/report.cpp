// SPDX-License-Identifier: BSD-3-Clause
#include "cli/report.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace einc::cli {

namespace {

// Three digits: 0.123, 1.23, 12.3, 123.
std::string three_digits(double value) {
  const double size = std::abs(value);
  const int decimals = size < 0.9995 ? 3 : size < 9.995 ? 2 : size < 99.95 ? 1 : 0;
  return fmt::format("{:.{}f}", value, decimals);
}

// The command's name for a planner, empty for the default.
std::string planner_name(Planner planner) {
  switch (planner) {
    case Planner::automatic: return "";
    case Planner::exact: return "exact";
    case Planner::greedy: return "greedy";
    case Planner::left_to_right: return "left_to_right";
  }
  return "";
}

// What the command says of the effort, empty for the default.
std::string effort_of(const Options& options) {
  if (options.plan_seconds > 0) return fmt::format("{}", options.plan_seconds);
  switch (options.effort) {
    case Effort::fast: return "";
    case Effort::balanced: return "balanced";
    case Effort::best: return "best";
  }
  return "";
}

// The command's name for an objective, empty for the default.
std::string objective_name(Objective objective) {
  switch (objective) {
    case Objective::seconds: return "";
    case Objective::flops: return "flops";
    case Objective::size: return "size";
    case Objective::write: return "write";
  }
  return "";
}

// The command's name for how streams are chosen, empty for the default.
std::string stream_name(Stream stream) {
  switch (stream) {
    case Stream::allow: return "";
    case Stream::require: return "require";
    case Stream::forbid: return "forbid";
  }
  return "";
}

// "made in 3.1 ms, 10^7.4 flops, largest 1.2 MiB, greedy": of a network.
std::string show_plan(const Planned& planned) {
  const auto bytes = [](double size) {
    const char* const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t unit = 0;
    for (; size >= 1024 && unit + 1 < std::size(units); ++unit) size /= 1024;
    return size >= 1e5 ? fmt::format("{:.1e} {}", size, units[unit]) : fmt::format("{:.4g} {}", size, units[unit]);
  };
  return fmt::format("plan in {}, 10^{:.2f} flops, largest {}, {}", show_seconds(planned.seconds.median), std::log10(std::max(1.0, planned.flops)),
                     bytes(planned.largest_intermediate_bytes), planned.method);
}

nlohmann::ordered_json describe(const Distribution& seconds) {
  return {{"median", seconds.median}, {"p10", seconds.low}, {"p90", seconds.high}, {"min", seconds.least}, {"max", seconds.most}};
}

nlohmann::ordered_json describe(const Planned& planned) {
  return {{"seconds", describe(planned.seconds)},
          {"flops", planned.flops},
          {"largest_intermediate_bytes", planned.largest_intermediate_bytes},
          {"method", planned.method},
          {"predicted_seconds", planned.call_seconds}};
}

nlohmann::ordered_json describe(const Measurement& m, const MeasureOptions& options) {
  return {{"suite", m.bench_case.suite},
          {"name", m.bench_case.name},
          {m.bench_case.is_program() ? "program" : "subscripts", m.bench_case.is_program() ? m.bench_case.program : m.bench_case.subscripts},
          {"shapes", m.bench_case.shapes},
          {"dtype", name_of(m.bench_case.dtype)},
          {"result_dtype", name_of(m.bench_case.result_dtype())},
          {"threads", m.threads},
          {"plan_only", m.bench_case.plan_only},
          {"seconds", describe(m.seconds)},
          {"samples", m.samples},
          {"plan", describe(m.planned)},
          {"flops", m.work.flops},
          {"bytes", m.work.bytes_in + m.work.bytes_out},
          {"bound", m.by_flops ? "flops" : "bytes"},
          {"rate", m.samples > 0 ? m.rate() : 0},
          {"limit", m.limit},
          {"share", m.share},
          {"predicted_over_measured", m.samples > 0 ? m.predicted() : 0},
          {"checksum", {{"expected", m.expected}, {"got", m.got}, {"right", m.right}}},
          {"rerun", rerun_command(m.bench_case.id(), options, m.threads)}};
}

}  // namespace

std::string show_seconds(double seconds) {
  if (seconds < 999.5e-9) return three_digits(seconds * 1e9) + " ns";
  if (seconds < 999.5e-6) return three_digits(seconds * 1e6) + " us";
  if (seconds < 999.5e-3) return three_digits(seconds * 1e3) + " ms";
  return three_digits(seconds) + " s ";
}

std::string show_rate(double units_a_second, bool flops) {
  return fmt::format("{} {}", three_digits(units_a_second / 1e9), flops ? "GFLOP/s" : "GB/s   ");
}

Table::Table(const std::vector<BenchCase>& cases, Style style) : style_(style) {
  for (const BenchCase& bench_case : cases) width_ = std::max(width_, bench_case.id().size());
}

std::string Table::head() const {
  return style_.bold(fmt::format("{:<{}}  {:>4}  {:>10}  {:>7}  {:>15}  {:>6}  {:<15}  {:>18}  {}", "case", width_, "type", "time", "spread",
                                 "rate       ", "share", "of the limit", "predicted", "checksum"));
}

std::string Table::line(const Measurement& m) const {
  const std::string begin = fmt::format("{:<{}}  {:>4}", m.bench_case.id(), width_, name_of(m.bench_case.dtype));
  if (m.bench_case.plan_only || m.samples == 0) return fmt::format("{}  predicted {:>10}  {}", begin, show_seconds(m.planned.call_seconds), show_plan(m.planned));
  const std::string spread = fmt::format("±{:.0f} %", 100 * m.seconds.spread());
  const std::string share = m.limit > 0 ? fmt::format("{:.0f} %", 100 * m.share) : "-";
  const std::string limit = m.limit > 0 ? show_rate(m.limit, m.by_flops) : "unknown";
  const std::string right = m.right ? style_.green("right") : style_.red(fmt::format("WRONG: {} instead of {}", m.got, m.expected));
  const std::string plan = m.bench_case.is_network() ? "  " + show_plan(m.planned) : "";
  const std::string predicted = fmt::format("{} x{:.2f}", show_seconds(m.planned.call_seconds), m.predicted());
  return fmt::format("{}  {:>10}  {:>7}  {:>15}  {:>6}  {:<15}  {:>18}  {}{}", begin, show_seconds(m.seconds.median), spread, show_rate(m.rate(), m.by_flops),
                     share, limit, predicted, right, plan);
}

std::string Table::failure(const BenchCase& bench_case, const std::string& why) const {
  return fmt::format("{:<{}}  {:>4}  {}", bench_case.id(), width_, name_of(bench_case.dtype), style_.red("failed: " + why.substr(0, why.find('\n'))));
}

std::string summary(const std::vector<Measurement>& measurements) {
  std::map<std::string, std::vector<double>> shares;
  for (const Measurement& m : measurements)
    if (m.share > 0) shares[m.bench_case.suite].push_back(m.share);
  std::string text;
  for (const auto& [suite, list] : shares) {
    double logs = 0;
    for (const double share : list) logs += std::log(share);
    text += fmt::format("{}: {} cases, geometric mean {:.1f} % of the limit, least {:.0f} %\n", suite, list.size(),
                        100 * std::exp(logs / static_cast<double>(list.size())), 100 * *std::min_element(list.begin(), list.end()));
  }
  return text;
}

std::string rerun_command(const std::string& name, const MeasureOptions& options, int threads) {
  std::string command = fmt::format("einc bench {} --threads {}", name, threads);
  if (!options.options.isa.empty()) command += " --isa " + options.options.isa;
  if (const std::string planner = planner_name(options.options.planner); !planner.empty()) command += " --planner " + planner;
  if (const std::string effort = effort_of(options.options); !effort.empty()) command += " --effort " + effort;
  if (options.options.seed != 0) command += fmt::format(" --seed {}", options.options.seed);
  if (const std::string objective = objective_name(options.options.objective); !objective.empty()) command += " --objective " + objective;
  if (const std::string stream = stream_name(options.options.stream); !stream.empty()) command += " --stream " + stream;
  if (options.seconds != 1) command += fmt::format(" --seconds {}", options.seconds);
  return command;
}

std::string to_json(const std::vector<Measurement>& measurements, const MeasureOptions& options, bool complete) {
  nlohmann::ordered_json json = {{"einc", version()},
                                 {"cpu", this_cpu().name},
                                 {"processors", this_cpu().processors},
                                 {"isa", options.options.isa},
                                 {"seconds_a_case", options.seconds},
                                 {"complete", complete},
                                 {"cases", nlohmann::ordered_json::array()}};
  for (const Measurement& m : measurements) json["cases"].push_back(describe(m, options));
  return json.dump(2) + "\n";
}

}  // namespace einc::cli
