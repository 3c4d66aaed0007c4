// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_improve.hpp"

#include <utility>

#include "plan/anneal.hpp"
#include "plan/contraction_tree.hpp"
#include "plan/reorder_parts.hpp"

namespace einc::plan {
namespace {

// Bits of labels of the largest tree, in words: 8 MiB. A lattice of 50 x 50 tensors fits.
constexpr std::size_t most_words = std::size_t{1} << 20;

// Of the work, what is left for exact orders of parts.
constexpr double share_of_parts = 0.2;

}  // namespace

bool can_improve(const Network& network) {
  return 2 * network.tensors.size() * (network.extents.size() / 64 + 1) <= most_words;
}

Trial order_improve(const Network& network, const CostModel& model, const Order& start, const ImproveOptions& options) {
  Trial result{start, model.of_order(network, start, options.objective)};
  if (start.size() < 2 || !can_improve(network)) return result;
  const auto for_parts = static_cast<std::uint64_t>(share_of_parts * static_cast<double>(options.work));
  const Order annealed = anneal(ContractionTree(network, model, options.objective, start),
                                {.work = options.work - for_parts, .seed = options.seed, .watch = options.watch});
  ContractionTree tree(network, model, options.objective, annealed);
  reorder_parts(tree, {.work = for_parts, .watch = options.watch});
  Order order = tree.order();
  const double cost = model.of_order(network, order, options.objective);
  if (cost < result.cost) result = {std::move(order), cost};
  return result;
}

}  // namespace einc::plan
