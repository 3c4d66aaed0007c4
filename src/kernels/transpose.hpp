// transpose.hpp: copies between layouts whose runs of neighbours differ: squares are turned inside the registers.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/copy.hpp"
#include "kernels/simd.hpp"
#include "kernels/vector_kernels.hpp"

namespace einc::kernels {

struct Range {
  std::ptrdiff_t begin, end;
};

// What a square asks for while it is read: what lies behind the block, a line a column, or what follows in each of its columns.
enum class Ask { nothing, behind, along };

// A square of `width` columns of a, as rows of c. `rows` and `columns` say how much of it exists.
template <class Arch, class T>
struct Square {
  using Ops = simd::Ops<Arch, T>;
  static constexpr int width = Ops::width, lines_along = 4;
  typename Ops::Vector rows[width];

  template <Ask ask = Ask::nothing, class Columns>
  [[gnu::always_inline]] void load(const T* a, Columns at, std::ptrdiff_t first, const T* ahead = nullptr) {
    constexpr std::ptrdiff_t line = line_bytes / sizeof(T);
    const Columns from = at.from(first);
#pragma GCC unroll 16
    for (int column = 0; column < width; ++column) {
      rows[column] = Ops::load(a + from(column));
      if constexpr (ask == Ask::behind) Ops::prefetch_far(ahead + column * line);
      if constexpr (ask == Ask::along) Ops::prefetch_far(a + from(column) + lines_along * line);
    }
    Ops::transpose(rows);
  }
  template <class Columns>
  [[gnu::always_inline]] void load_part(const T* a, Columns at, std::ptrdiff_t first, int row_count, int column_count) {
    const Columns from = at.from(first);
#pragma GCC unroll 16
    for (int column = 0; column < width; ++column)
      rows[column] = column < column_count ? Ops::load_first(a + from(column), row_count) : Ops::zero();
    Ops::transpose(rows);
  }
};

// Asks for memory in the order in which it lies, a square's worth at a time.
template <class Arch, class T>
struct LinearAhead {
  const T* at;  // nothing is asked for when null
  [[gnu::always_inline]] void ask() {
    using Ops = simd::Ops<Arch, T>;
    constexpr std::ptrdiff_t square = static_cast<std::ptrdiff_t>(Ops::width) * Ops::width, line = line_bytes / sizeof(T);
    if (at == nullptr) return;
#pragma GCC unroll 16
    for (std::ptrdiff_t lane = 0; lane < square; lane += line) Ops::prefetch_far(at + lane);
    at += square;
  }
};

template <class Arch, class T>
LinearAhead<Arch, T> behind(const CopyBlock<T>& block) {
  return {block.ahead ? block.a + block.columns * block.a_column : nullptr};
}

inline int at_most(std::ptrdiff_t count, int most) { return static_cast<int>(count < most ? count : most); }

// A part of a block, with plain stores: squares row by row of c.
template <class Arch, Update update, class T, class Columns, class Rows>
inline void transpose_plain(const CopyBlock<T>& block, Columns a_at, Rows c_at, Range rows, Range columns) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = simd::Ops<Arch, T>::width;
  const T alpha = block.epilogue.alpha, beta = block.epilogue.beta;
  const T* const first = block.a;
  T* const c = block.c;
  const bool far = block.far;
  if (columns.begin == columns.end) return;
  for (std::ptrdiff_t row = rows.begin; row < rows.end; row += width) {
    const T* const a = first + row;
    const Rows to = c_at.from(row);
    const int row_count = at_most(rows.end - row, width);
    std::ptrdiff_t column = columns.begin;
    if (row_count == width) {
      for (; column + width <= columns.end; column += width) {
        if (far) {
#pragma GCC unroll 16
          for (int i = 0; i < width; ++i) Ops::prefetch_write(c + to(i) + column + width);
        }
        Square<Arch, T> square;
        square.load(a, a_at, column);
#pragma GCC unroll 16
        for (int i = 0; i < width; ++i) put_vector<Arch, update>(c + to(i) + column, square.rows[i], alpha, beta);
      }
    }
    for (; column < columns.end; column += width) {
      const int column_count = at_most(columns.end - column, width);
      Square<Arch, T> square;
      square.load_part(a, a_at, column, row_count, column_count);
#pragma GCC unroll 16
      for (int i = 0; i < width; ++i)
        if (i < row_count) put_first<Arch, update>(c + to(i) + column, square.rows[i], column_count, alpha, beta);
    }
  }
}

// Rows of c that all start at the same place of a cache line, and registers of a whole line: they go around the caches.
template <class Arch, class T, class Columns, class Rows>
inline void transpose_level(const CopyBlock<T>& block, Columns a_at, Rows c_at) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  constexpr std::ptrdiff_t line = line_bytes / sizeof(T);
  const Window<Arch, T> window(block, block.c + c_at(0));
  const std::ptrdiff_t first = window.begin + to_line<Arch>(block.c + c_at(0) + window.begin, window.end - window.begin);
  const std::ptrdiff_t last = first + (window.end - first) / line * line, whole_rows = block.rows / width * width;
  const T* const a = block.a;
  T* const c = block.c;
  const auto whole = [=]<Ask ask>(const T* ahead) {
    for (std::ptrdiff_t row = 0; row < whole_rows; row += width) {
      const Rows to = c_at.from(row);
      for (std::ptrdiff_t column = first; column < last; column += line) {
        Square<Arch, T> square;
        square.template load<ask>(a + row, a_at, column, ahead);
#pragma GCC unroll 16
        for (int i = 0; i < width; ++i) Ops::stream(c + to(i) + column, square.rows[i]);
        if constexpr (ask == Ask::behind) ahead += width * line;
      }
    }
  };
  if (block.ahead) whole.template operator()<Ask::behind>(block.a + block.columns * block.a_column);
  else whole.template operator()<Ask::along>(nullptr);
  // what is left: the ragged ends of the rows, then the last rows
  transpose_plain<Arch, Update::store>(block, a_at, c_at, {0, whole_rows}, {window.begin, first});
  transpose_plain<Arch, Update::store>(block, a_at, c_at, {0, whole_rows}, {last, window.end});
  transpose_plain<Arch, Update::store>(block, a_at, c_at, {whole_rows, block.rows}, {window.begin, window.end});
}

// Rows that start anywhere: squares go to a small buffer, and whole lines from there to c, around the caches if so wanted.
template <class Arch, Ask ask, class T, class Columns, class Rows>
inline void transpose_staged(const CopyBlock<T>& block, Columns a_at, Rows c_at) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width;
  constexpr std::ptrdiff_t line = line_bytes / sizeof(T), pitch = most_columns<T> + 2 * line;
  alignas(64) T stage[width * pitch];
  const std::ptrdiff_t wide = block.columns + (block.after < line ? block.after : line);
  for (std::ptrdiff_t row = 0; row < block.rows; row += width) {
    const int row_count = at_most(block.rows - row, width);
    for (std::ptrdiff_t column = 0; column < wide; column += width) {
      Square<Arch, T> square;
      if (row_count == width && column + width <= wide) square.template load<ask>(block.a + row, a_at, column);
      else square.load_part(block.a + row, a_at, column, row_count, at_most(wide - column, width));
#pragma GCC unroll 16
      for (int i = 0; i < width; ++i) Ops::store(stage + i * pitch + column, square.rows[i]);
    }
    for (int i = 0; i < row_count; ++i) {
      T* const c = block.c + c_at(row + i);
      const Window<Arch, T> window(block, c);
      const T* const from = stage + i * pitch + window.begin;
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

// The same of rows shorter than a register: each is stored as a whole register, of which the next row takes what is too much. ij->ji of 5 x 1032192 f32
// 7.4 -> 15.9 GB/s, ijk->ikj of runs of 200, 13 of them, 14 -> 21 (Zen 4, 1 thread, 2026-11).
template <class Arch, class T>
inline void transpose_narrow(const CopyBlock<T>& block, T* stage, std::ptrdiff_t room) {
  using Ops = simd::Ops<Arch, T>;
  constexpr std::ptrdiff_t width = Ops::width, most_rows = 8192 / static_cast<std::ptrdiff_t>(sizeof(T)), line = line_bytes / sizeof(T), lines_ahead = 8;
  const Strided a_at{block.a_column};
  const int columns = static_cast<int>(block.columns);
  LinearAhead<Arch, T> ahead = behind<Arch>(block);
  std::ptrdiff_t some_rows = (most_rows < room - width ? most_rows : room - width) / columns / width * width;
  for (std::ptrdiff_t row = 0; row < block.rows; row += some_rows) {
    const std::ptrdiff_t rows = block.rows - row < some_rows ? block.rows - row : some_rows;
    for (std::ptrdiff_t at = 0; at < rows; at += width) {
      const T* const from = block.a + row + at;
      Square<Arch, T> square;
      if (rows - at >= width) {
        ahead.ask();
#pragma GCC unroll 16
        for (int column = 0; column < width; ++column) {
          if (!block.ahead && column < columns) Ops::prefetch_far(from + a_at(column) + lines_ahead * line);
          square.rows[column] = column < columns ? Ops::load(from + a_at(column)) : Ops::zero();
        }
        Ops::transpose(square.rows);
      } else {
        square.load_part(from, a_at, 0, static_cast<int>(rows - at), columns);
      }
      T* const to = stage + at * columns;
#pragma GCC unroll 16
      for (int i = 0; i < width; ++i) Ops::store(to + i * columns, square.rows[i]);
    }
    const T* const from = stage;
    stream_row<Arch>(
        block.c + row * block.c_row, rows * columns, [from](std::ptrdiff_t at) { return Ops::load(from + at); },
        [from](std::ptrdiff_t at) { return from[at]; });
  }
}

// Rows of c that follow each other without a gap: several of them are one run of whole lines. Squares go down the rows before
// the next columns: ijk->ikj of 400^3 f64 went from 14 to 18 GB/s, ijkl->ijlk of runs of 96 f32 from 14 to 22, where memcpy has
// 25 (Emerald Rapids, AVX-512, 1 thread, 2026-11).
template <class Arch, class T>
inline void transpose_dense(const CopyBlock<T>& block) {
  using Ops = simd::Ops<Arch, T>;
  constexpr std::ptrdiff_t width = Ops::width, most_rows = width < 32 ? 32 : width;
  constexpr std::ptrdiff_t room = (width < 32 ? 32 : width) * most_columns<T>;
  alignas(64) T stage[room];
  if (block.columns < width) return transpose_narrow<Arch>(block, stage, room);
  const Strided a_at{block.a_column};
  LinearAhead<Arch, T> ahead = behind<Arch>(block);
  std::ptrdiff_t some_rows = room / block.columns / width * width;
  if (some_rows > most_rows) some_rows = most_rows;
  for (std::ptrdiff_t row = 0; row < block.rows; row += some_rows) {
    const std::ptrdiff_t rows = block.rows - row < some_rows ? block.rows - row : some_rows;
    for (std::ptrdiff_t column = 0; column < block.columns; column += width) {
      const int column_count = at_most(block.columns - column, width);
      for (std::ptrdiff_t at = 0; at < rows; at += width) {
        const int row_count = at_most(rows - at, width);
        T* const to = stage + at * block.columns + column;
        if (block.ahead) {
          ahead.ask();
        } else {
#pragma GCC unroll 16
          for (int i = 0; i < width; ++i) Ops::prefetch_far(block.a + row + at + a_at(column + 2 * width + i));
        }
        Square<Arch, T> square;
        if (row_count == width && column_count == width) {
          square.load(block.a + row + at, a_at, column);
#pragma GCC unroll 16
          for (int i = 0; i < width; ++i) Ops::store(to + i * block.columns, square.rows[i]);
        } else {
          square.load_part(block.a + row + at, a_at, column, row_count, column_count);
#pragma GCC unroll 16
          for (int i = 0; i < width; ++i)
            if (i < row_count) Ops::store_first(to + i * block.columns, square.rows[i], column_count);
        }
      }
    }
    const T* const from = stage;
    stream_row<Arch>(
        block.c + row * block.c_row, rows * block.columns, [from](std::ptrdiff_t at) { return Ops::load(from + at); },
        [from](std::ptrdiff_t at) { return from[at]; });
  }
}

// Halves of a line stored at different times leave the write buffers one by one, so narrow registers are staged.
template <class Arch, class T, class Columns, class Rows>
inline void transpose_stored(const CopyBlock<T>& block, Columns a_at, Rows c_at, bool level) {
  if constexpr (simd::Ops<Arch, T>::width * sizeof(T) == line_bytes) {
    if (level && block.stream) return transpose_level<Arch>(block, a_at, c_at);
  }
  if (block.stream) transpose_staged<Arch, Ask::along>(block, a_at, c_at);
  else transpose_staged<Arch, Ask::nothing>(block, a_at, c_at);
}

template <class Arch, class T>
void transpose(const CopyBlock<T>& block) {
  if (block.a_columns != nullptr) return transpose_stored<Arch>(block, Listed{block.a_columns}, Listed{block.c_rows}, block.level);
  const Strided a_at{block.a_column}, c_at{block.c_row};
  if (block.stream && block.epilogue.update == Update::store) {
    constexpr bool whole_lines = simd::Ops<Arch, T>::width * sizeof(T) == line_bytes;
    const bool level = whole_lines && static_cast<std::size_t>(block.c_row) * sizeof(T) % line_bytes == 0;
    if (!level && block.c_row == block.columns) transpose_dense<Arch>(block);
    else transpose_stored<Arch>(block, a_at, c_at, level);
    return;
  }
  with_update(block.epilogue.update,
              [&]<Update update>() { transpose_plain<Arch, update>(block, a_at, c_at, {0, block.rows}, {0, block.columns}); });
}

}  // namespace einc::kernels
