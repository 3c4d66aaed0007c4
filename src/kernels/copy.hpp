// copy.hpp: rows copied, filled, added and written out with alpha and beta; one row is a run of neighbours.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/elements.hpp"
#include "kernels/simd.hpp"
#include "kernels/vector_kernels.hpp"

namespace einc::kernels {

template <class Arch, class T>
void fence() {
  simd::Ops<Arch, T>::fence();
}

// The epilogue of one element.
template <class Arch, Update update, class T>
[[gnu::always_inline]] inline void put(T* c, T value, T alpha, T beta) {
  if constexpr (update == Update::store) *c = value;
  else if constexpr (update == Update::scale) *c = times(alpha, value);
  else *c = plus(times(alpha, value), times(beta, *c));
}

// The epilogue of one register.
template <class Arch, Update update, class T>
[[gnu::always_inline]] inline void put_vector(T* c, typename simd::Ops<Arch, T>::Vector value, T alpha, T beta) {
  using Ops = simd::Ops<Arch, T>;
  if constexpr (update == Update::store) Ops::store(c, value);
  else if constexpr (update == Update::scale) Ops::store(c, Ops::broadcast(alpha) * value);
  else Ops::store(c, Ops::fma(Ops::broadcast(alpha), value, Ops::broadcast(beta) * Ops::load(c)));
}

// The epilogue of the first `count` lanes of a register.
template <class Arch, Update update, class T>
[[gnu::always_inline]] inline void put_first(T* c, typename simd::Ops<Arch, T>::Vector value, int count, T alpha,
                                             T beta) {
  using Ops = simd::Ops<Arch, T>;
  if constexpr (update == Update::scale) value = Ops::broadcast(alpha) * value;
  if constexpr (update == Update::accumulate)
    value = Ops::fma(Ops::broadcast(alpha), value, Ops::broadcast(beta) * Ops::load_first(c, count));
  Ops::store_first(c, value, count);
}

// Calls run.operator()<update>() with the update as a constant, so that inner loops do not ask.
template <class Run>
[[gnu::always_inline]] inline void with_update(Update update, Run run) {
  switch (update) {
    case Update::store: run.template operator()<Update::store>(); break;
    case Update::scale: run.template operator()<Update::scale>(); break;
    case Update::accumulate: run.template operator()<Update::accumulate>(); break;
  }
}

// Where columns or rows begin in an array: at one stride, or as listed.
struct Strided {
  std::ptrdiff_t stride, start = 0;
  [[gnu::always_inline]] std::ptrdiff_t operator()(std::ptrdiff_t i) const { return start + i * stride; }
  [[gnu::always_inline]] Strided from(std::ptrdiff_t first) const { return {stride, start + first * stride}; }
};
struct Listed {
  const std::ptrdiff_t* at;
  [[gnu::always_inline]] std::ptrdiff_t operator()(std::ptrdiff_t i) const { return at[i]; }
  [[gnu::always_inline]] Listed from(std::ptrdiff_t first) const { return {at + first}; }
};

inline constexpr std::size_t line_bytes = 64;
inline constexpr std::ptrdiff_t bytes_ahead_copied = 2048;

// Elements from c to the next cache line; `length` when c is not even aligned to its elements.
template <class Arch, class T>
[[gnu::always_inline]] inline std::ptrdiff_t to_line(const T* c, std::ptrdiff_t length) {
  const std::size_t past = reinterpret_cast<std::uintptr_t>(c) % line_bytes;
  if (past == 0) return 0;
  if (past % sizeof(T) != 0) return length;
  const std::ptrdiff_t head = static_cast<std::ptrdiff_t>((line_bytes - past) / sizeof(T));
  return head < length ? head : length;
}

// Writes value(i) to c[0, length) through whole lines that go around the caches; the ragged ends are plain stores.
// `value` gives a register of elements i, i + 1, ... and `element` a single one.
template <class Arch, class T, class Value, class Element>
[[gnu::always_inline]] inline void stream_row(T* c, std::ptrdiff_t length, Value value, Element element) {
  using Ops = simd::Ops<Arch, T>;
  constexpr std::ptrdiff_t line = line_bytes / sizeof(T);
  std::ptrdiff_t i = to_line<Arch>(c, length);
  for (std::ptrdiff_t head = 0; head < i; ++head) c[head] = element(head);
  for (; i + 4 * line <= length; i += 4 * line) {
#pragma GCC unroll 16
    for (std::ptrdiff_t lane = 0; lane < 4 * line; lane += Ops::width) Ops::stream(c + i + lane, value(i + lane));
  }
  for (; i + line <= length; i += line) {
#pragma GCC unroll 4
    for (std::ptrdiff_t lane = 0; lane < line; lane += Ops::width) Ops::stream(c + i + lane, value(i + lane));
  }
  for (; i < length; ++i) c[i] = element(i);
}

template <class Arch, class T>
void stream_rows(const T* from, std::ptrdiff_t from_row, T* to, std::ptrdiff_t to_row, std::ptrdiff_t rows, std::ptrdiff_t length) {
  for (std::ptrdiff_t row = 0; row < rows; ++row) {
    const T* const a = from + row * from_row;
    stream_row<Arch>(
        to + row * to_row, length, [a](std::ptrdiff_t i) { return simd::Ops<Arch, T>::load(a + i); }, [a](std::ptrdiff_t i) { return a[i]; });
  }
}

template <class Arch, Update update, class T>
[[gnu::always_inline]] inline void copy_row(const T* a, T* c, std::ptrdiff_t length, T alpha, T beta) {
  using Ops = simd::Ops<Arch, T>;
  constexpr std::ptrdiff_t width = Ops::width;
  std::ptrdiff_t i = 0;
  for (; i + 4 * width <= length; i += 4 * width) {
    const auto x0 = Ops::load(a + i), x1 = Ops::load(a + i + width);
    const auto x2 = Ops::load(a + i + 2 * width), x3 = Ops::load(a + i + 3 * width);
    put_vector<Arch, update>(c + i, x0, alpha, beta);
    put_vector<Arch, update>(c + i + width, x1, alpha, beta);
    put_vector<Arch, update>(c + i + 2 * width, x2, alpha, beta);
    put_vector<Arch, update>(c + i + 3 * width, x3, alpha, beta);
  }
  for (; i + width <= length; i += width) put_vector<Arch, update>(c + i, Ops::load(a + i), alpha, beta);
  if (i < length) {
    const int rest = static_cast<int>(length - i);
    put_first<Arch, update>(c + i, Ops::load_first(a + i, rest), rest, alpha, beta);
  }
}

// Where a streamed row of a block begins and ends: at lines of the cache, or where the whole row does.
template <class Arch, class T>
struct Window {
  std::ptrdiff_t begin, end;
  [[gnu::always_inline]] Window(const CopyBlock<T>& block, const T* c)
      : begin(block.before == 0 ? 0 : to_line<Arch>(c, block.columns)),
        end(block.columns + (block.after == 0 ? 0 : to_line<Arch>(c + block.columns, block.after))) {}
};

// Rows that go around the caches.
template <class Arch, class T, class Rows>
inline void stream_rows_at(const CopyBlock<T>& block, Rows a_at, Rows c_at) {
  using Ops = simd::Ops<Arch, T>;
  constexpr std::ptrdiff_t ahead = bytes_ahead_copied / static_cast<std::ptrdiff_t>(sizeof(T));
  const bool asks = block.ahead;
  const std::ptrdiff_t rows = block.rows;
  for (std::ptrdiff_t row = 0; row < rows; ++row) {
    T* const c = block.c + c_at(row);
    const Window<Arch, T> window(block, c);
    const T* const a = block.a + a_at(row) + window.begin;
    const std::ptrdiff_t length = window.end - window.begin;
    const auto element = [a](std::ptrdiff_t i) { return a[i]; };
    if (asks) {
      stream_row<Arch>(
          c + window.begin, length,
          [a](std::ptrdiff_t i) __attribute__((always_inline)) {
            Ops::prefetch_far(a + i + ahead);
            return Ops::load(a + i);
          },
          element);
    } else {
      stream_row<Arch>(c + window.begin, length, [a](std::ptrdiff_t i) { return Ops::load(a + i); }, element);
    }
  }
}

// Short rows of several loops.
template <class Arch, class T>
inline void copy_listed_rows(const CopyBlock<T>& block) {
  using Ops = simd::Ops<Arch, T>;
  const T* const a = block.a;
  T* const c = block.c;
  const std::ptrdiff_t rows = block.rows, columns = block.columns;
  const Listed a_at{block.a_columns}, c_at{block.c_rows};
  if (columns < Ops::width) {
    const int count = static_cast<int>(columns);
    for (std::ptrdiff_t row = 0; row < rows; ++row) Ops::store_first(c + c_at(row), Ops::load_first(a + a_at(row), count), count);
  } else {
    for (std::ptrdiff_t row = 0; row < rows; ++row) copy_row<Arch, Update::store>(a + a_at(row), c + c_at(row), columns, T(1), T(0));
  }
}

template <class Arch, class T>
void copy_rows(const CopyBlock<T>& block) {
  // Arguments are read field by field: a copy of the block would wait for older stores.
  if (block.stream && block.epilogue.update == Update::store) {
    if (block.a_columns != nullptr) stream_rows_at<Arch>(block, Listed{block.a_columns}, Listed{block.c_rows});
    else stream_rows_at<Arch>(block, Strided{block.a_row}, Strided{block.c_row});
    return;
  }
  if (block.a_columns != nullptr) return copy_listed_rows<Arch>(block);
  const T* const a = block.a;
  T* const c = block.c;
  const std::ptrdiff_t rows = block.rows, columns = block.columns, a_row = block.a_row, c_row = block.c_row;
  const T alpha = block.epilogue.alpha, beta = block.epilogue.beta;
  with_update(block.epilogue.update, [=]<Update update>() {
    for (std::ptrdiff_t row = 0; row < rows; ++row) copy_row<Arch, update>(a + row * a_row, c + row * c_row, columns, alpha, beta);
  });
}

// The driver hands over the loop with the smaller strides as columns, and blocks that fit the first-level cache.
template <class Arch, class T>
void copy_any(const CopyBlock<T>& block) {
  const CopyBlock<T> own = block;
  const T alpha = own.epilogue.alpha, beta = own.epilogue.beta;
  with_update(own.epilogue.update, [&]<Update update>() {
    for (std::ptrdiff_t row = 0; row < own.rows; ++row) {
      const T* a = own.a + row * own.a_row;
      T* c = own.c + row * own.c_row;
      for (std::ptrdiff_t column = 0; column < own.columns; ++column)
        put<Arch, update>(c + column * own.c_column, a[column * own.a_column], alpha, beta);
    }
  });
}

template <class Arch, class T>
void fill_row(T* c, std::ptrdiff_t length, T value, bool stream) {
  using Ops = simd::Ops<Arch, T>;
  const auto values = Ops::broadcast(value);
  if (stream) {
    stream_row<Arch>(
        c, length, [values](std::ptrdiff_t) { return values; }, [value](std::ptrdiff_t) { return value; });
    return;
  }
  std::ptrdiff_t i = 0;
  for (; i + Ops::width <= length; i += Ops::width) Ops::store(c + i, values);
  for (; i < length; ++i) c[i] = value;
}

template <class Arch, class T>
void add_row(T* x, const T* y, std::ptrdiff_t length) {
  using Ops = simd::Ops<Arch, T>;
  std::ptrdiff_t i = 0;
  for (; i + Ops::width <= length; i += Ops::width) Ops::store(x + i, Ops::load(x + i) + Ops::load(y + i));
  for (; i < length; ++i) x[i] = plus(x[i], y[i]);
}

template <class Arch, class T>
void finish_row(const T* result, T* c, std::ptrdiff_t c_stride, std::ptrdiff_t length, Epilogue<T> epilogue) {
  with_update(epilogue.update, [&]<Update update>() {
    if (c_stride == 1) {
      copy_row<Arch, update>(result, c, length, epilogue.alpha, epilogue.beta);
      return;
    }
    for (std::ptrdiff_t i = 0; i < length; ++i)
      put<Arch, update>(c + i * c_stride, result[i], epilogue.alpha, epilogue.beta);
  });
}

}  // namespace einc::kernels
