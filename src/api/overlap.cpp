#include "api/overlap.hpp"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <optional>
#include <vector>

namespace einc::api {
namespace {

__extension__ typedef __int128 Wide;  // products of strides and extents may pass 64 bits

// The equation sum(coefficient * x) == target with 0 <= x <= bound for every term.
struct Unknown {
  std::int64_t coefficient, bound;  // both positive
};

class Solver {
 public:
  explicit Solver(std::vector<Unknown> unknowns) : unknowns_(std::move(unknowns)) {
    std::sort(unknowns_.begin(), unknowns_.end(), [](const Unknown& x, const Unknown& y) { return x.coefficient > y.coefficient; });
    reach_.assign(unknowns_.size() + 1, 0);
    divisor_.assign(unknowns_.size() + 1, 0);
    for (std::size_t i = unknowns_.size(); i-- > 0;) {
      reach_[i] = reach_[i + 1] + static_cast<Wide>(unknowns_[i].coefficient) * unknowns_[i].bound;
      divisor_[i] = std::gcd(divisor_[i + 1], unknowns_[i].coefficient);
    }
  }

  // Whether a solution exists; nothing when the search grew too long.
  std::optional<bool> solvable(std::int64_t target) {
    const bool found = search(0, target);
    if (work_ > most_work) return std::nullopt;
    return found;
  }

 private:
  static constexpr int most_work = 100'000;

  bool search(std::size_t i, Wide target) {
    if (++work_ > most_work) return false;
    if (target == 0) return true;
    if (target < 0 || target > reach_[i] || target % divisor_[i] != 0) return false;
    const Wide coefficient = unknowns_[i].coefficient;
    const Wide most = std::min<Wide>(unknowns_[i].bound, target / coefficient);
    const Wide needed = target - reach_[i + 1];
    const Wide least = needed > 0 ? (needed + coefficient - 1) / coefficient : 0;
    for (Wide x = most; x >= least && work_ <= most_work; --x)
      if (search(i + 1, target - x * coefficient)) return true;
    return false;
  }

  std::vector<Unknown> unknowns_;
  std::vector<Wide> reach_;
  std::vector<std::int64_t> divisor_;
  int work_ = 0;
};

bool is_empty(const StridedBytes& x) { return std::find(x.extents.begin(), x.extents.end(), 0) != x.extents.end(); }

std::int64_t address(const void* data) { return static_cast<std::int64_t>(reinterpret_cast<std::intptr_t>(data)); }

// The array's lowest address; adds its labels, walked upwards, to the unknowns.
std::int64_t add_unknowns(const StridedBytes& x, std::vector<Unknown>& unknowns) {
  std::int64_t lowest = address(x.data);
  for (std::size_t i = 0; i < x.extents.size(); ++i) {
    const std::int64_t step = x.strides[i] * x.element_bytes;
    if (x.extents[i] < 2 || step == 0) continue;
    if (step < 0) lowest += step * (x.extents[i] - 1);
    unknowns.push_back({std::abs(step), x.extents[i] - 1});
  }
  return lowest;
}

}  // namespace

bool overlaps(const StridedBytes& x, const StridedBytes& y) {
  if (is_empty(x) || is_empty(y)) return false;
  if (disjoint(range_of(x), range_of(y))) return false;
  // low_x + sum(x) + byte_x == low_y + sum(y) + byte_y. With y counted downwards from its highest element:
  // sum(x) + sum(y reversed) + byte_x + byte_y reversed == high_y - low_x.
  std::vector<Unknown> unknowns;
  const std::int64_t low_x = add_unknowns(x, unknowns);
  const std::size_t of_x = unknowns.size();
  std::int64_t high_y = add_unknowns(y, unknowns) + y.element_bytes - 1;
  for (std::size_t i = of_x; i < unknowns.size(); ++i) high_y += unknowns[i].coefficient * unknowns[i].bound;
  unknowns.push_back({1, x.element_bytes - 1});
  unknowns.push_back({1, y.element_bytes - 1});
  return Solver(std::move(unknowns)).solvable(high_y - low_x).value_or(true);
}

bool overlaps_itself(const StridedBytes& x) {
  if (is_empty(x) || is_dense(x)) return false;
  // Sorted by stride, an array is free of overlap when each label steps over all that the smaller ones reach. Arrays made by
  // slicing pass this; the few that do not are searched exactly for a difference of zero.
  std::vector<Unknown> unknowns;
  for (std::size_t i = 0; i < x.extents.size(); ++i) {
    if (x.extents[i] < 2) continue;
    if (x.strides[i] == 0) return true;
    unknowns.push_back({std::abs(x.strides[i]), x.extents[i] - 1});
  }
  std::sort(unknowns.begin(), unknowns.end(), [](const Unknown& a, const Unknown& b) { return a.coefficient < b.coefficient; });
  Wide reach = 0;
  bool nested = true;
  for (const Unknown& unknown : unknowns) {
    nested = nested && unknown.coefficient > reach;
    reach += static_cast<Wide>(unknown.coefficient) * unknown.bound;
  }
  if (nested) return false;
  // Two indices meet when sum(stride * d) == 0 for differences d in [-bound, bound], not all zero. Fix the first non-zero
  // difference to be positive: stride * d_i + sum(others + their reach) == sum(reach of others).
  for (std::size_t first = 0; first < unknowns.size(); ++first) {
    std::vector<Unknown> rest{{unknowns[first].coefficient, unknowns[first].bound - 1}};
    std::int64_t target = -unknowns[first].coefficient;
    for (std::size_t i = first + 1; i < unknowns.size(); ++i) {
      rest.push_back({unknowns[i].coefficient, 2 * unknowns[i].bound});
      target += unknowns[i].coefficient * unknowns[i].bound;
    }
    std::erase_if(rest, [](const Unknown& unknown) { return unknown.bound == 0; });
    if (Solver(std::move(rest)).solvable(target).value_or(true)) return true;
  }
  return false;
}

}  // namespace einc::api
