// speeds.hpp: how fast a machine is, as plain data: measured by `einc calibrate`, or taken from a general model.
// Knows no kernel by address and no processor by name; zero means that a figure is not known.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <einc/semiring.hpp>
#include <einc/vocabulary.hpp>

namespace einc::ir {

inline constexpr std::size_t cache_levels = 4;  // l1, l2, l3, memory
using LevelRates = std::array<double, cache_levels>;

// Rates of one thread, in units a second; seconds of one thing otherwise. A vector is one register's worth of elements.
struct Speeds {
  double f32_flops = 0, f64_flops = 0;         // fused multiply-adds in registers, counted as two
  double memory_bytes = 0, l2_bytes = 0;       // copies, bytes read and written
  double instruction_seconds = 0;              // starting one instruction: a contraction
  double fork_seconds = 0;                     // waking the other threads
  double l1_bytes = 0, l3_bytes = 0;           // copies, like memory_bytes
  double nest_seconds = 0, sum_seconds = 0, map_seconds = 0;  // starting a copy or product, a sum, a map
  LevelRates read_bytes{};                     // sums along neighbours
  LevelRates write_bytes{};                    // products that only write
  LevelRates turn_bytes{};                     // transposes, bytes read and written
  double product_share = 0;                    // of the flops above, in a contraction whose panels lie in caches
  std::array<double, 15> type_costs{};         // of each DType: multiply-adds of f32 (of f64, if as wide) that one takes
  std::array<double, 7> algebra_costs{};       // of each Algebra, likewise
  double call_seconds = 0, direct_seconds = 0; // checking arrays and starting an executable; a direct call
  double tile_seconds = 0;                     // a register tile of a packed contraction, beside its multiply-adds
  double small_tile_seconds = 0, batch_seconds = 0;  // a tile of a small contraction by itself; one of many batches
  double pack_seconds = 0, pack_turn_seconds = 0;    // a vector packed: as it lies, turned
  double pack_element_seconds = 0;             // an element packed by itself
  double convert_seconds = 0, take_seconds = 0;  // a vector taken from another type: while packing, by a map
  double scatter_seconds = 0;                  // a run of neighbours of a tile, or a vector of it turned, written where columns lie apart
  double row_seconds = 0;                      // a run of neighbours, where runs are short
  double element_seconds = 0;                  // an element moved or summed by itself
  std::array<double, 5> turn_seconds{};        // an element of 1, 2, 4, 8, 16 bytes turned in a square that lies in l1
  std::array<double, 15> sum_costs{};          // of each DType: vectors of f32 that are multiplied and summed meanwhile
  LevelRates line_seconds{};                   // a cache line from there that a contraction writes
  LevelRates pack_line_seconds{};              // one that it packs
  LevelRates row_line_seconds{};               // one of many rows read side by side, or written to columns that lie apart
  double l3_share = 0;                         // of l3 that one program finds its arrays in
  std::array<double, 33> function_seconds{};   // of each ir::Function: a vector
  double memory_threads = 0;                   // the bandwidth of memory for all threads, over that for one
  bool operator==(const Speeds&) const = default;
};

// A figure, or several that belong together, by the name a file gives them.
struct SpeedGroup {
  std::string_view name;
  double* first;
  std::size_t count;
  double least, most;  // what lies outside is no machine
};
std::vector<SpeedGroup> groups_of(Speeds& speeds);

// Every unknown figure from the known ones and what is usual: cycles that the operations of a vector take on server processors of
// the last decade. `vector_bytes` is the width of a register.
Speeds completed(Speeds speeds, int vector_bytes);

// Multiply-adds of f32 (of f64, if as wide) that one of this kind takes; what is usual where it is not known.
double cost_of(const Speeds& speeds, DType dtype, Algebra algebra);

}  // namespace einc::ir
