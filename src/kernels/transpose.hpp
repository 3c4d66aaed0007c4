// transpose.hpp: copies between layouts whose runs of neighbours differ: squares are turned inside the registers.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/copy.hpp"
#include "kernels/simd.hpp"
#include "kernels/vector_kernels.hpp"

namespace einc::kernels {

// A square of `width` columns of a, as rows of c. `rows` and `columns` say how much of it exists.
template <class Arch, class T>
struct Square {
  using Ops = simd::Ops<Arch, T>;
  static constexpr int width = Ops::width;
  typename Ops::Vector rows[width];

  [[gnu::always_inline]] void load(const T* a, std::ptrdiff_t a_column) {
#pragma GCC unroll 16
    for (int column = 0; column < width; ++column) rows[column] = Ops::load(a + column * a_column);
    Ops::transpose(rows);
  }
  [[gnu::always_inline]] void load_part(const T* a, std::ptrdiff_t a_column, int row_count, int column_count) {
#pragma GCC unroll 16
    for (int column = 0; column < width; ++column)
      rows[column] = column < column_count ? Ops::load_first(a + column * a_column, row_count) : Ops::zero();
    Ops::transpose(rows);
  }
};

template <class Arch, Update update, class T>
[[gnu::always_inline]] inline void transpose_part(const T* a, std::ptrdiff_t a_column, T* c, std::ptrdiff_t c_row,
                                                  int row_count, int column_count, T alpha, T beta) {
  Square<Arch, T> square;
  square.load_part(a, a_column, row_count, column_count);
#pragma GCC unroll 16
  for (int row = 0; row < Square<Arch, T>::width; ++row)
    if (row < row_count) put_first<Arch, update>(c + row * c_row, square.rows[row], column_count, alpha, beta);
}

// Plain stores: c[rows, columns] = transpose of a, squares row by row of c.
template <class Arch, Update update, class T>
inline void transpose_plain(const CopyBlock<T>& block) {
  constexpr int width = simd::Ops<Arch, T>::width;
  const T alpha = block.epilogue.alpha, beta = block.epilogue.beta;
  const std::ptrdiff_t a_column = block.a_column, c_row = block.c_row;
  std::ptrdiff_t row = 0;
  for (; row < block.rows; row += width) {
    const T* a = block.a + row;
    T* c = block.c + row * c_row;
    const int row_count = static_cast<int>(block.rows - row < width ? block.rows - row : width);
    std::ptrdiff_t column = 0;
    if (row_count == width) {
      for (; column + width <= block.columns; column += width) {
        Square<Arch, T> square;
        square.load(a + column * a_column, a_column);
#pragma GCC unroll 16
        for (int i = 0; i < width; ++i)
          put_vector<Arch, update>(c + i * c_row + column, square.rows[i], alpha, beta);
      }
    }
    for (; column < block.columns; column += width) {
      const int column_count = static_cast<int>(block.columns - column < width ? block.columns - column : width);
      transpose_part<Arch, update>(a + column * a_column, a_column, c + column, c_row, row_count, column_count, alpha,
                                   beta);
    }
  }
}

// Rows of c that all start at the same place of a cache line: lines go from the registers around the caches.
template <class Arch, class T>
inline void transpose_streamed(const CopyBlock<T>& block) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  constexpr std::ptrdiff_t line = line_bytes / sizeof(T);
  const std::ptrdiff_t head = to_line<Arch>(block.c, block.columns);
  const std::ptrdiff_t body = (block.columns - head) / line * line, whole_rows = block.rows / width * width;
  const std::ptrdiff_t a_column = block.a_column, c_row = block.c_row;
  for (std::ptrdiff_t row = 0; row < whole_rows; row += width) {
    const T* a = block.a + row + head * a_column;
    T* c = block.c + row * c_row + head;
    for (std::ptrdiff_t column = 0; column < body; column += line) {
#pragma GCC unroll 4
      for (std::ptrdiff_t part = 0; part < line; part += width) {
        Square<Arch, T> square;
        square.load(a + (column + part) * a_column, a_column);
#pragma GCC unroll 16
        for (int i = 0; i < width; ++i) Ops::stream(c + i * c_row + column + part, square.rows[i]);
      }
    }
  }
  // what is left: the ragged ends of the rows, then the last rows
  CopyBlock<T> rest = block;
  rest.rows = whole_rows;
  rest.columns = head;
  transpose_plain<Arch, Update::store>(rest);
  rest.a = block.a + (head + body) * a_column;
  rest.c = block.c + head + body;
  rest.columns = block.columns - head - body;
  transpose_plain<Arch, Update::store>(rest);
  rest = block;
  rest.a += whole_rows;
  rest.c += whole_rows * c_row;
  rest.rows -= whole_rows;
  transpose_plain<Arch, Update::store>(rest);
}

template <class Arch, class T>
void transpose(const CopyBlock<T>& block) {
  const bool level = block.c_row * static_cast<std::ptrdiff_t>(sizeof(T)) % static_cast<std::ptrdiff_t>(line_bytes) == 0;
  if (block.stream && level && block.epilogue.update == Update::store) {
    transpose_streamed<Arch>(block);
    return;
  }
  with_update(block.epilogue.update, [&]<Update update>() { transpose_plain<Arch, update>(block); });
}

}  // namespace einc::kernels
