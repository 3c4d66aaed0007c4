// contract_interleaved.hpp: a tile of contractions whose batches lie side by side: every vector holds one element of many batches.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/contract_kernels.hpp"
#include "kernels/contract_tile.hpp"
#include "kernels/simd.hpp"
#include "kernels/tile_parts.hpp"

namespace einc::kernels {

// One vector of batches, `lanes` of them there. The sum of an element is one chain of multiply-adds in the order of k. Of complex numbers as
// pairs, real parts of a meet b as it is, imaginary ones b with its parts exchanged, the one that becomes real with the other sign.
template <class Arch, class T, int rows, int columns, bool pairs, bool whole>
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

  using Pairs = PairLanes<Arch, T>;
  Vector signs = Ops::zero();  // of imaginary parts of a: of a, or, where b is the conjugate, of what is conjugated in the end
  if constexpr (pairs) signs = given.conjugate_a != given.conjugate_b ? Ops::zero() - Pairs::signs() : Pairs::signs();
  const std::ptrdiff_t row_at[4] = {0, given.a_row, 2 * given.a_row, 3 * given.a_row};
  const std::ptrdiff_t column_at[4] = {0, given.b_column, 2 * given.b_column, 3 * given.b_column};
  for (std::ptrdiff_t k = given.depth; k > 0; --k) {
    Vector of_row[rows], imaginary[rows];
#pragma GCC unroll 4
    for (int i = 0; i < rows; ++i) {
      of_row[i] = load(a + row_at[i]);
      if constexpr (pairs) {
        imaginary[i] = Ops::permute(of_row[i], of_row[i], [](int lane) { return lane | 1; }) * signs;
        of_row[i] = Ops::permute(of_row[i], of_row[i], [](int lane) { return lane & ~1; });
      }
    }
#pragma GCC unroll 4
    for (int j = 0; j < columns; ++j) {
      const Vector of_column = load(b + column_at[j]);
#pragma GCC unroll 4
      for (int i = 0; i < rows; ++i) sums[i][j] = Ops::fma(of_row[i], of_column, sums[i][j]);
      if constexpr (pairs) {
        const Vector exchanged = Pairs::exchanged(of_column);
#pragma GCC unroll 4
        for (int i = 0; i < rows; ++i) sums[i][j] = Ops::fma(imaginary[i], exchanged, sums[i][j]);
      }
    }
    a += given.a_depth, b += given.b_depth;
  }

  if constexpr (pairs)
    if (given.conjugate_b) {
      const Vector conjugate = Ops::zero() - Pairs::signs();
#pragma GCC unroll 4
      for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
        for (int j = 0; j < columns; ++j) sums[i][j] = sums[i][j] * conjugate;
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

template <class Arch, class T, int rows, int columns, bool pairs>
void contract_interleaved(const InterleavedArguments<T>& shared, const T* a, const T* b, T* c) {
  constexpr std::ptrdiff_t width = simd::Ops<Arch, T>::width;
  const InterleavedArguments<T> given = shared;  // a copy nobody else can change, so nothing is read again after a store
  std::ptrdiff_t lane = 0;
  for (; lane + width <= given.lanes; lane += width)
    interleaved_tile_of<Arch, T, rows, columns, pairs, true>(given, static_cast<int>(width), a + lane, b + lane, c + lane);
  if (lane < given.lanes) interleaved_tile_of<Arch, T, rows, columns, pairs, false>(given, static_cast<int>(given.lanes - lane), a + lane, b + lane, c + lane);
}

}  // namespace einc::kernels
