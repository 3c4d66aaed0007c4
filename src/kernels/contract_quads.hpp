// contract_quads.hpp: contractions of bytes with sums of 32 bits, by an instruction that adds four products of bytes to a sum in one
// step. Panels hold quads: four bytes that are neighbours along the sum, as one number.
// `Dot` is the instruction and what is instantiated for it, so that no file with other flags shares it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <utility>

#include "kernels/contract_kernels.hpp"

namespace einc::kernels {

using Quad = std::uint32_t;
typedef std::uint8_t QuadBytes __attribute__((vector_size(16)));
typedef std::uint16_t QuadWords __attribute__((vector_size(16)));
typedef std::uint32_t QuadNumbers __attribute__((vector_size(16)));

// Turns the sign of each byte's range: 128 more or less, modulo 256.
inline constexpr std::uint8_t turned_sign = 0x80;

// Four rows of 16 bytes, a byte of each to a quad: 16 quads in order.
template <class Dot>
[[gnu::always_inline]] inline void join_rows(QuadBytes x0, QuadBytes x1, QuadBytes x2, QuadBytes x3, Quad* to) {
  const auto low = [](QuadBytes x, QuadBytes y) __attribute__((always_inline)) {
    return (QuadWords)__builtin_shufflevector(x, y, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
  };
  const auto high = [](QuadBytes x, QuadBytes y) __attribute__((always_inline)) {
    return (QuadWords)__builtin_shufflevector(x, y, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
  };
  const QuadWords low01 = low(x0, x1), low23 = low(x2, x3), high01 = high(x0, x1), high23 = high(x2, x3);
  const auto store = [&](int at, QuadWords quads) __attribute__((always_inline)) { __builtin_memcpy(to + at, &quads, sizeof(quads)); };
  store(0, __builtin_shufflevector(low01, low23, 0, 8, 1, 9, 2, 10, 3, 11)), store(4, __builtin_shufflevector(low01, low23, 4, 12, 5, 13, 6, 14, 7, 15));
  store(8, __builtin_shufflevector(high01, high23, 0, 8, 1, 9, 2, 10, 3, 11)), store(12, __builtin_shufflevector(high01, high23, 4, 12, 5, 13, 6, 14, 7, 15));
}

// Four quads of each of four lanes become four lanes of each of four quads.
template <class Dot>
[[gnu::always_inline]] inline void turn_quads(QuadNumbers (&x)[4]) {
  const QuadNumbers low01 = __builtin_shufflevector(x[0], x[1], 0, 4, 1, 5), low23 = __builtin_shufflevector(x[2], x[3], 0, 4, 1, 5);
  const QuadNumbers high01 = __builtin_shufflevector(x[0], x[1], 2, 6, 3, 7), high23 = __builtin_shufflevector(x[2], x[3], 2, 6, 3, 7);
  x[0] = __builtin_shufflevector(low01, low23, 0, 1, 4, 5), x[1] = __builtin_shufflevector(low01, low23, 2, 3, 6, 7);
  x[2] = __builtin_shufflevector(high01, high23, 0, 1, 4, 5), x[3] = __builtin_shufflevector(high01, high23, 2, 3, 6, 7);
}

template <class Dot>
[[gnu::always_inline]] inline int lanes_in_run(const std::ptrdiff_t* offsets, int first, int most) {
  int length = 1;
  while (length < most && offsets[first + length] == offsets[first] + length) ++length;
  return length;
}

inline constexpr int quad_lanes = 32, quad_depths = 64;  // staged at a time: no panel is wider

// Bytes side by side along the lanes, in runs: four depths of them at a time.
template <class Dot>
void pack_quads_by_lanes(const PackArguments<Quad>& panel, std::uint8_t turned) {
  alignas(16) std::uint8_t rows[4][quad_lanes] = {};
  alignas(64) Quad quads[16];
  const auto* const bytes = static_cast<const std::uint8_t*>(panel.from);
  const bool one_run = lanes_in_run<Dot>(panel.lanes, 0, panel.width) == panel.width;
  const QuadBytes turn = QuadBytes{} + turned;
  Quad* to = panel.to;
  for (std::ptrdiff_t k = 0; k < panel.depth; k += 4, to += panel.stride) {
    const auto deep = static_cast<int>(panel.depth - k < 4 ? panel.depth - k : 4);
    const std::uint8_t* from[4] = {rows[0], rows[1], rows[2], rows[3]};
    for (int i = 0; i < deep; ++i) {
      if (one_run) from[i] = bytes + panel.lanes[0] + panel.depths[k + i];
      else
        for (int lane = 0, run = 0; lane < panel.width; lane += run) {
          run = lanes_in_run<Dot>(panel.lanes, lane, panel.width - lane);
          Dot::copy(rows[i] + lane, bytes + panel.lanes[lane] + panel.depths[k + i], run);
        }
    }
    for (int lane = 0; lane < panel.stride; lane += 16) {
      const int count = panel.width - lane, space = panel.stride - lane;
      QuadBytes x[4] = {};
#pragma GCC unroll 4
      for (int i = 0; i < 4; ++i) {
        if (i < deep && count >= 16) __builtin_memcpy(&x[i], from[i] + lane, 16), x[i] ^= turn;
        else if (i < deep && count > 0) x[i] = Dot::load_bytes(from[i] + lane, count) ^ turn;
      }
      join_rows<Dot>(x[0], x[1], x[2], x[3], space >= 16 ? to + lane : quads);
      if (space < 16) Dot::copy(to + lane, quads, space * static_cast<int>(sizeof(Quad)));
    }
  }
}

// `count` lanes, each of bytes in the order of the sum.
template <class Dot, int count>
[[gnu::always_inline]] inline void turn_lanes(const std::uint8_t* const* lanes, int quads, QuadNumbers turn, Quad* to, std::ptrdiff_t stride) {
  for (int quad = 0; quad < quads; quad += 4) {
    QuadNumbers x[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i) {
      __builtin_memcpy(&x[i], lanes[i < count ? i : 0] + quad * static_cast<int>(sizeof(Quad)), sizeof(x[i]));
      x[i] ^= turn;
    }
    turn_quads<Dot>(x);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i)
      if (quad + i < quads) __builtin_memcpy(to + (quad + i) * stride, &x[i], count * sizeof(Quad));
  }
}

// Any others: where the lanes lie apart, or have no neighbours along the sum either, and are gathered.
template <class Dot>
void pack_quads_by_depth(const PackArguments<Quad>& panel, std::uint8_t turned) {
  alignas(64) std::uint8_t staged[quad_lanes][quad_depths];
  const auto* const bytes = static_cast<const std::uint8_t*>(panel.from);
  const QuadNumbers turn = QuadNumbers{} + turned * 0x01010101u;
  for (std::ptrdiff_t k = 0; k < panel.depth; k += quad_depths) {
    const auto deep = static_cast<int>(panel.depth - k < quad_depths ? panel.depth - k : quad_depths);
    const bool run = lanes_in_run<Dot>(panel.depths + k, 0, deep) == deep;
    const std::uint8_t* lanes[quad_lanes];
    for (int lane = 0; lane < panel.width; ++lane) {
      lanes[lane] = bytes + panel.lanes[lane] + panel.depths[k];
      if (run && deep == quad_depths) continue;
      if (run) Dot::copy(staged[lane], lanes[lane], deep);
      else
        for (int i = 0; i < deep; ++i) staged[lane][i] = lanes[lane][panel.depths[k + i] - panel.depths[k]];
      for (int i = deep; i < quad_depths; ++i) staged[lane][i] = turned;  // and turned once more: zeros
      lanes[lane] = staged[lane];
    }
    for (int lane = panel.width; lane < panel.stride; ++lane) lanes[lane] = lanes[0];
    const int quads = (deep + 3) / 4;
    for (int lane = 0; lane < panel.stride; lane += 4) {
      Quad* const to = panel.to + k / 4 * panel.stride + lane;
      switch (panel.stride - lane) {
        case 1: turn_lanes<Dot, 1>(lanes + lane, quads, turn, to, panel.stride); break;
        case 2: turn_lanes<Dot, 2>(lanes + lane, quads, turn, to, panel.stride); break;
        case 3: turn_lanes<Dot, 3>(lanes + lane, quads, turn, to, panel.stride); break;
        default: turn_lanes<Dot, 4>(lanes + lane, quads, turn, to, panel.stride); break;
      }
    }
  }
}

// to[k / 4][lane] = four bytes: rows of a. Bytes have their signs turned where `turns`.
template <class Dot>
void pack_row_quads(const PackArguments<Quad>& panel, bool turns) {
  const std::uint8_t turned = turns ? turned_sign : std::uint8_t{0};
  int breaks = 1;
  for (int lane = 1; lane < panel.width; ++lane) breaks += panel.lanes[lane] != panel.lanes[lane - 1] + 1;
  if (panel.width > 1 && (breaks == 1 || breaks * 4 <= panel.width)) pack_quads_by_lanes<Dot>(panel, turned);
  else pack_quads_by_depth<Dot>(panel, turned);
}

// The same of columns of b, behind a row of what the sums of the columns begin with. Where rows of a have their signs turned, each of
// its bytes is 128 more or less than it means, and the sums begin with what takes that back: the sum of a column times 128, or -128.
template <class Dot>
void pack_column_quads(const PackArguments<Quad>& panel, bool is_signed, bool a_turns) {
  PackArguments<Quad> quads = panel;
  quads.to += panel.stride;
  pack_row_quads<Dot>(quads, false);
  const std::ptrdiff_t depth = (panel.depth + 3) / 4;
  for (int lane = 0; lane < panel.stride; lane += Dot::width) {
    const typename Dot::Vector row = Dot::broadcast(turned_sign * 0x01010101u);
    const auto add = [&](typename Dot::Vector& sum, std::ptrdiff_t k) __attribute__((always_inline)) {
      const typename Dot::Vector column = Dot::load(quads.to + k * panel.stride + lane);
      sum = is_signed ? Dot::add(sum, row, column) : Dot::add(sum, column, row);
    };
    typename Dot::Vector even{}, odd{};  // side by side, since each waits for the one before
    std::ptrdiff_t k = a_turns ? 0 : depth;
    for (; k + 1 < depth; k += 2) add(even, k), add(odd, k + 1);
    if (k < depth) add(even, k);
    Dot::store(panel.to + lane, typename Dot::Vector{} - (even + odd));
  }
}

// As contract_tile, of quads: a times b is added up for `depth` rows of b behind the one that the sums begin with. One of a and b holds
// unsigned bytes, the other, b if columns are signed, signed ones.
template <class Dot, int rows, int vectors, bool signed_columns>
void quad_tile(const TileArguments<Quad>& tile) {
  using Vector = typename Dot::Vector;
  constexpr int width = Dot::width;
  constexpr std::ptrdiff_t rows_ahead = 16;  // as of floats
  Vector sums[rows][vectors];
#pragma GCC unroll 4
  for (int v = 0; v < vectors; ++v) {
    const Vector first = Dot::load(tile.b + v * width);
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) sums[i][v] = first;
  }
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) __builtin_prefetch(tile.c + tile.c_rows[i] + v * width, 1, 3);
  const Quad *a = tile.a, *b = tile.b + tile.b_depth;
  for (std::ptrdiff_t k = tile.depth; k > 0; --k) {
    Vector columns[vectors];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      columns[v] = Dot::load(b + v * width);
      __builtin_prefetch(b + rows_ahead * tile.b_depth + v * width, 0, 3);
    }
#pragma GCC unroll 16
    for (int i = 0; i < rows; ++i) {
      const Vector row = Dot::broadcast(a[i]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; ++v) sums[i][v] = signed_columns ? Dot::add(sums[i][v], row, columns[v]) : Dot::add(sums[i][v], columns[v], row);
    }
    a += tile.a_depth;
    b += tile.b_depth;
  }
  Quad* const first = tile.c;
  const std::ptrdiff_t* const c_rows = tile.c_rows;
  const bool adds = tile.write == TileWrite::add;
  const Vector alpha = Dot::broadcast(tile.alpha), beta = Dot::broadcast(tile.beta);
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; ++v) {
      Quad* const c = first + c_rows[i] + v * width;
      const int count = v == vectors - 1 ? tile.tail : width;
      const Vector sum = tile.alpha == 1 ? sums[i][v] : sums[i][v] * alpha;
      Dot::store_first(c, adds ? sum + beta * Dot::load_first(c, count) : sum, count);
    }
}

template <class Dot, bool signed_columns, std::size_t... rows>
constexpr void add_quad_tiles(QuadKernels& kernels, std::index_sequence<rows...>) {
  ((kernels.tiles[signed_columns][rows][0] = quad_tile<Dot, static_cast<int>(rows) + 1, 1, signed_columns>), ...);
  ((kernels.tiles[signed_columns][rows][1] = quad_tile<Dot, static_cast<int>(rows) + 1, 2, signed_columns>), ...);
}

template <class Dot>
constexpr QuadKernels make_quads() {
  QuadKernels kernels{};
  add_quad_tiles<Dot, false>(kernels, std::make_index_sequence<QuadKernels::rows>{});
  add_quad_tiles<Dot, true>(kernels, std::make_index_sequence<QuadKernels::rows>{});
  kernels.pack_rows = pack_row_quads<Dot>;
  kernels.pack_columns = pack_column_quads<Dot>;
  return kernels;
}

}  // namespace einc::kernels
