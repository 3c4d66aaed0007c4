// SPDX-License-Identifier: BSD-3-Clause
#include "ir/sum_form.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "ir/few_scratch.hpp"

namespace einc::ir {
namespace {

constexpr Extent least_across = 4;  // terms: fewer are no vector's work

// As the loop goes upwards in a, or in b where it stands still in a.
Loop upwards(Loop loop) {
  if (loop.a < 0 || (loop.a == 0 && loop.b < 0)) loop.a = -loop.a, loop.b = -loop.b;
  return loop;
}

// Whether a loop over the sum, or one over results, is such a one.
bool has(const Instruction& instruction, bool summed, bool (*is)(const Loop&, bool), bool product) {
  return std::any_of(instruction.loops.begin(), instruction.loops.end(), [&](const Loop& loop) { return loop.extent > 1 && (loop.role == Role::k) == summed && is(loop, product); });
}

}  // namespace

bool sums_across(const Loop& loop, bool product) {
  const Loop up = upwards(loop);
  return up.a == 1 && (!product || up.b == 1) && up.extent >= least_across;
}

bool sums_down(const Loop& loop, bool product) {
  const Loop up = upwards(loop);
  return up.a == 1 && (!product || up.b == 1 || up.b == 0);
}

std::optional<SumsInOrder> sums_in_order(const Instruction& instruction) {
  constexpr Extent least_keys = 64, least_features = 8;
  constexpr std::int64_t least_bytes = std::int64_t{1} << 20;  // what a cache of a core holds need not be read in order
  const bool plain = (instruction.dtype == DType::f32 || instruction.dtype == DType::f64) && instruction.algebra == Algebra::plus_times;
  if (instruction.kernel != Kernel::matvec || !plain || instruction.a.dtype || instruction.b.dtype || instruction.c.dtype) return std::nullopt;
  const std::vector<Loop>& loops = instruction.loops;
  const std::size_t none = loops.size();
  std::size_t m = none, k = none, heads = none;
  int batches = 0;
  double elements = 1;
  for (std::size_t i = 0; i < loops.size(); ++i) {
    if (loops[i].extent == 1) continue;
    elements *= static_cast<double>(loops[i].extent);
    if (loops[i].role == Role::batch) {
      ++batches;
      if (heads == none || std::abs(loops[i].a) <= std::abs(loops[heads].a)) heads = i;
    } else {
      std::size_t& only = loops[i].role == Role::m ? m : k;
      if (loops[i].role == Role::n || only != none) return std::nullopt;
      only = i;
    }
  }
  if (m == none || k == none || batches == 0 || loops[m].b != 0) return std::nullopt;
  const bool across = loops[k].a == 1 && loops[k].b == 1;
  if (!across && (loops[m].a != 1 || loops[m].c != 1)) return std::nullopt;
  const SumsInOrder found{heads, across ? m : k, across ? k : m, across};
  const Loop &head = loops[heads], &key = loops[found.keys], &feature = loops[found.features];
  const auto bytes = static_cast<std::int64_t>(bytes_of(instruction.dtype)), room = sum_block_bytes / bytes;
  const bool between = std::abs(head.a) >= feature.extent && std::abs(head.a) < std::abs(key.a);
  const bool fits = head.extent <= room / 16 && head.extent * (across ? few_arranged(1, feature.extent) : feature.extent) <= (across ? 2 * room : room);
  const bool pays = head.extent > 1 && key.extent >= least_keys && feature.extent >= least_features && elements * static_cast<double>(bytes) > static_cast<double>(least_bytes);
  return between && fits && pays ? std::optional(found) : std::nullopt;
}

SumForm sum_form(const Instruction& instruction) {
  const bool product = instruction.kernel != Kernel::reduce;
  if (sums_in_order(instruction)) return SumForm::in_order;
  if (has(instruction, true, sums_across, product)) return SumForm::across;
  if (has(instruction, false, sums_down, product)) return SumForm::down;
  // A product does not mind which of its arrays comes first, where both are of one type.
  const auto changed = [](const Loop& loop, bool both) {
    Loop other = upwards(loop);
    std::swap(other.a, other.b);
    return sums_down(other, both);
  };
  if (product && instruction.a.dtype == instruction.b.dtype && has(instruction, false, changed, product)) return SumForm::down;
  return SumForm::any;
}

std::string_view text_of(SumForm form) {
  switch (form) {
    case SumForm::across: return "terms of a sum are neighbours, and vectors run along them";
    case SumForm::down: return "terms of neighbouring results are neighbours, and vectors run along the results";
    case SumForm::in_order: return "rows lie between those of other matrices, and all are read in the order of memory";
    case SumForm::any: return "no terms are neighbours, so it goes element by element";
  }
  return "?";
}

}  // namespace einc::ir
