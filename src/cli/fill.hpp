// fill.hpp: operands made from a formula, and checksums that tell whether a result is right without computing it twice.
//
// Element i of operand o is a function of (seed, o, i) alone. The checksum of a result c is the sum of c[x] * w[x] over all
// positions x, where w[x] is a product of one small whole number for every place of x. Because w is such a product, the
// same number is the sum over all labels of operands and weights together, which needs no result: each operand is first
// summed over the labels it has alone, then label after label goes. That takes about as long as reading the operands, and for a
// network of many operands as long as a good order of contraction does.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <einc/element_types.hpp>
#include <einc/vocabulary.hpp>

namespace einc::cli {

// What operands hold. With whole numbers every sum of products is exact, as long as the type holds it, and a checksum must be met
// exactly; else it is met within rounding.
enum class Fill : std::uint8_t {
  integers,  // whole numbers from -4 to 4
  signs,     // -1, 0 and 1: sums stay small enough for halves and 8 bits
  sparse,    // 1 at one place in 16, else 0: for bool and unsigned types
  uniform,   // 24 random bits in [-1, 1)
  positive,  // from 0.5 to 1.5, over the root of the operand's elements: networks of any size have results near 1, and nothing cancels
};
constexpr bool is_whole(Fill fill) { return fill <= Fill::sparse; }

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

// Element `index`, counted row-major, of operand `operand`, which has so many. Of a complex operand element i is made of the
// numbers 2 i and 2 i + 1.
double fill_value(const Filling& filling, std::size_t operand, std::uint64_t index, std::size_t elements);

// Fills a dense operand.
void fill_operand(const Filling& filling, std::size_t operand, void* data, std::size_t elements, DType dtype);
template <class T>
void fill_operand(const Filling& filling, std::size_t operand, std::span<T> elements) {
  fill_operand(filling, operand, elements.data(), elements.size(), dtype_of<T>);
}

// The factor of the checksum's weight for position `index` at place `place` of the result: a whole number from 1 to 7.
double weight(std::size_t place, std::uint64_t index);

// The checksum that a right result has. Of complex ones it is the real part and twice the imaginary part.
double expected_checksum(const Labelling& labelling, const Filling& filling, bool complex = false);

struct Checksum {
  double sum = 0;
  double norm = 0;  // the root of the sum of |c[x] w[x]|^2: what rounding is held against
};

// The checksum of a dense row-major result.
Checksum checksum_of(std::span<const Extent> extents, const void* elements, DType dtype);
template <class T>
Checksum checksum_of(std::span<const Extent> extents, const T* elements) {
  return checksum_of(extents, elements, dtype_of<T>);
}

// How far a checksum may be off: 0 for whole numbers, else a multiple of the rounding of a random walk over `summed` positions.
// Positive numbers are summed label by label, without loss, so theirs are the operands and the positions of each summed label.
double tolerance(double summed, DType dtype, double norm);
double tolerance(const Labelling& labelling, const Filling& filling, DType dtype, double norm);

}  // namespace einc::cli
