// target.hpp: the machine a plan is made for, as plain data: caches, threads, tile shapes on offer, speeds.
// Always an argument; nothing in the compiler asks the machine itself.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <einc/semiring.hpp>
#include <einc/vocabulary.hpp>

#include "ir/arithmetic.hpp"

namespace einc::ir {

// One register tile a kernel table offers.
struct TileShape {
  NumberKind kind;  // complex numbers are contracted in reals: they have none
  int rows;     // elements of a held as broadcasts
  int columns;  // elements of b held as vectors; a multiple of the vector width
  bool operator==(const TileShape&) const = default;
};

// What the cost model needs to know of a machine. Rates of one thread, in units a second.
struct Speeds {
  double f32_flops = 0, f64_flops = 0;        // fused multiply-adds in registers, counted as two
  double memory_bytes = 0, l2_bytes = 0;      // streaming reads plus writes
  double instruction_seconds = 0;             // fixed cost of starting one instruction
  double fork_seconds = 0;                    // fixed cost of waking the other threads
  bool operator==(const Speeds&) const = default;
};

struct Target {
  std::string isa;  // the name of the kernel table: "baseline", "avx2", "avx512", "neon"
  int vector_bytes = 16;
  std::int64_t l1_bytes = 32 << 10, l2_bytes = 1 << 20, l3_bytes = 8 << 20;  // data caches; l1 and l2 of one core
  int threads = 1;                                                         // threads a call may use
  std::vector<TileShape> tiles;                                            // widest first for each dtype
  Speeds speeds;
  bool operator==(const Target&) const = default;

  double flops(NumberKind kind) const;  // additions and multiplications a second of one thread
};

std::string print(const Target& target);
void verify(const Target& target);

}  // namespace einc::ir
