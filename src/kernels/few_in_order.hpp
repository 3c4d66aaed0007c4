// few_in_order.hpp: products of one or two rows with an array that is read once: its elements are met in the order of memory, all batches of a key, then the
// next key. That is what prefetchers of every make foresee: one batch of sixteen keys after the other reads as fast on Emerald Rapids, and half as fast on Zen 4.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "kernels/few_kernels.hpp"
#include "kernels/simd.hpp"
#include "kernels/simd_few.hpp"

namespace einc::kernels {

template <class T>
inline constexpr std::ptrdiff_t few_waiting = 8192 / static_cast<std::ptrdiff_t>(sizeof(T));  // sums, in the first level of cache

// One batch of one key.
template <class T, class B>
struct FewCell {
  const T* a;
  const B* b;
  T* c;
  std::ptrdiff_t batch = 0;

  explicit FewCell(const FewBlock<T, B>& block) : a(block.a), b(block.b), c(block.c) {}
  // To the next as memory has them.
  [[gnu::always_inline]] void on(const FewBlock<T, B>& block) {
    if (++batch < block.batches) {
      a += block.a_batch, b += block.b_batch, c += block.c_batch;
    } else {
      a = block.a, b += block.b_key - (batch - 1) * block.b_batch, c += block.c_key - (batch - 1) * block.c_batch;
      batch = 0;
    }
  }
};

// A piece of a key, and what to ask for meanwhile.
template <bool asks, class B>
[[gnu::always_inline]] inline void few_ask(const B* piece, std::ptrdiff_t elements, std::ptrdiff_t ahead) {
  if constexpr (asks)
    for (std::ptrdiff_t at = 0; at < elements; at += 64 / static_cast<std::ptrdiff_t>(sizeof(B))) __builtin_prefetch(piece + ahead + at, 0, 2);
}

// Lane i of the result is the sum of the lanes of totals[i]. In each step two registers become one, half as many lanes a sum: a tree.
template <class Ops, class Vector>
[[gnu::always_inline]] inline Vector lane_sums(Vector (&totals)[Ops::width]) {
  const auto level = [&]<int lanes>() __attribute__((always_inline)) {
    if constexpr (lanes >= 1 && lanes < Ops::width) {
      struct Low {
        constexpr int operator()(int lane) const { return lane % (2 * lanes) < lanes ? lane : lane - lanes + Ops::width; }
      };
      struct High {
        constexpr int operator()(int lane) const { return lane % (2 * lanes) < lanes ? lane + lanes : lane + Ops::width; }
      };
#pragma GCC unroll 16
      for (int i = 0; i < lanes; ++i) totals[i] = Ops::permute(totals[i], totals[i + lanes], Low{}) + Ops::permute(totals[i], totals[i + lanes], High{});
    }
  };
  level.template operator()<8>();
  level.template operator()<4>();
  level.template operator()<2>();
  level.template operator()<1>();
  return totals[0];
}

// c[rows, keys] (+)= alpha * sum over the features. So many cells that they and the rows make the sums of whole registers; the last stands in for those that are
// missing. So every sum is made in the same order, whatever is beside it.
template <class Arch, class T, class B, int rows, bool asks>
[[gnu::noinline]] void few_across_rows(const FewBlock<T, B>& given) {
  using Ops = simd::Ops<Arch, T>;
  using Unit = simd::Unit<Arch, T, B>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, most = width < 16 ? width : 16;
  constexpr int group = most / rows > 1 ? most / rows : 1, registers = (group * rows + width - 1) / width * width;
  const FewBlock<T, B> block = given;
  const std::ptrdiff_t length = (block.features + Unit::size - 1) / Unit::size * Unit::size;  // of a row
  FewCell<T, B> cell(block);
  for (std::ptrdiff_t left = block.keys * block.batches; left > 0; left -= group) {
    FewCell<T, B> results = cell;
    Vector totals[registers];
#pragma GCC unroll 16
    for (int i = 0; i < registers; ++i) totals[i] = Ops::zero();
#pragma GCC unroll 16
    for (int g = 0; g < group; ++g) {
      const auto pass = [&](std::ptrdiff_t i, auto load) __attribute__((always_inline)) {
        Vector right[Unit::vectors];
        load(cell.b + i, right);
        few_ask<asks>(cell.b + i, Unit::size, block.ahead);
#pragma GCC unroll 2
        for (int v = 0; v < Unit::vectors; ++v)
#pragma GCC unroll 2
          for (int r = 0; r < rows; ++r) totals[r * group + g] = Ops::fma(Ops::load(cell.a + r * length + i + v * width), right[v], totals[r * group + g]);
      };
      std::ptrdiff_t i = 0;
      for (; i + Unit::size <= block.features; i += Unit::size) pass(i, [](const B* from, Vector(&to)[Unit::vectors]) __attribute__((always_inline)) { Unit::load(from, to); });
      if (i < block.features) {
        const int rest = static_cast<int>(block.features - i);
        pass(i, [rest](const B* from, Vector(&to)[Unit::vectors]) __attribute__((always_inline)) { Unit::load_first(from, rest, to); });
      }
      if (g + 1 < group && g + 1 < left) cell.on(block);
    }
    alignas(64) T sums[registers];
#pragma GCC unroll 4
    for (int from = 0; from < registers; from += width) {
      Vector part[width];
#pragma GCC unroll 16
      for (int lane = 0; lane < width; ++lane) part[lane] = totals[from + lane];
      Ops::store(sums + from, lane_sums<Ops>(part) * Ops::broadcast(block.alpha));
    }
    const int count = static_cast<int>(left < group ? left : group);
    for (int g = 0; g < count; ++g, results.on(block)) {
#pragma GCC unroll 2
      for (int r = 0; r < rows; ++r) {
        T& c = results.c[block.c_rows[r]];
        c = block.adds ? c + sums[r * group + g] : sums[r * group + g];
      }
    }
    cell.on(block);
  }
}

// c[rows, features] += alpha * sum over the keys: the sums of all batches wait in the first level of cache, and reach c with the last key.
template <class Arch, class T, class B, int rows, bool asks>
[[gnu::noinline]] void few_down_in_order(const FewBlock<T, B>& given) {
  using Ops = simd::Ops<Arch, T>;
  using Unit = simd::Unit<Arch, T, B>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width;
  const FewBlock<T, B> block = given;
  const std::ptrdiff_t length = (block.features + Unit::size - 1) / Unit::size * Unit::size;
  alignas(64) T waiting[few_waiting<T>];
  const std::ptrdiff_t most = few_waiting<T> / (rows * length), together = most < block.batches ? most : block.batches;
  const Vector alpha = Ops::broadcast(block.alpha);
  const auto take = [&]<bool first, bool last>(const B* b, const T* a, T* c, T* sums) __attribute__((always_inline)) {
    Vector weights[rows];
#pragma GCC unroll 2
    for (int r = 0; r < rows; ++r) weights[r] = Ops::broadcast(a[block.a_rows[r]]);
    const auto pass = [&](std::ptrdiff_t i, auto load, auto add) __attribute__((always_inline)) {
      Vector right[Unit::vectors];
      load(b + i, right);
      few_ask<asks>(b + i, Unit::size, block.ahead);
#pragma GCC unroll 2
      for (int r = 0; r < rows; ++r) {
        Vector now[Unit::vectors];
#pragma GCC unroll 2
        for (int v = 0; v < Unit::vectors; ++v) {
          T* const at = sums + r * length + i + v * width;
          if constexpr (first) now[v] = weights[r] * right[v];
          else now[v] = Ops::fma(weights[r], right[v], Ops::load(at));
          if constexpr (!last) Ops::store(at, now[v]);
        }
        if constexpr (last) {
          if constexpr (Unit::vectors == 2) Unit::in_order(now[0], now[1]);
#pragma GCC unroll 2
          for (int v = 0; v < Unit::vectors; ++v) add(c + block.c_rows[r] + i + v * width, now[v] * alpha, v);
        }
      }
    };
    std::ptrdiff_t i = 0;
    for (; i + Unit::size <= block.features; i += Unit::size)
      pass(
          i, [](const B* from, Vector(&to)[Unit::vectors]) __attribute__((always_inline)) { Unit::load(from, to); },
          [](T* to, Vector sum, int) __attribute__((always_inline)) { Ops::store(to, Ops::load(to) + sum); });
    if (i < block.features) {
      const int rest = static_cast<int>(block.features - i);
      pass(
          i, [rest](const B* from, Vector(&to)[Unit::vectors]) __attribute__((always_inline)) { Unit::load_first(from, rest, to); },
          [&](T* to, Vector sum, int v) __attribute__((always_inline)) {
            const int lanes = rest - v * width < width ? rest - v * width : width;
            if (lanes > 0) Ops::store_first(to, Ops::load_first(to, lanes) + sum, lanes);
          });
    }
  };
  for (std::ptrdiff_t begin = 0; begin < block.batches; begin += together) {
    const std::ptrdiff_t count = block.batches - begin < together ? block.batches - begin : together;
    for (std::ptrdiff_t key = 0; key < block.keys; ++key) {
      const auto batches = [&]<bool first, bool last>() __attribute__((always_inline)) {
        const B* b = block.b + key * block.b_key + begin * block.b_batch;
        const T* a = block.a + key * block.a_key + begin * block.a_batch;
        T *c = block.c + begin * block.c_batch, *sums = waiting;
        for (std::ptrdiff_t batch = 0; batch < count; ++batch, b += block.b_batch, a += block.a_batch, c += block.c_batch, sums += rows * length)
          take.template operator()<first, last>(b, a, c, sums);
      };
      const bool last = key + 1 == block.keys;
      if (key == 0) last ? batches.template operator()<true, true>() : batches.template operator()<true, false>();
      else last ? batches.template operator()<false, true>() : batches.template operator()<false, false>();
    }
  }
}

}  // namespace einc::kernels
