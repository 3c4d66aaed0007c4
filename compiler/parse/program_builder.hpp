// program_builder.hpp: adds one operation to a program as nodes, and refuses what labels alone show to be wrong.
// Shared by calls of C++ and by program texts. Knows names and where they were written; no extents.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <einc/program.hpp>
#include <einc/subscripts.hpp>

#include "ir/program.hpp"

namespace einc::parse {

// One operation as the user wrote it: whatever nodes it takes carry its name and place.
class ProgramBuilder {
 public:
  ProgramBuilder(ir::Program& program, std::string_view operation, ir::Origin origin)
      : program_(program), operation_(operation), origin_(std::move(origin)) {}

  ir::NodeId input(std::string_view name, std::string_view labels);
  ir::NodeId constant(double number);
  ir::NodeId extent(std::string_view label);
  ir::NodeId iota(std::string_view label);
  void output(std::string_view name, ir::NodeId x, const std::string_view* labels);
  void fix(std::string_view label, Extent extent);

  ir::NodeId einsum(std::string_view text, std::span<const ir::NodeId> arguments);
  ir::NodeId grouped_einsum(ir::Node node, std::span<const SubscriptGroup> groups);  // a node for each group, and one of them all
  ir::NodeId map(ir::Function function, std::span<const ir::NodeId> arguments);
  ir::NodeId map(ir::Function function, std::initializer_list<ir::NodeId> arguments) {
    return map(function, std::span<const ir::NodeId>(arguments.begin(), arguments.size()));
  }
  ir::NodeId greater(ir::Function function, ir::NodeId x, ir::NodeId y);  // function (y, x), with the labels of x first
  ir::NodeId reduce(Reduction kind, ir::NodeId x, std::string_view labels);
  ir::NodeId cast(ir::NodeId x, DType dtype);

  ir::NodeId softmax(ir::NodeId x, std::string_view labels, EmptyRow empty, std::optional<ir::NodeId> sink);
  ir::NodeId logsumexp(ir::NodeId x, std::string_view labels, std::optional<ir::NodeId> sink);
  ir::NodeId layer_norm(ir::NodeId x, std::string_view labels, double epsilon);

  ir::NodeId rearrange(std::string_view text, ir::NodeId x, const LabelExtents& extents);
  ir::NodeId split(ir::NodeId x, std::string_view label, std::string_view into, const LabelExtents& extents);
  ir::NodeId merge(ir::NodeId x, std::string_view labels, std::string_view into);
  ir::NodeId permute(ir::NodeId x, std::string_view labels);
  ir::NodeId broadcast(ir::NodeId x, std::string_view labels);
  ir::NodeId rename(ir::NodeId x, std::string_view from, std::string_view to);

  struct Piece {
    ir::NodeId tensor;
    std::string_view label;
  };
  ir::NodeId slice(ir::NodeId x, std::string_view label, const Cut& cut, std::string_view as);
  ir::NodeId concat(std::span<const Piece> pieces, std::string_view into);
  ir::NodeId gather(ir::NodeId table, std::string_view label, ir::NodeId index);

  [[noreturn]] void fail(std::string_view sentence, std::string hint = {}, ErrorCode code = ErrorCode::bad_program) const {
    throw ir::fault(program_, code, operation_, origin_, sentence, std::move(hint));
  }

 private:
  // What softmax and logsumexp share: weights not yet divided, their sum, and what was subtracted from the scores.
  struct Exponentials {
    ir::NodeId largest, reference, weights, sum;
  };

  const ir::NamedTerm& labels_of(ir::NodeId node) const { return program_.nodes[node].labels; }
  ir::Node begin(ir::NodeKind kind) const;
  ir::NodeId add(ir::Node node);

  // Labels as written: distinct unless the text is a term of an einsum. Faults keep the code and carets of the subscripts.
  Subscripts subscripts(std::string_view text, bool whole) const;
  [[noreturn]] void fail_in_text(const Error& error, std::string_view text) const;
  ir::NamedTerm read_labels(std::string_view text) const;
  ir::LabelName read_label(std::string_view text) const;
  static ir::LabelName name_of(std::string_view text, const Subscripts& subscripts, const Subscript& subscript);
  void check_name(std::string_view name) const;
  void check_distinct(const ir::NamedTerm& labels) const;
  void require_label(ir::NodeId x, const ir::LabelName& label) const;
  void require_new(const ir::NamedTerm& others, const ir::LabelName& label) const;

  ir::NodeId sum(ir::NodeId x, const ir::NamedTerm& over);
  ir::NodeId largest(ir::NodeId x, const ir::NamedTerm& over);
  ir::NodeId count(const ir::NamedTerm& labels);  // the product of their extents
  ir::NodeId view(ir::NodeId x, std::vector<ir::NamedGroup> groups, ir::NamedTerm labels, const LabelExtents& extents);
  Exponentials exponentials(ir::NodeId x, const ir::NamedTerm& over, std::optional<ir::NodeId> sink, bool guarded);

  ir::Program& program_;
  std::string operation_;
  ir::Origin origin_;
};

}  // namespace einc::parse
