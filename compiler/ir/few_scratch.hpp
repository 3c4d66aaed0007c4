// few_scratch.hpp: how many rows are few, and what a product of them keeps in one thread's scratch: its rows, as the kernel reads them.
// The formulas that plan and lower (how much to reserve), verify and the runtime (where to write) share.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "ir/executable.hpp"

namespace einc::ir {

// Elements of the rows of one batch: whole registers of any width, four rows and a run of features each (kernels/few_quads.hpp).
constexpr Extent few_arranged(Extent rows, Extent features) {
  constexpr Extent together = 4, unit = 32;
  return (rows > 2 ? (rows + together - 1) / together * together : rows) * ((features + unit - 1) / unit * unit);
}

// How many rows are few beside an array of so many bytes. What the caches hold is packed for more than eight of them: read again and again, it is
// better beside each other. 16 and 32 queries, f32, c64, h8, one thread, times of the kernel `few` and of packing: 512 keys 200, 399 and 187, 312 us;
// 16384 keys 8.0, 14.6 and 14.8, 18.4 ms (Emerald Rapids, AVX-512, 2026-11).
constexpr Extent few_rows_of(double bytes) { return bytes >= 4 << 20 ? most_few_rows : 8; }

// Bytes, in whole lines: all batches, and a row of halves as floats. Weights, which no features lie beside, are read where they are.
inline std::int64_t few_scratch_bytes(const Instruction& few) {
  Extent batches = 1, rows = 1, features = 0;
  for (const Loop& loop : few.loops) {
    if (loop.role == Role::batch) batches *= loop.extent;
    if (loop.role == Role::m) rows *= loop.extent;
    if (loop.role == Role::k && loop.a == 1 && loop.b == 1) features = loop.extent;
  }
  constexpr std::int64_t line = 64;
  return ((batches * few_arranged(rows, features) + features) * static_cast<std::int64_t>(bytes_of(few.dtype)) + line - 1) / line * line;
}

}  // namespace einc::ir
