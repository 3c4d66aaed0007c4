// make_contract.hpp: chooses the register tile of an architecture and fills its ContractKernels.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/contract_interleaved.hpp"
#include "kernels/contract_joined.hpp"
#include "kernels/contract_row.hpp"
#include "kernels/contract_scatter.hpp"
#include "kernels/contract_small.hpp"
#include "kernels/contract_tile.hpp"
#include "kernels/copy.hpp"
#include "kernels/pack_group.hpp"
#include "kernels/pack_panel.hpp"
#include "kernels/pack_types.hpp"

namespace einc::kernels {

// Registers: rows * 2 sums, 2 vectors of b, one broadcast. 32 registers hold 14 rows (31 used), 16 hold 6 with a fused
// multiply-add (15) and 6 without one, the product taking the last register.
template <class Arch, class T>
inline constexpr int tile_rows = sizeof(typename simd::Ops<Arch, T>::Register) == 64 ? 14 : 6;
// A growing sum of exponentials takes two registers, and the exponential some more.
template <class Arch, class R>
inline constexpr int tile_rows<Arch, LogSumExp<R>> = 4;
#if defined(__aarch64__)
template <class T>
  requires std::is_arithmetic_v<T>
inline constexpr int tile_rows<xsimd::neon64, T> = 12;
#endif
inline constexpr int tile_vectors = 2;

// Of ContractKernels, or of PairKernels.
template <class Arch, class T, bool pairs, class Kernels, std::size_t... rows>
constexpr void add_tiles(Kernels& kernels, std::index_sequence<rows...>) {
  ((kernels.adjacent[rows][0] = contract_tile<Arch, T, static_cast<int>(rows) + 1, 1, true, pairs>), ...);
  ((kernels.adjacent[rows][1] = contract_tile<Arch, T, static_cast<int>(rows) + 1, 2, true, pairs>), ...);
  if constexpr (std::is_floating_point_v<T>) {  // the others pack a whenever its rows are not side by side: half as much to compile
    ((kernels.strided[rows][0] = contract_tile<Arch, T, static_cast<int>(rows) + 1, 1, false, pairs>), ...);
    ((kernels.strided[rows][1] = contract_tile<Arch, T, static_cast<int>(rows) + 1, 2, false, pairs>), ...);
  }
}

template <class Arch, class T, std::size_t... rows>
constexpr void add_rows(ContractKernels<T>& kernels, std::index_sequence<rows...>) {
  ((kernels.row[rows] = contract_row<Arch, T, static_cast<int>(rows) + 1>), ...);
}

// Registers: at most 8 rows * 3 sums, 3 vectors of b, one broadcast; or 4 * 5, 5 and one.
template <class Arch, class T, std::size_t shape, std::size_t... heights>
constexpr void add_joined_shape(ContractKernels<T>& kernels, std::index_sequence<heights...>) {
  constexpr JoinedShape of = ContractKernels<T>::joined_shapes[shape];
  ((kernels.joined[shape][heights] = contract_joined<Arch, T, of.runs, of.vectors, of.runs * (static_cast<int>(heights) + 1)>), ...);
}
template <class Arch, class T, std::size_t... shapes>
constexpr void add_joined(ContractKernels<T>& kernels, std::index_sequence<shapes...>) {
  constexpr auto& all = ContractKernels<T>::joined_shapes;
  (add_joined_shape<Arch, T, shapes>(kernels, std::make_index_sequence<static_cast<std::size_t>(all[shapes].most_rows / all[shapes].runs)>{}), ...);
}

template <class Arch, class T, int lanes, int rows, int depth, bool pairs>
constexpr typename SmallKernels<T>::Kernel narrow_tile() {
  if constexpr (lanes < simd::Ops<Arch, T>::width) return contract_small<Arch, T, NarrowColumns<Arch, T, lanes>, rows, 1, depth, pairs>;
  else return nullptr;
}

template <class Arch, class T, int rows, bool pairs>
constexpr void add_small_tile(SmallKernels<T>& kernels) {
  auto &narrow = kernels.narrow[rows - 1], &square = kernels.square[rows - 1];
  kernels.wide[rows - 1][0] = contract_small<Arch, T, WideColumns<Arch, T>, rows, 1, 0, pairs>;
  kernels.wide[rows - 1][1] = contract_small<Arch, T, WideColumns<Arch, T>, rows, 2, 0, pairs>;
  narrow[0] = narrow_tile<Arch, T, 2, rows, 0, pairs>();
  narrow[1] = narrow_tile<Arch, T, 4, rows, 0, pairs>();
  narrow[2] = narrow_tile<Arch, T, 8, rows, 0, pairs>();
  square[pairs ? 1 : 0] = narrow_tile<Arch, T, pairs ? 4 : 2, rows, 2, pairs>();
  square[pairs ? 2 : 1] = narrow_tile<Arch, T, pairs ? 8 : 4, rows, 4, pairs>();
}

template <class Arch, class T, bool pairs, std::size_t... rows>
constexpr void add_small_tiles(SmallKernels<T>& kernels, std::index_sequence<rows...>) {
  kernels.rows = static_cast<int>(sizeof...(rows));
  (add_small_tile<Arch, T, static_cast<int>(rows) + 1, pairs>(kernels), ...);
}

// Registers: at most 8 rows * 2 sums, 2 vectors of b, one broadcast; where the tile above has fewer rows, so have these.
template <class Arch, class T>
inline constexpr int small_rows = tile_rows<Arch, T> < SmallKernels<T>::most_rows ? tile_rows<Arch, T> : SmallKernels<T>::most_rows;

// Registers: side * side sums, a vector of every row, one of a column: 21 of 32, 13 of 16. In parts rows and columns have two: 26 of 32, 10 of 16.
template <class Arch, class T, bool pairs>
inline constexpr int interleaved_side = tile_rows<Arch, T> >= 12 ? InterleavedKernels<T>::most_side : pairs ? 2 : 3;

template <class Arch, class T, bool pairs, int columns, std::size_t... rows>
constexpr void add_interleaved_columns(InterleavedKernels<T>& kernels, std::index_sequence<rows...>) {
  ((kernels.tiles[rows][columns - 1] = contract_interleaved<Arch, T, static_cast<int>(rows) + 1, columns, pairs>), ...);
}

template <class Arch, class T, bool pairs, std::size_t... columns>
constexpr void add_interleaved(InterleavedKernels<T>& kernels, std::index_sequence<columns...> side) {
  (add_interleaved_columns<Arch, T, pairs, static_cast<int>(columns) + 1>(kernels, side), ...);
  kernels.side = static_cast<int>(sizeof...(columns));
}

// Two sums in place of one, so half as many rows.
template <class Arch, class T>
constexpr PairKernels<T> make_pairs() {
  PairKernels<T> kernels{};
  kernels.rows = tile_rows<Arch, T> / 2;
  add_tiles<Arch, T, true>(kernels, std::make_index_sequence<static_cast<std::size_t>(tile_rows<Arch, T> / 2)>{});
  add_small_tiles<Arch, T, true>(kernels.small, std::make_index_sequence<static_cast<std::size_t>(small_rows<Arch, T> / 2)>{});
  add_interleaved<Arch, T, true>(kernels.interleaved, std::make_index_sequence<static_cast<std::size_t>(interleaved_side<Arch, T, true>)>{});
  kernels.pack = pack_pairs<Arch, T>;
  return kernels;
}

template <class Arch, class T>
constexpr ContractKernels<T> make_contract() {
  ContractKernels<T> kernels{};
  kernels.rows = tile_rows<Arch, T>;
  kernels.width = simd::Ops<Arch, T>::width;
  kernels.columns = tile_vectors * kernels.width;
  kernels.ragged_b = masks_lanes<Arch, T>;
  add_tiles<Arch, T, false>(kernels, std::make_index_sequence<static_cast<std::size_t>(tile_rows<Arch, T>)>{});
  if constexpr (std::is_floating_point_v<T>) {  // nor have they small tiles
    add_small_tiles<Arch, T, false>(kernels.small, std::make_index_sequence<static_cast<std::size_t>(small_rows<Arch, T>)>{});
    if constexpr (sizeof(typename simd::Ops<Arch, T>::Register) == 64) {
      add_rows<Arch, T>(kernels, std::make_index_sequence<static_cast<std::size_t>(tile_rows<Arch, T>)>{});
      add_joined<Arch, T>(kernels, std::make_index_sequence<ContractKernels<T>::joined_count>{});
    }
    add_interleaved<Arch, T, false>(kernels.interleaved, std::make_index_sequence<static_cast<std::size_t>(interleaved_side<Arch, T, false>)>{});
    kernels.pack_group = pack_group<Arch, T>;
    kernels.stream = stream_rows<Arch, T>;
  }
  if constexpr (std::is_floating_point_v<T>) {
    kernels.pack_bf16 = pack_narrow<Arch, T, BFloat16>;
    kernels.pack_f16 = pack_narrow<Arch, T, Float16>;
  }
  if constexpr (std::is_same_v<T, double>) kernels.pack_f32 = pack_narrow<Arch, T, float>;
  kernels.pack = pack_panel<Arch, T>;
  kernels.scatter = contract_scatter<Arch, T>;
  return kernels;
}

}  // namespace einc::kernels
