// contract_pairs.hpp: a register tile of three vectors, two runs of one and a half, that leaves around the caches as whole lines.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/contract_kernels.hpp"
#include "kernels/contract_tile.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels {

// Two rows of a run are three lines: what a vector holds of both runs is parted and joined in registers. Every sum is the chain of
// multiply-adds that contract_tile makes of it.
template <class Arch, class T, int rows>
void contract_pairs(const PairsArguments<T>& tile) {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, vectors = 3;

  Vector sums[rows][vectors];
#pragma GCC unroll 8
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 3
    for (int v = 0; v < vectors; ++v) sums[i][v] = Ops::zero();

  constexpr std::ptrdiff_t line = 64 / static_cast<std::ptrdiff_t>(sizeof(T));
  const T *a = tile.a, *wide = tile.wide, *narrow = tile.narrow;
  const T* far = tile.ahead.line;
  std::ptrdiff_t far_left = tile.ahead.left;
  const auto step = [&]<bool looks_ahead>(std::bool_constant<looks_ahead>) __attribute__((always_inline)) {
    const Vector columns[vectors] = {Ops::load(wide), Ops::load(wide + width), Ops::load(narrow)};
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i) {
      const Vector value = Ops::broadcast(a[i]);
#pragma GCC unroll 3
      for (int v = 0; v < vectors; ++v) sums[i][v] = Ops::fma(value, columns[v], sums[i][v]);
    }
    Ops::prefetch(wide + rows_ahead * 2 * width);
    Ops::prefetch(wide + rows_ahead * 2 * width + width);
    Ops::prefetch(narrow + rows_ahead * width);
    if constexpr (looks_ahead) {
      Ops::prefetch_far(far);
      far += line;
      if (--far_left == 0) far += tile.ahead.jump, far_left = tile.ahead.lines;
    }
    a += rows, wide += 2 * width, narrow += width;
  };
  if (far != nullptr) {
    for (std::ptrdiff_t k = tile.depth; k > 0; --k) step(std::true_type{});
  } else {
    for (std::ptrdiff_t k = tile.depth; k > 0; --k) step(std::false_type{});
  }

  if (tile.alpha != T(1)) {
    const Vector alpha = Ops::broadcast(tile.alpha);
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 3
      for (int v = 0; v < vectors; ++v) sums[i][v] = alpha * sums[i][v];
  }
  T* to = tile.low;
#pragma GCC unroll 4
  for (int i = 0; i < rows; i += 2, to += vectors * width) {
    Ops::stream(to, sums[i][0]);
    Ops::stream(to + width, Ops::template join_halves<false, false>(sums[i][1], sums[i + 1][0]));
    Ops::stream(to + 2 * width, Ops::template join_halves<true, false>(sums[i + 1][0], sums[i + 1][1]));
  }
  to = tile.high;
#pragma GCC unroll 4
  for (int i = 0; i < rows; i += 2, to += vectors * width) {
    Ops::stream(to, Ops::template join_halves<true, false>(sums[i][1], sums[i][2]));
    Ops::stream(to + width, Ops::template join_halves<true, true>(sums[i][2], sums[i + 1][1]));
    Ops::stream(to + 2 * width, sums[i + 1][2]);
  }
}

}  // namespace einc::kernels
