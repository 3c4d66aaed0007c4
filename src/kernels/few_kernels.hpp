// few_kernels.hpp: products of a few rows with a large array that is read once, where it lies.
// Knows some of its keys; no loops above them, no pages, no threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace einc::kernels {

inline constexpr int most_few_rows = 8;
inline constexpr std::ptrdiff_t few_keys = 16;  // of a call: 4 KiB of 64 floats each, which groups of rows and of columns pass over in L1

// A few rows of T, and keys of B: each a run of features, neighbours in memory.
template <class T, class B>
struct FewBlock {
  int rows;                        // most_few_rows at most
  std::ptrdiff_t keys, features;
  const T* a;
  const std::ptrdiff_t* a_rows;    // where each row begins
  std::ptrdiff_t a_key;            // of `down`: from key to key
  const B* b;
  std::ptrdiff_t b_key;
  const B* ahead;                  // keys of a later call, as far apart: asked for while these are read. Any address is allowed
  T* c;
  const std::ptrdiff_t* c_rows;
  std::ptrdiff_t c_key;            // of `across`: from key to key
  T alpha;
  bool adds;                       // of `across`: to what c has
};

template <class T, class B = T>
struct FewKernels {
  using Few = void (*)(const FewBlock<T, B>& block);
  Few across;  // c[row, key] (+)= alpha * sum over the features of a[row, feature] * b[key, feature]; features of a are neighbours
  Few down;    // c[row, feature] += alpha * sum over the keys of a[row, key] * b[key, feature]; features of c are neighbours
};

}  // namespace einc::kernels
