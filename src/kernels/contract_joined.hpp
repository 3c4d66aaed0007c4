// contract_joined.hpp: a register tile of several runs, none of them whole vectors, that leaves around the caches as whole lines.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "kernels/contract_kernels.hpp"
#include "kernels/contract_tile.hpp"
#include "kernels/simd.hpp"
#include "kernels/tile_parts.hpp"

namespace einc::kernels {

// Where the lanes of one line of a run come from: `runs` runs are `vectors` vectors of `width` lanes, and as many rows of one run are as
// many lines.
template <int width, int runs, int vectors>
struct JoinedLine {
  int rows[4] = {}, columns[4] = {};  // the vectors, each by its row and its place in it; those past `count` are not used
  int count = 0;
  int from[width] = {}, lanes[width] = {};  // of each lane the vector, and the lane in it

  constexpr JoinedLine(int run, int line) {
    constexpr int length = vectors * width / runs;
    for (int i = 0; i < width; ++i) {
      const int at = line * width + i, row = at / length, column = run * length + at % length;
      int found = 0;
      while (found < count && (rows[found] != row || columns[found] != column / width)) ++found;
      if (found == count) rows[count] = row, columns[count++] = column / width;
      from[i] = found, lanes[i] = column % width;
    }
  }
  constexpr bool is_whole() const { return count == 1; }
};

// The lanes that two vectors, x and y, have of the line, in their places; and those that two such pairs have.
template <int width, int runs, int vectors, int run, int line, int x, int y>
struct PickLanes {
  constexpr int operator()(int lane) const {
    constexpr JoinedLine<width, runs, vectors> all(run, line);
    return all.from[lane] == x ? all.lanes[lane] : all.from[lane] == y ? width + all.lanes[lane] : 0;
  }
};
template <int width, int runs, int vectors, int run, int line, bool last_is_alone>
struct PickPairs {
  constexpr int operator()(int lane) const {
    constexpr JoinedLine<width, runs, vectors> all(run, line);
    return all.from[lane] < 2 ? lane : width + (last_is_alone ? all.lanes[lane] : lane);
  }
};

// Line `line` of run `run`, out of sums of as many rows as there are runs.
template <class Ops, int runs, int vectors, int run, int line>
[[gnu::always_inline]] inline typename Ops::Vector join_line(const typename Ops::Vector (*sums)[vectors]) {
  constexpr int width = Ops::width;
  constexpr JoinedLine<width, runs, vectors> all(run, line);
  const auto source = [&](int i) __attribute__((always_inline)) { return sums[all.rows[i]][all.columns[i]]; };
  if constexpr (all.is_whole()) {
    return source(0);
  } else {
    const auto first = Ops::permute(source(0), source(1), PickLanes<width, runs, vectors, run, line, 0, 1>{});
    if constexpr (all.count == 2) return first;
    else if constexpr (all.count == 3) return Ops::permute(first, source(2), PickPairs<width, runs, vectors, run, line, true>{});
    else return Ops::permute(first, Ops::permute(source(2), source(3), PickLanes<width, runs, vectors, run, line, 2, 3>{}), PickPairs<width, runs, vectors, run, line, false>{});
  }
}

// c = alpha * sum, a line at a time. Every sum is the chain of multiply-adds that contract_tile makes of it.
template <class Arch, class T, int runs, int vectors, int rows>
void contract_joined(const JoinedArguments<T>& tile) {
  using Ops = simd::Ops<Arch, T>;
  using Vector = typename Ops::Vector;
  constexpr int width = Ops::width, panels = (vectors + 1) / 2;
  static_assert(rows % runs == 0);

  const T* a = tile.a;
  FarLines<Ops, T> far(tile.ahead);
  T* to[runs];
#pragma GCC unroll 4
  for (int run = 0; run < runs; ++run) to[run] = tile.c + tile.runs[run];

  for (std::ptrdiff_t left = tile.tiles; left > 0; --left) {
    Vector sums[rows][vectors];
#pragma GCC unroll 8
    for (int i = 0; i < rows; ++i)
#pragma GCC unroll 5
      for (int v = 0; v < vectors; ++v) sums[i][v] = Ops::zero();

    const T* b[panels];
#pragma GCC unroll 3
    for (int p = 0; p < panels; ++p) b[p] = tile.b + p * 2 * width * tile.depth;
    const auto step = [&]<bool looks_ahead>(std::bool_constant<looks_ahead>) __attribute__((always_inline)) {
      Vector columns[vectors];
#pragma GCC unroll 5
      for (int v = 0; v < vectors; ++v) columns[v] = Ops::load(b[v / 2] + v % 2 * width);
#pragma GCC unroll 8
      for (int i = 0; i < rows; ++i) {
        const Vector value = Ops::broadcast(a[i]);
#pragma GCC unroll 5
        for (int v = 0; v < vectors; ++v) sums[i][v] = Ops::fma(value, columns[v], sums[i][v]);
      }
#pragma GCC unroll 3
      for (int p = 0; p < panels; ++p) {
        const int wide = 2 * p + 1 < vectors ? 2 : 1;
#pragma GCC unroll 2
        for (int v = 0; v < wide; ++v) Ops::prefetch(b[p] + (rows_ahead * wide + v) * width);
        b[p] += wide * width;
      }
      if constexpr (looks_ahead) far.ask();
      a += rows;
    };
    if (far.any()) {
      for (std::ptrdiff_t k = tile.depth; k > 0; --k) step(std::true_type{});
    } else {
      for (std::ptrdiff_t k = tile.depth; k > 0; --k) step(std::false_type{});
    }

    scale_sums<Ops>(sums, tile.alpha);
    const auto store_run = [&]<int run, std::size_t... lines>(std::integral_constant<int, run>, std::index_sequence<lines...>) __attribute__((always_inline)) {
#pragma GCC unroll 4
      for (int i = 0; i < rows; i += runs, to[run] += vectors * width)
        (Ops::stream(to[run] + static_cast<int>(lines) * width, join_line<Ops, runs, vectors, run, static_cast<int>(lines)>(sums + i)), ...);
    };
    const auto store_runs = [&]<int... run>(std::integer_sequence<int, run...>) __attribute__((always_inline)) {
      (store_run(std::integral_constant<int, run>{}, std::make_index_sequence<static_cast<std::size_t>(vectors)>{}), ...);
    };
    store_runs(std::make_integer_sequence<int, runs>{});
  }
}

}  // namespace einc::kernels
