// places.hpp: where the values of a plan lie while it is lowered: the caller's arrays, and intermediates with the time they live.
// Knows labels, strides and buffers; not which instructions are made.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ir/executable.hpp"
#include "ir/expression.hpp"
#include "ir/plan.hpp"
#include "lower/lower.hpp"
#include "lower/make_instruction.hpp"
#include "lower/place_buffers.hpp"

namespace einc::lower {

class Places {
 protected:
  Places(const ir::Expression& expression, const ir::Plan& plan) : expression_(expression), plan_(plan), results_(plan.steps.size()) {}

  ir::NumberKind kind() const { return {plan_.dtype, plan_.algebra}; }
  double empty_sum() const { return plan_.algebra == Algebra::custom ? expression_.arithmetic.zero : 0; }
  bool has_zero_extent(const ir::Term& labels) const;
  static bool repeats(ir::Term labels);

  MapSource leaf(std::size_t id) const;
  Strided output(std::size_t number) const;        // by label; a repeated label steps along the diagonal
  Strided whole_output(std::size_t number) const;  // every place once: labels stand for places here and may repeat

  // A dense array in the arena, in this order of labels: where the next one would be; and one alive from the next instruction on.
  Strided next_intermediate(const ir::Term& labels, std::size_t step) const;
  Strided intermediate(const ir::Term& labels, std::size_t step);
  std::uint32_t room(std::int64_t bytes);  // a buffer for the next instruction alone

  static constexpr std::size_t no_output = ~std::size_t{0};
  std::size_t output_of(std::size_t step) const;  // which output a step computes
  Strided destination(std::size_t step);
  ir::Write write_of(const Strided& out) const;

  // An array about to be read by the next instruction.
  MapSource read(ir::PlanValue value);
  void used_now(const Strided& array);

  // Gives every intermediate its place, once all instructions are there.
  void place_lives();

  const ir::Expression& expression_;
  const ir::Plan& plan_;
  Lowered lowered_;
  std::vector<Strided> results_;  // of each step so far
  std::vector<Life> lives_;       // of each intermediate so far
};

}  // namespace einc::lower
