// products.hpp: products of two arrays, sums and copies of one, and maps become instructions with a reason each: taken into the type that is
// computed with, mirrored where the result is its own transpose, copied into another order where that pays, in slices where the sum is long.
// Knows arrays and their places; of steps only the number that notes carry.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "ir/target.hpp"
#include "lower/copy_first.hpp"
#include "lower/places.hpp"

namespace einc::lower {

// out = factor * sum of lhs * rhs, or of lhs; arrays are of the type that is computed with, or taken as a contraction packs.
struct Product {
  const Strided& lhs;
  const Strided* rhs;  // null: none
  const Strided& out;
  std::span<const Extent> extents;
  double factor = 1;
  std::string note = {};  // behind the reason; of a copy, instead of it
};

class Products : protected Places {
 protected:
  Products(const ir::Expression& expression, const ir::Plan& plan, const ir::Target& target, LongSums long_sums, const InstructionSeconds* seconds)
      : Places(expression, plan), target_(target), long_sums_(long_sums), seconds_(seconds) {}

  // Each array in its own type.
  void emit_product(Strided lhs, std::optional<Strided> rhs, const Strided& out, double factor, std::size_t number);
  void emit_fill(const Strided& out, double value, ir::Write write, std::string reason, std::size_t step = Note::no_step);
  void emit(std::size_t step, MadeMap made, ir::Write write);
  // The map of these inputs, of which some are copied into another order first.
  void emit_map(std::size_t step, std::vector<MapSource> inputs, const Strided& out, const MakeMap& make);
  void emit(ir::Instruction instruction, std::size_t step, std::string reason);
  void scratch(std::int64_t bytes);
  // Into how many slices a contraction is cut here; one that is cut has no epilogue.
  int slices_of(const ir::Instruction& contraction) const;
  // Which of its arrays are copied into another order.
  Copies copies_of(const Product& product) const;

  const ir::Target& target_;

 private:
  void emit_rounded(const Strided& lhs, const Strided& rhs, const Strided& out, double factor, std::size_t number);
  bool emit_symmetric(const Strided& lhs, const Strided& rhs, const Strided& out, double factor, std::size_t number);
  void emit(const Product& product, std::size_t number, std::size_t note_of);
  void emit_copied(const Product& product, const Copies& copies, std::size_t number, std::size_t note_of);
  void emit_copy(const Strided& from, const Strided& to, std::span<const Extent> extents, std::string reason);
  std::int64_t bytes_in(const Strided& array, const ir::Term& labels, std::span<const Extent> extents) const;  // were it dense
  void emit_as_it_lies(const Product& product, std::size_t number, std::size_t note_of);
  bool emit_slices(const Product& product, int slices, std::size_t number, std::size_t note_of);
  void emit_made(Made made, const Strided& out, double factor, std::size_t number);
  Strided converted(const Strided& from, std::size_t number);

  LongSums long_sums_;
  const InstructionSeconds* seconds_;
};

}  // namespace einc::lower
