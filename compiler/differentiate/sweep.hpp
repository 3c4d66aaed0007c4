// sweep.hpp: goes back through a program, from an output to its inputs, and adds up each node's cotangent on the way.
// Rules see one node and what its users have given it; they are in einsum_rule, pointwise_rules and view_rules.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <einc/program.hpp>

#include "ir/program.hpp"

namespace einc::differentiate {

class Sweep {
 public:
  // Adds to `program` what gives the gradients of a node by some inputs.
  Sweep(Program program, ir::NodeId output, const std::vector<ir::NodeId>& inputs);

  void run(const Tensor& seed);
  std::optional<Tensor> cotangent(ir::NodeId node);  // none: the output does not depend on the node

  // For rules. A node is copied: adding to a program moves its nodes.
  Program& program() { return program_; }
  ir::Node node(ir::NodeId id) const { return nodes()[id]; }
  const ir::NamedTerm& labels(ir::NodeId id) const { return nodes()[id].labels; }
  Tensor tensor(ir::NodeId id) const;
  bool wants(ir::NodeId id) const { return wanted_[id]; }
  std::string fresh_label();  // one the program does not have

  // A part of a node's cotangent. `linear`: the user it comes from, if cotangent * value of node and user have the same sums over
  // what either lacks: users that are linear in the node, and read it once.
  static constexpr ir::NodeId none = ~ir::NodeId{0};
  void give(ir::NodeId to, Tensor part, ir::NodeId linear = none);

  // The sum of cotangent * value over the labels not kept. Where one linear user gave the cotangent, its own is taken: in
  // attention the sum over keys of weights and their cotangents becomes that of the result and its cotangent.
  Tensor weighed(ir::NodeId node, const ir::NamedTerm& keep);

 private:
  struct Part {
    Tensor value;
    ir::NodeId linear;
  };
  const std::vector<ir::Node>& nodes() const;
  void apply(ir::NodeId id);

  Program program_;
  ir::NodeId output_;
  std::vector<char> wanted_;               // of each node: whether it depends on one of the inputs
  std::vector<char> stopped_;              // of each node: whether its cotangent is 0 by algebra
  std::vector<std::vector<Part>> parts_;   // of each node
  std::vector<std::optional<Tensor>> total_;
  std::size_t labels_made_ = 0;
};

// Each gives the arguments of a node their parts of its cotangent.
void einsum_rule(Sweep& sweep, ir::NodeId id, const Tensor& cotangent);
void pointwise_rule(Sweep& sweep, ir::NodeId id, const Tensor& cotangent);
void extreme_rule(Sweep& sweep, ir::NodeId id, const Tensor& cotangent);
void view_rule(Sweep& sweep, ir::NodeId id, const Tensor& cotangent);
void slice_rule(Sweep& sweep, ir::NodeId id, const Tensor& cotangent);
void concat_rule(Sweep& sweep, ir::NodeId id, const Tensor& cotangent);
void gather_rule(Sweep& sweep, ir::NodeId id, const Tensor& cotangent);

}  // namespace einc::differentiate
