// contract_row.hpp: register tiles of two vectors side by side, all on the same rows, that leave around the caches: a call for all of them.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/contract_kernels.hpp"
#include "kernels/contract_tile.hpp"
#include "kernels/simd.hpp"
#include "kernels/tile_parts.hpp"

namespace einc::kernels {

// A call and what precedes the first step of a tile take as long as a fifth of a tile with a sum of 24. Every sum is the chain of
// multiply-adds that contract_tile makes of it.
template <class Arch, class T, int rows>
void contract_row(const RowArguments<T>& row) {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, vectors = 2;

  const T* b = row.b;
  FarLines<Ops, T> far(row.ahead);
  T* c = row.c;
  for (std::ptrdiff_t left = row.panels; left > 0; --left, c += vectors * width) {
    Vector sums[rows][vectors];
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) sums[i][v] = Ops::zero();

    const T* a = row.a;
    const auto step = [&]<bool looks_ahead>(std::bool_constant<looks_ahead>) __attribute__((always_inline)) {
      const Vector columns[vectors] = {Ops::load(b), Ops::load(b + width)};
#pragma GCC unroll 16
      for (int i = 0; i < rows; ++i) {
        const Vector value = Ops::broadcast(a[i]);
#pragma GCC unroll 2
        for (int v = 0; v < vectors; ++v) sums[i][v] = Ops::fma(value, columns[v], sums[i][v]);
      }
      Ops::prefetch(b + rows_ahead * vectors * width);
      Ops::prefetch(b + (rows_ahead * vectors + 1) * width);
      if constexpr (looks_ahead) far.ask();
      a += rows, b += vectors * width;
    };
    if (far.any()) {
      for (std::ptrdiff_t k = row.depth; k > 0; --k) step(std::true_type{});
    } else {
      for (std::ptrdiff_t k = row.depth; k > 0; --k) step(std::false_type{});
    }

    scale_sums<Ops>(sums, row.alpha);
    const std::ptrdiff_t* const c_rows = row.c_rows;
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 2
      for (int v = 0; v < vectors; ++v) Ops::stream(c + c_rows[i] + v * width, sums[i][v]);
  }
}

}  // namespace einc::kernels
