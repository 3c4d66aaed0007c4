// plan.hpp: in which order to compute: steps on one or two values, each with its predicted cost and the reason for it.
// Knows labels and extents; not strides, tiles, threads or n-ary contractions.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include "ir/expression.hpp"

namespace einc::ir {

enum class StepKind : std::uint8_t {
  contract,  // out = sum of lhs * rhs over the labels both have and out does not; a label only one of them has is in out
  reduce,    // out = sum of lhs over the labels out does not have
  permute,   // out = lhs in another order of labels
};

// A value of a plan: leaf v is value v of `leaves`, then leaf_count + s is the result of step s.
using PlanValue = std::uint32_t;
inline constexpr PlanValue no_value = ~PlanValue{0};

struct Step {
  StepKind kind = StepKind::contract;
  PlanValue lhs = no_value, rhs = no_value;  // rhs is no_value for a lone step
  Term out;                                  // labels of the result, outermost first: its order in memory
  double flops = 0;                          // multiplications plus additions
  double bytes = 0;                          // read plus written, each element counted once
  double seconds = 0;                        // predicted, on the target with its threads
  std::string reason = {};                   // why this step, this order of labels: for explain()
  bool operator==(const Step&) const = default;
};

// A source of a plan: an operand of the expression, its labels each once.
struct Leaf {
  ValueId value = 0;  // in the expression
  Term labels;
  bool operator==(const Leaf&) const = default;
};

struct Plan {
  DType dtype = DType::f32;
  std::vector<Extent> extents;      // of every label
  std::vector<Leaf> leaves;
  std::vector<Step> steps;          // each result is used by at least one later step, or is the output
  PlanValue result = no_value;      // a leaf or a step: what Output::value of the expression has become
  Term result_labels;               // labels of the output in the caller's order; a permutation of the result's labels
  std::string method;               // which planner chose the order, and why that one
  double naive_flops = 0;           // of one loop nest over all labels
  bool operator==(const Plan&) const = default;

  const Term& labels(PlanValue value) const {
    return value < leaves.size() ? leaves[value].labels : steps[value - leaves.size()].out;
  }
};

double total_flops(const Plan& plan);
double total_seconds(const Plan& plan);
double largest_intermediate_bytes(const Plan& plan);

std::string print(const Plan& plan);  // one line a step, labels renamed a, b, c ...
void verify(const Plan& plan);        // throws InternalError: some pass is wrong

}  // namespace einc::ir
