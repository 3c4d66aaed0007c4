// vector_kernels.hpp: the kernels of the instructions that are not contractions: copies, products, sums, fills.
// Each works on one block described by strides in elements; knows no loops above it and no threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/few_kernels.hpp"

namespace einc::kernels {

// How a result r reaches c: c = r, c = alpha * r, or c = alpha * r + beta * c. Only the last reads c.
enum class Update : std::uint8_t { store, scale, accumulate };

template <class T>
struct Epilogue {
  Update update = Update::store;
  T alpha = T(1), beta = T(0);
};

// c[row, column] = a[row, column], with any strides. Only `copy` and `transpose` know neighbours, the rest is of `transpose`.
template <class T>
struct CopyBlock {
  std::ptrdiff_t rows, columns;
  const T* a;
  std::ptrdiff_t a_row, a_column;
  T* c;
  std::ptrdiff_t c_row, c_column;
  Epilogue<T> epilogue;
  bool stream;  // write whole cache lines around the caches; only obeyed with Update::store
  // Columns of the same rows in other blocks. A streamed block moves its borders up to the next cache line.
  std::ptrdiff_t before = 0, after = 0;
  bool far = false;    // c is not in the nearest caches: its lines are asked for before they are written
  bool ahead = false;  // a is one piece, and what lies behind it is read next: it is asked for
  // Rows and columns that are several loops each: where they begin, instead of a_column and c_row; only with Update::store.
  // The columns of the next block that a moved border may take in are listed too. Of rows that are copied: where they begin in a and c.
  const std::ptrdiff_t* a_columns = nullptr;
  const std::ptrdiff_t* c_rows = nullptr;
  bool level = false;  // of listed rows: all begin at the same place of a cache line
};

template <class T>
inline constexpr std::ptrdiff_t most_columns = 4096 / static_cast<std::ptrdiff_t>(sizeof(T) < 4 ? 4 : sizeof(T));  // of a block with a list

// c[row, column] = a[row, column] * b[row, column], with any strides.
template <class T>
struct MultiplyBlock {
  std::ptrdiff_t rows, columns;
  const T* a;
  std::ptrdiff_t a_row, a_column;
  const T* b;
  std::ptrdiff_t b_row, b_column;
  T* c;
  std::ptrdiff_t c_row, c_column;
  Epilogue<T> epilogue;
  bool stream;
};

// result[i] = sum over depth and length of a[i, depth, length] * b[i, depth, length], for i in [0, count);
// `count` is at most sum_count<T>. Without b every product is a alone. Elements of a are of S, those of b of B.
template <class S, class B = S>
struct SumBlock {
  std::ptrdiff_t count, depth, length;
  const S* a;
  std::ptrdiff_t a_count, a_depth, a_length;
  const B* b;
  std::ptrdiff_t b_count, b_depth, b_length;
  bool far = false;  // a is in memory, not in a cache: lines of it are asked for
};

// Partial results of one block, numbers of T: 8 KiB, which stay in the first-level cache.
template <class T>
inline constexpr std::ptrdiff_t sum_count = 8192 / static_cast<std::ptrdiff_t>(sizeof(T));

// Sums of elements of S, in numbers of T; which of the strides they may rely on being 1.
template <class S, class T, class B = S>
struct SumKernels {
  using Sum = void (*)(const SumBlock<S, B>& block, T* result);
  Sum across;  // a_length == 1 and b_length == 1: lanes along the sum, added up at the end
  Sum down;    // a_count == 1 and b_count == 1 or 0: lanes along the results
  Sum any;     // no stride is known
};

// Of halves, read as they lie.
template <class S>
struct HalfKernels {
  SumKernels<S, float> sum, dot;
  SumKernels<S, float, float> dot_floats;  // b holds floats
  FewKernels<float, S> few;
};

template <class T>
struct VectorKernels {
  using Copy = void (*)(const CopyBlock<T>& block);
  using Multiply = void (*)(const MultiplyBlock<T>& block);
  using Sums = SumKernels<T, T>;

  Copy copy;          // a_column == 1, c_column == 1
  Copy transpose;     // a_row == 1, c_column == 1
  Copy copy_any;      // no stride is known
  Multiply multiply;  // c_column == 1; a_column and b_column 1 or 0
  Multiply multiply_any;
  Sums sum;  // of a
  Sums dot;  // of a * b
  void (*fill)(T* c, std::ptrdiff_t length, T value, bool stream);           // c[i] = value
  void (*add)(T* x, const T* y, std::ptrdiff_t length);                      // x[i] += y[i]
  void (*finish)(const T* result, T* c, std::ptrdiff_t c_stride, std::ptrdiff_t length,
                 Epilogue<T> epilogue);                                      // c[i] = epilogue(result[i])
  void (*fence)();  // after the last streamed block of a task
};

}  // namespace einc::kernels
