// sliced_network.hpp: an order of contraction under the labels cut so far: what it costs, and how much of it is alive at one time.
// Knows no search: it answers what one more cut would come to.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include <einc/vocabulary.hpp>

#include "plan/cost.hpp"
#include "plan/network.hpp"

namespace einc::plan {

// The network with the extents of one part of each label.
Network part_of(const Network& network, const std::vector<Extent>& parts);

// The same contractions in the order that keeps the fewest elements alive: of two subtrees the one first that needs more beyond what
// it leaves behind.
Order lean_order(const Network& network, const Order& order);

class SlicedNetwork {
 public:
  // `partials`: the results of a slice are kept beside the intermediates, even where no label is cut.
  SlicedNetwork(const Network& network, const CostModel& model, const Order& order, std::vector<Extent> parts, bool partials);

  struct Figures {
    double slices = 1, cost = 0, flops = 0, live = 0;
  };
  const Figures& now() const { return now_; }
  Figures with(Label label, Extent factor) const;  // were the label cut into `factor` times as many parts
  void cut(Label label, Extent factor);
  const std::vector<Extent>& parts() const { return parts_; }
  // Labels of what is alive when most is, ascending.
  std::vector<Label> labels_at_peak() const;

 private:
  enum class Role : std::uint8_t { batch, m, n, k };
  struct Use {
    Label label;
    Role role;
  };
  struct Node {
    Loops loops;               // with the parts as they are
    std::vector<Use> uses;
    double elements = 1;       // of the result
    double cost = 0, flops = 0;
    Pair from{};
    std::size_t parent = 0;
    bool varies = false;       // it reads a label that is cut
    std::vector<std::uint64_t> below;  // labels of the tensors under it, one bit each
    bool leaves_label(Label label) const;  // the result has it
  };

  bool has_below(const Node& node, Label label) const { return (node.below[label / 64] >> (label % 64) & 1U) != 0; }
  Figures figures(Label label, Extent factor, std::size_t* peak) const;
  static bool has_label(const Node& node, Label label);
  static Loops divided(const Node& node, Label label, Extent factor);

  const Network& network_;
  const CostModel& model_;
  std::uint32_t tensors_;
  bool partials_;
  std::vector<Extent> parts_;
  std::vector<Node> nodes_;  // of pairs
  std::vector<bool> kept_;   // of every label
  Figures now_;
};

}  // namespace einc::plan
