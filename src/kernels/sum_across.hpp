// sum_across.hpp: sums whose terms are neighbours in memory: lanes run along the sum and are added up at the end.
// Every element of a block is summed in the same order, however many there are.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "kernels/simd.hpp"
#include "kernels/simd_halves.hpp"
#include "kernels/vector_kernels.hpp"

namespace einc::kernels {

// The running sums of one result: `parts` registers, so that additions need not wait for each other.
template <class Arch, class T, int parts>
struct Running {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  Vector sums[parts];

  [[gnu::always_inline]] Running() {
#pragma GCC unroll 8
    for (int part = 0; part < parts; ++part) sums[part] = Ops::zero();
  }
  [[gnu::always_inline]] Vector total() const {
    Vector level[parts];
#pragma GCC unroll 8
    for (int part = 0; part < parts; ++part) level[part] = sums[part];
#pragma GCC unroll 8
    for (int half = parts / 2; half > 0; half /= 2)
#pragma GCC unroll 8
      for (int part = 0; part < half; ++part) level[part] = level[part] + level[part + half];
    return level[0];
  }
};

// sum += a[i] or a[i] * b[i]
template <class Arch, bool product, class T, class Vector>
[[gnu::always_inline]] inline void take(Vector& sum, Vector a, Vector b) {
  if constexpr (product) sum = simd::Ops<Arch, T>::fma(a, b, sum);
  else sum = sum + a;
}

// Rows in memory are asked for so far ahead, and where a row ends, the next one. Rows of 128 to 256 floats 13 and 17 -> 20 and 23 GB/s of 25, of thousands 0.9 to 1.1
// of the time; shorter ones, and shorter ones of two arrays, are no faster (Zen 4, 2026-11).
inline constexpr std::ptrdiff_t bytes_ahead_across = 2048, least_asked_for = 512, least_asked_for_of_two = 1024;
// A row of b that all rows of a meet stays in the first-level cache while so many bytes; a longer one would be read from the second with each row of a, so four rows share
// it: 4096 floats 16 -> 20 GB/s of 25, 16384 13 -> 20; 1024 or 2048 24 and 22 -> 21 and 19.
inline constexpr std::ptrdiff_t most_kept_of_b = 8192;

// `group` results at once, each with `parts` running sums.
template <class Arch, class T, bool product, int group, int parts, bool asks, class S, class B>
[[gnu::always_inline]] inline void sum_across_group(const SumBlock<S, B>& block, std::ptrdiff_t first,
                                                    typename simd::Ops<Arch, T>::Vector* totals) {
  using Ops = simd::Ops<Arch, T>;
  using Read = simd::Read<Arch, T, S>;
  using ReadB = simd::Read<Arch, T, B>;
  using Vector = typename Ops::Vector;
  constexpr std::ptrdiff_t width = Ops::width, step = parts * width;
  Running<Arch, T, parts> running[group];
  const S* a[group];
  const B* b[group];
  const bool shared = block.b_count == 0;
  // Short rows one next to the other outrun the hardware prefetchers.
  const std::ptrdiff_t ahead = 8 * block.a_count;
  constexpr std::ptrdiff_t in_row = bytes_ahead_across / static_cast<std::ptrdiff_t>(sizeof(S));
  for (std::ptrdiff_t d = 0; d < block.depth; ++d) {
    const auto skip = [&](std::ptrdiff_t count, std::ptrdiff_t depth) -> std::ptrdiff_t {  // from the end of this row to the next; a block is followed by what lies behind it
      if constexpr (!asks) return 0;
      if (d + 1 < block.depth) return depth - block.length;
      return first + group < block.count ? group * count - d * depth - block.length : 0;
    };
    const std::ptrdiff_t skip_a = skip(block.a_count, block.a_depth), skip_b = skip(block.b_count, block.b_depth);
#pragma GCC unroll 8
    for (int g = 0; g < group; ++g) {
      a[g] = block.a + (first + g) * block.a_count + d * block.a_depth;
      b[g] = product ? block.b + (first + g) * block.b_count + d * block.b_depth : nullptr;
    }
    const auto run = [&]<bool one_b>() __attribute__((always_inline)) {
      std::ptrdiff_t i = 0;
      for (; i + step <= block.length; i += step) {
        const bool inside = !asks || i + in_row < block.length;
#pragma GCC unroll 8
        for (int part = 0; part < parts; ++part) {
          Vector right = Ops::zero();
          if constexpr (product && one_b) right = ReadB::load(b[0] + i + part * width);
#pragma GCC unroll 8
          for (int g = 0; g < group; ++g) {
            if constexpr (product && !one_b) right = ReadB::load(b[g] + i + part * width);
            take<Arch, product, T>(running[g].sums[part], Read::load(a[g] + i + part * width), right);
            if constexpr (asks) {
              const std::ptrdiff_t next = i + part * width + in_row;
              Read::prefetch_far(a[g] + next + (inside ? 0 : skip_a));
              if (product && !shared) ReadB::prefetch_far(b[g] + next + (inside ? 0 : skip_b));
            } else if constexpr (group > 1) {
              Read::prefetch(a[g] + i + part * width + ahead);
            }
          }
        }
      }
      for (; i < block.length; i += width) {
        const int count = static_cast<int>(block.length - i < width ? block.length - i : width);
        const bool whole = count == width;
#pragma GCC unroll 8
        for (int g = 0; g < group; ++g) {
          const Vector left = whole ? Read::load(a[g] + i) : Read::load_first(a[g] + i, count);
          Vector right = Ops::zero();
          if constexpr (product) right = whole ? ReadB::load(b[g] + i) : ReadB::load_first(b[g] + i, count);
          take<Arch, product, T>(running[g].sums[0], left, right);
        }
      }
    };
    if (group > 1 && shared) run.template operator()<true>();
    else run.template operator()<false>();
  }
#pragma GCC unroll 8
  for (int g = 0; g < group; ++g) totals[g] = running[g].total();
}

// Adds up the lanes of `width` registers: a transpose, and one addition for all of them a step.
template <class Ops, class Vector>
[[gnu::always_inline]] inline Vector add_lanes(Vector (&totals)[Ops::width]) {
  Ops::transpose(totals);
#pragma GCC unroll 8
  for (int half = Ops::width / 2; half > 0; half /= 2)
#pragma GCC unroll 8
    for (int lane = 0; lane < half; ++lane) totals[lane] = totals[lane] + totals[lane + half];
  return totals[0];
}

// As many results as a register has lanes, which are added up together. In order: one result after the other; else four share the loop and the loads of b.
template <class Arch, class T, bool product, bool in_order, int parts, bool asks, class S, class B>
[[gnu::noinline]] void sum_across_rows(const SumBlock<S, B>& given, T* result) {
  const SumBlock<S, B> block = given;  // a copy nobody else can change, so nothing is read again after a store
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, group = width < 4 ? width : 4;
  for (std::ptrdiff_t i = 0; i < block.count; i += width) {
    const int count = static_cast<int>(block.count - i < width ? block.count - i : width);
    Vector totals[width];
    int done = 0;
    for (; done + group <= count; done += group) {
      if constexpr (in_order) {
#pragma GCC unroll 4
        for (int g = 0; g < group; ++g) sum_across_group<Arch, T, product, 1, parts, asks>(block, i + done + g, totals + done + g);
      } else {
        sum_across_group<Arch, T, product, group, parts, asks>(block, i + done, totals + done);
      }
    }
    for (; done < count; ++done) sum_across_group<Arch, T, product, 1, parts, asks>(block, i + done, totals + done);
    for (; done < width; ++done) totals[done] = Ops::zero();
    const Vector sums = add_lanes<Ops>(totals);
    if (count == width) Ops::store(result + i, sums);
    else Ops::store_first(result + i, sums, count);
  }
}

// From two registers on results come one after the other: memory is walked in order, as prefetchers of every make foresee. Four rows at a time reach the read
// limit on Emerald Rapids, and a third to a half of what rows in order reach on Zen 4, unless they are asked for. A lone result gets more running sums. Which it
// is, is decided for the whole block, so that equal rows give equal sums.
template <class Arch, class T, bool product, class S = T, class B = S>
void sum_across(const SumBlock<S, B>& block, T* result) {
  using Ops = simd::Ops<Arch, T>;
  constexpr int width = Ops::width, group = width < 4 ? width : 4;
  const std::ptrdiff_t bytes = block.length * static_cast<std::ptrdiff_t>(sizeof(S));
  const bool asks = block.far && bytes >= (product ? least_asked_for_of_two : least_asked_for);
  if (block.count >= group) {
    if (asks && product && block.b_count == 0 && block.length * static_cast<std::ptrdiff_t>(sizeof(B)) > most_kept_of_b)
      return sum_across_rows<Arch, T, product, false, 2, true>(block, result);
    if (asks) return sum_across_rows<Arch, T, product, true, 8, true>(block, result);
    if (block.length >= 16 * width) return sum_across_rows<Arch, T, product, true, 8, false>(block, result);
    if (block.length >= 4 * width) return sum_across_rows<Arch, T, product, true, 4, false>(block, result);
    if (block.length >= 2 * width) return sum_across_rows<Arch, T, product, true, 2, false>(block, result);
    return sum_across_rows<Arch, T, product, false, 2, false>(block, result);
  }
  const SumBlock<S, B> own = block;
  for (std::ptrdiff_t i = 0; i < own.count; ++i) {
    typename Ops::Vector total;
    if (asks) sum_across_group<Arch, T, product, 1, 8, true>(own, i, &total);
    else sum_across_group<Arch, T, product, 1, 8, false>(own, i, &total);
    result[i] = Ops::sum(total);
  }
}

}  // namespace einc::kernels
