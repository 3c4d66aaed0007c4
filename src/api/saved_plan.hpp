// saved_plan.hpp: plans as texts that outlive the process: what Compiled::plan_json() writes and Options::plan takes.
// docs/saved_plans.md describes the form.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline.hpp"

namespace einc::detail {
struct CompiledState;
}

namespace einc::api {

inline constexpr int plan_version = 2, oldest_plan_version = 1;  // those of version 1 have no slices

struct SavedPlan {
  bool is_program = false;
  std::string text;           // of the einsum or the program
  std::vector<Shape> shapes;  // of the operands
  Options options;            // those that say what is computed: dtypes, conjugate, accumulate, semiring, broadcast, sum_ellipsis, stream
  std::string method;         // how the orders were found
  compiler::KeptPlan kept;    // orders and slices
  std::int64_t memory_limit = 0;  // that it was made within
  bool operator==(const SavedPlan&) const = default;
};

std::string write_plan(const detail::CompiledState& state);

// Throws Error (bad_plan) that names the field: what is no plan, or one of a later release.
SavedPlan read_plan(std::string_view json);

// The options of a call with this plan, which may be null: what was to be handed out is so again, and the limit of memory kept.
Options with_plan(Options options, const SavedPlan* plan);

// Throws Error (bad_plan) when the plan is of something else than what is compiled.
void check_fits(const SavedPlan& plan, std::string_view text, bool is_program, std::span<const bind::Layout> operands);

}  // namespace einc::api
