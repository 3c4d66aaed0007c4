#include "lower/assign_roles.hpp"

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace einc::lower {
namespace {

using ir::Loop;
using ir::Role;

// A loop and the label it steps along.
struct LabelLoop : Loop {
  Label label;
};

bool has(const Strided* array, Label label) {
  return array && std::find(array->labels.begin(), array->labels.end(), label) != array->labels.end();
}

Role role_of(bool in_a, bool in_b, bool in_c) {
  if (!in_c) return Role::k;
  if (in_a && in_b) return Role::batch;
  return in_b ? Role::n : Role::m;
}

// The label a store should run along: the one with the smallest stride in the result.
Label innermost(const Strided& out, std::span<const Extent> extents) {
  Label best = ~Label{0};
  Stride smallest = 0;
  for (std::size_t i = 0; i < out.labels.size(); ++i) {
    const Stride step = std::abs(out.strides[i]);
    if (extents[out.labels[i]] < 2) continue;
    if (best == ~Label{0} || step < smallest) best = out.labels[i], smallest = step;
  }
  return best;
}

// Elements of an operand that the other does not have: the extent of its m or n.
double free_elements(const Strided& own, const Strided& other, const Strided& out, std::span<const Extent> extents) {
  double count = 1;
  for (Label label : own.labels)
    if (!has(&other, label) && has(&out, label)) count *= static_cast<double>(extents[label]);
  return count;
}

// Whether vectors had better run along the other operand, in which neighbours are at hand, than along that with the neighbours of the
// result, which are few: those are then the rows of a tile, and turned in registers.
bool runs_along_other(const Strided& other, const Strided& own, const Strided& out, std::span<const Extent> extents, double few, double many) {
  constexpr double most_rows = 28, least_work = 48 * 48 * 48;  // less is done without packing
  constexpr Extent least_run = 16;
  if (few > most_rows || many < 2 * few) return false;
  Extent run = 0;
  int sums = 0;
  double work = few;
  for (std::size_t i = 0; i < other.labels.size(); ++i) {
    const Label label = other.labels[i];
    if (extents[label] == 1 || has(&own, label) == has(&out, label)) continue;
    work *= static_cast<double>(extents[label]);
    if (has(&own, label)) ++sums;
    else if (other.strides[i] == 1) run = extents[label];
  }
  return sums == 1 && run >= least_run && work > least_work;
}

bool should_swap(const Strided& lhs, const Strided& rhs, const Strided& out, std::span<const Extent> extents) {
  const double m = free_elements(lhs, rhs, out, extents), n = free_elements(rhs, lhs, out, extents);
  if (n == 1 || m == 1) return m == 1 && n > 1;  // one free side only: it is m
  const Label store = innermost(out, extents);
  const bool in_lhs = has(&lhs, store), in_rhs = has(&rhs, store);
  if (in_lhs != in_rhs) {
    const bool along_other = in_lhs ? runs_along_other(rhs, lhs, out, extents, m, n) : runs_along_other(lhs, rhs, out, extents, n, m);
    return along_other != in_lhs;
  }
  return m > n;  // stores run along a batch label: vectors take the longer side
}

// Loops of one role stand in the order in which memory is walked: the result's, or for k that of the operands.
void sort_loops(std::vector<LabelLoop>& loops) {
  std::stable_sort(loops.begin(), loops.end(), [](const Loop& x, const Loop& y) {
    const auto key = [](const Loop& loop) {
      const Stride by_result = loop.role == Role::k ? 0 : std::abs(loop.c);
      return std::tuple(static_cast<int>(loop.role), -by_result, -std::abs(loop.a), -std::abs(loop.b));
    };
    return key(x) < key(y);
  });
}

// Two neighbours are one loop when all three arrays, and those beside, walk them as one.
void merge_loops(std::vector<LabelLoop>& loops, std::span<const Strided> beside) {
  std::vector<LabelLoop> merged;
  for (const LabelLoop& inner : loops) {
    if (!merged.empty()) {
      LabelLoop& outer = merged.back();
      bool as_one = outer.role == inner.role && outer.a == inner.extent * inner.a && outer.b == inner.extent * inner.b &&
                    outer.c == inner.extent * inner.c;
      for (const Strided& array : beside) as_one = as_one && stride_of(array, outer.label) == inner.extent * stride_of(array, inner.label);
      if (as_one) {
        const Extent extent = outer.extent * inner.extent;
        outer = inner;
        outer.extent = extent;
        continue;
      }
    }
    merged.push_back(inner);
  }
  loops = std::move(merged);
}

}  // namespace

Stride stride_of(const Strided& array, Label label) {
  const auto found = std::find(array.labels.begin(), array.labels.end(), label);
  return found == array.labels.end() ? 0 : array.strides[static_cast<std::size_t>(found - array.labels.begin())];
}

Roles assign_roles(const Strided& lhs, const Strided* rhs, const Strided& out, std::span<const Extent> extents, std::span<const Strided> beside) {
  Roles roles;
  roles.swapped = rhs && should_swap(lhs, *rhs, out, extents);
  const Strided* a = roles.swapped ? rhs : &lhs;
  const Strided* b = roles.swapped ? &lhs : rhs;
  ir::Term labels = a->labels;
  if (b)
    for (Label label : b->labels)
      if (!has(a, label)) labels.push_back(label);
  std::vector<LabelLoop> loops;
  for (Label label : labels) {
    if (extents[label] == 1) continue;
    const Role role = role_of(has(a, label), has(b, label), has(&out, label));
    loops.push_back({{role, extents[label], stride_of(*a, label), b ? stride_of(*b, label) : 0, stride_of(out, label)}, label});
  }
  sort_loops(loops);
  merge_loops(loops, beside);
  for (const LabelLoop& loop : loops) roles.loops.push_back(loop), roles.labels.push_back(loop.label);
  return roles;
}

}  // namespace einc::lower
