// expression.hpp: what is to be computed: a DAG of values in SSA form; every value has labels, a label has one extent.
// Knows labels, extents, dtypes and the strides of operands and outputs; not the text, not an order of contraction, not a machine.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>
#include <vector>

#include <einc/vocabulary.hpp>

namespace einc::ir {

using Term = std::vector<Label>;   // labels of a value, outermost first
using ValueId = std::uint32_t;     // index into Expression::values

enum class Op : std::uint8_t {
  operand,   // an array of the caller
  contract,  // the sum of products of its arguments over all labels it does not keep; one argument: a sum or a permutation
};

// One value. Arguments come before the value that uses them.
struct Value {
  Op op = Op::operand;
  DType dtype = DType::f32;
  Term labels;                     // of the result; an operand may repeat a label until take-diagonals has run
  std::vector<ValueId> arguments;  // contract
  std::uint32_t operand = 0;       // operand: which of the caller's arrays
  Strides strides;                 // operand: elements to step along each label
  bool operator==(const Value&) const = default;
};

// What the caller gets: a value, laid out as asked. Labels may repeat (`i->ii`): the diagonal is written, the rest is zero.
struct Output {
  ValueId value = 0;
  Term labels;
  Strides strides;  // in elements, of the caller's array
  bool operator==(const Output&) const = default;
};

struct Expression {
  std::vector<Extent> extents;  // of every label
  std::vector<Term> made_of;    // of every label: the labels it fuses, outermost first; empty for a label of the text
  std::vector<Value> values;
  std::vector<Output> outputs;
  bool operator==(const Expression&) const = default;

  Extent extent(Label label) const { return extents[label]; }
};

// Product of the extents of a term as a double, so that it cannot overflow.
double elements(std::span<const Label> term, std::span<const Extent> extents);

std::string print(const Expression& expression);  // one line a value; labels renamed a, b, c ... in order of appearance
void verify(const Expression& expression);        // throws InternalError: some pass is wrong

}  // namespace einc::ir
