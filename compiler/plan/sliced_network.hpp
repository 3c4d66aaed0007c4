// sliced_network.hpp: an order of contraction under the labels cut so far: what it costs, and how much of it is alive at one time.
// Knows no search: it answers what one more cut would come to.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <limits>
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
  struct Limits {
    double most_live = std::numeric_limits<double>::infinity();    // elements alive at one time
    double most_shared = std::numeric_limits<double>::infinity();  // elements of a result that is kept for all slices; larger ones are computed again
    bool partials = false;  // the results of a slice are kept beside the intermediates, even where no label is cut
  };
  SlicedNetwork(const Network& network, const CostModel& model, const Order& order, std::vector<Extent> parts, const Limits& limits);

  struct Figures {
    double slices = 1, cost = 0, flops = 0, live = 0;
    double excess = 0;  // over all pairs, the logarithm of how many times too much is alive: it falls where the peak has many tops
  };
  const Figures& now() const { return now_; }
  Figures with(Label label, Extent factor) const;  // were the label cut into `factor` times as many parts
  void cut(Label label, Extent factor);
  const std::vector<Extent>& parts() const { return parts_; }

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
    bool constant = false;     // made of constants alone: of little weight while it does not vary
    std::vector<std::uint64_t> below, own, out;  // labels of the tensors under it, of its loops, of its result: one bit each
  };

  static bool has(const std::vector<std::uint64_t>& bits, Label label) { return (bits[label / 64] >> (label % 64) & 1U) != 0; }
  static void add(std::vector<std::uint64_t>& bits, Label label) { bits[label / 64] |= std::uint64_t{1} << (label % 64); }
  static Loops divided(const Node& node, Label label, Extent factor);

  const CostModel& model_;
  std::uint32_t tensors_;
  Limits limits_;
  std::vector<Extent> parts_;
  std::vector<Node> nodes_;  // of pairs
  std::vector<bool> kept_;   // of every label
  Figures now_;
};

}  // namespace einc::plan
