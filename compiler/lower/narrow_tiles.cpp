// SPDX-License-Identifier: BSD-3-Clause
#include "lower/narrow_tiles.hpp"

#include <algorithm>

namespace einc::lower {
namespace {

using ir::Narrow;

bool is_tile(const ir::BufferRef& array, std::uint32_t tile) { return array.place == ir::Place::tile && array.index == tile; }

bool reads(const ir::Instruction& instruction, std::uint32_t tile, const std::vector<ir::Map>& maps) {
  if (instruction.kernel == ir::Kernel::map) {
    const std::vector<ir::MapInput>& inputs = maps[instruction.detail].inputs;
    return std::any_of(inputs.begin(), inputs.end(), [&](const ir::MapInput& input) { return !input.position && is_tile(input.array, tile); });
  }
  return (instruction.kernel != ir::Kernel::fill && is_tile(instruction.a, tile)) || is_tile(instruction.b, tile);
}

// Whether its loops over rows are the rows of the mask, one behind the other, `columns` apart in this array; and besides them it has one
// loop over the streamed positions, neighbours there, and at most one other.
bool goes_by_rows(const ir::Instruction& instruction, const ir::TileMask& mask, ir::Role streamed, Stride ir::Loop::*stride) {
  if (instruction.kernel != ir::Kernel::contract || instruction.tiling.pairs || instruction.epilogue >= 0 || instruction.paged >= 0) return false;
  const ir::Tiling& tiling = instruction.tiling;
  if (tiling.run != 0 || tiling.group != 0 || tiling.rows_inside || tiling.k_slices != 1 || tiling.quads) return false;
  if (tiling.duos && streamed == ir::Role::k) return false;  // rows end anywhere, duos after two
  const Extent columns = mask.extents.back();
  Extent apart = columns;
  int positions = 0, others = 0;
  for (auto loop = instruction.loops.rbegin(); loop != instruction.loops.rend(); ++loop) {
    if (loop->role == ir::Role::m) {
      if ((*loop).*stride != apart) return false;
      apart *= loop->extent;
    } else if (loop->role == streamed) {
      if (loop->extent != columns || (*loop).*stride != 1) return false;
      ++positions;
    } else {
      if (loop->role == ir::Role::batch || (loop->role == ir::Role::n && loop->c != 1)) return false;
      ++others;
    }
  }
  return positions == 1 && others <= 1 && apart == mask.rows() * columns;
}

}  // namespace

std::vector<Narrow> narrow_tiles(const ir::StreamVariant& variant, const std::vector<ir::Map>& maps) {
  const std::vector<ir::Instruction>& body = variant.body;
  const auto find = [&](const auto& is) { return static_cast<std::size_t>(std::find_if(body.begin(), body.end(), is) - body.begin()); };
  const std::size_t online = find([](const ir::Instruction& each) { return each.kernel == ir::Kernel::online; });
  const auto mask = static_cast<std::size_t>(std::find(variant.mask_only.begin(), variant.mask_only.end(), true) - variant.mask_only.begin());
  if (variant.mask.bounds.empty() || variant.mask.rows() > ir::most_narrow_rows || online >= body.size() || mask >= online) return {};
  if (std::count(variant.mask_only.begin(), variant.mask_only.end(), true) != 1) return {};
  const std::uint32_t scores = body[mask].c.index;  // in place
  const auto whole = [&](const ir::BufferRef& array) { return is_tile(array, scores) && array.offset == 0; };
  if (!whole(body[online].a) || !whole(body[online].c) || body[online].loops.size() > 2) return {};
  for (std::size_t i = mask + 1; i < online; ++i)
    if (reads(body[i], scores, maps)) return {};

  std::vector<Narrow> narrows(body.size(), Narrow::none);
  narrows[online] = Narrow::weights;
  for (std::size_t i = online + 1; i < body.size(); ++i)
    if (whole(body[i].a) && !body[i].a.dtype && goes_by_rows(body[i], variant.mask, ir::Role::k, &ir::Loop::a)) narrows[i] = Narrow::sums;
  // Scores that something else looks at before the mask are computed all.
  const std::size_t made = find([&](const ir::Instruction& each) { return is_tile(each.c, scores); });
  bool seen = made >= mask;
  for (std::size_t i = made + 1; i < mask; ++i) seen = seen || reads(body[i], scores, maps) || is_tile(body[i].c, scores);
  if (!seen && whole(body[made].c) && body[made].write == ir::Write::store && goes_by_rows(body[made], variant.mask, ir::Role::n, &ir::Loop::c)) narrows[made] = Narrow::columns;
  return narrows;
}

}  // namespace einc::lower
