// plan.hpp: in which order to compute: steps on one or two values, each with its predicted cost and the reason for it.
// Knows labels and extents; not strides, tiles, threads or n-ary contractions.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "ir/expression.hpp"

namespace einc::ir {

enum class StepKind : std::uint8_t {
  contract,  // out = sum of lhs * rhs over the labels both have and out does not; a label only one of them has is in out
  reduce,    // out = sum of lhs over the labels out does not have
  permute,   // out = lhs in another order of labels
  map,       // out = a function of `arguments` at every position, or the largest or smallest of lhs: see `value`
  view,      // out = lhs with labels renamed, split, merged or sliced: no arithmetic
  rename,    // out = lhs with its labels called by other names: see `names`
  concat,    // out = `arguments` one behind the other
  gather,    // out = arguments[0] at the positions in arguments[1]
  stream,    // a region tile by tile: Plan::streams[stream]; its results are the `part` steps that name it
  part,      // out = one result of lhs, a stream or an online step
  online,    // inside a stream: out = exp(lhs - its largest so far), with the largest and the sum as parts
};

// A value of a plan: leaf v is value v of `leaves`, then leaf_count + s is the result of step s.
using PlanValue = std::uint32_t;
inline constexpr PlanValue no_value = ~PlanValue{0};

struct Step {
  StepKind kind = StepKind::contract;
  PlanValue lhs = no_value, rhs = no_value;  // rhs is no_value for a lone step
  Term out;                                  // labels of the result, outermost first: its order in memory
  std::vector<PlanValue> arguments = {};     // map, concat, gather, stream: what is read instead of lhs and rhs
  ValueId value = no_id;                     // map, view, concat, gather, part: which value of the expression this is
  std::vector<std::pair<Label, Label>> names = {};  // rename: of each label of lhs, in any order
  double factor = 1;                         // contract, reduce: the result is multiplied by it
  std::uint32_t blocks = 0;                  // contract of a value with itself, the result its own transpose: so many blocks of rows
                                             // are computed from the diagonal on and mirrored; 0: all of it
  bool accumulates = false;                  // contract, inside a stream: added up over the tiles
  bool across = false;                       // contract, inside a stream: added to a part of a result, over tiles along the rows
  bool mask_only = false;                    // map, inside a stream: only where a tile is partly hidden
  std::uint32_t stream = 0;                  // stream
  double flops = 0;                          // multiplications plus additions
  double bytes = 0;                          // read plus written, each element counted once
  double seconds = 0;                        // predicted, on the target with its threads
  std::string reason = {};                   // why this step, this order of labels: for explain()
  bool operator==(const Step&) const = default;
};

// A source of a plan: an operand of the expression, its labels each once; inside a stream also a value computed before.
struct Leaf {
  ValueId value = 0;  // in the expression
  Term labels;
  bool operator==(const Leaf&) const = default;
};

// What the caller gets: a leaf or a step, in the caller's order of labels, each once.
struct PlanResult {
  PlanValue value = no_value;
  Term labels;
  bool operator==(const PlanResult&) const = default;
};

inline constexpr std::size_t no_step = ~std::size_t{0};

inline constexpr Extent most_together = 32;  // row tiles that share streamed tiles

// A stream: loops over tiles around a plan for one tile. A value of this plan is a leaf (a value from outside) or a step.
struct StreamPlan {
  std::vector<Label> frame;      // labels of the loops around the tiles; the last is the streamed one
  std::vector<Extent> tiles;     // positions of a tile along each
  std::int32_t row = -1;         // which of them has tiles of more than one position, besides the last; -1: none
  std::vector<Extent> extents;   // of every label inside a tile
  std::vector<Leaf> leaves;
  std::vector<Step> steps;
  std::size_t online = no_step;  // the step that weighs the scores; none where they are only computed again
  bool powers_of_two = false;    // the factor of the scores has log2 e in it, and weights are powers of two
  std::size_t finish = 0;        // steps from here on run once, after the last tile
  std::vector<PlanValue> results;  // of each value in `values`
  std::vector<ValueId> values;   // what the stream computes for others
  bool rows_in_order = false;    // tiles along the rows are not independent: some step adds across them
  Extent together = 1;           // row tiles that meet each streamed tile one behind the other
  Extent part = 0;               // streamed tiles in order that are a task of their own; 0: all of them
  double tile_bytes = 0;         // of all tiles a thread holds
  bool operator==(const StreamPlan&) const = default;

  const Term& labels(PlanValue value) const {
    return value < leaves.size() ? leaves[value].labels : steps[value - leaves.size()].out;
  }
};

// The order of one contraction, as numpy.einsum_path writes it, but the left one of a pair first.
struct ContractionOrder {
  std::uint32_t arguments = 0;
  std::vector<std::vector<std::uint32_t>> places;
  ValueId value = no_id;             // of the expression: what it computes
  std::vector<ValueId> values = {};  // and of what, in the order of the text
  bool operator==(const ContractionOrder&) const = default;
};

struct Plan {
  DType dtype = DType::f32;         // of every result of a step
  Algebra algebra = Algebra::plus_times;
  std::vector<Extent> extents;      // of every label
  std::vector<Leaf> leaves;
  std::vector<Step> steps;          // each result is used by at least one later step, or is the output
  std::size_t beforehand = 0;       // so many steps at the front are made of constants alone: computed once for all calls
  std::size_t once = 0;             // so many steps at the front are the same for every slice, those beforehand among them
  std::vector<StreamPlan> streams;
  std::vector<PlanResult> results;  // of each output of the expression
  std::string method;               // which planner chose the order, and why that one
  std::vector<ContractionOrder> orders;  // of the contractions outside of streams, as they were planned; those of three values or more are what a saved plan keeps
  double naive_flops = 0;           // of one loop nest over all labels
  bool operator==(const Plan&) const = default;

  const Term& labels(PlanValue value) const {
    return value < leaves.size() ? leaves[value].labels : steps[value - leaves.size()].out;
  }
};

// Every value a step reads.
std::vector<PlanValue> reads(const Step& step);

double total_flops(const Plan& plan);  // of a call; of one slice, where the expression is sliced
double total_seconds(const Plan& plan);
double largest_intermediate_bytes(const Plan& plan);

std::string print(const Plan& plan);  // one line a step, labels renamed a, b, c ...
void verify(const Plan& plan);        // throws InternalError: some pass is wrong

}  // namespace einc::ir
