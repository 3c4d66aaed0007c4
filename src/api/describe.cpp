#include "api/describe.hpp"

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
  std::string text = term(plan.labels(step.lhs));
  if (step.rhs != ir::no_value) text += "," + term(plan.labels(step.rhs));
  return text + "->" + term(step.out);
}

std::string Describe::value(ir::PlanValue value) const {
  const ir::Plan& plan = compilation_.plan;
  if (value >= plan.leaves.size()) return fmt::format("step {}", value - plan.leaves.size() + 1);
  return fmt::format("operand {}", compilation_.expression.values[plan.leaves[value].value].operand);
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
