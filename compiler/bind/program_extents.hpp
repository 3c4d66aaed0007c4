// program_extents.hpp: finds the extent of every label of a program, and tells who contradicts whom.
// Knows names and shapes; no values and no strides.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "bind/bind.hpp"
#include "ir/program.hpp"

namespace einc::bind {

inline constexpr Extent unknown_extent = -1;

struct ProgramExtents {
  std::map<ir::LabelName, Label> number;  // labels are numbered by first appearance
  std::vector<ir::LabelName> names;
  std::vector<Extent> extents;            // unknown_extent where nothing tells

  Label of(const ir::LabelName& name) const { return number.at(name); }
  ir::Term of(const ir::NamedTerm& term) const {
    ir::Term labels;
    for (const ir::LabelName& name : term) labels.push_back(number.at(name));
    return labels;
  }
};

// The first position of a slice and how many there are, of a label with so many positions.
struct CutPositions {
  Extent begin = 0, count = 0;
};
CutPositions positions_of(const ir::Node& slice, Extent positions);

// Throws Error: operand_count, rank_mismatch, bad_shape, extent_mismatch, too_large, bad_program.
ProgramExtents find_extents(const ir::Program& program, std::span<const Layout> operands);

}  // namespace einc::bind
