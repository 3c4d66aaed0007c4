// contract_loops.hpp: the loops of one role seen as one flat range, and the offsets of its positions.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <utility>

#include "ir/executable.hpp"

namespace einc::runtime {

// The loops of one role, outermost first; extent is their product, 1 for none.
struct Side {
  std::span<const ir::Loop> loops;
  std::ptrdiff_t extent = 1;

  // Whether one stride describes every position of the array named by `stride`.
  bool uniform() const { return loops.size() <= 1; }
  std::ptrdiff_t stride(Stride ir::Loop::*array) const { return loops.empty() ? 0 : loops.back().*array; }
};

inline Side side_of(const ir::Instruction& instruction, ir::Role role) {
  const auto& loops = instruction.loops;
  std::size_t first = 0, count = 0;
  while (first < loops.size() && loops[first].role != role) ++first;
  Side side;
  for (; first + count < loops.size() && loops[first + count].role == role; ++count)
    side.extent *= static_cast<std::ptrdiff_t>(loops[first + count].extent);
  side.loops = std::span(loops).subspan(first, count);
  return side;
}

// The offset of a position along every loop but the innermost, whose index is position % its extent.
inline std::ptrdiff_t outer_offset(const Side& side, std::ptrdiff_t position, Stride ir::Loop::*array) {
  std::ptrdiff_t offset = 0;
  if (position == 0) return 0;
  for (std::size_t i = side.loops.size(); i-- > 0;) {
    const auto extent = static_cast<std::ptrdiff_t>(side.loops[i].extent);
    if (i + 1 < side.loops.size()) offset += position % extent * side.loops[i].*array;
    position /= extent;
  }
  return offset;
}

// Where a walk through positions stands along every loop but the innermost. A division takes as long as a dozen steps of the walk.
class OuterWalk {
 public:
  OuterWalk(const Side& side, std::ptrdiff_t position) : side_(side), walks_(side.loops.size() <= most_loops) {
    if (!walks_) return;
    for (std::size_t i = side.loops.size(); i-- > 0;) {
      const auto extent = static_cast<std::ptrdiff_t>(side.loops[i].extent);
      index_[i] = position == 0 ? 0 : position % extent;
      position = position == 0 ? 0 : position / extent;
    }
  }

  // To the next run, which begins at `position`: every offset with that of its array.
  template <class... Offsets>
  void next(std::ptrdiff_t position, Offsets... offsets) {
    if (!walks_) {
      ((*offsets.first = outer_offset(side_, position, offsets.second)), ...);
      return;
    }
    for (std::size_t i = side_.loops.size() - 1; i-- > 0;) {
      const ir::Loop& loop = side_.loops[i];
      const bool more = ++index_[i] < loop.extent;
      ((*offsets.first += (more ? 1 : 1 - loop.extent) * (loop.*offsets.second)), ...);
      if (more) return;
      index_[i] = 0;
    }
  }

 private:
  static constexpr std::size_t most_loops = 32;
  const Side& side_;
  bool walks_;
  std::ptrdiff_t index_[most_loops];
};

// offsets[i] = the offset of position begin + i in the array named by `array`.
inline void fill_offsets(const Side& side, Stride ir::Loop::*array, std::ptrdiff_t begin, std::ptrdiff_t count,
                         std::ptrdiff_t* offsets) {
  if (side.loops.empty()) {
    std::fill_n(offsets, count, std::ptrdiff_t{0});
    return;
  }
  const auto inner = static_cast<std::ptrdiff_t>(side.loops.back().extent);
  const std::ptrdiff_t step = side.loops.back().*array;
  if (side.loops.size() == 1) {
    for (std::ptrdiff_t i = 0; i < count; ++i) offsets[i] = (begin + i) * step;
    return;
  }
  OuterWalk walk(side, begin);
  std::ptrdiff_t index = begin % inner, outer = outer_offset(side, begin, array);
  while (count > 0) {
    const std::ptrdiff_t run = std::min(inner - index, count), first = outer + index * step;
    for (std::ptrdiff_t i = 0; i < run; ++i) offsets[i] = first + i * step;
    offsets += run, begin += run, count -= run, index = 0;
    walk.next(begin, std::pair{&outer, array});
  }
}

// Calls body(a, b, c, count) for runs of positions in [begin, end), in order: the three offsets of the first, the others
// each a stride of the innermost loop further on.
template <class Body>
void for_each_run(const Side& side, std::ptrdiff_t begin, std::ptrdiff_t end, Body&& body) {
  if (side.loops.empty()) {
    if (begin < end) body(std::ptrdiff_t{0}, std::ptrdiff_t{0}, std::ptrdiff_t{0}, std::ptrdiff_t{1});
    return;
  }
  const ir::Loop& inner = side.loops.back();
  OuterWalk walk(side, begin);
  std::ptrdiff_t index = begin == 0 ? 0 : begin % inner.extent;
  std::ptrdiff_t a = outer_offset(side, begin, &ir::Loop::a), b = outer_offset(side, begin, &ir::Loop::b), c = outer_offset(side, begin, &ir::Loop::c);
  while (begin < end) {
    const std::ptrdiff_t run = std::min<std::ptrdiff_t>(inner.extent - index, end - begin);
    body(a + index * inner.a, b + index * inner.b, c + index * inner.c, run);
    begin += run, index = 0;
    if (begin < end) walk.next(begin, std::pair{&a, &ir::Loop::a}, std::pair{&b, &ir::Loop::b}, std::pair{&c, &ir::Loop::c});
  }
}

// Calls body(a, b, c) with the three offsets of every position in [begin, end), in order.
template <class Body>
void for_each_position(const Side& side, std::ptrdiff_t begin, std::ptrdiff_t end, Body&& body) {
  for_each_run(side, begin, end, [&](std::ptrdiff_t a, std::ptrdiff_t b, std::ptrdiff_t c, std::ptrdiff_t count) {
    const ir::Loop inner = side.loops.empty() ? ir::Loop{} : side.loops.back();
    for (std::ptrdiff_t i = 0; i < count; ++i, a += inner.a, b += inner.b, c += inner.c) body(a, b, c);
  });
}

}  // namespace einc::runtime
