// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_greedy.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace einc::plan {
namespace {

constexpr int noise_bits = 12;
using NoiseTable = std::array<double, std::size_t{1} << noise_bits>;

// What Gumbel noise is in the middle of equally likely ranges: two logarithms for each score took a tenth of all time.
const NoiseTable& log_noise() {
  static const NoiseTable table = [] {
    NoiseTable made{};
    for (std::size_t i = 0; i < made.size(); ++i)
      made[i] = std::log(-std::log((static_cast<double>(i) + 0.5) / static_cast<double>(made.size())));
    return made;
  }();
  return table;
}

// A label of more tensors than this is no reason to look at all of their pairs: each tensor meets only its newest
// neighbours.
constexpr std::size_t most_neighbours = 16;

}  // namespace

Greedy::Greedy(const Network& network) : network_(network), users_(network.extents.size(), 0) {
  holders_.resize(network.extents.size());
  saved_.assign(2 * std::size_t{count()}, 0);
  saved_logs_ = saved_;
  for (double extent : network.extents) label_logs_.push_back(std::log2(extent));
  first_.push_back(0);
  for (Label label : network.kept) ++users_[label];
  for (const ir::Term& tensor : network.tensors) {
    labels_.insert(labels_.end(), tensor.begin(), tensor.end());
    first_.push_back(labels_.size());
    elements_.push_back(product(tensor, network.extents));
    logs_.push_back(0);
    for (Label label : tensor) ++users_[label], logs_.back() += label_logs_[label];
  }
  open_.assign(count(), 1);
  for (std::uint32_t tensor = 0; tensor < count(); ++tensor) {
    enter(tensor, [&](std::uint32_t neighbour, double elements) { firsts_.push_back({elements, neighbour, tensor}); });
  }
  first_users_ = users_;
  first_holders_ = holders_;
}

bool Greedy::run(const GreedyOptions& options, const Watch& watch) {
  options_ = options;
  noise_ = Noise(options.seed);
  restart();
  auto take = [&](Pair pair) {
    const Loops loops = contract(pair);
    return watch(loops);
  };
  while (!queue_.empty()) {
    const Candidate best = queue_.front();
    std::pop_heap(queue_.begin(), queue_.end(), std::greater<>());
    queue_.pop_back();
    if (!open_[best.lhs] || !open_[best.rhs]) continue;
    if (!take({best.lhs, best.rhs})) return false;
    const auto tensor = static_cast<std::uint32_t>(elements_.size() - 1);
    enter(tensor, [&](std::uint32_t neighbour, double elements) {
      queue_.push_back({score(elements, neighbour, tensor), neighbour, tensor});
      std::push_heap(queue_.begin(), queue_.end(), std::greater<>());
    });
  }
  std::vector<Part> parts;
  for (std::uint32_t tensor = 0; tensor < elements_.size(); ++tensor) {
    if (open_[tensor]) parts.push_back({elements_[tensor], tensor});
  }
  Order joins = order_;
  join_parts(std::move(parts), count(), joins);
  for (std::size_t join = order_.size(); join < joins.size(); ++join) {
    if (!take(joins[join])) return false;
  }
  return true;
}

void Greedy::restart() {
  first_.resize(count() + 1);
  labels_.resize(first_.back());
  elements_.resize(count());
  logs_.resize(count());
  open_.assign(count(), 1);
  constant_ = network_.constant;
  std::copy(first_users_.begin(), first_users_.end(), users_.begin());
  for (std::size_t label = 0; label < holders_.size(); ++label)
    holders_[label].assign(first_holders_[label].begin(), first_holders_[label].end());
  order_.clear();
  queue_.clear();
  for (const First& first : firsts_)
    queue_.push_back({score(first.elements, first.lhs, first.rhs), first.lhs, first.rhs});
  std::make_heap(queue_.begin(), queue_.end(), std::greater<>());
}

// Visits every label of two tensors once, in ascending order: `in` tells which of them has it.
template <class Visit>
void Greedy::merge(std::uint32_t lhs, std::uint32_t rhs, Visit visit) const {
  const std::span<const Label> one = labels(lhs), other = labels(rhs);
  auto left = one.begin(), right = other.begin();
  while (left != one.end() || right != other.end()) {
    const bool in_lhs = left != one.end() && (right == other.end() || *left <= *right);
    const bool in_rhs = right != other.end() && (left == one.end() || *right <= *left);
    visit(in_lhs ? *left : *right, in_lhs, in_rhs);
    left += in_lhs ? 1 : 0, right += in_rhs ? 1 : 0;
  }
}

double Greedy::result_elements(std::uint32_t lhs, std::uint32_t rhs) const {
  double out = 1;
  merge(lhs, rhs, [&](Label label, bool in_lhs, bool in_rhs) {
    if (!in_lhs || !in_rhs || users_[label] > 2) out = std::min(out * network_.extents[label], largest_product);
  });
  return out;
}

double Greedy::score(double elements, std::uint32_t lhs, std::uint32_t rhs) {
  const double plain = elements - options_.weight * (elements_[lhs] + elements_[rhs]);
  if (options_.temperature == 0 && !options_.constants_first) return plain;
  // Gumbel noise on a logarithmic scale: the probability of a pair falls with its score as Boltzmann's factor does.
  constexpr double before_all = 1e6;
  const bool is_first = options_.constants_first && !constant_.empty() && constant_[lhs] && constant_[rhs];
  const double scale = std::copysign(std::log(1 + std::abs(plain)), plain) - (is_first ? before_all : 0);
  if (options_.temperature == 0) return scale;
  return scale + options_.temperature * log_noise()[noise_.bits() >> (64 - noise_bits)];
}

// Offers the pairs of a tensor with those that share a label and came before it; from now on it is met itself.
template <class Offer>
void Greedy::enter(std::uint32_t tensor, Offer offer) {
  neighbours_.clear();
  const bool huge = elements_[tensor] >= largest_product;
  bool all = true;  // the neighbours' common labels were seen
  for (Label label : labels(tensor)) {
    std::vector<std::uint32_t>& holders = holders_[label];
    const double extent = network_.extents[label], saves = users_[label] == 2 ? extent * extent : extent;
    std::size_t tail = holders.size(), kept = holders.size(), met = 0;
    while (tail > 0 && met < most_neighbours) {
      const std::uint32_t holder = holders[--tail];
      if (!open_[holder]) continue;
      ++met;
      holders[--kept] = holder;
      if (saved_[holder] == 0) neighbours_.push_back(holder), saved_[holder] = 1;
      saved_[holder] *= huge ? 1 : saves;
      if (huge) saved_logs_[holder] += users_[label] == 2 ? 2 * label_logs_[label] : label_logs_[label];
    }
    all = all && tail == 0;
    // The closed ones met on the way are gone for good: each costs one look.
    if (tail != kept)
      holders.erase(holders.begin() + static_cast<std::ptrdiff_t>(tail),
                    holders.begin() + static_cast<std::ptrdiff_t>(kept));
    holders.push_back(tensor);
  }
  std::sort(neighbours_.begin(), neighbours_.end());
  for (std::uint32_t neighbour : neighbours_) {
    offer(neighbour, all ? elements_without(tensor, neighbour) : result_elements(neighbour, tensor));
    saved_[neighbour] = saved_logs_[neighbour] = 0;
  }
}

// Elements of a product, from what its common labels save.
double Greedy::elements_without(std::uint32_t tensor, std::uint32_t neighbour) const {
  const double one = elements_[tensor], other = elements_[neighbour];
  if (one < largest_product && other < largest_product)
    return std::min(std::max(1.0, one * other / saved_[neighbour]), largest_product);
  const double saved = saved_logs_[neighbour] != 0 ? saved_logs_[neighbour] : std::log2(saved_[neighbour]);
  const double left = logs_[tensor] + logs_[neighbour] - saved;
  return left < std::log2(largest_product) ? std::exp2(std::max(0.0, left)) : largest_product;
}

Loops Greedy::contract(Pair pair) {
  Loops loops;
  double elements = 1, saved_log = 0;
  auto take = [&](double& product, Label label) {
    product = std::min(product * network_.extents[label], largest_product);
  };
  const std::size_t most = labels_.size() + labels(pair.lhs).size() + labels(pair.rhs).size();
  if (most > labels_.capacity()) labels_.reserve(2 * most);  // while they are merged, they stay where they are
  merge(pair.lhs, pair.rhs, [&](Label label, bool in_lhs, bool in_rhs) {
    const bool both = in_lhs && in_rhs, ends = both && users_[label] == 2;
    if (both) saved_log += ends ? 2 * label_logs_[label] : label_logs_[label];
    take(ends ? loops.k : both ? loops.batch : in_lhs ? loops.m : loops.n, label);
    if (ends) return;
    if (both) --users_[label];
    take(elements, label);
    labels_.push_back(label);
  });
  if (!constant_.empty()) {
    constant_.push_back(constant_[pair.lhs] && constant_[pair.rhs]);
    if (constant_.back()) loops.weight = constant_weight;
  }
  open_[pair.lhs] = open_[pair.rhs] = 0;
  open_.push_back(1);
  logs_.push_back(logs_[pair.lhs] + logs_[pair.rhs] - saved_log);
  first_.push_back(labels_.size());
  elements_.push_back(elements);
  order_.push_back(pair);
  return loops;
}

Order order_greedy(const Network& network, const GreedyOptions& options) {
  Greedy greedy(network);
  greedy.run(options, [](const Loops&) { return true; });
  return greedy.order();
}

}  // namespace einc::plan
