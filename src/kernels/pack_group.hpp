// pack_group.hpp: packs panels of columns whose neighbours in memory belong to other panels: whole lines are read once and
// turned inside the registers.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/contract_kernels.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels {

// How many rows of a group ahead of its use a line is asked for.
inline constexpr std::ptrdiff_t group_rows_ahead = 2;

// `width` lanes by `count` of their neighbours; a vector of each neighbour goes to `to`, one `step` apart.
template <class Arch, class T, bool whole>
[[gnu::always_inline]] inline void pack_neighbours(const T* const* from, std::ptrdiff_t at, std::ptrdiff_t ahead, int count, T* to,
                                                   std::ptrdiff_t step) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  typename Ops::Vector rows[width];
#pragma GCC unroll 16
  for (int i = 0; i < width; ++i) {
    rows[i] = whole ? Ops::load(from[i] + at) : Ops::load_first(from[i] + at, count);
    Ops::prefetch_far(from[i] + ahead);
  }
  Ops::transpose(rows);
#pragma GCC unroll 16
  for (int i = 0; i < width; ++i)
    if (whole || i < count) Ops::store(to + i * step, rows[i]);
}

// Memory is walked as it lies: the neighbours of a lane, then the next lane, then the next row.
template <class Arch, class T>
void pack_group(const GroupArguments<T>& group) {
  constexpr int width = simd::Ops<Arch, T>::width;
  const std::ptrdiff_t space = (group.width + width - 1) / width * width, step = space * group.depth;
  for (std::ptrdiff_t k = 0; k < group.depth; ++k) {
    const std::ptrdiff_t depth = group.depths[k];
    const std::ptrdiff_t ahead = group.depths[k + group_rows_ahead < group.depth ? k + group_rows_ahead : k];
    for (std::ptrdiff_t lane = 0; lane < space; lane += width) {
      const T* from[width];  // lanes that do not exist repeat the last one
      for (int i = 0; i < width; ++i) from[i] = group.from + group.lanes[lane + i < group.width ? lane + i : group.width - 1];
      const std::ptrdiff_t panel = lane / group.columns * group.columns;
      const std::ptrdiff_t row = space - panel < group.columns ? space - panel : group.columns;
      T* const to = group.to + panel * group.depth + k * row + (lane - panel);
      std::ptrdiff_t s = 0;
      for (; s + width <= group.repeats; s += width)
        pack_neighbours<Arch, T, true>(from, depth + s, ahead + s, width, to + s * step, step);
      if (s < group.repeats)
        pack_neighbours<Arch, T, false>(from, depth + s, ahead + s, static_cast<int>(group.repeats - s), to + s * step, step);
    }
  }
}

}  // namespace einc::kernels
