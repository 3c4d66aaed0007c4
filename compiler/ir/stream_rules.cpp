// SPDX-License-Identifier: BSD-3-Clause
#include "ir/stream_rules.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "ir/few_scratch.hpp"
#include "ir/plan.hpp"

namespace einc::ir {
namespace {

constexpr std::size_t most_frame_loops = 64;

std::string frame_fault(const Stream& stream) {
  if (stream.frame.empty() || stream.frame.size() > most_frame_loops) return fmt::format("{} frame loops", stream.frame.size());
  const auto streamed = static_cast<std::int32_t>(stream.frame.size()) - 1;
  if (stream.row_loop < -1 || stream.row_loop >= streamed) return fmt::format("rows are frame loop {} of {}", stream.row_loop, stream.frame.size());
  for (std::int32_t i = 0; i <= streamed; ++i) {
    const FrameLoop& loop = stream.frame[static_cast<std::size_t>(i)];
    if (loop.tile < 1 || loop.extent < 0 || (loop.extent == 0 && i != streamed)) return fmt::format("frame loop {} of {} in tiles of {}", i, loop.extent, loop.tile);
    if (i != streamed && i != stream.row_loop && loop.extent % loop.tile != 0) return fmt::format("frame loop {} has a short tile", i);
  }
  return {};
}

bool in_lines(std::int64_t bytes) { return bytes >= 0 && bytes % 64 == 0; }

std::string state_fault(const Stream& stream) {
  if (stream.together < 1 || stream.together > most_together || (stream.together > 1 && stream.row_loop < 0))
    return fmt::format("{} row tiles together", stream.together);
  if (!in_lines(stream.state_begin) || !in_lines(stream.state_bytes) || stream.state_begin + stream.together * stream.state_bytes > stream.tile_bytes)
    return fmt::format("states of {} bytes from {} on, {} times, in tiles of {}", stream.state_bytes, stream.state_begin, stream.together, stream.tile_bytes);
  for (const Buffer& tile : stream.tiles) {
    const std::int64_t end = tile.offset + tile.bytes;
    const bool passing = end <= stream.state_begin, lasting = tile.offset >= stream.state_begin && end <= stream.state_begin + stream.state_bytes;
    if (stream.together > 1 && !passing && !lasting) return fmt::format("a tile of {} bytes at {} lies across the states", tile.bytes, tile.offset);
  }
  return {};
}

std::string part_fault(const Stream& stream, std::span<const Buffer> buffers) {
  if (stream.part == 0) return {};
  const bool online = std::all_of(stream.variants.begin(), stream.variants.end(), [](const StreamVariant& variant) {
    return variant.body.empty() || std::any_of(variant.body.begin(), variant.body.end(), [](const Instruction& each) { return each.kernel == Kernel::online; });
  });
  if (stream.part < 0 || stream.rows_in_order || !online) return fmt::format("parts of {} tiles of a stream that has none", stream.part);
  if (stream.part_states >= buffers.size()) return fmt::format("states of parts in buffer {} of {}", stream.part_states, buffers.size());
  const std::int64_t wanted = stream.tasks() * stream.parts() * stream.together * stream.state_bytes, there = buffers[stream.part_states].bytes;
  if (there < wanted) return fmt::format("states of parts of {} bytes in a buffer of {}", wanted, there);
  return {};
}

std::string clip_fault(const Stream& stream) {
  if (stream.variants.size() != 4 + 2 * stream.clips.size()) return fmt::format("{} variants of a stream with {} clips", stream.variants.size(), stream.clips.size());
  Extent before = 0;
  for (Extent clip : stream.clips) {
    if (clip <= before || clip >= stream.frame.back().tile) return fmt::format("clip {} of tiles of {}", clip, stream.frame.back().tile);
    before = clip;
  }
  return {};
}

std::string keeping_fault(const Stream& stream) {
  for (const StreamVariant& variant : stream.variants) {
    if (!variant.keeps.empty() && variant.keeps.size() != variant.body.size())
      return fmt::format("{} places to keep panels for {} instructions of a stream", variant.keeps.size(), variant.body.size());
    for (std::int64_t place : variant.keeps)
      if (place < -1 || place > stream.kept_bytes || (place >= 0 && place % 64 != 0)) return fmt::format("panels kept at {} of {}", place, stream.kept_bytes);
  }
  return {};
}

std::string narrow_fault(const StreamVariant& variant) {
  if (variant.narrows.empty()) return {};
  const TileMask& mask = variant.mask;
  if (variant.narrows.size() != variant.body.size() || mask.bounds.empty() || mask.rows() > most_narrow_rows)
    return fmt::format("{} narrow instructions of {}, by {} limits of {} rows", variant.narrows.size(), variant.body.size(), mask.bounds.size(), mask.rows());
  for (std::size_t i = 0; i < variant.body.size(); ++i) {
    const Instruction& each = variant.body[i];
    const Narrow narrow = variant.narrows[i];
    if ((each.kernel == Kernel::online) != (narrow == Narrow::weights)) return "weights of a narrow tile that are not narrow, or others";
    if (narrow == Narrow::none || narrow == Narrow::weights) continue;
    Extent rows = 1, streamed = 0, others = 0;
    for (const Loop& loop : each.loops) {
      if (loop.role == Role::m) rows *= loop.extent;
      else if (loop.role == (narrow == Narrow::columns ? Role::n : Role::k)) streamed = streamed == 0 ? loop.extent : -1;
      else ++others;
    }
    if (each.kernel != Kernel::contract || rows != mask.rows() || streamed != mask.extents.back() || others > 1)
      return fmt::format("a {} of {} rows and {} positions is narrow in a tile of {} and {}", name_of(each.kernel), rows, streamed, mask.rows(), mask.extents.back());
  }
  return {};
}

// Of few rows: positions along the streamed loop are a loop of the rows' array or of the result, features neighbours in b.
std::string few_fault(const Instruction& few, std::int64_t room) {
  double rows = 1, batches = 1;
  const Loop *columns = nullptr, *sums = nullptr;
  for (const Loop& loop : few.loops) {
    if (loop.role == Role::m || loop.role == Role::batch) (loop.role == Role::m ? rows : batches) *= static_cast<double>(loop.extent);
    if ((loop.role == Role::n && columns != nullptr) || (loop.role == Role::k && sums != nullptr)) return fmt::format("two loops over {} beside few rows", name_of(loop.role));
    if (loop.role == Role::n) columns = &loop;
    if (loop.role == Role::k) sums = &loop;
  }
  if (columns == nullptr || sums == nullptr) return "a product of few rows without columns or sums";
  const bool across = sums->b == 1 && sums->a == 1, down = columns->b == 1 && columns->c == 1;
  if (!across && !down) return "features that are no neighbours beside few rows";
  if (few.c.dtype || few.algebra != Algebra::plus_times || (few.dtype != DType::f32 && few.dtype != DType::f64)) return "few rows of other numbers than floats";
  if (rows > most_few_rows || (across ? sums : columns)->extent > most_few_features) return fmt::format("{} rows are not few", rows);
  if ((across && batches > static_cast<double>(room)) || few_scratch_bytes(few) > room) return fmt::format("rows of {} batches beside {} bytes of scratch", batches, room);
  return {};
}

std::string paged_fault(const Stream& stream, std::int64_t scratch_bytes, std::span<const Buffer> buffers) {
  for (const Paged& paged : stream.paged) {
    if (paged.frame.size() != stream.frame.size() || paged.frame.back() != 0) return fmt::format("an index of pages with {} strides for {} frame loops", paged.frame.size(), stream.frame.size());
    if (paged.block < 1 || paged.blocks < 0 || stream.frame.back().extent % paged.block != 0) return fmt::format("{} positions in blocks of {}", stream.frame.back().extent, paged.block);
    std::vector<Extent> lengths = stream.clips;
    lengths.push_back(stream.frame.back().tile);
    for (Extent length : lengths)
      if (length % paged.block != 0 && paged.block % stream.frame.back().tile != 0) return fmt::format("tiles of {} positions in blocks of {}", length, paged.block);
    if (paged.index.place == Place::tile || paged.index.place == Place::output) return "an index of pages in a tile or an output";
    if (paged.index.place == Place::arena && paged.index.index >= buffers.size()) return fmt::format("an index of pages in buffer {} of {}", paged.index.index, buffers.size());
  }
  for (const StreamVariant& variant : stream.variants)
    for (const Instruction& each : variant.body) {
      if (each.paged >= static_cast<std::int32_t>(stream.paged.size())) return fmt::format("pages {} of {}", each.paged, stream.paged.size());
      if (each.paged >= 0 && each.kernel != Kernel::few && each.kernel != Kernel::gather) return fmt::format("a {} of pages", name_of(each.kernel));
      if (each.kernel != Kernel::few) continue;
      if (std::string fault = few_fault(each, scratch_bytes - stream.tile_bytes - stream.kept_bytes); !fault.empty()) return fault;
    }
  return {};
}

}  // namespace

std::string stream_fault(const Stream& stream, std::int64_t scratch_bytes, std::span<const Buffer> buffers) {
  if (std::string fault = frame_fault(stream); !fault.empty()) return fault;
  if (!in_lines(stream.tile_bytes) || stream.tile_bytes > scratch_bytes) return fmt::format("tiles of {} bytes in scratch of {}", stream.tile_bytes, scratch_bytes);
  if (!in_lines(stream.kept_bytes) || stream.tile_bytes + stream.kept_bytes > scratch_bytes)
    return fmt::format("{} bytes kept behind tiles of {} in scratch of {}", stream.kept_bytes, stream.tile_bytes, scratch_bytes);
  for (std::string fault : {state_fault(stream), part_fault(stream, buffers), clip_fault(stream), keeping_fault(stream), paged_fault(stream, scratch_bytes, buffers)})
    if (!fault.empty()) return fault;
  for (const StreamVariant& variant : stream.variants)
    if (std::string fault = narrow_fault(variant); !fault.empty()) return fault;
  return {};
}

}  // namespace einc::ir
