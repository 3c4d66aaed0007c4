// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_exact.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <map>
#include <numeric>
#include <utility>

#include "plan/order_random_greedy.hpp"
#include "plan/subset_table.hpp"

namespace einc::plan {
namespace {

using Tensors = std::uint64_t;  // a set of tensors of one part

constexpr std::size_t most_tensors = 64;
constexpr std::size_t most_label_words = 4;

// The caps tried are 1/9, 1/3 and all of the bound. Each is a pass over the sets it admits: more of them repeat work, fewer
// look at many sets beyond the best cost. Measured on random regular graphs of 20 and 30 tensors: 2 and 27 are no better.
constexpr double first_cap = 9, cap_growth = 3;

// The next pass is taken to need at least so many times the work of one that found nothing.
constexpr std::uint64_t next_pass = 4;

// A connected part of a network; labels that the same tensors hold count as one.
struct Piece {
  std::vector<std::uint32_t> tensors;  // their numbers in the network, ascending
  std::vector<double> extents;         // of the fused labels
  std::vector<Tensors> holders;        // of each
  std::vector<bool> kept;
  std::vector<ir::Term> labels;        // of each tensor
};

Piece make_piece(const Network& network, const std::vector<std::uint32_t>& tensors) {
  Piece piece;
  piece.tensors = tensors;
  std::map<Label, Tensors> holders;
  for (std::size_t local = 0; local < tensors.size(); ++local) {
    for (Label label : network.tensors[tensors[local]]) holders[label] |= Tensors{1} << local;
  }
  std::map<std::pair<Tensors, bool>, double> fused;
  for (auto [label, who] : holders) {
    const bool kept = std::binary_search(network.kept.begin(), network.kept.end(), label);
    double& extent = fused.try_emplace({who, kept}, 1.0).first->second;
    extent = std::min(extent * network.extents[label], largest_product);
  }
  piece.labels.resize(tensors.size());
  for (const auto& [key, extent] : fused) {
    for (Tensors left = key.first; left != 0; left &= left - 1) {
      piece.labels[static_cast<std::size_t>(std::countr_zero(left))].push_back(static_cast<Label>(piece.extents.size()));
    }
    piece.extents.push_back(extent);
    piece.holders.push_back(key.first);
    piece.kept.push_back(key.second);
  }
  return piece;
}

// What a search of one piece answers: the splits of the best tree, each after its parts.
struct Split {
  Tensors lhs, rhs;
};
struct Tree {
  std::vector<Split> splits;
  double elements = 1;  // of the result
};

template <std::size_t words>
class Search {
 public:
  using Labels = std::array<std::uint64_t, words>;

  Search(const Piece& piece, const CostModel& model, const ExactOptions& options, bool outer_products)
      : piece_(piece), model_(model), options_(options), outer_products_(outer_products), by_count_(piece.tensors.size() + 1) {
    for (std::size_t tensor = 0; tensor < piece.tensors.size(); ++tensor) add_single(tensor);
    by_count_[1].sort(sets_);
  }

  // `bound` is the cost of some order: no set of the best one costs more.
  bool run(double bound, std::uint64_t& work, std::uint64_t& pairs) {
    double cap = bound / first_cap;
    while (true) {
      const std::uint64_t before = work;
      first_open_ = sets_.size();
      cap_ = cap;
      for (std::size_t count = 2; count < by_count_.size(); ++count) {
        if (!grow(count, work, pairs)) return false;
      }
      if (!by_count_.back().ids.empty()) return true;
      const std::uint64_t passed = work - before;
      if (cap >= bound || work + next_pass * passed > options_.work_limit) return false;
      cap = std::min(cap * cap_growth, bound);
    }
  }

  Tree tree() const {
    Tree tree;
    const std::uint32_t whole = by_count_.back().ids.front();
    tree.elements = sets_[whole].elements;
    collect(whole, tree.splits);
    return tree;
  }

 private:
  struct Set {
    Tensors tensors, neighbours;
    double cost, elements;
    Labels labels;
    std::uint32_t lhs, rhs;  // the best split
  };

  // The known sets of one number of tensors, cheapest first.
  struct Family {
    std::vector<std::uint32_t> ids;
    std::vector<Tensors> tensors;
    std::vector<double> costs;

    void sort(const std::vector<Set>& sets) {
      std::sort(ids.begin(), ids.end(), [&](std::uint32_t one, std::uint32_t other) {
        return std::pair{sets[one].cost, sets[one].tensors} < std::pair{sets[other].cost, sets[other].tensors};
      });
      tensors.resize(ids.size());
      costs.resize(ids.size());
      for (std::size_t at = 0; at < ids.size(); ++at) {
        tensors[at] = sets[ids[at]].tensors;
        costs[at] = sets[ids[at]].cost;
      }
    }
  };

  void add_single(std::size_t tensor) {
    Set set{Tensors{1} << tensor, 0, 0, product(piece_.labels[tensor], piece_.extents), {}, 0, 0};
    for (Label label : piece_.labels[tensor]) {
      set.labels[label / 64] |= std::uint64_t{1} << (label % 64);
      set.neighbours |= piece_.holders[label];
    }
    set.neighbours &= ~set.tensors;
    table_.insert(set.tensors, static_cast<std::uint32_t>(sets_.size()));
    by_count_[1].ids.push_back(static_cast<std::uint32_t>(sets_.size()));
    sets_.push_back(set);
  }

  bool meets(const Set& set, Tensors other) const {
    return static_cast<int>((set.tensors & other) == 0) & (static_cast<int>(outer_products_) | static_cast<int>((set.neighbours & other) != 0));
  }

  // Without a branch: which sets meet looks random to the processor.
  std::size_t find_partners(const Set& set, const Family& family, std::size_t begin, std::size_t end) {
    if (partners_.size() < end) partners_.resize(2 * end);
    std::size_t met = 0;
    for (std::size_t other = begin; other < end; ++other) {
      partners_[met] = static_cast<std::uint32_t>(other);
      met += meets(set, family.tensors[other]) ? 1 : 0;
    }
    return met;
  }

  // Finds the sets of `count` tensors from pairs of smaller ones. False when the work limit is met.
  bool grow(std::size_t count, std::uint64_t& work, std::uint64_t& pairs) {
    const std::size_t known = by_count_[count].ids.size();
    for (std::size_t part = 1; 2 * part <= count; ++part) {
      const Family &left = by_count_[part], &right = by_count_[count - part];
      for (std::size_t at = 0; at < left.ids.size() && left.costs[at] <= cap_; ++at) {
        const Set set = sets_[left.ids[at]];
        const std::size_t begin = &left == &right ? at + 1 : 0;
        const std::size_t end = affordable(right, set.cost);
        const std::size_t met = find_partners(set, right, begin, end);
        for (std::size_t place = 0; place < met; ++place) price(left.ids[at], right.ids[partners_[place]], by_count_[count]);
        pairs += met, work += met;
        work += 1 + (end > begin ? (end - begin) / 8 : 0);  // to price a pair takes about as long as to pass over eight
        if (work > options_.work_limit) return false;
      }
    }
    if (by_count_[count].ids.size() > known) by_count_[count].sort(sets_);
    return true;
  }

  // How many sets of a family may be joined with one of this cost.
  std::size_t affordable(const Family& family, double cost) const {
    const double left = options_.objective == Objective::size ? cap_ : cap_ - cost;
    return static_cast<std::size_t>(std::upper_bound(family.costs.begin(), family.costs.end(), left) - family.costs.begin());
  }

  Loops loops_of(const Set& lhs, const Set& rhs, Labels& summed) const {
    const Tensors outside = ~(lhs.tensors | rhs.tensors);
    Loops loops;
    for (std::size_t word = 0; word < words; ++word) {
      for (std::uint64_t left = lhs.labels[word] & rhs.labels[word]; left != 0; left &= left - 1) {
        const std::size_t label = word * 64 + static_cast<std::size_t>(std::countr_zero(left));
        const bool ends = !piece_.kept[label] && (piece_.holders[label] & outside) == 0;
        (ends ? loops.k : loops.batch) *= piece_.extents[label];
        if (ends) summed[word] |= left & (~left + 1);
      }
    }
    const double shared = std::min(loops.k * loops.batch, largest_product);
    loops.m = std::max(1.0, lhs.elements / shared);
    loops.n = std::max(1.0, rhs.elements / shared);
    return loops;
  }

  void price(std::uint32_t lhs, std::uint32_t rhs, Family& family) {
    const Set &one = sets_[lhs], &other = sets_[rhs];
    const Tensors tensors = one.tensors | other.tensors;
    const std::uint32_t known = table_.find(tensors);
    if (known < first_open_) return;  // settled under an earlier cap
    const Objective objective = options_.objective;
    const double parts = combine(one.cost, other.cost, objective);
    const double limit = known == SubsetTable::absent ? cap_ : sets_[known].cost;
    if (parts >= limit && known != SubsetTable::absent) return;
    Labels summed{};
    const Loops loops = loops_of(one, other, summed);
    if (combine(parts, model_.at_least(loops, objective), objective) > limit) return;
    const double cost = combine(parts, model_.of_pair(loops, objective), objective);
    if (cost > limit) return;
    if (known != SubsetTable::absent) {
      Set& set = sets_[known];
      if (cost < set.cost) set.cost = cost, set.lhs = lhs, set.rhs = rhs;
      return;
    }
    Set set{tensors, (one.neighbours | other.neighbours) & ~tensors, cost, 0, {}, lhs, rhs};
    set.elements = std::min(std::min(loops.batch * loops.m, largest_product) * loops.n, largest_product);
    for (std::size_t word = 0; word < words; ++word) {
      set.labels[word] = (one.labels[word] | other.labels[word]) & ~summed[word];
    }
    table_.insert(tensors, static_cast<std::uint32_t>(sets_.size()));
    family.ids.push_back(static_cast<std::uint32_t>(sets_.size()));
    sets_.push_back(set);
  }

  void collect(std::uint32_t id, std::vector<Split>& splits) const {
    const Set& set = sets_[id];
    if (std::has_single_bit(set.tensors)) return;
    const bool swap = std::countr_zero(sets_[set.rhs].tensors) < std::countr_zero(sets_[set.lhs].tensors);
    const std::uint32_t lhs = swap ? set.rhs : set.lhs, rhs = swap ? set.lhs : set.rhs;
    collect(lhs, splits);
    collect(rhs, splits);
    splits.push_back({sets_[lhs].tensors, sets_[rhs].tensors});
  }

  const Piece& piece_;
  const CostModel& model_;
  const ExactOptions& options_;
  const bool outer_products_;
  std::vector<Set> sets_;
  SubsetTable table_;              // from tensors to the place in sets_
  std::vector<Family> by_count_;   // by number of tensors
  std::vector<std::uint32_t> partners_;
  std::size_t first_open_ = 0;     // sets before this one have their final cost
  double cap_ = 0;
};

// Some order's cost: no set of the best tree costs more. A good bound saves far more time than it takes to find.
double upper_bound(const Piece& piece, const CostModel& model, Objective objective) {
  Network part{piece.extents, piece.labels, {}};
  for (Label label = 0; label < piece.kept.size(); ++label) {
    if (piece.kept[label]) part.kept.push_back(label);
  }
  const std::size_t count = piece.tensors.size();
  const int trials = count <= outer_product_limit ? 1 : static_cast<int>(1 + count * count / 32);
  const double cost = order_random_greedy(part, model, {.objective = objective, .trials = trials}).cost;
  return cost * (1 + 1e-9);  // the same sum in another order rounds differently
}

template <std::size_t words>
std::optional<Tree> solve_with(const Piece& piece, const CostModel& model, const ExactOptions& options, bool outer_products,
                               std::uint64_t& work, std::uint64_t& pairs) {
  Search<words> search(piece, model, options, outer_products);
  if (!search.run(upper_bound(piece, model, options.objective), work, pairs)) return {};
  return search.tree();
}

std::optional<Tree> solve(const Piece& piece, const CostModel& model, const ExactOptions& options, bool outer_products,
                          std::uint64_t& work, std::uint64_t& pairs) {
  const std::size_t words = (piece.extents.size() + 63) / 64;
  if (words <= 1) return solve_with<1>(piece, model, options, outer_products, work, pairs);
  if (words <= 2) return solve_with<2>(piece, model, options, outer_products, work, pairs);
  if (words <= most_label_words) return solve_with<most_label_words>(piece, model, options, outer_products, work, pairs);
  return {};
}

// Appends a piece's tree to the order; answers with the number of its result.
std::uint32_t append_tree(const Piece& piece, const Tree& tree, std::uint32_t tensor_count, Order& order) {
  std::map<Tensors, std::uint32_t> number;
  for (std::size_t local = 0; local < piece.tensors.size(); ++local) number[Tensors{1} << local] = piece.tensors[local];
  std::uint32_t last = piece.tensors[0];
  for (const Split& split : tree.splits) {
    last = tensor_count + static_cast<std::uint32_t>(order.size());
    order.push_back({number.at(split.lhs), number.at(split.rhs)});
    number[split.lhs | split.rhs] = last;
  }
  return last;
}

}  // namespace

std::optional<Exact> order_exact(const Network& network, const CostModel& model, const ExactOptions& options) {
  const auto count = static_cast<std::uint32_t>(network.tensors.size());
  const bool outer_products = count <= outer_product_limit;
  std::vector<std::vector<std::uint32_t>> groups = connected_parts(network);
  if (outer_products) {
    groups.assign(1, std::vector<std::uint32_t>(count));
    std::iota(groups[0].begin(), groups[0].end(), 0U);
  }
  Exact exact;
  std::uint64_t work = 0;
  std::vector<Part> parts;
  for (const std::vector<std::uint32_t>& group : groups) {
    if (group.size() > most_tensors) return {};
    const Piece piece = make_piece(network, group);
    const std::optional<Tree> tree = solve(piece, model, options, outer_products, work, exact.pairs);
    if (!tree) return {};
    const std::uint32_t result = append_tree(piece, *tree, count, exact.order);
    parts.push_back({tree->elements, result});
  }
  join_parts(std::move(parts), count, exact.order);
  return exact;
}

}  // namespace einc::plan
