// SPDX-License-Identifier: BSD-3-Clause
#include "cli/plan_watch.hpp"

#include <algorithm>
#include <cstddef>

#include <fmt/format.h>

namespace einc::cli {
namespace {

constexpr double worth_showing = 0.5;  // seconds
constexpr std::size_t cells = 12;

std::string spell_cost(double cost, Objective objective) {
  switch (objective) {
    case Objective::seconds: return fmt::format("{:.3g} s predicted", cost);
    case Objective::flops: return fmt::format("{:.3g} flops", cost);
    case Objective::size: return fmt::format("{:.3g} elements at once", cost);
    case Objective::write: return fmt::format("{:.3g} elements written", cost);
  }
  return "";
}

}  // namespace

std::string line_of(const PlanState& state, Objective objective) {
  const double share = std::clamp(state.share, 0.0, 1.0);
  const auto filled = static_cast<std::size_t>(share * static_cast<double>(cells));
  return fmt::format("planning [{}{}] {:.0f} %  best {}, {} round{}; Ctrl-C takes it", std::string(filled, '#'), std::string(cells - filled, '.'), 100 * share,
                     spell_cost(state.cost, objective), state.rounds, state.rounds == 1 ? "" : "s");
}

bool PlanWatch::heard(const PlanState& state) {
  if (state.seconds >= worth_showing) line_.show(line_of(state, options_.objective));
  return !InterruptWatch::interrupted();
}

}  // namespace einc::cli
