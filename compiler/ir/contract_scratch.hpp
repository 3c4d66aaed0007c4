// contract_scratch.hpp: where a contraction keeps its offset tables and packed panels inside one thread's scratch.
// The one formula lower (how much to reserve) and the runtime (where to write) share.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/executable.hpp"

namespace einc::ir {

// In front of it where a contraction keeps more than its panels from call to call.
constexpr std::int64_t kept_state_bytes = 2048;

// Slices of a sum begin at multiples of so many positions.
constexpr Extent slice_unit = 16;

// Bytes from the start of one thread's scratch; every part starts on a cache line.
struct ContractScratch {
  std::int64_t kept = 0;                 // what the thread has prepared so far, at most one cache line pair
  std::int64_t m_tables = 0, n_tables = 0, k_tables = 0;  // two offsets a position: operand and c, or a and b
  std::int64_t a_panel = 0, b_block = 0;
  std::int64_t tile = 0;                 // register tiles on their way to c
  std::int64_t bytes = 0;
};

// Columns of a block of n with the room that panels leave unused.
constexpr std::int64_t packed_columns(const Tiling& tiling) {
  const auto whole = [&](std::int64_t columns) { return (columns + tiling.columns - 1) / tiling.columns * tiling.columns; };
  const std::int64_t segment = tiling.unit != 0 ? tiling.unit : tiling.run;
  const bool segments = segment != 0 && segment < tiling.n_block;
  return segments ? (tiling.n_block + segment - 1) / segment * whole(segment) : whole(tiling.n_block);
}

// Columns for which a row of tiles can wait on its way to c: those of a tile, of some runs, or of a few tiles.
constexpr std::int64_t staged_columns(const Tiling& tiling) {
  if (tiling.unit > tiling.columns) return tiling.unit;
  return tiling.run > tiling.columns && tiling.run <= 4 * tiling.columns ? tiling.run : tiling.columns;
}

// Elements of results on their way to c: a row of tiles, or all rows of a turned group.
constexpr std::int64_t waiting_elements(const Tiling& tiling) {
  const std::int64_t tiles = tiling.rows * staged_columns(tiling), group = tiling.turned ? tiling.m_block * tiling.group : 0;
  return tiles < group ? group : tiles;
}

// Numbers along the sum that panels have for so many positions, and the rows that those of b have before them.
constexpr std::int64_t packed_depth(const Tiling& tiling, std::int64_t depth) { return tiling.quads ? (depth + 3) / 4 : tiling.duos ? (depth + 1) / 2 : depth; }
constexpr std::int64_t rows_before(const Tiling& tiling) { return tiling.quads ? 1 : 0; }

// Elements from one row of a that is brought to the next: a line more than it has, so that the same position of all rows is in different sets of a cache.
constexpr std::int64_t brought_pitch(std::int64_t depth, std::int64_t element) { return depth + 64 / element; }

// Elements that a row of a has for each position of the sum.
constexpr std::int64_t parts_of_row(const Tiling& tiling) { return tiling.pairs ? 2 : 1; }

// Whether a contraction may have quads: of two arrays of bytes into sums of 32 bits, packed without further ado.
inline bool multiplies_bytes(const Instruction& instruction) {
  const auto are_bytes = [](const BufferRef& array) { return array.dtype == DType::i8 || array.dtype == DType::u8; };
  const bool sums = instruction.algebra == Algebra::plus_times && (instruction.dtype == DType::i32 || instruction.dtype == DType::u32);
  const Tiling& tiling = instruction.tiling;
  return sums && are_bytes(instruction.a) && are_bytes(instruction.b) && !instruction.c.dtype && instruction.epilogue < 0 && tiling.run == 0 && !tiling.rows_inside && tiling.ahead != Ahead::block;
}

// Whether it may have duos: of two arrays of bf16 into sums of f32, likewise; an epilogue may follow.
inline bool multiplies_bf16(const Instruction& instruction) {
  const Tiling& tiling = instruction.tiling;
  const bool sums = instruction.algebra == Algebra::plus_times && instruction.dtype == DType::f32;
  return sums && instruction.a.dtype == DType::bf16 && instruction.b.dtype == DType::bf16 && tiling.run == 0 && !tiling.rows_inside && !tiling.brings_rows && !tiling.pairs && tiling.ahead == Ahead::nothing;
}

// How many panels of b may meet so many rows of a that are read where they lie: fewer where rows are neighbours and each position of the sum
// lies on a line of its own, unless blocks of a long sum are so short that these lines stay in cache.
constexpr Extent panels_in_place(const Tiling& tiling, Extent rows, Stride row, Stride position_bytes) {
  const std::int64_t parts = parts_of_row(tiling);
  const bool across = row == parts && (position_bytes < 0 ? -position_bytes : position_bytes) >= far_positions_bytes;
  const bool short_blocks = tiling.ahead == Ahead::sum && rows <= tiles_read_in_place * tiling.rows * parts;
  return across && !short_blocks ? panels_read_across : panels_read_in_place;
}

constexpr ContractScratch contract_scratch(const Tiling& tiling, DType dtype) {
  const auto element = static_cast<std::int64_t>(bytes_of(dtype));
  const auto lines = [](std::int64_t bytes) { return (bytes + 63) / 64 * 64; };
  const std::int64_t columns = tiling.runs_in_place ? 0 : packed_columns(tiling);
  ContractScratch s;
  s.m_tables = s.kept + 256;
  s.n_tables = s.m_tables + lines(2 * 8 * tiling.m_block);
  s.k_tables = s.n_tables + lines(2 * 8 * tiling.n_block);
  s.a_panel = s.k_tables + lines(2 * 8 * tiling.k_block);
  const std::int64_t row = tiling.brings_rows ? brought_pitch(tiling.k_block, element) : packed_depth(tiling, tiling.k_block) * parts_of_row(tiling);
  s.b_block = s.a_panel + lines((tiling.rows_inside ? std::int64_t{tiling.m_block} : tiling.rows) * row * element);
  s.tile = s.b_block + lines(columns * (packed_depth(tiling, tiling.k_block) + rows_before(tiling)) * element);
  s.bytes = s.tile + lines(waiting_elements(tiling) * element);
  return s;
}

// Where c is scaled into and a map still follows, rows of the contraction are held behind the rest of the scratch: c may not lose
// its old value before. So many rows are some tiles, and with a block of n no more than a part of L2.
constexpr std::int64_t held_rows = 64;
constexpr std::int64_t held_columns(const Tiling& tiling) { return (tiling.n_block + tiling.columns - 1) / tiling.columns * tiling.columns; }
constexpr std::int64_t held_bytes(const Tiling& tiling, DType dtype) {
  return held_rows * held_columns(tiling) * static_cast<std::int64_t>(bytes_of(dtype));
}

}  // namespace einc::ir
