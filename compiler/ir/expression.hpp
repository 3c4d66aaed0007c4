// expression.hpp: what is to be computed: a DAG of values in SSA form; every value has labels, a label has one extent.
// Knows labels, extents, dtypes and the strides of operands and outputs; not the text, not an order of contraction, not a machine.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <einc/vocabulary.hpp>

#include "ir/arithmetic.hpp"
#include "ir/scalar_code.hpp"

namespace einc::ir {

using Term = std::vector<Label>;   // labels of a value, outermost first
using ValueId = std::uint32_t;     // index into Expression::values
inline constexpr ValueId no_id = ~ValueId{0};

enum class Op : std::uint8_t {
  operand,   // an array of the caller
  constant,  // one number, without labels
  iota,      // the position along its only label
  view,      // its argument with some labels renamed, split, merged or sliced: no arithmetic
  contract,  // factor times the sum of products of its arguments over all labels it does not keep; one argument: a sum or a permutation
  map,       // a scalar function at every position; an argument that lacks a label does not vary along it
  reduce,    // the largest or smallest over the labels it does not keep
  concat,    // its arguments one behind the other along a label
  gather,    // result[rest, places] = table[rest, index[places]]; 0 where the index is no position of the table
};

enum class Extreme : std::uint8_t { maximum, minimum };  // the value over no positions: -inf, +inf

// Labels `from` of a view's argument, outermost first, read as labels `to` of the view: the same positions in the same order.
// One label to one may skip: position p of `to` is position begin + p * step of `from`. A view may give several groups the
// same `to`: its diagonal. Labels in no group stay.
struct ViewGroup {
  Term from, to;
  Extent begin = 0, step = 1;
  bool operator==(const ViewGroup&) const = default;
};

// One value. Arguments come before the value that uses them. All that are computed are of one type, which holds the numbers of
// operands of other types: what reads those takes them in.
struct Value {
  Op op = Op::operand;
  DType dtype = DType::f32;
  Term labels;                     // of the result; an operand may repeat a label until take-diagonals has run
  std::vector<ValueId> arguments;
  std::uint32_t operand = 0;       // operand: which of the caller's arrays
  bool conjugated = false;         // operand: the sign of imaginary parts is changed
  bool constant = false;           // operand: keeps its elements over all calls
  Strides strides;                 // operand: elements to step along each label
  Stride offset = 0;               // operand: elements from the start of the array to the first one
  double number = 0;               // constant
  ScalarCode code;                 // map: over the arguments
  Extreme extreme = Extreme::maximum;  // reduce
  std::vector<ViewGroup> groups;   // view
  std::vector<Label> parts;        // concat: the label of each argument. gather: the label of the table that the index counts along
  Label joined = 0;                // concat: the label of the result
  double factor = 1;               // contract
  bool grouped = false;            // contract: the text says to compute it on its own, so no other contraction takes it apart
  bool operator==(const Value&) const = default;
};

// What the caller gets: a value, laid out as asked. Labels may repeat (`i->ii`): the diagonal is written, the rest is zero.
struct Output {
  ValueId value = 0;
  Term labels;
  Strides strides;  // in elements, of the caller's array
  std::optional<DType> dtype = {};  // of the caller's array, where values are rounded to another type than they are computed in
  bool operator==(const Output&) const = default;
};

// Values that are to be computed together, piece by piece along one label, so that none of them ever lies in memory whole.
// The values mean what they always mean; a stream only says how to come by them:
//   scores  any map or contraction with the label; with a mask: masked = select(visible, scores, -inf), else masked == scores
//   maximum = reduce max of masked over the label
//   weights = exp(masked - (maximum == -inf ? 0 : maximum))
//   sums    contractions of weights (times others) that sum the label and keep every other label of the weights
// Members are what the scores are made of and what lies between weights and sums: evaluated a tile at a time. Finish values are
// maps over maximum, sums and values from outside with their labels: applied while a tile of sums is in cache.
// A region without a maximum has no weights either: its sums are those of any members, the same in every tile, and masked is there
// for what it hides, where every sum adds 0. Values `across` sum the row label and keep the streamed one: tiles along the rows come
// in order too, and each adds to all of them.
struct Region {
  Label label = 0;
  Label row = 0;                 // what `across` sums
  ValueId scores = no_id, masked = no_id, maximum = no_id, reference = no_id, weights = no_id;
  std::vector<ValueId> sums;
  std::vector<ValueId> across;
  std::vector<ValueId> members;  // ascending; scores, masked and weights among them
  std::vector<ValueId> finish;   // ascending; reference among them where something needs it
  bool operator==(const Region&) const = default;
  bool online() const { return maximum != no_id; }
};

// Why a softmax was not streamed: for explain() and Stream::require.
struct Refusal {
  ValueId maximum = no_id;
  std::string condition;  // a sentence that names the condition
  bool operator==(const Refusal&) const = default;
};

// A label cut into parts of equal length, which runs of the same plan compute one after another or side by side. extents[label] is
// that of one part; strides are those of the whole arrays, so that part p begins p * extents[label] positions further on.
struct Slice {
  Label label = 0;
  Extent parts = 1;
  bool summed = false;  // in no output: the results of the parts are added; else in all of them: each part writes its own positions
  bool operator==(const Slice&) const = default;
};

struct Expression {
  std::vector<Extent> extents;  // of every label
  std::vector<Term> made_of;    // of every label: the labels it fuses, outermost first; empty for a label of the text
  std::vector<Value> values;
  std::vector<Output> outputs;
  std::vector<Region> streams;
  std::vector<Refusal> refusals;
  Arithmetic arithmetic;  // of every contraction
  std::vector<Slice> slices;  // those that outputs keep first
  bool operator==(const Expression&) const = default;

  Extent extent(Label label) const { return extents[label]; }
};

// Product of the extents of a term as a double, so that it cannot overflow.
double elements(std::span<const Label> term, std::span<const Extent> extents);

std::string print(const Expression& expression);  // one line a value; labels renamed a, b, c ... in order of appearance
void verify(const Expression& expression);        // throws InternalError: some pass is wrong

}  // namespace einc::ir
