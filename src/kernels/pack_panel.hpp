// pack_panel.hpp: copies the lanes of one panel, wherever they lie, into rows of k that a register tile reads in order.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "kernels/contract_kernels.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels {

// The number of entries from `first` on that follow each other by one element, at most `most`.
template <class Arch>
std::ptrdiff_t run_length(const std::ptrdiff_t* offsets, std::ptrdiff_t first, std::ptrdiff_t most) {
  std::ptrdiff_t length = 1;
  while (length < most && offsets[first + length] == offsets[first] + length) ++length;
  return length;
}

// Lanes adjacent in memory, in runs: whole vectors are copied, run by run.
template <class Arch, class T>
void pack_by_lanes(const PackArguments<T>& panel) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  int lane = 0;
  while (lane < panel.width) {
    const auto run = static_cast<int>(run_length<Arch>(panel.lanes, lane, panel.width - lane));
    const T* const from = static_cast<const T*>(panel.from) + panel.lanes[lane];
    int done = 0;
    for (; done + 2 * width <= run; done += 2 * width)
      for (std::ptrdiff_t k = 0; k < panel.depth; ++k) {
        const T* const source = from + panel.depths[k] + done;
        T* const to = panel.to + k * panel.stride + lane + done;
        Ops::store(to, Ops::load(source));
        Ops::store(to + width, Ops::load(source + width));
      }
    for (; done < run; done += width) {
      const int count = run - done < width ? run - done : width;
      const bool spills = lane + done + width > panel.stride;  // a whole vector would reach into the next row
      for (std::ptrdiff_t k = 0; k < panel.depth; ++k) {
        const auto value = Ops::load_first(from + panel.depths[k] + done, count);
        T* const to = panel.to + k * panel.stride + lane + done;
        if (spills) Ops::store_first(to, value, count);
        else Ops::store(to, value);
      }
    }
    lane += run;
  }
  for (lane = panel.width; lane < panel.stride; ++lane)
    for (std::ptrdiff_t k = 0; k < panel.depth; ++k) panel.to[k * panel.stride + lane] = T(0);
}

// One square of width lanes by width neighbours along k, transposed in registers. Lanes past the panel's repeat its last one,
// so that every load is of memory that exists, without a branch.
template <class Arch, class T, bool whole_lanes>
[[gnu::always_inline]] inline void pack_square(const T* from, const std::ptrdiff_t* lanes, int count, T* to, std::ptrdiff_t stride,
                                               int space) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  typename Ops::Vector rows[width];
#pragma GCC unroll 16
  for (int i = 0; i < width; ++i) rows[i] = Ops::load(from + lanes[whole_lanes || i < count ? i : count - 1]);
  Ops::transpose(rows);
#pragma GCC unroll 16
  for (int i = 0; i < width; ++i) {
    if constexpr (whole_lanes) Ops::store(to + i * stride, rows[i]);
    else Ops::store_first(to + i * stride, rows[i], space);
  }
}

// Neighbours along k adjacent in memory: squares of width x width are transposed, the rest is copied element by element.
template <class Arch, class T>
void pack_by_depth(const PackArguments<T>& panel) {
  constexpr int width = simd::Ops<Arch, T>::width;
  for (std::ptrdiff_t k = 0; k < panel.depth;) {
    auto run = run_length<Arch>(panel.depths, k, panel.depth - k < width ? panel.depth - k : width);
    const std::ptrdiff_t back = width - run;  // a short last run becomes a square by doing some of the one before again
    if (back > 0 && k >= back && run_length<Arch>(panel.depths, k - back, width) == width) k -= back, run = width;
    const T* const from = static_cast<const T*>(panel.from) + panel.depths[k];
    T* const to = panel.to + k * panel.stride;
    for (int lane = 0; lane < panel.width; lane += width) {
      const std::ptrdiff_t* const lanes = panel.lanes + lane;
      const int count = panel.width - lane, space = panel.stride - lane < width ? panel.stride - lane : width;
      if (run == width && count >= width) {
        pack_square<Arch, T, true>(from, lanes, width, to + lane, panel.stride, width);
      } else if (run == width) {
        pack_square<Arch, T, false>(from, lanes, count, to + lane, panel.stride, space);
      } else {
        for (int i = 0; i < space; ++i) {
          const T* const source = from + lanes[i < count ? i : count - 1];
          for (std::ptrdiff_t j = 0; j < run; ++j) to[j * panel.stride + lane + i] = source[j];
        }
      }
    }
    k += run;
  }
}

// How many positions lie between neighbours along k where they do not follow each other: the sum goes through a square, the loop outside
// being the one along which elements are adjacent. 0: there are none.
template <class Arch>
std::ptrdiff_t period_of(const std::ptrdiff_t* depths, std::ptrdiff_t depth) {
  for (std::ptrdiff_t period = 2; 4 * period <= depth; ++period)
    if (depths[period] == depths[0] + 1) return depths[2 * period] == depths[0] + 2 && depths[3 * period] == depths[0] + 3 ? period : 0;
  return 0;
}

// No neighbours anywhere: element by element.
template <class Arch, class T>
void pack_by_element(const PackArguments<T>& panel) {
  T* to = panel.to;
  for (std::ptrdiff_t k = 0; k < panel.depth; ++k, to += panel.stride) {
    const T* const from = static_cast<const T*>(panel.from) + panel.depths[k];
    int lane = 0;
    for (; lane < panel.width; ++lane) to[lane] = from[panel.lanes[lane]];
    for (; lane < panel.stride; ++lane) to[lane] = T(0);
  }
}

// The same squares, whose rows are `period` apart in the panel; what is left of a square of the sum goes element by element.
template <class Arch, class T>
void pack_by_period(const PackArguments<T>& panel, std::ptrdiff_t period) {
  constexpr std::ptrdiff_t width = simd::Ops<Arch, T>::width;
  const auto neighbours = [&](std::ptrdiff_t at) {  // at most a vector of each of the next `period` positions
    std::ptrdiff_t rows = (panel.depth - at) / period < width ? (panel.depth - at) / period : width;
    for (std::ptrdiff_t k = at; k < at + period; ++k)
      for (std::ptrdiff_t i = 1; i < rows; ++i)
        if (panel.depths[k + i * period] != panel.depths[k] + i) rows = i;
    return rows;
  };
  for (std::ptrdiff_t done = 0, rows = 0; done < panel.depth; done += rows * period) {
    rows = panel.depth - done < period ? 0 : neighbours(done);
    if (rows < width) {
      const std::ptrdiff_t count = rows == 0 ? panel.depth - done : rows * period;
      pack_by_element<Arch, T>({panel.from, panel.lanes, panel.depths + done, count, panel.width, panel.stride, panel.to + done * panel.stride});
      if (rows == 0) return;
      continue;
    }
    for (std::ptrdiff_t k = done; k < done + period; ++k)
      for (int lane = 0; lane < panel.width; lane += static_cast<int>(width)) {
        const T* const from = static_cast<const T*>(panel.from) + panel.depths[k];
        T* const to = panel.to + k * panel.stride + lane;
        const int count = panel.width - lane, space = static_cast<int>(panel.stride - lane < width ? panel.stride - lane : width);
        if (count >= width) pack_square<Arch, T, true>(from, panel.lanes + lane, count, to, period * panel.stride, space);
        else pack_square<Arch, T, false>(from, panel.lanes + lane, count, to, period * panel.stride, space);
      }
  }
}

// Whether lanes are every second element and positions of k come in pairs of neighbours: parts of complex numbers side by side.
template <class Arch, class T>
bool is_of_pairs(const PackArguments<T>& panel) {
  if (panel.width < 2 || panel.depth % 2 != 0) return false;
  for (int lane = 1; lane < panel.width; ++lane)
    if (panel.lanes[lane] != panel.lanes[lane - 1] + 2) return false;
  for (std::ptrdiff_t k = 0; k < panel.depth; k += 2)
    if (panel.depths[k + 1] != panel.depths[k] + 1) return false;
  return true;
}

// Every two rows of the panel are one piece of memory, whose first elements of each pair become one row, and the second ones the other.
template <class Arch, class T>
void pack_by_pairs(const PackArguments<T>& panel) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  for (int lane = 0; lane < panel.stride; lane += width) {
    const int count = 2 * (panel.width - lane), space = panel.stride - lane < width ? panel.stride - lane : width;
    const int low = count < width ? count : width, high = count - width < 0 ? 0 : count - width < width ? count - width : width;
    for (std::ptrdiff_t k = 0; k < panel.depth; k += 2) {
      const T* const from = static_cast<const T*>(panel.from) + panel.depths[k] + panel.lanes[0] + 2 * lane;
      const auto x = low == width ? Ops::load(from) : low <= 0 ? Ops::zero() : Ops::load_first(from, low);
      const auto y = high == width ? Ops::load(from + width) : high == 0 ? Ops::zero() : Ops::load_first(from + width, high);
      T* const to = panel.to + k * panel.stride + lane;
      Ops::store_first(to, Ops::permute(x, y, [](int at) { return 2 * at; }), space);
      Ops::store_first(to + panel.stride, Ops::permute(x, y, [](int at) { return 2 * at + 1; }), space);
    }
  }
}

// Chooses by the average run of neighbours: four elements pay for a vector of their own.
template <class Arch, class T>
void pack_panel(const PackArguments<T>& panel) {
  int lane_breaks = 1, depth_breaks = 1;
  for (int lane = 1; lane < panel.width; ++lane) lane_breaks += panel.lanes[lane] != panel.lanes[lane - 1] + 1;
  if (lane_breaks == 1 || lane_breaks * 4 <= panel.width) return pack_by_lanes<Arch, T>(panel);
  for (std::ptrdiff_t k = 1; k < panel.depth; ++k) depth_breaks += panel.depths[k] != panel.depths[k - 1] + 1;
  if (depth_breaks * 4 <= panel.depth) return pack_by_depth<Arch, T>(panel);
  if constexpr (std::is_floating_point_v<T>)
    if (is_of_pairs<Arch, T>(panel)) return pack_by_pairs<Arch, T>(panel);
  if (const std::ptrdiff_t period = period_of<Arch>(panel.depths, panel.depth); period != 0) return pack_by_period<Arch, T>(panel, period);
  pack_by_element<Arch, T>(panel);
}

}  // namespace einc::kernels
