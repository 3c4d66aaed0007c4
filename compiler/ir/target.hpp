// target.hpp: the machine a plan is made for, as plain data: caches, threads, tile shapes on offer, speeds.
// Always an argument; nothing in the compiler asks the machine itself.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <einc/semiring.hpp>
#include <einc/vocabulary.hpp>

#include "ir/arithmetic.hpp"
#include "ir/speeds.hpp"

namespace einc::ir {

// One register tile a kernel table offers.
struct TileShape {
  NumberKind kind;  // complex numbers are contracted in reals: they have none
  int rows;     // elements of a held as broadcasts
  int columns;  // elements of b held as vectors; a multiple of the vector width
  bool operator==(const TileShape&) const = default;
};

// So many runs that are whole vectors only together, and a tile of so many rows that writes them as whole lines.
struct JoinedShape {
  int runs, vectors, rows;
  bool operator==(const JoinedShape&) const = default;
};

struct Target {
  std::string isa;  // the name of the kernel table: "baseline", "avx2", "avx512", "avx512vnni", "avx512bf16", "neon"
  int vector_bytes = 16;
  std::int64_t l1_bytes = 32 << 10, l2_bytes = 1 << 20, l3_bytes = 8 << 20;  // data caches; l1 and l2 of one core
  int threads = 1;                                                         // threads a call may use
  std::vector<TileShape> tiles;                                            // widest first for each dtype
  std::optional<TileShape> byte_tile = {};                                 // of bytes with sums of 32 bits (Tiling::quads), where there is an instruction for it
  std::optional<TileShape> duo_tile = {};                                  // of bf16 with sums of f32 (Tiling::duos), likewise
  double duo_rate = 0;                                                     // multiply-adds of that instruction for one of f32, as measured
  std::vector<JoinedShape> joined = {};                                    // of f32 and f64; none unless a vector is a line
  Speeds speeds;
  std::string speeds_from;                                                 // where they are from, for explain()
  bool operator==(const Target&) const = default;

  double flops(NumberKind kind) const;  // additions and multiplications a second of one thread
};

std::string print(const Target& target);
void verify(const Target& target);

}  // namespace einc::ir
