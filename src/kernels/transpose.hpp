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
  [[gnu::always_inline]] void load_from(const T* const (&columns)[width], int row_count) {
    if (row_count == width) {
#pragma GCC unroll 16
      for (int column = 0; column < width; ++column) rows[column] = Ops::load(columns[column]);
    } else {
#pragma GCC unroll 16
      for (int column = 0; column < width; ++column) rows[column] = Ops::load_first(columns[column], row_count);
    }
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
  using Ops = simd::Ops<Arch, T>;
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
        if (block.far) {
#pragma GCC unroll 16
          for (int i = 0; i < width; ++i) Ops::prefetch_write(c + i * c_row + column + width);
        }
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

// Where a streamed row of a block begins and ends: at lines of the cache, or where the whole row does.
template <class Arch, class T>
struct Window {
  std::ptrdiff_t begin, end;
  [[gnu::always_inline]] Window(const CopyBlock<T>& block, const T* c, std::ptrdiff_t columns)
      : begin(block.before == 0 ? 0 : to_line<Arch>(c, columns)),
        end(columns + (block.after == 0 ? 0 : to_line<Arch>(c + columns, block.after))) {}
};

// Rows of c that all start at the same place of a cache line, and registers of a whole line: they go around the caches.
template <class Arch, class T>
inline void transpose_level(const CopyBlock<T>& block) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  constexpr std::ptrdiff_t line = line_bytes / sizeof(T);
  const Window<Arch, T> window(block, block.c, block.columns);
  const std::ptrdiff_t first = window.begin + to_line<Arch>(block.c + window.begin, window.end - window.begin);
  const std::ptrdiff_t last = first + (window.end - first) / line * line, whole_rows = block.rows / width * width;
  const std::ptrdiff_t a_column = block.a_column, c_row = block.c_row;
  for (std::ptrdiff_t row = 0; row < whole_rows; row += width) {
    const T* a = block.a + row;
    T* c = block.c + row * c_row;
    for (std::ptrdiff_t column = first; column < last; column += line) {
      Square<Arch, T> square;
      square.load(a + column * a_column, a_column);
#pragma GCC unroll 16
      for (int i = 0; i < width; ++i) Ops::stream(c + i * c_row + column, square.rows[i]);
    }
  }
  // what is left: the ragged ends of the rows, then the last rows
  const auto rest = [&](std::ptrdiff_t row, std::ptrdiff_t rows, std::ptrdiff_t begin, std::ptrdiff_t end) {
    if (rows == 0 || begin == end) return;
    CopyBlock<T> part = block;
    part.a += row + begin * a_column;
    part.c += row * c_row + begin;
    part.rows = rows;
    part.columns = end - begin;
    transpose_plain<Arch, Update::store>(part);
  };
  rest(0, whole_rows, window.begin, first);
  rest(0, whole_rows, last, window.end);
  rest(whole_rows, block.rows - whole_rows, window.begin, window.end);
}

// Rows that start anywhere: squares go to a small buffer, and whole lines from there to c, around the caches if so wanted.
template <class Arch, class T>
inline void transpose_staged(const CopyBlock<T>& block) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  constexpr std::ptrdiff_t line = line_bytes / sizeof(T), pitch = panel_columns<T> + 2 * line;
  alignas(64) T stage[width * pitch];
  const std::ptrdiff_t length = block.panels * block.columns;
  const std::ptrdiff_t shift = block.after < line ? block.after : line;
  const std::ptrdiff_t wide = block.columns + (block.panels == 1 ? shift : 0), total = block.panels * wide;
  for (std::ptrdiff_t row = 0; row < block.rows; row += width) {
    const int row_count = static_cast<int>(block.rows - row < width ? block.rows - row : width);
    const T* a = block.a + row;
    std::ptrdiff_t panel = 0, column = 0;  // of the next square
    for (std::ptrdiff_t at = 0; at < total; at += width) {
      Square<Arch, T> square;
      const T* from[width];
#pragma GCC unroll 16
      for (int i = 0; i < width; ++i) {
        from[i] = a + panel * block.a_panel + column * block.a_column;
        Ops::prefetch(from[i] + 2 * line);  // runs of 80 bytes: 34 -> 39 % of memcpy (Emerald Rapids, 1 thread, 2026-11)
        const bool turns = ++column == wide;
        column = turns ? 0 : column;
        panel = turns && panel + 1 < block.panels ? panel + 1 : panel;
      }
      square.load_from(from, row_count);
#pragma GCC unroll 16
      for (int i = 0; i < width; ++i) Ops::store(stage + i * pitch + at, square.rows[i]);
    }
    for (int i = 0; i < row_count; ++i) {
      T* c = block.c + (row + i) * block.c_row;
      const Window<Arch, T> window(block, c, length);
      const T* from = stage + i * pitch + window.begin;
      if (!block.stream) {
        copy_row<Arch, Update::store>(from, c + window.begin, window.end - window.begin, T(1), T(0));
        continue;
      }
      stream_row<Arch>(
          c + window.begin, window.end - window.begin, [from](std::ptrdiff_t at) { return Ops::load(from + at); },
          [from](std::ptrdiff_t at) { return from[at]; });
    }
  }
}

// Rows of c that follow each other without a gap: several of them are one run of whole lines. Squares go down the rows before
// the next columns, whose lines are on their way meanwhile: ijk->ikj of 400^3 f64 went from 14 to 18 GB/s, ijkl->ijlk of runs
// of 96 f32 from 14 to 22, where memcpy has 25 (Emerald Rapids, AVX-512, 1 thread, 2026-11).
template <class Arch, class T>
inline void transpose_dense(const CopyBlock<T>& block) {
  using Ops = simd::Ops<Arch, T>;
  constexpr std::ptrdiff_t width = Ops::width, most_rows = width < 32 ? 32 : width;
  constexpr std::ptrdiff_t room = (width < 32 ? 32 : width) * panel_columns<T>;
  alignas(64) T stage[room];
  std::ptrdiff_t some_rows = room / block.columns / width * width;
  if (some_rows > most_rows) some_rows = most_rows;
  for (std::ptrdiff_t row = 0; row < block.rows; row += some_rows) {
    const std::ptrdiff_t rows = block.rows - row < some_rows ? block.rows - row : some_rows;
    for (std::ptrdiff_t column = 0; column < block.columns; column += width) {
      const int column_count = static_cast<int>(block.columns - column < width ? block.columns - column : width);
      const T* const a = block.a + row + column * block.a_column;
      for (std::ptrdiff_t at = 0; at < rows; at += width) {
        T* const to = stage + at * block.columns + column;
#pragma GCC unroll 16
        for (int i = 0; i < width; ++i) Ops::prefetch_far(a + at + (2 * width + i) * block.a_column);
        if (at + width <= rows && column_count == width) {
          Square<Arch, T> square;
          square.load(a + at, block.a_column);
#pragma GCC unroll 16
          for (int i = 0; i < width; ++i) Ops::store(to + i * block.columns, square.rows[i]);
        } else {
          const int row_count = static_cast<int>(rows - at < width ? rows - at : width);
          transpose_part<Arch, Update::store>(a + at, block.a_column, to, block.columns, row_count, column_count, T(1), T(0));
        }
      }
    }
    const T* const from = stage;
    stream_row<Arch>(
        block.c + row * block.c_row, rows * block.columns, [from](std::ptrdiff_t at) { return Ops::load(from + at); },
        [from](std::ptrdiff_t at) { return from[at]; });
  }
}

template <class Arch, class T>
void transpose(const CopyBlock<T>& block) {
  if (block.stream && block.epilogue.update == Update::store) {
    // Halves of a line stored at different times leave the write buffers one by one, so narrow registers are staged.
    if constexpr (simd::Ops<Arch, T>::width * sizeof(T) == line_bytes) {
      if (block.panels == 1 && static_cast<std::size_t>(block.c_row) * sizeof(T) % line_bytes == 0)
        return transpose_level<Arch>(block);
    }
    if (block.c_row == block.columns) transpose_dense<Arch>(block);
    else transpose_staged<Arch>(block);
    return;
  }
  if (block.panels > 1 && block.epilogue.update == Update::store) return transpose_staged<Arch>(block);
  for (std::ptrdiff_t panel = 0; panel < block.panels; ++panel) {
    CopyBlock<T> part = block;
    part.a += panel * block.a_panel;
    part.c += panel * block.columns;
    with_update(block.epilogue.update, [&]<Update update>() { transpose_plain<Arch, update>(part); });
  }
}

}  // namespace einc::kernels
