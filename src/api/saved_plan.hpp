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

inline constexpr int plan_version = 1;

// A label that is cut into so many parts, each computed on its own.
struct SavedSlice {
  std::string label;
  std::int64_t parts = 1;
  bool operator==(const SavedSlice&) const = default;
};

struct SavedPlan {
  bool is_program = false;
  std::string text;           // of the einsum or the program
  std::vector<Shape> shapes;  // of the operands
  Options options;            // those that say what is computed: dtypes, conjugate, accumulate, semiring, broadcast, sum_ellipsis, stream
  std::string method;         // how the orders were found
  std::vector<ir::ContractionOrder> orders;
  std::vector<SavedSlice> slices;
  bool operator==(const SavedPlan&) const = default;
};

std::string write_plan(const detail::CompiledState& state);

// Throws Error (bad_plan) that names the field: what is no plan, or one of a later release.
SavedPlan read_plan(std::string_view json);

// Throws Error (bad_plan) when the plan is of something else than what is compiled.
void check_fits(const SavedPlan& plan, std::string_view text, bool is_program, std::span<const bind::Layout> operands);

}  // namespace einc::api
