// traffic.hpp: cache lines: how many an array has, and how many times they are fetched by loops that go through it in some order.
// Knows extents and strides; not what is computed.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "predict/work.hpp"

namespace einc::predict {

inline constexpr double line_bytes = 64;

// One loop over an array, in bytes.
struct Walk {
  double extent, stride;
};

// Lines that loops touch together, in any order.
double lines_of(std::vector<Walk> loops, double element_bytes);

// Bytes of the lines that an instruction touches of one of its arrays.
double bytes_of_array(const ir::Instruction& instruction, Stride ir::Loop::*stride, double element_bytes);

// Lines fetched from behind a cache of so many bytes, by loops with the innermost first: what the inner loops touch is found again
// by the outer ones only while it fits.
double lines_fetched(const std::vector<Walk>& innermost_first, double element_bytes, double cache_bytes);

// Seconds to bring an array into the first-level cache in such an order, when so many bytes are used together: at the rates of reading while it is the order of
// memory, and a line at a time where it is not.
double seconds_in_order(const std::vector<Walk>& innermost_first, double element_bytes, const ir::LevelRates& rates, double together, const Machine& machine);

// Of bytes that are touched again and again, how much of a cost per byte by level is paid; between two levels some of both.
double blended(const ir::LevelRates& seconds_a_byte, double bytes, const Machine& machine);

// Seconds that bytes take at rates by level, when so many are used together.
double seconds_at(const ir::LevelRates& rates, double bytes, double together, const Machine& machine);

// Seconds for lines that come from behind l2, when so many bytes are used together.
double seconds_of_lines(const ir::LevelRates& line, double lines, double together, const Machine& machine);

}  // namespace einc::predict
