// layout_prices.hpp: what a contraction takes by the orders of its arrays, asked again and again while those are chosen.
// Knows strides along labels; whom to ask how long it takes is told.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "ir/arithmetic.hpp"
#include "ir/expression.hpp"

namespace einc::plan {

// Labels of a contraction that lie side by side in all arrays that have them: so many positions, and how far apart they are in each.
struct LabelGroup {
  Extent extent = 1;
  Stride lhs = 0, rhs = 0, out = 0;
  std::uint8_t in = 0;  // bits: 1 lhs, 2 rhs, 4 out
  bool operator==(const LabelGroup&) const = default;
};

// A contraction that is asked about. Types: of arrays whose elements are not what is computed with.
struct LaidContraction {
  std::vector<LabelGroup> groups;  // in an order that depends on nothing but themselves
  std::optional<DType> lhs = {}, rhs = {}, out = {};
  bool lhs_conjugated = false, rhs_conjugated = false;
  ir::NumberKind kind;
  bool operator==(const LaidContraction&) const = default;
};

// Its predicted seconds.
using ContractionSeconds = std::function<double(const LaidContraction& contraction)>;

// An array: its labels, each once, and how far apart their positions are.
struct InMemory {
  ir::Term labels;
  Strides strides;
  std::optional<DType> dtype = {};
  bool conjugated = false;
};

// Asks once for contractions that are the same in all but the names of labels.
class LayoutPrices {
 public:
  LayoutPrices(const ContractionSeconds& seconds, std::span<const Extent> extents, ir::NumberKind kind) : seconds_(seconds), extents_(extents) { asked_.kind = kind; }

  double operator()(const InMemory& lhs, const InMemory& rhs, const InMemory& out);

 private:
  struct Hash {
    std::size_t operator()(const LaidContraction& contraction) const;
  };
  void mark(const InMemory& array, std::uint8_t bit, Stride LabelGroup::*stride);

  const ContractionSeconds& seconds_;
  std::span<const Extent> extents_;
  LaidContraction asked_;
  std::vector<std::uint32_t> place_;  // of each label in asked_.groups, plus one; zero between two calls
  std::unordered_map<LaidContraction, double, Hash> known_;  // never gone through, so that its order cannot matter
};

}  // namespace einc::plan
