// pack_types.hpp: panels out of arrays that do not hold the numbers a tile multiplies: narrower floats, and complex numbers of two parts.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <type_traits>

#include "kernels/contract_kernels.hpp"
#include "kernels/convert.hpp"
#include "kernels/pack_panel.hpp"
#include "kernels/simd_complex.hpp"

namespace einc::kernels {

inline constexpr int staged_depths = 64, staged_lanes = 32;  // 8 KiB of f32 on the stack, 16 of f64; no panel is wider

// Runs along the lanes or along the sum are taken into numbers of T first, where they are vectors; then they are packed as such.
template <class Arch, class T, class S>
void pack_narrow(const PackArguments<T>& panel) {
  const auto* const from = static_cast<const S*>(panel.from);
  if (run_length<Arch>(panel.lanes, 0, panel.width) == panel.width) {
    for (std::ptrdiff_t k = 0; k < panel.depth; ++k) {
      T* const to = panel.to + k * panel.stride;
      convert_from<Arch, T, S>(from + panel.lanes[0] + panel.depths[k], 1, to, panel.width);
      for (int lane = panel.width; lane < panel.stride; ++lane) to[lane] = 0;
    }
    return;
  }
  alignas(64) T staged[staged_lanes * staged_depths];
  std::ptrdiff_t lanes[staged_lanes], depths[staged_depths];
  for (int lane = 0; lane < staged_lanes; ++lane) lanes[lane] = lane * staged_depths;
  for (int k = 0; k < staged_depths; ++k) depths[k] = k;
  for (std::ptrdiff_t k = 0; k < panel.depth; k += staged_depths) {
    const std::ptrdiff_t deep = panel.depth - k < staged_depths ? panel.depth - k : staged_depths;
    const bool run = run_length<Arch>(panel.depths, k, deep) == deep;
    for (int lane = 0; lane < panel.width; ++lane) {
      const S* const source = from + panel.lanes[lane];
      T* const to = staged + lane * staged_depths;
      if (run) convert_from<Arch, T, S>(source + panel.depths[k], 1, to, deep);
      else for (std::ptrdiff_t i = 0; i < deep; ++i) to[i] = number_of<T>(source[panel.depths[k + i]]);
    }
    pack_panel<Arch, T>({staged, lanes, depths, deep, panel.width, panel.stride, panel.to + k * panel.stride});
  }
}

// Numbers of two parts move whole: those of two floats as doubles. The offsets are halved some at a time, in arrays on the stack.
template <class Arch, class R>
void pack_pairs(const PackArguments<R>& panel, int every) {
  using Number = std::conditional_t<sizeof(R) == sizeof(float), double, Complex<R>>;
  constexpr std::ptrdiff_t most_depths = 256;
  std::ptrdiff_t lanes[staged_lanes], depths[most_depths];
  for (int lane = 0; lane < panel.width; ++lane) lanes[lane] = panel.lanes[every * lane] / 2;
  for (std::ptrdiff_t k = 0; k < panel.depth; k += most_depths) {
    const std::ptrdiff_t deep = panel.depth - k < most_depths ? panel.depth - k : most_depths;
    for (std::ptrdiff_t i = 0; i < deep; ++i) depths[i] = panel.depths[k + i] / 2;
    pack_panel<Arch, Number>({panel.from, lanes, depths, deep, panel.width, panel.stride, reinterpret_cast<Number*>(panel.to + 2 * k * panel.stride)});
  }
}

}  // namespace einc::kernels
