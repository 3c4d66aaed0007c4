// contract_scatter.hpp: writes a finished tile to columns that are not adjacent in c.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/contract_kernels.hpp"
#include "kernels/simd.hpp"

namespace einc::kernels {

// beta * old + alpha * sum by the same operations as contract_tile, so both ways of writing give the same bits.
template <class Arch, class T>
struct Finish {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  Vector alpha, beta;
  bool adds;
  void operator()(T* c, Vector sum, int count) const {
    sum = alpha * sum;
    if (adds) sum = Ops::fma(beta, Ops::load_first(c, count), sum);
    Ops::store_first(c, sum, count);
  }
};

// Rows adjacent in c: each column of the tile becomes one vector by a transpose in registers.
template <class Arch, class T>
void scatter_columns(const ScatterArguments<T>& tile, const Finish<Arch, T>& finish) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  for (int row = 0; row < tile.rows; row += width)
    for (int column = 0; column < tile.columns; column += width) {
      const int rows = tile.rows - row < width ? tile.rows - row : width;
      const int columns = tile.columns - column < width ? tile.columns - column : width;
      typename Ops::Vector square[width];
#pragma GCC unroll 16
      for (int i = 0; i < width; ++i)
        square[i] = i < rows ? Ops::load(tile.tile + (row + i) * tile.tile_row + column) : Ops::zero();
      Ops::transpose(square);
#pragma GCC unroll 16
      for (int j = 0; j < width; ++j)
        if (j < columns) finish(tile.c + tile.c_rows[row] + tile.c_columns[column + j], square[j], rows);
    }
}

// `tile` holds whole vectors: lanes past `columns` may be read, never written.
template <class Arch, class T>
void contract_scatter(const ScatterArguments<T>& tile) {
  using Ops = simd::Ops<Arch, T>;
  const Finish<Arch, T> finish{Ops::broadcast(tile.alpha), Ops::broadcast(tile.beta), tile.write == TileWrite::add};
  bool rows_adjacent = tile.rows > 1;
  for (int i = 1; i < tile.rows; ++i) rows_adjacent &= tile.c_rows[i] == tile.c_rows[i - 1] + 1;
  if (rows_adjacent) return scatter_columns<Arch, T>(tile, finish);
  for (int i = 0; i < tile.rows; ++i) {
    T* const c = tile.c + tile.c_rows[i];
    const T* const sums = tile.tile + i * tile.tile_row;
    for (int j = 0; j < tile.columns;) {
      int run = 1;
      while (run < Ops::width && j + run < tile.columns && tile.c_columns[j + run] == tile.c_columns[j] + run) ++run;
      finish(c + tile.c_columns[j], Ops::load_first(sums + j, run), run);
      j += run;
    }
  }
}

}  // namespace einc::kernels
