// stream_work.cpp: a region tile by tile: its instructions for as many tiles as a mask leaves.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>
#include <span>
#include <tuple>

#include "predict/traffic.hpp"

namespace einc::predict {
namespace {

double tiles_of(const ir::FrameLoop& loop) { return std::ceil(static_cast<double>(loop.extent) / static_cast<double>(std::max<Extent>(loop.tile, 1))); }

// Of all tiles: those that are computed, and those where the mask is looked at element by element; and of all positions those that rows
// see which mind their limits; and of all meetings of a streamed tile with row tiles that are together, those where it meets one.
struct Seen {
  double computed = 1, partly = 1, narrow = 1, met = 1;
};

// The inputs of a mask in one tile, at so many sixteenths of the way along each of its loops.
std::vector<double> inputs_at(const ir::TileMask& mask, const std::vector<Extent>& start, std::span<const int> sixteenths) {
  std::vector<double> values(mask.inputs.size());
  for (std::size_t k = 0; k < mask.inputs.size(); ++k) {
    const ir::MapInput& input = mask.inputs[k];
    if (!input.position) continue;  // nobody asks for it
    Stride value = input.array.offset;
    for (std::size_t loop = 0; loop < input.frame.size(); ++loop) value += start[loop] * input.frame[loop];
    for (std::size_t loop = 0; loop < mask.extents.size() && loop < sixteenths.size(); ++loop) value += (mask.extents[loop] - 1) * sixteenths[loop] / 16 * input.strides[loop];
    values[k] = static_cast<double>(value);
  }
  return values;
}

// Of the positions of a tile, those that rows see.
double seen_inside(const ir::TileMask& mask, const std::vector<Extent>& start) {
  std::vector<int> at(mask.extents.size(), 0);
  double seen = 0, asked = 0;
  for (int row = 2; row < 16; row += 4)
    for (int column = 2; column < 16; column += 4, ++asked) {
      at.back() = column;
      if (at.size() > 1) at[at.size() - 2] = row;
      seen += ir::evaluate(mask.visible, inputs_at(mask, start, at)) != 0;
    }
  return seen / asked;
}

// A mask of positions alone is asked at the corners of a tile, and inside where they are not all seen. Arrays are not known here: then all
// is computed. Beside what rows see some is computed since registers hold several rows and columns.
Seen seen_through(const ir::Stream& stream, const ir::TileMask& mask) {
  if (!mask.present) return {};
  for (const ir::ScalarOp& op : mask.visible)
    if (op.function == ir::Function::argument && !mask.inputs[op.in[0]].position) return {};
  constexpr Extent most_asked = 24;  // tiles along one loop
  const std::size_t streamed = stream.frame.size() - 1;
  const std::size_t row = stream.row_loop >= 0 ? static_cast<std::size_t>(stream.row_loop) : streamed;
  const auto count = [&](std::size_t loop) { return static_cast<Extent>(tiles_of(stream.frame[loop])); };
  const Extent rows = row == streamed ? 1 : count(row), columns = count(streamed);
  constexpr double beside = 16;
  double asked = 0, computed = 0, partly = 0, narrow = 0;
  std::vector<bool> meets(static_cast<std::size_t>(columns * (rows / stream.together + 1)), false), could_meet = meets;
  for (Extent i = 0; i < std::min(rows, most_asked); ++i) {
    for (Extent j = 0; j < std::min(columns, most_asked); ++j) {
      std::vector<Extent> start(stream.frame.size(), 0);
      const Extent at_row = i * rows / std::min(rows, most_asked), at_column = j * columns / std::min(columns, most_asked);
      if (row != streamed) start[row] = at_row * stream.frame[row].tile;
      start[streamed] = at_column * stream.frame[streamed].tile;
      int visible = 0, corners = 0;
      for (std::size_t corner = 0; corner < (std::size_t{1} << std::min<std::size_t>(mask.extents.size(), 4)); ++corner, ++corners) {
        int sixteenths[4];
        for (std::size_t loop = 0; loop < 4; ++loop) sixteenths[loop] = (corner >> loop & 1) != 0 ? 16 : 0;
        visible += ir::evaluate(mask.visible, inputs_at(mask, start, sixteenths)) != 0;
      }
      const double inside = visible == corners ? 1 : seen_inside(mask, start);
      const bool some = visible > 0 || inside > 0;
      const auto meeting = static_cast<std::size_t>(at_row / stream.together * columns + at_column);
      asked += 1;
      computed += some;
      partly += some && visible < corners;
      if (some) narrow += visible == corners ? 1 : std::min(1.0, inside + beside / static_cast<double>(mask.extents.back()));
      could_meet[meeting] = true;
      if (some) meets[meeting] = true;
    }
  }
  const double met = static_cast<double>(std::count(meets.begin(), meets.end(), true)) / static_cast<double>(std::count(could_meet.begin(), could_meet.end(), true));
  return {computed / asked, partly / asked, narrow / asked, met};
}

// Bytes of an operand that an instruction of a tile reads: all of them, once for each tile.
struct Reading {
  double distinct = 0, all = 0;
};

Reading reading(const ir::Instruction& instruction, const ir::BufferRef& array, std::size_t place, Stride ir::Loop::*stride, const ir::Stream& stream) {
  if (array.place != ir::Place::operand && array.place != ir::Place::arena) return {};
  const auto element = static_cast<double>(bytes_of(array.dtype.value_or(instruction.dtype)));
  if (instruction.paged >= 0) {  // blocks that lie anywhere: all of the tile
    double elements = instruction.kernel == ir::Kernel::few && place == 0 ? 0 : 1, tiles = 1;
    if (instruction.kernel == ir::Kernel::gather && place == 1) elements = 0;
    for (const ir::Loop& loop : instruction.loops)
      if (loop.role != ir::Role::m || instruction.kernel == ir::Kernel::gather) elements *= static_cast<double>(loop.extent);
    for (const ir::FrameLoop& loop : stream.frame) tiles *= tiles_of(loop);
    return {elements * element * tiles, elements * element * tiles};
  }
  std::vector<Walk> walks;
  for (const ir::Loop& loop : instruction.loops) walks.push_back({static_cast<double>(loop.extent), static_cast<double>(loop.*stride) * element});
  double tiles = 1;
  const double one = lines_of(walks, element) * line_bytes;
  for (std::size_t i = 0; i < stream.frame.size(); ++i) {
    const double count = tiles_of(stream.frame[i]), step = i * 3 + place < instruction.frame.size() ? static_cast<double>(instruction.frame[i * 3 + place]) : 0;
    tiles *= count;
    walks.push_back({count, step * static_cast<double>(stream.frame[i].tile) * element});
  }
  return {lines_of(std::move(walks), element) * line_bytes, one * tiles};
}

// Contractions and sums: what they write stays in tiles, what they read of operands is asked for all tiles together.
bool reads_operands(const ir::Instruction& instruction) { return instruction.kernel != ir::Kernel::map && instruction.kernel != ir::Kernel::online; }

// Of some rows a stream is neither reading nor multiplying alone, and does them in turn.
bool meets_some_rows(const ir::Instruction& instruction) {
  Extent rows = 1;
  for (const ir::Loop& loop : instruction.loops)
    if (loop.role == ir::Role::m) rows *= loop.extent;
  return instruction.kernel == ir::Kernel::few && rows > 2;
}

double total(const Work& work) { return work.start + work.arithmetic + work.packing + work.memory; }

}  // namespace

Work stream_work(const ir::Stream& stream, const ir::Executable& executable, const Machine& machine) {
  Machine alone = machine;
  alone.target.threads = 1;
  const ir::StreamVariant& variant = stream.variants[0];
  const std::size_t streamed = stream.frame.size() - 1;
  double outer = 1, share = 1;  // short tiles count by their part
  for (std::size_t i = 0; i < stream.frame.size(); ++i) {
    const ir::FrameLoop& loop = stream.frame[i];
    share *= static_cast<double>(loop.extent) / static_cast<double>(std::max<Extent>(loop.tile, 1)) / tiles_of(loop);
    if (i != streamed) outer *= tiles_of(loop);
  }
  constexpr double from_second_level = 1.08;  // where tiles of a stream find what they multiply, and write
  const double along = tiles_of(stream.frame[streamed]);
  const Seen seen = seen_through(stream, variant.mask);
  Work work;
  for (std::size_t i = 0; i < variant.body.size(); ++i) {
    const bool narrow = !variant.narrows.empty() && variant.narrows[i] != ir::Narrow::none;
    const double tiles = outer * along * share * (variant.mask_only[i] ? seen.partly : narrow ? seen.narrow : seen.computed);
    if (variant.mask_only[i] && !variant.mask.bounds.empty()) continue;  // hidden run by run: next to nothing
    const Work one = plain_work(variant.body[i], &variant.online, executable, alone);
    const bool keeps = !variant.keeps.empty() && variant.keeps[i] >= 0;
    work.arithmetic += tiles * (one.arithmetic * (variant.body[i].kernel == ir::Kernel::contract ? from_second_level : 1) + one.start);
    if (!reads_operands(variant.body[i])) work.memory += tiles * one.memory;
    work.packing += outer * along * share * one.packing * (keeps ? seen.met / static_cast<double>(stream.together) : seen.computed);
  }
  // Tiles of operands come from where these lie, once; from then on from l2.
  Reading read;
  for (const ir::Instruction& each : variant.body)
    for (const auto& [array, place, stride] : {std::tuple{&each.a, std::size_t{0}, &ir::Loop::a}, {&each.b, std::size_t{1}, &ir::Loop::b}}) {
      if (!reads_operands(each)) continue;
      const Reading one = reading(each, *array, place, stride, stream);
      read.distinct += one.distinct, read.all += one.all * seen.computed;
    }
  const double waiting = seconds_at(machine.speeds.read_bytes, read.distinct, read.distinct, machine) + std::max(0.0, read.all - read.distinct) / machine.speeds.read_bytes[1];
  const bool waits = std::any_of(variant.body.begin(), variant.body.end(), meets_some_rows);
  work.memory += overlapped(work.arithmetic + work.packing, waiting, waits ? 0.5 : 0.2) - work.arithmetic - work.packing;
  for (const std::vector<ir::Instruction>* once : {&variant.begin, &variant.finish})
    for (const ir::Instruction& each : *once) work.arithmetic += outer * share * total(plain_work(each, &variant.online, executable, alone));
  work.start = machine.speeds.instruction_seconds;
  work.spread = std::min<double>(machine.target.threads, outer * static_cast<double>(stream.parts()));
  return work;
}

}  // namespace einc::predict
