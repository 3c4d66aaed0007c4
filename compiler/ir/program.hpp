// program.hpp: a program as it was written: nodes with named labels, not yet bound to extents; built by C++ calls or read from text.
// Knows names and where they were written; no extents, no strides, no machine.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <einc/error.hpp>
#include <einc/vocabulary.hpp>

#include "ir/expression.hpp"
#include "ir/scalar_code.hpp"

namespace einc::ir {

using NodeId = std::uint32_t;
using LabelName = std::string;             // as written in a text: "b", "[batch]"
using NamedTerm = std::vector<LabelName>;

enum class NodeKind : std::uint8_t {
  input, constant, extent, iota,
  einsum,   // terms: of each argument, its labels renamed by position; labels: of the result
  map,      // function of the arguments
  reduce,   // extreme over the labels the result does not keep
  view,     // groups of labels renamed, split, merged; no groups: another order of the same labels
  widen,    // the same with more labels
  slice, concat, gather,
};

// Where a node was written: a line of C++, or a span of a program text.
struct Origin {
  std::string file;   // empty: a program text
  std::uint32_t line = 0;
  Span span{};
  bool operator==(const Origin&) const = default;
};

struct NamedGroup {
  NamedTerm from, to;
  bool operator==(const NamedGroup&) const = default;
};

struct Node {
  NodeKind kind = NodeKind::input;
  std::vector<NodeId> arguments;
  NamedTerm labels;                // of the result
  std::string name;                // input: its name. Otherwise what to call the value in texts, may be empty
  std::string operation;           // what the user wrote: "where", "softmax", "+"; for messages
  double number = 0;               // constant
  LabelName label;                 // extent, iota: the label; slice: of the argument; gather: of the table
  Function function = Function::constant;  // map
  Extreme extreme = Extreme::maximum;      // reduce
  std::vector<NamedTerm> terms;    // einsum; concat: one label each
  bool grouped = false;            // einsum: contracted on its own, since the text has it in parentheses
  std::vector<NamedGroup> groups;  // view
  std::vector<std::pair<LabelName, Extent>> fixed;  // view: extents given with it
  Extent begin = 0, end = 0, step = 1;     // slice: as written, negative from the end
  Origin origin;
  bool operator==(const Node&) const = default;
};

struct NamedOutput {
  std::string name;
  NodeId node = 0;
  NamedTerm labels;
  Origin origin;
  bool operator==(const NamedOutput&) const = default;
};

// An extent the program gives itself.
struct FixedExtent {
  LabelName label;
  Extent extent = 0;
  Origin origin;
  bool operator==(const FixedExtent&) const = default;
};

struct Program {
  std::vector<Node> nodes;      // arguments come first
  std::vector<NodeId> inputs;   // in the order of the caller's arrays
  std::vector<NamedOutput> outputs;
  std::vector<FixedExtent> fixed;
  std::set<std::string> input_names, output_names;  // so that a name twice is found without a search
  std::string text;             // what it was read from; empty when built by calls
  bool operator==(const Program&) const = default;
};

std::string written(std::span<const LabelName> labels);  // one text: "bq[batch]"
std::string place_of(const Origin& origin);              // " at model.cpp:42", " at line 3"; empty when nobody knows
bool holds(std::span<const LabelName> labels, std::string_view label);

// The order in which the arguments of a function give the result its labels: as they come, but a condition comes last, so that
// where(mask, x, 0) has the labels of x in the order of x.
constexpr std::array<std::size_t, 3> label_order(Function function) {
  return function == Function::select ? std::array<std::size_t, 3>{1, 2, 0} : std::array<std::size_t, 3>{0, 1, 2};
}

// The Error for an operation: "`where` at model.cpp:42: " and the sentence; with carets where the program was read from a text.
Error fault(const Program& program, ErrorCode code, std::string_view operation, const Origin& origin, std::string_view sentence,
            std::string hint = {});

}  // namespace einc::ir
