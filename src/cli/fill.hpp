// fill.hpp: operands made from a formula, and checksums that tell whether a result is right without computing it twice.
//
// Element i of operand o is a function of (seed, o, i) alone. The checksum of a result c is the sum of c[x] * w[x] over all
// positions x, where w[x] is a product of one small whole number for every place of x. Because w is such a product, the
// same number is the sum over all labels of operands and weights together, which needs no result: each operand is first
// summed over the labels it has alone, then label after label goes. That takes about as long as reading the operands.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <einc/vocabulary.hpp>

namespace einc::cli {

// integers: whole numbers from -4 to 4; sums of their products are exact, so a checksum must be met exactly.
// uniform: 24 random bits in [-1, 1); a checksum is met within rounding.
enum class Fill : std::uint8_t { integers, uniform };

struct Filling {
  Fill fill = Fill::integers;
  std::uint64_t seed = 0;
  bool operator==(const Filling&) const = default;
};

// A product of operands with its labels as numbers 0, 1, ...
struct Labelling {
  std::vector<std::vector<Label>> operands;
  std::vector<Label> output;
  std::vector<Extent> extents;  // by label
};

// Element `index`, counted row-major, of operand `operand`.
double fill_value(const Filling& filling, std::size_t operand, std::uint64_t index);

// Fills a dense operand.
template <class T>
void fill_operand(const Filling& filling, std::size_t operand, std::span<T> elements);

// The factor of the checksum's weight for position `index` at place `place` of the result: a whole number from 1 to 7.
double weight(std::size_t place, std::uint64_t index);

// The checksum that a right result has.
double expected_checksum(const Labelling& labelling, const Filling& filling);

struct Checksum {
  double sum = 0;
  double norm = 0;  // the root of the sum of (c[x] w[x])^2: what rounding is held against
};

// The checksum of a dense row-major result.
template <class T>
Checksum checksum_of(std::span<const Extent> extents, const T* elements);

// How far a checksum may be off: 0 for whole numbers, else a multiple of the rounding of a random walk over `summed` positions.
double tolerance(double summed, DType dtype, double norm);
double tolerance(const Labelling& labelling, const Filling& filling, DType dtype, double norm);

}  // namespace einc::cli
