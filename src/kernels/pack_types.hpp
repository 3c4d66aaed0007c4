// pack_types.hpp: panels out of arrays that do not hold the numbers a tile multiplies: narrower floats, and complex numbers in parts.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

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

// One depth of a panel of complex columns side by side becomes two rows of parts.
template <class Arch, class R>
[[gnu::always_inline]] inline void expand_row(const R* from, int width, int stride, R* to, R sign_a, R sign_b) {
  using Ops = simd::Ops<Arch, R>;
  const auto signs = simd::ComplexVector<Arch, R>::signs();  // -1 for real parts, 1 for imaginary ones
  const auto one = Ops::broadcast(R(1)), half = Ops::broadcast(R(0.5));
  const auto imaginary = (one + signs) * half, real = one + (imaginary * Ops::broadcast(R(-1)));
  const auto own = Ops::fma(imaginary, Ops::broadcast(sign_b), real);  // 1, and the sign of b for imaginary parts
  const auto turned = Ops::broadcast(sign_a) * Ops::fma(real, Ops::broadcast(-sign_b), imaginary);
  for (int lane = 0; lane < stride; lane += Ops::width) {
    const int count = width - lane < Ops::width ? width - lane : Ops::width, space = stride - lane < Ops::width ? stride - lane : Ops::width;
    const auto parts = count <= 0 ? Ops::zero() : count == Ops::width ? Ops::load(from + lane) : Ops::load_first(from + lane, count);
    const auto exchanged = Ops::permute(parts, parts, [](int at) { return at ^ 1; });
    Ops::store_first(to + lane, parts * own, space);
    Ops::store_first(to + stride + lane, exchanged * turned, space);
  }
}

// c = a * b in parts: row 2d meets the real part of a, row 2d + 1 the imaginary one.
//   re im     the signs of im in both rows turn for a conjugated b,
//  -im re     those of the second row for a conjugated a
template <class Arch, class R>
void pack_complex(const PackArguments<R>& panel, bool conjugate_a, bool conjugate_b) {
  const auto* const from = static_cast<const R*>(panel.from);
  const R sign_a = conjugate_a ? R(-1) : R(1), sign_b = conjugate_b ? R(-1) : R(1);
  bool adjacent = true;
  for (int lane = 2; lane < panel.width; lane += 2) adjacent &= panel.lanes[lane] == panel.lanes[lane - 2] + 2;
  if (adjacent) {
    for (std::ptrdiff_t k = 0; k < panel.depth; k += 2)
      expand_row<Arch>(from + panel.lanes[0] + panel.depths[k], panel.width, panel.stride, panel.to + k * panel.stride, sign_a, sign_b);
    return;
  }
  constexpr int most = staged_lanes / 2, deep = 16;
  alignas(64) Complex<R> staged[deep * most];
  const int columns = panel.width / 2;
  for (std::ptrdiff_t k = 0; k < panel.depth; k += 2 * deep) {
    const std::ptrdiff_t rows = panel.depth - k < 2 * deep ? (panel.depth - k) / 2 : deep;
    if constexpr (sizeof(R) == 4) {  // a complex number moves like an f64
      std::ptrdiff_t lanes[most], depths[deep];
      for (int j = 0; j < columns; ++j) lanes[j] = panel.lanes[2 * j] / 2;
      for (std::ptrdiff_t d = 0; d < rows; ++d) depths[d] = panel.depths[k + 2 * d] / 2;
      pack_panel<Arch, double>({from, lanes, depths, rows, columns, most, reinterpret_cast<double*>(staged)});
    } else {
      for (std::ptrdiff_t d = 0; d < rows; ++d)
        for (int j = 0; j < columns; ++j) {
          const R* const number = from + panel.lanes[2 * j] + panel.depths[k + 2 * d];
          staged[d * most + j] = {number[0], number[1]};
        }
    }
    for (std::ptrdiff_t d = 0; d < rows; ++d)
      expand_row<Arch>(&staged[d * most].re, panel.width, panel.stride, panel.to + (k + 2 * d) * panel.stride, sign_a, sign_b);
  }
}

}  // namespace einc::kernels
