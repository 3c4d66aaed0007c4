// contract_duos.hpp: contractions of bf16 with sums of f32, by an instruction that adds two products of halves to a sum in one step. Panels
// hold duos: two halves that are neighbours along the sum, as one number.
// `Arch` is that of floats with such an instruction, add_duos() of its simd::Ops, and what is instantiated for it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <utility>

#include "kernels/contract_tile.hpp"
#include "kernels/make_limits.hpp"
#include "kernels/pack_panel.hpp"

namespace einc::kernels {

using HalfBits = std::uint16_t;
inline constexpr int duo_width = 16, duo_depths = 2 * duo_width;  // a vector of duos: of lanes, or along the sum of one lane

// Halves side by side along the lanes, in runs: of every two rows a half of each becomes a duo.
template <class Arch>
void pack_duos_by_lanes(const PackArguments<float>& panel) {
  using Ops = simd::Ops<Arch, float>;
  const auto* const halves = static_cast<const HalfBits*>(panel.from);
  for (int lane = 0; lane < panel.width;) {
    const auto run = static_cast<int>(run_length<Arch>(panel.lanes, lane, panel.width - lane));
    for (int done = 0; done < run; done += duo_width) {
      const int count = run - done < duo_width ? run - done : duo_width;
      const HalfBits* const from = halves + panel.lanes[lane] + done;
      float* to = panel.to + lane + done;
      std::ptrdiff_t k = 0;
      for (; k + 1 < panel.depth; k += 2, to += panel.stride) {
        const auto duos = Ops::joined(Ops::load_halves(from + panel.depths[k], count), Ops::load_halves(from + panel.depths[k + 1], count));
        if (count == duo_width) Ops::store(to, duos);
        else Ops::store_first(to, duos, count);
      }
      if (k < panel.depth) Ops::store_first(to, Ops::joined(Ops::load_halves(from + panel.depths[k], count), Ops::load_halves(from, 0)), count);
    }
    lane += run;
  }
  if (panel.width == panel.stride) return;
  for (std::ptrdiff_t k = 0; k < (panel.depth + 1) / 2; ++k) Ops::store_first(panel.to + k * panel.stride + panel.width, Ops::zero(), panel.stride - panel.width);
}

// Any others: neighbours along the sum are duos as they lie, turned in squares; what has no neighbours there is gathered first. Lanes past the
// panel's repeat its last one.
template <class Arch>
void pack_duos_by_depth(const PackArguments<float>& panel) {
  using Ops = simd::Ops<Arch, float>;
  const auto* const halves = static_cast<const HalfBits*>(panel.from);
  alignas(64) HalfBits staged[duo_width][duo_depths];
  for (std::ptrdiff_t k = 0; k < panel.depth; k += duo_depths) {
    const auto deep = static_cast<int>(panel.depth - k < duo_depths ? panel.depth - k : duo_depths);
    const bool run = run_length<Arch>(panel.depths, k, deep) == deep;
    const int duos = (deep + 1) / 2;
    for (int lane = 0; lane < panel.stride; lane += duo_width) {
      const int space = panel.stride - lane < duo_width ? panel.stride - lane : duo_width;
      const auto offset = [&](int i) { return panel.lanes[lane + i < panel.width ? lane + i : panel.width - 1]; };
      const HalfBits* from[duo_width];
      for (int i = 0; i < space; ++i) {
        from[i] = run ? halves + offset(i) + panel.depths[k] : staged[i];
        if (run) continue;
        for (int j = 0; j < deep; ++j) staged[i][j] = halves[offset(i) + panel.depths[k + j]];
      }
      typename Ops::Vector rows[duo_width];
#pragma GCC unroll 16
      for (int i = 0; i < duo_width; ++i) rows[i] = Ops::load_duos(from[i < space ? i : 0], deep);
      Ops::transpose(rows);
      float* const to = panel.to + k / 2 * panel.stride + lane;
#pragma GCC unroll 16
      for (int i = 0; i < duo_width; ++i)
        if (i < duos) Ops::store_first(to + i * panel.stride, rows[i], space);
    }
  }
}

// to[k / 2][lane] = two halves.
template <class Arch>
void pack_duos(const PackArguments<float>& panel) {
  int breaks = 1;
  for (int lane = 1; lane < panel.width; ++lane) breaks += panel.lanes[lane] != panel.lanes[lane - 1] + 1;
  if (panel.width > 1 && (breaks == 1 || breaks * 4 <= panel.width)) pack_duos_by_lanes<Arch>(panel);
  else pack_duos_by_depth<Arch>(panel);
}

template <class Arch, std::size_t... chain>
[[gnu::always_inline]] inline float add_duos_in_chains(std::ptrdiff_t steps, float x, float y, std::index_sequence<chain...>) {
  using Ops = simd::Ops<Arch, float>;
  const auto row = Ops::broadcast(x), column = Ops::broadcast(y);
  typename Ops::Vector sums[] = {Ops::broadcast(static_cast<float>(chain) * x)...};
  for (std::ptrdiff_t step = 0; step < steps; ++step) {
    ((sums[chain] = Ops::add_duos(row, column, sums[chain])), ...);
    ((sums[chain] = Ops::add_duos(row, column, sums[chain])), ...);
  }
  typename Ops::Vector total = Ops::zero();
  ((total = total + sums[chain]), ...);
  return Ops::sum(total);
}

template <class Arch>
float duo_limit(std::ptrdiff_t steps, float x, float y) { return add_duos_in_chains<Arch>(steps, x, y, std::make_index_sequence<limit_chains>{}); }

template <class Arch, std::size_t... rows>
constexpr DuoKernels make_duos(std::index_sequence<rows...>) {
  DuoKernels kernels{};
  ((kernels.tiles[rows][0] = contract_tile<Arch, float, static_cast<int>(rows) + 1, 1, true>), ...);
  ((kernels.tiles[rows][1] = contract_tile<Arch, float, static_cast<int>(rows) + 1, 2, true>), ...);
  kernels.pack = pack_duos<Arch>;
  kernels.flops_per_step = 2.0 * 2 * 2 * limit_chains * duo_width;
  kernels.multiply_add = duo_limit<Arch>;
  return kernels;
}

}  // namespace einc::kernels
