// pack_panel.hpp: copies the lanes of one panel, wherever they lie, into rows of k that a register tile reads in order.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/contract_kernels.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels {

// The number of entries from `first` on that follow each other by one element, at most `most`.
inline constexpr auto run_length = [](const std::ptrdiff_t* offsets, std::ptrdiff_t first, std::ptrdiff_t most) {
  std::ptrdiff_t length = 1;
  while (length < most && offsets[first + length] == offsets[first] + length) ++length;
  return length;
};

// Lanes adjacent in memory, in runs: whole vectors are copied, run by run.
template <class Arch, class T>
void pack_by_lanes(const PackArguments<T>& panel) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  int lane = 0;
  while (lane < panel.width) {
    const auto run = static_cast<int>(run_length(panel.lanes, lane, panel.width - lane));
    const T* const from = panel.from + panel.lanes[lane];
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

// Neighbours along k adjacent in memory: squares of width x width are transposed in registers.
template <class Arch, class T>
void pack_by_depth(const PackArguments<T>& panel) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  for (std::ptrdiff_t k = 0; k < panel.depth;) {
    const auto run = run_length(panel.depths, k, panel.depth - k < width ? panel.depth - k : width);
    const T* const from = panel.from + panel.depths[k];
    for (int lane = 0; lane < panel.stride; lane += width) {
      const int lanes = panel.width - lane;  // may exceed width, or be zero or less where only padding is left
      typename Ops::Vector rows[width];
#pragma GCC unroll 16
      for (int i = 0; i < width; ++i) {
        if (i >= lanes) rows[i] = Ops::zero();
        else if (run == width) rows[i] = Ops::load(from + panel.lanes[lane + i]);
        else rows[i] = Ops::load_first(from + panel.lanes[lane + i], static_cast<int>(run));
      }
      Ops::transpose(rows);
      const int space = panel.stride - lane;
      T* to = panel.to + k * panel.stride + lane;
#pragma GCC unroll 16
      for (int i = 0; i < width; ++i, to += panel.stride) {
        if (i >= run) break;
        if (space >= width) Ops::store(to, rows[i]);
        else Ops::store_first(to, rows[i], space);
      }
    }
    k += run;
  }
}

// No neighbours anywhere: element by element.
template <class Arch, class T>
void pack_by_element(const PackArguments<T>& panel) {
  T* to = panel.to;
  for (std::ptrdiff_t k = 0; k < panel.depth; ++k, to += panel.stride) {
    const T* const from = panel.from + panel.depths[k];
    int lane = 0;
    for (; lane < panel.width; ++lane) to[lane] = from[panel.lanes[lane]];
    for (; lane < panel.stride; ++lane) to[lane] = T(0);
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
  pack_by_element<Arch, T>(panel);
}

}  // namespace einc::kernels
