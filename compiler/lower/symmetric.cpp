// SPDX-License-Identifier: BSD-3-Clause
#include "lower/symmetric.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace einc::lower {
namespace {

bool has(const Strided& array, Label label) { return std::find(array.labels.begin(), array.labels.end(), label) != array.labels.end(); }

// From a position on along a label.
Strided from_position(Strided array, Label label, Extent begin) {
  array.buffer.offset += begin * stride_of(array, label);
  return array;
}

// With the labels of each pair called by each other's names.
Strided transposed(Strided array, const Exchange& exchange) {
  for (Label& label : array.labels) {
    for (const auto& [row, column] : exchange) {
      if (label != row && label != column) continue;
      label = label == row ? column : row;
      break;
    }
  }
  return array;
}

}  // namespace

std::optional<Exchange> exchange_of(const Strided& lhs, const Strided& rhs, std::span<const Extent> extents) {
  if (!(lhs.buffer == rhs.buffer) || lhs.conjugated != rhs.conjugated || lhs.labels.size() != rhs.labels.size()) return {};
  std::vector<Label> own;  // of rhs
  for (Label label : rhs.labels)
    if (!has(lhs, label)) own.push_back(label);
  Exchange exchange;
  for (Label label : lhs.labels) {
    const Stride stride = stride_of(lhs, label);
    if (has(rhs, label)) {
      if (stride_of(rhs, label) != stride) return {};
      continue;
    }
    const auto partner = std::find_if(own.begin(), own.end(), [&](Label other) { return extents[other] == extents[label] && stride_of(rhs, other) == stride; });
    if (partner == own.end()) return {};
    exchange.emplace_back(label, *partner);
    own.erase(partner);
  }
  if (exchange.empty() || !own.empty()) return {};
  const auto largest = std::max_element(exchange.begin(), exchange.end(), [&](const auto& x, const auto& y) { return extents[x.first] < extents[y.first]; });
  std::iter_swap(exchange.begin(), largest);
  return exchange;
}

std::vector<BlockOfRows> blocks_of_rows(Extent extent, std::uint32_t blocks) {
  constexpr Extent whole_tiles = 16;
  const Extent even = (extent + static_cast<Extent>(blocks) - 1) / static_cast<Extent>(blocks);
  const Extent rows = (even + whole_tiles - 1) / whole_tiles * whole_tiles;
  std::vector<BlockOfRows> result;
  for (Extent begin = 0; begin < extent; begin += rows) result.push_back({begin, std::min(rows, extent - begin)});
  return result;
}

std::vector<SymmetricPart> make_symmetric(const Symmetric& symmetric, std::span<const Extent> all) {
  const auto [row, column] = symmetric.exchange.front();
  std::vector<Extent> extents(all.begin(), all.end());
  const Extent extent = extents[row];
  const std::vector<BlockOfRows> blocks = blocks_of_rows(extent, symmetric.blocks);
  const auto part_of = [&, row = row, column = column](const Strided& array, Extent first_row, Extent first_column) {
    return from_position(from_position(array, row, first_row), column, first_column);
  };
  std::vector<SymmetricPart> parts;
  for (const BlockOfRows& block : blocks) {
    extents[row] = block.rows, extents[column] = extent - block.begin;
    parts.push_back({from_position(symmetric.lhs, row, block.begin), from_position(symmetric.rhs, column, block.begin),
                     part_of(symmetric.whole, block.begin, block.begin), extents,
                     fmt::format("; the result is its own transpose: rows {} to {} from the diagonal on", block.begin, block.begin + block.rows - 1)});
  }
  const Strided below = transposed(symmetric.out, symmetric.exchange);
  const bool copies_all = !(symmetric.whole.buffer == symmetric.out.buffer);
  for (const BlockOfRows& block : blocks) {
    const auto copy = [&](Extent first, const Strided& to, const char* note) {
      extents[row] = block.rows, extents[column] = extent - first;
      if (extents[column] == 0) return;
      parts.push_back({part_of(symmetric.whole, block.begin, first), {}, part_of(to, block.begin, first), extents, note});
    };
    if (copies_all) copy(block.begin, symmetric.out, "rows from the diagonal on");
    copy(block.begin + block.rows, below, "what lies below the diagonal is what lies above it, transposed");
  }
  return parts;
}

}  // namespace einc::lower
