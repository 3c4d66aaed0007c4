// multiply.hpp: c = a * b element by element; along a row each factor is a run of neighbours or one repeated element.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "kernels/copy.hpp"
#include "kernels/simd.hpp"
#include "kernels/vector_kernels.hpp"

namespace einc::kernels {

// One factor along a row: its registers, its elements, its last lanes.
template <class Arch, class T, bool repeated>
struct Factor {
  using Ops = simd::Ops<Arch, T>;
  const T* from;
  typename Ops::Vector all;

  [[gnu::always_inline]] explicit Factor(const T* first) : from(first), all(Ops::broadcast(repeated ? *first : T(0))) {}
  [[gnu::always_inline]] auto vector(std::ptrdiff_t i) const { return repeated ? all : Ops::load(from + i); }
  [[gnu::always_inline]] auto first(std::ptrdiff_t i, int count) const {
    return repeated ? all : Ops::load_first(from + i, count);
  }
  [[gnu::always_inline]] T element(std::ptrdiff_t i) const { return repeated ? *from : from[i]; }
};

template <class Arch, Update update, bool a_repeated, bool b_repeated, class T>
[[gnu::always_inline]] inline void multiply_row(const T* a, const T* b, T* c, std::ptrdiff_t length, T alpha, T beta) {
  using Ops = simd::Ops<Arch, T>;
  constexpr std::ptrdiff_t width = Ops::width;
  const Factor<Arch, T, a_repeated> x(a);
  const Factor<Arch, T, b_repeated> y(b);
  std::ptrdiff_t i = 0;
  for (; i + 4 * width <= length; i += 4 * width) {
#pragma GCC unroll 4
    for (std::ptrdiff_t lane = 0; lane < 4 * width; lane += width)
      put_vector<Arch, update>(c + i + lane, x.vector(i + lane) * y.vector(i + lane), alpha, beta);
  }
  for (; i + width <= length; i += width) put_vector<Arch, update>(c + i, x.vector(i) * y.vector(i), alpha, beta);
  if (i < length) {
    const int rest = static_cast<int>(length - i);
    put_first<Arch, update>(c + i, x.first(i, rest) * y.first(i, rest), rest, alpha, beta);
  }
}

template <class Arch, bool a_repeated, bool b_repeated, class T>
inline void multiply_rows_of(const MultiplyBlock<T>& block) {
  constexpr std::ptrdiff_t line = line_bytes / sizeof(T), short_row = 16 * line;
  if (block.stream && block.epilogue.update == Update::store) {  // field by field: a copy of the block would wait for older stores
    const T *a = block.a, *b = block.b;
    T* c = block.c;
    const std::ptrdiff_t a_row = block.a_row, b_row = block.b_row, c_row = block.c_row, columns = block.columns;
    for (std::ptrdiff_t left = block.rows; left > 0; --left, a += a_row, b += b_row, c += c_row) {
      if (columns <= short_row) {  // no hardware prefetcher sees short pieces of far rows coming
        for (std::ptrdiff_t i = 0; i < columns; i += line) {
          if (!a_repeated) simd::Ops<Arch, T>::prefetch(a + 16 * a_row + i);
          if (!b_repeated) simd::Ops<Arch, T>::prefetch(b + 16 * b_row + i);
        }
      }
      const Factor<Arch, T, a_repeated> x(a);
      const Factor<Arch, T, b_repeated> y(b);
      stream_row<Arch>(
          c, columns, [&](std::ptrdiff_t i) { return x.vector(i) * y.vector(i); },
          [&](std::ptrdiff_t i) { return times(x.element(i), y.element(i)); });
    }
    return;
  }
  const MultiplyBlock<T> own = block;
  with_update(own.epilogue.update, [&]<Update update>() {
    for (std::ptrdiff_t row = 0; row < own.rows; ++row)
      multiply_row<Arch, update, a_repeated, b_repeated>(own.a + row * own.a_row, own.b + row * own.b_row,
                                                         own.c + row * own.c_row, own.columns, own.epilogue.alpha,
                                                         own.epilogue.beta);
  });
}

template <class Arch, class T>
void multiply_rows(const MultiplyBlock<T>& block) {
  if (block.a_column == 0) {
    if (block.b_column == 0) multiply_rows_of<Arch, true, true>(block);
    else multiply_rows_of<Arch, true, false>(block);
  } else {
    if (block.b_column == 0) multiply_rows_of<Arch, false, true>(block);
    else multiply_rows_of<Arch, false, false>(block);
  }
}

template <class Arch, class T>
void multiply_any(const MultiplyBlock<T>& block) {
  const MultiplyBlock<T> own = block;
  const T alpha = own.epilogue.alpha, beta = own.epilogue.beta;
  with_update(own.epilogue.update, [&]<Update update>() {
    for (std::ptrdiff_t row = 0; row < own.rows; ++row) {
      const T* a = own.a + row * own.a_row;
      const T* b = own.b + row * own.b_row;
      T* c = own.c + row * own.c_row;
      for (std::ptrdiff_t column = 0; column < own.columns; ++column)
        put<Arch, update>(c + column * own.c_column, times(a[column * own.a_column], b[column * own.b_column]), alpha, beta);
    }
  });
}

}  // namespace einc::kernels
