// options.hpp: what a caller may ask of a compilation besides its text and shapes.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>

#include <einc/vocabulary.hpp>

namespace einc {

// How extents of 1 meet larger ones. strict: a label has one extent. numpy: an extent of 1 stretches, as in numpy.einsum.
enum class Broadcast : std::uint8_t { strict, numpy };

// Who chooses the order of contraction.
enum class Planner : std::uint8_t {
  automatic,      // exact for small networks, greedy for large ones
  exact,          // dynamic programming over connected subsets
  greedy,         // cheapest pair first
  left_to_right,  // as written: for comparison
};

// A form of explain().
enum class Format : std::uint8_t { text, json, dot, html };

struct Options {
  DType dtype = DType::f32;               // of operands and result; calls on arrays set it from their element type
  Broadcast broadcast = Broadcast::strict;
  bool sum_ellipsis = false;              // allow a result without `...` where the operands' ellipsis covers labels: they are summed
  Planner planner = Planner::automatic;
  int threads = 0;                        // at most so many; 0: EINC_NUM_THREADS, OMP_NUM_THREADS or the processors this process may use
  std::string isa = {};                   // "baseline", "avx2", "avx512", "neon"; empty: EINC_ISA or the best this machine has
  bool forbid_fallback = false;           // refuse a plan whose kernels run element by element; for tests and for the careful
  bool operator==(const Options&) const = default;
};

}  // namespace einc
