// few_quads.hpp: sums over the features for three rows and more: a register has four rows and as many neighbouring features as it has room for, and meets
// the same features of a key again and again in another. No lane is idle, and few sums across lanes are left at the end.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/few_kernels.hpp"
#include "kernels/simd.hpp"
#include "kernels/simd_few.hpp"

namespace einc::kernels {

// Keys of one batch where they lie, and what to ask for meanwhile.
template <class B>
struct FewKeys {
  const B* b;
  std::ptrdiff_t step;
  const B *next, *ahead;
};

// Walks from key to key. Both are asked for as keys are read: the near ones into the first level, the far ones into the second, which has more room.
template <class B>
struct FewWalk {
  const B *b, *next, *ahead;
  std::ptrdiff_t step;

  [[gnu::always_inline]] FewWalk(const FewKeys<B>& keys, std::ptrdiff_t at) : b(keys.b + at), next(keys.next + at), ahead(keys.ahead + at), step(keys.step) {}

  template <int lines>
  [[gnu::always_inline]] void ask() const {
    constexpr int line = 64 / static_cast<int>(sizeof(B));
#pragma GCC unroll 4
    for (int i = 0; i < lines; ++i) __builtin_prefetch(next + i * line, 0, 3), __builtin_prefetch(ahead + i * line, 0, 2);
  }
  // The compiler would rather have a pointer for each key than one that moves, more than there are registers: it is not told that this one moves by a step.
  [[gnu::always_inline]] void on(bool present) {
    b += present ? step : 0, next += step, ahead += step;
    asm("" : "+r"(b), "+r"(next), "+r"(ahead));
  }
};

template <class Arch, class T>
struct Quads {
  static constexpr int width = simd::Ops<Arch, T>::width, rows = width < 4 ? width : 4, parts = width / rows;
  static constexpr int sums = sizeof(typename simd::Ops<Arch, T>::Register) == 64 ? 16 : 8;  // registers, of 32 and of 16
  static constexpr int most_sets = 4;
  static constexpr int steps_of(int sets) {  // of a line
    constexpr int most = sums == 16 ? 8 : 4;
    int steps = 64 / static_cast<int>(sizeof(T)) / parts;
    while (steps > 1 && steps * sets > most) steps /= 2;
    return steps;
  }
  static constexpr int keys_of(int sets) { return sets == 1 ? sums : sets == 2 ? sums / 2 : sums / 4; }
};

// c[rows of `sets` quads, `count` keys] (+)= alpha * sums. Of the keys `present` are there; the last stands in for the others.
template <class Arch, class T, int sets, int count, bool asks>
[[gnu::always_inline]] inline void few_quads_keys(const FewBlock<T, T>& block, const FewKeys<T>& keys, const T* a, std::ptrdiff_t a_step, int first, T* c,
                                                  std::ptrdiff_t key, std::ptrdiff_t present) {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  using Q = Quads<Arch, T>;
  constexpr int parts = Q::parts, line = 64 / static_cast<int>(sizeof(T)), columns = count / parts;
  constexpr int steps = Q::steps_of(sets);  // whose rows stay in registers while keys pass
  const std::ptrdiff_t begin = key * keys.step;
  const T* b[count];
#pragma GCC unroll 16
  for (int k = 0; k < count; ++k) b[k] = keys.b + begin + (k < present ? k : present - 1) * keys.step;
  Vector sums[sets][count];
#pragma GCC unroll 4
  for (int set = 0; set < sets; ++set)
#pragma GCC unroll 16
    for (int k = 0; k < count; ++k) sums[set][k] = Ops::zero();
  const auto pass = [&]<int together, int lines>(FewWalk<T> walk, auto&& place) __attribute__((always_inline)) {
    Vector left[together][sets];
#pragma GCC unroll 8
    for (int s = 0; s < together; ++s)
#pragma GCC unroll 4
      for (int set = 0; set < sets; ++set) left[s][set] = Ops::load(a + s * a_step + set * Q::width);
    a += together * a_step;
#pragma GCC unroll 16
    for (int k = 0; k < count; ++k) {
      const T* const from = place(walk, k);
#pragma GCC unroll 8
      for (int s = 0; s < together; ++s) {
        const Vector right = simd::repeated<Arch, T, parts>(from + s * parts);
#pragma GCC unroll 4
        for (int set = 0; set < sets; ++set) sums[set][k] = Ops::fma(left[s][set], right, sums[set][k]);
      }
      walk.template ask<lines>();
      walk.on(k + 1 < present);
    }
  };
  // Few keys have a pointer each; more of them would take all registers.
  const auto place = [&](std::ptrdiff_t at) __attribute__((always_inline)) {
    if constexpr (count <= 4) return [&b, at](const FewWalk<T>&, int k) __attribute__((always_inline)) { return b[k] + at; };
    else return [](const FewWalk<T>& walk, int) __attribute__((always_inline)) { return walk.b; };
  };
  std::ptrdiff_t i = 0;
  for (; i + line <= block.features; i += line) {
    pass.template operator()<steps, asks ? 1 : 0>({keys, begin + i}, place(i));
#pragma GCC unroll 8
    for (int s = steps; s < line / parts; s += steps) pass.template operator()<steps, 0>({keys, begin + i + s * parts}, place(i + s * parts));
  }
  for (; i + parts <= block.features; i += parts) pass.template operator()<1, 0>({keys, begin + i}, place(i));
  if (i < block.features) {
    alignas(64) T rest[count][parts];
    const auto left = static_cast<int>(block.features - i);
#pragma GCC unroll 16
    for (int k = 0; k < count; ++k)
#pragma GCC unroll 4
      for (int f = 0; f < parts; ++f) rest[k][f] = f < left ? b[k][i + f] : T(0);
    pass.template operator()<1, 0>({keys, begin}, [&rest](const FewWalk<T>&, int k) { return rest[k]; });
  }
  const Vector alpha = Ops::broadcast(block.alpha);
  const bool whole = !block.adds && block.c_key == 1 && present >= count;
#pragma GCC unroll 4
  for (int set = 0; set < sets; ++set) {
    simd::sum_parts<Ops, parts>(sums[set]);
    alignas(64) T results[columns][Q::width];
#pragma GCC unroll 16
    for (int column = 0; column < columns; ++column) Ops::store(results[column], sums[set][column] * alpha);
    if (whole) {
#pragma GCC unroll 4
      for (int r = 0; r < Q::rows; ++r) {
        if (first + set * Q::rows + r >= block.rows) break;
        T* const to = c + block.c_rows[first + set * Q::rows + r] + key;
#pragma GCC unroll 16
        for (int column = 0; column < columns; ++column) __builtin_memcpy(to + column * parts, &results[column][r * parts], sizeof(T) * parts);
      }
      continue;
    }
    for (int r = 0; r < Q::rows && first + set * Q::rows + r < block.rows; ++r) {
      T* const to = c + block.c_rows[first + set * Q::rows + r] + key * block.c_key;
      for (int k = 0; k < count && k < present; ++k) {
        T& at = to[k * block.c_key];
        at = (block.adds ? at : T(0)) + results[k / parts][r * parts + k % parts];
      }
    }
  }
}

// Halves become floats in the first-level cache, once for all rows of these sets.
template <class Arch, class T, class B, int sets, int count, bool asks>
[[gnu::noinline]] void few_quads_sets(const FewBlock<T, B>& block, const FewKeys<B>& keys, const T* a, std::ptrdiff_t a_step, int first, T* c) {
  const FewBlock<T, T> plain{block.rows, 1, block.keys, block.features, nullptr, nullptr, 0, 0, nullptr, 0, 0, nullptr, 0, nullptr, block.c_rows, block.c_key, 0, block.alpha, block.adds};
  if constexpr (std::is_same_v<T, B>) {
    for (std::ptrdiff_t key = 0; key < block.keys; key += count) few_quads_keys<Arch, T, sets, count, asks>(plain, keys, a, a_step, first, c, key, block.keys - key);
  } else {
    using Unit = simd::Unit<Arch, T, B>;
    using Ops = simd::Ops<Arch, T>;
    constexpr int room = 4096, least = 4, line = Unit::size * static_cast<int>(sizeof(B)) / 64 > 1 ? Unit::size * static_cast<int>(sizeof(B)) / 64 : 1;
    const std::ptrdiff_t length = (block.features + Unit::size - 1) / Unit::size * Unit::size;
    if constexpr (count > least)
      if (length * count > room) return few_quads_sets<Arch, T, B, sets, count / 2, asks>(block, keys, a, a_step, first, c);
    alignas(64) T widened[room];
    FewBlock<T, T> near = plain;
    near.features = length;
    for (std::ptrdiff_t key = 0; key < block.keys; key += count) {
      const std::ptrdiff_t present = block.keys - key < count ? block.keys - key : count;
      for (std::ptrdiff_t k = 0; k < present; ++k) {
        const B* const from = keys.b + (key + k) * keys.step;
        T* const to = widened + k * length;
        typename Ops::Vector vectors[Unit::vectors];
        const auto put = [&](std::ptrdiff_t i) __attribute__((always_inline)) {
#pragma GCC unroll 2
          for (int v = 0; v < Unit::vectors; ++v) Ops::store(to + i + v * Ops::width, vectors[v]);
        };
        std::ptrdiff_t i = 0;
        for (; i + Unit::size <= block.features; i += Unit::size) {
          Unit::load(from + i, vectors);
          if constexpr (asks) FewWalk<B>(keys, (key + k) * keys.step + i).template ask<line>();
          put(i);
        }
        if (i < block.features) {
          Unit::load_first(from + i, static_cast<int>(block.features - i), vectors);
          put(i);
        }
      }
      near.c_key = block.c_key;
      few_quads_keys<Arch, T, sets, count, false>(near, {widened, length, widened, widened}, a, a_step, first, c + key * block.c_key, 0, present);
    }
  }
}

template <class Arch, class T, class B>
[[gnu::always_inline]] inline void few_across_quads(const FewBlock<T, B>& block, const FewKeys<B>& keys, const T* a, T* c) {
  using Q = Quads<Arch, T>;
  const int all = (block.rows + Q::rows - 1) / Q::rows;
  const std::ptrdiff_t a_step = std::ptrdiff_t{all} * Q::width;
  for (int set = 0; set < all; set += Q::most_sets) {
    const auto run = [&]<int sets, bool asks>() __attribute__((always_inline)) {
      few_quads_sets<Arch, T, B, sets, Q::keys_of(sets), asks>(block, keys, a + set * Q::width, a_step, set * Q::rows, c);
    };
    const auto pass = [&]<bool asks>() __attribute__((always_inline)) {
      switch (all - set) {
        case 1: run.template operator()<1, asks>(); break;
        case 2: run.template operator()<2, asks>(); break;
        case 3: run.template operator()<3, asks>(); break;
        default: run.template operator()<4, asks>(); break;
      }
    };
    if (set == 0) pass.template operator()<true>();
    else pass.template operator()<false>();
  }
}

}  // namespace einc::kernels
