// few_kernels.hpp: products of a few rows with a large array that is read once, where it lies.
// Knows some of its keys and the batches beside each other in them; no loops above these, no pages, no threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace einc::kernels {

inline constexpr int most_few_rows = 32;
inline constexpr int most_rows_in_order = 2;  // of which every register of features meets each by itself; more go in quads
inline constexpr std::ptrdiff_t few_keys = 16, most_few_keys = 32;  // of a call: 4 KiB of 64 floats or halves each, which groups of rows and of columns pass over in L1

// How many keys of B a call has. Three rows of halves and more are 1.1 times as fast with twice as many, floats 0.8 to 0.9 times: 32 of them lie in too few sets of L1.
template <class B>
constexpr std::ptrdiff_t few_keys_of(int rows) { return sizeof(B) < sizeof(float) && rows > most_rows_in_order ? most_few_keys : few_keys; }

// How far ahead one or two rows, which meet the keys of several batches in the order of memory, ask for them. 8 heads of 64, GB/s of 30: f32 across 26 -> 27.5, down
// 19 -> 27; halves 18 -> 21.5 and 20 -> 26.5, but 12 to 18 asked for nearer. One head is no faster (Zen 4, 2026-11).
template <class B>
constexpr std::ptrdiff_t few_ahead(std::ptrdiff_t batches) {
  constexpr std::ptrdiff_t bytes = sizeof(B) < sizeof(float) ? 8192 : 1024;
  return batches > 1 ? bytes / static_cast<std::ptrdiff_t>(sizeof(B)) : 0;
}

// A few rows of T, and keys of B: each a run of features, neighbours in memory.
template <class T, class B>
struct FewBlock {
  int rows;                        // most_few_rows at most
  std::ptrdiff_t batches, keys, features;  // most_few_keys at most; any number `across` one or two rows
  const T* a;                      // of `across`: arranged
  const std::ptrdiff_t* a_rows;    // of `down`: where each row begins
  std::ptrdiff_t a_key;            // of `down`: from key to key
  std::ptrdiff_t a_batch;
  const B* b;
  std::ptrdiff_t b_key, b_batch;
  const B* next;                   // the first batch of the next call: brought near while the last one here is read. Any address is allowed
  std::ptrdiff_t ahead;            // from b to keys of a later call, as far apart, that are asked for while these are read. 0: none are
  T* c;
  const std::ptrdiff_t* c_rows;
  std::ptrdiff_t c_key;            // of `across`: from key to key
  std::ptrdiff_t c_batch;
  T alpha;
  bool adds;                       // of `across`: to what c has
};

template <class T, class B = T>
struct FewKernels {
  using Few = void (*)(const FewBlock<T, B>& block);
  // One of `rows` rows of a batch to where `across` reads it, among elements that were zero: so many for each of the rows, in fours from the third on,
  // as there are features, in thirty-twos.
  using Arrange = void (*)(int row, int rows, std::ptrdiff_t features, const T* from, T* to);
  Few across;  // c[row, key] (+)= alpha * sum over the features of a[row, feature] * b[key, feature]
  Few down;    // c[row, feature] += alpha * sum over the keys of a[row, key] * b[key, feature]; features of c are neighbours
  Arrange arrange;
};

}  // namespace einc::kernels
