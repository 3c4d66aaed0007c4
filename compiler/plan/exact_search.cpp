// SPDX-License-Identifier: BSD-3-Clause
#include "plan/exact_search.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <functional>
#include <queue>
#include <utility>

#include "plan/subset_index.hpp"
#include "plan/subset_table.hpp"

namespace einc::plan {
namespace {

constexpr std::size_t most_label_words = 4;

// Work is counted in pairs met, at 20 to 40 ns, which is what they take in networks where many are met. A set that is
// found waits in a heap: measured to take as long as eight pairs. To pass over 64 sets takes nearly as long as one.
constexpr std::uint64_t work_of_set = 8, sets_passed = 64;

constexpr double tolerance = 1e-9;  // the same sum in another order rounds differently

template <std::size_t words>
class Search {
 public:
  Search(const Piece& piece, const CostModel& model, SearchLimits& limits, Tree known)
      : piece_(piece),
        model_(model),
        limits_(limits),
        objective_(limits.objective),
        best_(std::move(known)),
        whole_(piece.tensors.size() == 64 ? ~Tensors{0} : (Tensors{1} << piece.tensors.size()) - 1) {
    describe_labels();
    for (std::size_t tensor = 0; tensor < piece.tensors.size(); ++tensor) add_single(tensor);
  }

  std::optional<Tree> run() {
    if (!settle()) return {};
    collect_best();
    return std::move(best_);
  }

 private:
  using Labels = std::array<std::uint64_t, words>;

  static constexpr std::uint32_t nobody = ~std::uint32_t{0};

  struct Set {
    Tensors tensors;
    Labels labels;
    double cost, elements;   // cost: of its best tree so far, beyond the floor
    std::uint32_t lhs, rhs;  // the best split
    std::uint32_t place;     // among the settled ones
  };
  // Of sets of one cost the larger ones come first: when the largest intermediate counts, most costs are equal.
  struct Entry {
    double cost;
    Tensors tensors;
    std::uint32_t number;
    bool operator>(const Entry& other) const {
      if (cost != other.cost) return cost > other.cost;
      const int count = std::popcount(tensors), others = std::popcount(other.tensors);
      return count != others ? count < others : tensors > other.tensors;
    }
  };
  using Queue = std::priority_queue<Entry, std::vector<Entry>, std::greater<>>;

  // An order must cost less than this beyond the floor to be worth finding.
  double goal() const { return best_.cost * (1 - tolerance) - all_floors_; }

  void describe_labels() {
    bool sums = !limits_.outer_products;
    for (std::size_t label = 0; label < piece_.extents.size(); ++label) {
      const Tensors holders = piece_.holders[label];
      const bool plain = !piece_.kept[label] && std::popcount(holders) == 2;
      sums = sums && plain && piece_.extents[label] > 1;
      const double extent = piece_.extents[label];
      inverse_.push_back(counts_products() || piece_.kept[label] ? 1 / extent : 1 / (extent * extent));
      most_saved_ = std::max(most_saved_, 1 / inverse_.back());
      largest_ = std::max(largest_, extent);
    }
    sums_ = sums && counts_products();
    if (objective_ == Objective::seconds && !limits_.outer_products) known_.resize(std::size_t{1} << known_bits);
    find_floor();
    least_per_element_ = 1 - tolerance;
    if (objective_ == Objective::seconds) least_per_element_ *= model_.at_least({}, objective_);
    if (counts_products() && sums) least_per_element_ *= 2;
    if (counts_products()) least_consumed_ = least_per_element_;
  }

  // Of what is made of constants alone; nothing else is counted by elements, of which there are as many.
  double weight_of(Tensors tensors) const { return (tensors & ~piece_.constants) == 0 && counts_products() ? constant_weight : 1; }
  // Every tensor is in one pair, and so is every set but the whole; there are as many pairs as tensors but one.
  void find_floor() {
    double all = 1, elements = 0, kept = 1;
    for (std::size_t label = 0; label < piece_.extents.size(); ++label) {
      all *= piece_.extents[label];
      if (piece_.kept[label]) kept *= piece_.extents[label];
    }
    if (!(all < std::sqrt(largest_product)) || piece_.constants != 0) return;  // what is cut off has no floor, and what constants make has hardly one
    floor_ = model_.floor(sums_, objective_);
    for (const ir::Term& labels : piece_.labels) elements += product(labels, piece_.extents);
    all_floors_ = floor_.pair * static_cast<double>(piece_.tensors.size() - 1) + floor_.element * (elements - kept);
  }
  double beyond_floor(double pair, double elements) const {
    return std::max(0.0, pair - floor_.pair - floor_.element * elements);
  }

  bool counts_products() const { return objective_ == Objective::flops || objective_ == Objective::seconds; }

  void add_single(std::size_t tensor) {
    Set set{Tensors{1} << tensor, {}, 0, product(piece_.labels[tensor], piece_.extents), 0, 0, nobody};
    for (Label label : piece_.labels[tensor]) set.labels[label / 64] |= std::uint64_t{1} << (label % 64);
    add(set);
  }

  void add(const Set& set) {
    const auto number = static_cast<std::uint32_t>(sets_.size());
    table_.insert(set.tensors, number);
    sets_.push_back(set);
    push({set.cost, set.tensors, number});
  }

  // No more than the cost of a pair, in a fraction of the time: enough to see that most pairs are too dear.
  double floor_of(const Set& one, const Set& other) const {
    double least = one.elements * other.elements;
    for (std::size_t word = 0; word < words; ++word) {
      for (std::uint64_t left = one.labels[word] & other.labels[word]; left != 0; left &= left - 1) {
        least *= inverse_[word * 64 + static_cast<std::size_t>(std::countr_zero(left))];
      }
    }
    return std::min(least * least_per_element_, largest_product) * weight_of(one.tensors | other.tensors);
  }

  Loops loops_of(const Set& one, const Set& other, Labels& out) const {
    const Tensors outside = ~(one.tensors | other.tensors);
    Loops loops{.weight = weight_of(one.tensors | other.tensors)};
    for (std::size_t word = 0; word < words; ++word) {
      out[word] = one.labels[word] | other.labels[word];
      for (std::uint64_t left = one.labels[word] & other.labels[word]; left != 0; left &= left - 1) {
        const std::size_t label = word * 64 + static_cast<std::size_t>(std::countr_zero(left));
        const bool ends = !piece_.kept[label] && (piece_.holders[label] & outside) == 0;
        (ends ? loops.k : loops.batch) *= piece_.extents[label];
        if (ends) out[word] ^= left & (~left + 1);
      }
    }
    const double shared = std::min(loops.k * loops.batch, largest_product);
    loops.m = std::max(1.0, one.elements / shared);
    loops.n = std::max(1.0, other.elements / shared);
    return loops;
  }

  // The same where every common label ends.
  Loops sum_of(const Set& one, const Set& other, Labels& out) const {
    Loops loops{.weight = weight_of(one.tensors | other.tensors)};
    for (std::size_t word = 0; word < words; ++word) {
      out[word] = one.labels[word] ^ other.labels[word];
      for (std::uint64_t left = one.labels[word] & other.labels[word]; left != 0; left &= left - 1)
        loops.k *= piece_.extents[word * 64 + static_cast<std::size_t>(std::countr_zero(left))];
    }
    loops.k = std::min(loops.k, largest_product);
    loops.m = std::max(1.0, one.elements / loops.k);
    loops.n = std::max(1.0, other.elements / loops.k);
    return loops;
  }

  // Few shapes occur again and again.
  double cost_of(const Loops& loops) {
    if (known_.empty()) return model_.of_pair(loops, objective_);
    std::uint64_t hash = 0;
    for (const double loop : {loops.batch, loops.m, loops.n, loops.k})
      hash = (hash ^ std::bit_cast<std::uint64_t>(loop)) * 0x9e3779b97f4a7c15ULL;
    Known& known = known_[hash >> (64 - known_bits)];
    const Loops& own = known.loops;
    if (own.weight != loops.weight || own.m != loops.m || own.n != loops.n || own.k != loops.k || own.batch != loops.batch)
      known = {loops, model_.of_pair(loops, objective_)};
    return known.seconds;
  }

  // The settled sets of about one size, cheapest first.
  struct Family {
    int size;           // the binary exponent of their elements
    double least;       // of their elements
    SubsetIndex index;  // tensors, then labels
    std::vector<double> costs;
    std::vector<std::uint32_t> places;
  };

  // Finds the costs of sets, cheapest first, until no set left can be part of a better tree. False when the work limit
  // is met.
  bool settle() {
    while (!queue_.empty() && queue_.top().cost < goal()) {
      const Entry entry = queue_.top();
      queue_.pop();
      Set& set = sets_[entry.number];
      if (set.place != nobody || set.cost != entry.cost) continue;
      set.place = static_cast<std::uint32_t>(settled_.size());
      settled_.push_back(set);
      join(Set(set));
      if (limits_.work > limits_.work_limit) return false;
    }
    return true;
  }

  void push(const Entry& entry) {
    queue_.push(entry);
    limits_.work += work_of_set;
  }

  void list_things(const Set& set) {
    its_tensors_.clear(), its_labels_.clear();
    for (Tensors left = set.tensors; left != 0; left &= left - 1)
      its_tensors_.push_back(static_cast<std::uint16_t>(std::countr_zero(left)));
    for (std::size_t word = 0; word < words; ++word) {
      for (std::uint64_t left = set.labels[word]; left != 0; left &= left - 1) {
        its_labels_.push_back(static_cast<std::uint16_t>(piece_.tensors.size() + word * 64 +
                                                         static_cast<std::size_t>(std::countr_zero(left))));
      }
    }
  }

  // Joins a set with all that were settled before it and are within reach: the fewer labels they have in common, the
  // dearer their product is, and the cheaper a partner must be.
  void join(const Set& set) {
    list_things(set);
    const bool sums = objective_ != Objective::size;
    for (const Family& family : families_) {
      const double weight = weight_of(set.tensors);
      const double most = set.elements + std::ldexp(1, family.size + 1);  // elements of both
      double products = set.elements * family.least, saved = 1;
      std::size_t common = 0;
      auto pair = [&] {
        if (sums_ && objective_ == Objective::seconds) {
          const bool may_stream = common >= its_labels_.size() || saved >= family.least * (1 - tolerance);
          return model_.of_sum_at_least(set.elements, family.least, saved, may_stream) * weight;
        }
        return std::min(products * least_per_element_, largest_product) * weight;
      };
      auto room = [&] { return goal() - (sums ? set.cost : 0) - beyond_floor(pair(), most); };
      auto share = [&] { ++common, products /= most_saved_, saved *= largest_; };
      while (common <= its_labels_.size() && (room() < 0 || (common == 0 && !limits_.outer_products))) share();
      if (common > its_labels_.size()) continue;
      const std::size_t all = sums ? within(family, goal() - set.cost) : family.costs.size();
      std::size_t begin = 0, needed = common;
      while (begin < all) {
        const bool last = all - begin <= worth_a_visit || common >= its_labels_.size();
        const std::size_t end = last ? all : within(family, room());
        if (last || end - begin > worth_a_visit) {
          visit(set, family, needed, begin, end);
          begin = end, needed = common + 1;
        }
        share();
      }
    }
    settle_into_family(set);
  }

  // Of fewer sets, those with other needs are not told apart: to find where they begin takes longer than to pass over
  // them.
  static constexpr std::size_t worth_a_visit = 512;

  static std::size_t within(const Family& family, double room) {
    return static_cast<std::size_t>(std::upper_bound(family.costs.begin(), family.costs.end(), room) -
                                    family.costs.begin());
  }

  void visit(const Set& set, const Family& family, std::size_t common, std::size_t begin, std::size_t end) {
    limits_.work += 1 + (end - begin) / sets_passed;
    family.index.visit(its_tensors_, its_labels_, common, begin, end, [&](std::size_t number) {
      ++limits_.work, ++limits_.pairs;
      price(set, settled_[family.places[number]]);
    });
  }

  void settle_into_family(const Set& set) {
    const int size = std::ilogb(set.elements);
    auto own =
        std::find_if(families_.begin(), families_.end(), [&](const Family& family) { return family.size == size; });
    if (own == families_.end())
      own = families_.insert(
          own, Family{size, set.elements, SubsetIndex(piece_.tensors.size() + piece_.extents.size()), {}, {}});
    own->least = std::min(own->least, set.elements);
    its_tensors_.insert(its_tensors_.end(), its_labels_.begin(), its_labels_.end());
    own->index.append(its_tensors_);
    own->costs.push_back(set.cost);
    own->places.push_back(set.place);
  }

  void price(const Set& set, const Set& other) {
    const double parts = combine(set.cost, other.cost, objective_), both = set.elements + other.elements;
    if (!sums_ && combine(parts, beyond_floor(floor_of(set, other), both), objective_) > goal()) return;
    Labels labels;
    const Loops loops = sums_ ? sum_of(set, other, labels) : loops_of(set, other, labels);
    const double elements = std::min(std::min(loops.batch * loops.m, largest_product) * loops.n, largest_product);
    const double cost = combine(parts, beyond_floor(cost_of(loops), both - elements), objective_);
    if (cost >= goal()) return;
    const Tensors tensors = set.tensors | other.tensors;
    if (tensors == whole_) {
      best_.cost = cost + all_floors_, top_ = {other.place, set.place};
      return;
    }
    const std::uint32_t known = table_.find(tensors);
    if (known == SubsetTable::absent) {
      if (combine(cost, elements * std::max(0.0, least_consumed_ - 2 * floor_.element) * weight_of(tensors), objective_) > goal()) return;
      add({tensors, labels, cost, elements, other.place, set.place, nobody});
      return;
    }
    Set& found = sets_[known];
    if (cost >= found.cost) return;
    found.cost = cost, found.lhs = other.place, found.rhs = set.place;
    push({cost, tensors, known});
  }

  struct Top {
    std::uint32_t lhs, rhs;  // the places of the two settled sets that make the whole
  };

  void collect_best() {
    if (!top_) return;
    best_.splits.clear();
    collect(top_->lhs);
    collect(top_->rhs);
    add_split(settled_[top_->lhs].tensors, settled_[top_->rhs].tensors);
  }

  void collect(std::uint32_t place) {
    const Set& set = settled_[place];
    if (std::has_single_bit(set.tensors)) return;
    collect(set.lhs);
    collect(set.rhs);
    add_split(settled_[set.lhs].tensors, settled_[set.rhs].tensors);
  }

  void add_split(Tensors lhs, Tensors rhs) {
    if (std::countr_zero(rhs) < std::countr_zero(lhs)) std::swap(lhs, rhs);
    best_.splits.push_back({lhs, rhs});
  }

  const Piece& piece_;
  const CostModel& model_;
  SearchLimits& limits_;
  const Objective objective_;
  Tree best_;
  std::optional<Top> top_;
  const Tensors whole_;
  std::vector<double> inverse_;  // of every label
  // A pair costs at least `least_per_element_` for each element of both its tensors together (of the outer product),
  // less what every common label saves: its factor in `inverse_`. And whatever is joined with a set costs
  // `least_consumed_` for each of its elements.
  double least_per_element_ = 1, most_saved_ = 1, least_consumed_ = 0;
  double largest_ = 1;  // of the extents
  bool sums_ = false;   // every pair is a sum
  // What every pair costs at least, and every element that is read, is counted before: of tensors at the start, of sets
  // when they are made. What is left is never less than nothing, so that the cheapest set is still final, and far fewer
  // sets cost less beyond the floor than the best order does.
  CostModel::Floor floor_;
  double all_floors_ = 0;

  struct Known {
    Loops loops{0, 0, 0, 0};
    double seconds = 0;
  };
  static constexpr int known_bits = 10;
  std::vector<Known> known_;  // by a hash of their loops; the last one stays

  std::vector<Set> sets_;
  SubsetTable table_;  // from tensors to the place in sets_
  Queue queue_;
  std::vector<Set> settled_;  // cheapest first
  std::vector<Family> families_;
  std::vector<std::uint16_t> its_tensors_, its_labels_;  // of the set being joined, as the families' indexes count them
};

}  // namespace

std::optional<Tree> search_exact(const Piece& piece, const CostModel& model, SearchLimits& limits, Tree known) {
  const std::size_t words = (piece.extents.size() + 63) / 64;
  if (words <= 1) return Search<1>(piece, model, limits, std::move(known)).run();
  if (words <= 2) return Search<2>(piece, model, limits, std::move(known)).run();
  if (words <= most_label_words) return Search<most_label_words>(piece, model, limits, std::move(known)).run();
  return {};
}

}  // namespace einc::plan
