// contract_interleaved.hpp: a tile of contractions whose batches lie side by side: every vector holds one element of many batches.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/contract_kernels.hpp"
#include "kernels/simd.hpp"
#include "kernels/tile_parts.hpp"

namespace einc::kernels {

// One vector of batches, `lanes` of them there. The sum of an element is one chain of multiply-adds in the order of k.
template <class Arch, class T, int rows, int columns, bool whole>
[[gnu::always_inline]] inline void interleaved_tile_of(const InterleavedArguments<T>& given, int lanes, const T* a, const T* b, T* c) {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  const auto load = [&](const T* from) __attribute__((always_inline)) {
    return whole ? Ops::load(from) : Ops::load_first(from, lanes);
  };

  Vector sums[rows][columns];
#pragma GCC unroll 4
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < columns; ++j) sums[i][j] = Ops::zero();

  const std::ptrdiff_t row_at[4] = {0, given.a_row, 2 * given.a_row, 3 * given.a_row};
  const std::ptrdiff_t column_at[4] = {0, given.b_column, 2 * given.b_column, 3 * given.b_column};
  for (std::ptrdiff_t k = given.depth; k > 0; --k) {
    Vector of_row[rows];
#pragma GCC unroll 4
    for (int i = 0; i < rows; ++i) of_row[i] = load(a + row_at[i]);
#pragma GCC unroll 4
    for (int j = 0; j < columns; ++j) {
      const Vector of_column = load(b + column_at[j]);
#pragma GCC unroll 4
      for (int i = 0; i < rows; ++i) sums[i][j] = Ops::fma(of_row[i], of_column, sums[i][j]);
    }
    a += given.a_depth, b += given.b_depth;
  }

  scale_sums<Ops>(sums, given.alpha);
  if (given.write == TileWrite::add) {
    const Vector beta = Ops::broadcast(given.beta);
#pragma GCC unroll 4
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
      for (int j = 0; j < columns; ++j) sums[i][j] = Ops::fma(beta, load(c + i * given.c_row + j * given.c_column), sums[i][j]);
  }
#pragma GCC unroll 4
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int j = 0; j < columns; ++j) {
      T* const to = c + i * given.c_row + j * given.c_column;
      if constexpr (whole) Ops::store(to, sums[i][j]);
      else Ops::store_first(to, sums[i][j], lanes);
    }
}

template <class Arch, class T, int rows, int columns>
void contract_interleaved(const InterleavedArguments<T>& shared, const T* a, const T* b, T* c) {
  constexpr std::ptrdiff_t width = simd::Ops<Arch, T>::width;
  const InterleavedArguments<T> given = shared;  // a copy nobody else can change, so nothing is read again after a store
  std::ptrdiff_t lane = 0;
  for (; lane + width <= given.lanes; lane += width)
    interleaved_tile_of<Arch, T, rows, columns, true>(given, static_cast<int>(width), a + lane, b + lane, c + lane);
  if (lane < given.lanes) interleaved_tile_of<Arch, T, rows, columns, false>(given, static_cast<int>(given.lanes - lane), a + lane, b + lane, c + lane);
}

}  // namespace einc::kernels
