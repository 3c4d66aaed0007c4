// stream.cpp: runs a region tile by tile: its independent tiles on threads, the streamed ones in order, hidden ones not at all.
// Knows frames and places; what a tile computes is its instructions'.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/stream.hpp"

#include <algorithm>
#include <limits>

#include "runtime/dispatch.hpp"
#include "runtime/flush_denormals.hpp"
#include "runtime/gather_index.hpp"
#include "runtime/loop_nest.hpp"
#include "runtime/parallel_for.hpp"
#include "runtime/tile_mask.hpp"

namespace einc::runtime {
namespace {

// One combination of tiles of the outer frame loops, in one thread: all the streamed tiles, one part of them, or what joins the parts.
template <class T>
class StreamTask {
 public:
  StreamTask(const ir::Stream& stream, const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments,
             std::ptrdiff_t task, int thread)
      : stream_(stream),
        executable_(executable),
        table_(table),
        arguments_(arguments),
        tiles_(arguments.scratch + static_cast<std::size_t>(thread) * static_cast<std::size_t>(executable.scratch_bytes)),
        states_(tiles_ + stream.state_begin),
        task_(task) {
    start_[stream.frame.size() - 1] = 0;
    for (std::size_t i = stream.frame.size() - 1; i-- > 0;) {
      start_[i] = 0;
      if (stream.in_order(i)) continue;
      const Extent step = stream.step(i), count = (stream.frame[i].extent + step - 1) / step;
      start_[i] = task % count * step;
      task /= count;
    }
  }

  void run() {
    if (!stream_.rows_in_order) return run_rows();
    const auto row = static_cast<std::size_t>(stream_.row_loop);
    for (Extent at = 0; at < stream_.frame[row].extent; at += stream_.step(row)) {
      start_[row] = at;
      seen_ = 0;
      run_rows();
    }
  }

  // The streamed tiles of one part: what is known after them stays in the state of the part.
  void run_part(Extent part) {
    const ir::FrameLoop& loop = stream_.frame.back();
    states_ = state_of(part);
    run_tiles(part * stream_.part * loop.tile, std::min(loop.extent, (part + 1) * stream_.part * loop.tile));
    for_row_tiles([&] {
      if (!seen()) clear(variant(), ir::Write::accumulate);
    });
  }

  // Neighbours in pairs, then the pairs: an order that depends on nothing but the number of parts.
  void join_parts() {
    const Extent parts = stream_.parts();
    seen_ = ~std::uint32_t{0};
    for_row_tiles([&] {
      const ir::StreamVariant& variant = this->variant();
      for (Extent distance = 1; distance < parts; distance *= 2)
        for (Extent part = 0; part + distance < parts; part += 2 * distance) {
          states_ = state_of(part + distance);
          const OnlineState<T> other = state(variant.online);
          states_ = state_of(part);
          join_online(table_, state(variant.online), other, rows_of(variant));
        }
      states_ = state_of(0);
      finish();
    });
  }

 private:
  void run_rows() {
    run_tiles(0, stream_.frame.back().extent);
    for_row_tiles([&] {
      if (!seen()) clear(variant(), ir::Write::accumulate);
      finish();
    });
  }

  void run_tiles(Extent begin, Extent end) {
    const std::size_t streamed = stream_.frame.size() - 1;
    if (!variant().begin.empty()) for_row_tiles([&] { this->begin(); });
    for (Extent at = begin; at < end; at += stream_.frame[streamed].tile) {
      if (arguments_.stop != nullptr && arguments_.stop->stop_requested()) return;
      start_[streamed] = at;
      for_row_tiles([&] { run_tile(); });
    }
    start_[streamed] = 0;
  }

  void begin() {
    const ir::StreamVariant& variant = this->variant();
    for (const ir::Instruction& each : variant.begin) instruction(each, variant.online);
  }

  void finish() {
    const ir::StreamVariant& variant = this->variant();
    for (const ir::Instruction& each : variant.finish) instruction(each, variant.online);
  }

  std::byte* state_of(Extent part) const {
    const auto place = (task_ * stream_.parts() + part) * stream_.together * stream_.state_bytes;
    return arguments_.of(executable_.buffers[stream_.part_states]) + place;
  }

  static Extent rows_of(const ir::StreamVariant& variant) {
    Extent rows = 1;
    for (const ir::Instruction& each : variant.body)
      if (each.kernel == ir::Kernel::online)
        for (const ir::Loop& loop : each.loops) rows *= loop.role == ir::Role::k ? 1 : loop.extent;
    return rows;
  }

  // The row tiles that meet a streamed tile together.
  template <class Body>
  void for_row_tiles(Body&& body) {
    if (stream_.row_loop < 0) return body();
    const auto row = static_cast<std::size_t>(stream_.row_loop);
    const ir::FrameLoop& loop = stream_.frame[row];
    const Extent begin = start_[row];
    for (together_ = 0; together_ < stream_.together && start_[row] < loop.extent; ++together_, start_[row] += loop.tile) body();
    start_[row] = begin, together_ = 0;
  }

  void run_tile() {
    Extent& start = start_[stream_.frame.size() - 1];
    const Extent begin = start;
    clip_ = no_clip;
    const Sight sight = look();
    const ir::StreamVariant& variant = this->variant();
    narrows_ = sight == Sight::partial && !variant.narrows.empty();
    if (sight == Sight::hidden) {
      if (first_rows()) clear(variant, ir::Write::accumulate_rows);
      return;
    }
    if (narrows_) with_mask(variant.mask, [&](const Extent* extents, const MapSource<T>* sources) { find_limits(variant.mask, extents, sources, limits_); });
    for (std::size_t i = 0; i < variant.body.size(); ++i) {
      if (variant.mask_only[i] && (sight == Sight::visible || narrows_)) continue;
      if (variant.body[i].kernel == ir::Kernel::gather && has_gathered()) continue;
      if (variant.mask_only[i] && !variant.mask.bounds.empty()) hide(variant.mask, place(variant.body[i].c));
      else instruction(variant.body[i], variant.online, variant.keeps.empty() ? -1 : variant.keeps[i], narrows_ ? variant.narrows[i] : ir::Narrow::none);
    }
    keeper_ = &variant, gathered_ = start;
    seen_ |= std::uint32_t{1} << together_;
    clip_ = no_clip, start = begin;
  }

  // What the mask says of this tile. Where it hides the end, the tile is clipped; where it hides the beginning of a full one, the tile
  // begins later, and is as long as one that is clipped.
  Sight look() {
    const ir::TileMask& mask = variant().mask;
    if (!mask.present) return Sight::visible;
    Extent& start = start_[stream_.frame.size() - 1];
    const Extent tile = stream_.frame.back().tile, length = std::min(tile, stream_.frame.back().extent - start);
    const Sight sight = sight_of(mask, 0, length);
    if (sight != Sight::partial) return sight;
    if (stream_.rows_in_order && first_rows()) return sight;  // they begin the sums across rows, at every position
    const std::vector<Extent>& clips = stream_.clips;
    Extent end = length, begin = 0;
    for (std::size_t i = 0; i < clips.size() && clips[i] < length && end == length; ++i)
      if (sight_of(mask, clips[i], length) == Sight::hidden) end = clips[i];
    for (std::size_t i = clips.size(); i-- > 0 && length == tile && begin == 0;)
      if (clips[i] < end && sight_of(mask, 0, clips[i]) == Sight::hidden) begin = clips[i];
    const auto clip = std::find(clips.begin(), clips.end(), end - begin);
    if (clip == clips.end()) return sight;
    start += begin;
    clip_ = static_cast<std::size_t>(clip - clips.begin());
    return sight;
  }

  void hide(const ir::TileMask& mask, T* scores) {
    with_mask(mask, [&](const Extent* extents, const MapSource<T>* sources) { hide_beyond(mask, extents, sources, table_, scores); });
  }

  // A mask as it is for this tile.
  template <class Body>
  void with_mask(const ir::TileMask& mask, Body&& body) const {
    MapSource<T> sources[ir::most_map_inputs];
    for (std::size_t i = 0; i < mask.inputs.size(); ++i) sources[i] = source(mask.inputs[i]);
    Extent extents[max_loops];
    take_extents(mask, extents);
    body(extents, sources);
  }

  // The code for tiles as long as these. Nothing to stream is a full tile of nothing.
  const ir::StreamVariant& variant() const {
    const std::size_t rows = stream_.row_loop >= 0 && is_short(static_cast<std::size_t>(stream_.row_loop)) ? 1 : 0;
    if (clip_ != no_clip) return stream_.variants[4 + 2 * clip_ + rows];
    return stream_.variants[rows + (is_short(stream_.frame.size() - 1) && stream_.frame.back().extent != 0 ? 2 : 0)];
  }
  bool seen() const { return (seen_ >> together_ & 1) != 0; }
  bool has_gathered() const { return keeper_ == &variant() && gathered_ == start_[stream_.frame.size() - 1]; }  // these positions, for the row tile before this one
  bool first_rows() const { return stream_.row_loop < 0 || start_[static_cast<std::size_t>(stream_.row_loop)] == 0; }  // where rows come in order

  bool is_short(std::size_t loop) const { return start_[loop] + stream_.frame[loop].tile > stream_.frame[loop].extent; }

  // Where an array is for these tiles: the strides are those along the frame loops, in elements a position.
  T* place(const ir::BufferRef& ref) const {
    switch (ref.place) {
      case ir::Place::output: return moved(static_cast<T*>(arguments_.outputs[ref.index]), ref, ref.offset);
      case ir::Place::arena: return reinterpret_cast<T*>(arguments_.of(executable_.buffers[ref.index])) + ref.offset;
      case ir::Place::tile: {
        const std::int64_t offset = stream_.tiles[ref.index].offset;
        std::byte* const begin = offset < stream_.state_begin ? tiles_ + offset : states_ + (offset - stream_.state_begin) + together_ * stream_.state_bytes;
        return reinterpret_cast<T*>(begin) + ref.offset;
      }
      case ir::Place::operand: break;
    }
    return nullptr;
  }
  const T* read(const ir::BufferRef& ref) const {
    if (ref.place == ir::Place::operand) return moved(static_cast<const T*>(arguments_.operands[ref.index]), ref, ref.offset);
    return place(ref);
  }
  // By elements of the array, which may be of another type.
  template <class P>
  static P* moved(P* array, const ir::BufferRef& ref, Stride elements) {
    using Byte = std::conditional_t<std::is_const_v<P>, const std::byte, std::byte>;
    return ref.dtype ? reinterpret_cast<P*>(reinterpret_cast<Byte*>(array) + elements * static_cast<Stride>(bytes_of(*ref.dtype))) : array + elements;
  }
  Stride moved(const std::vector<Stride>& frame, std::size_t array, std::size_t arrays) const {
    Stride offset = 0;
    for (std::size_t loop = 0; loop * arrays < frame.size(); ++loop) offset += start_[loop] * frame[loop * arrays + array];
    return offset;
  }
  MapSource<T> source(const ir::MapInput& input) const {
    const Stride offset = moved(input.frame, 0, 1);
    if (input.position) return {nullptr, input.array.offset + offset};
    return {moved(read(input.array), input.array, offset), 0};
  }

  void instruction(const ir::Instruction& given, const ir::Online& online, std::int64_t keeps = -1, ir::Narrow narrow = ir::Narrow::none) {
    const bool scales = given.write == ir::Write::scale_into, adds = given.write == ir::Write::add_into;
    const double alpha = scales || adds ? given.factor * arguments_.alpha : given.factor;
    const bool sums_up = (given.write == ir::Write::accumulate && seen()) || (given.write == ir::Write::accumulate_rows && !first_rows());
    const double beta = scales ? arguments_.beta : adds || sums_up ? 1 : 0;
    const auto used = static_cast<std::size_t>(stream_.tile_bytes + (keeps < 0 ? stream_.kept_bytes : keeps));
    InstructionContext<T> context{given,
                                        table_,
                                        reads_a(given.kernel) ? moved(read(given.a), given.a, moved(given.frame, 0, 3)) : nullptr,
                                        reads_b(given.kernel) ? moved(read(given.b), given.b, moved(given.frame, 1, 3)) : nullptr,
                                        moved(place(given.c), given.c, moved(given.frame, 2, 3)),
                                        static_cast<T>(alpha),
                                        static_cast<T>(beta),
                                        tiles_ + used,
                                        static_cast<std::size_t>(executable_.scratch_bytes) - used,
                                        1};
    if (given.tiling.ahead == ir::Ahead::next_tile) context.next_b = next_of_b(given, context.b);
    if (narrow != ir::Narrow::none) context.narrow = narrow, context.limits = &limits_;
    if (keeps >= 0) context.rows_together = stream_.together, context.together = together_, context.finds_kept = given.b.place == ir::Place::tile ? has_gathered() : keeper_ == &variant();
    if (given.paged >= 0) return in_pages(context, stream_.paged[static_cast<std::size_t>(given.paged)]);
    if (given.kernel == ir::Kernel::few) return run_few<T>(context, nullptr);
    if (run_plain(context)) return;
    if (given.kernel == ir::Kernel::map) {
      const ir::Map& map = executable_.maps[given.detail];
      MapSource<T> sources[ir::most_map_inputs];
      for (std::size_t i = 0; i < map.inputs.size(); ++i) sources[i] = source(map.inputs[i]);
      run_map(context, map, sources);
    } else if (given.kernel == ir::Kernel::online) {
      run_online(context, state(online));
    }
  }

  // b of the tile along the streamed loop that follows this one; null: there is none.
  const T* next_of_b(const ir::Instruction& given, const T* b) const {
    const std::size_t streamed = stream_.frame.size() - 1;
    const ir::FrameLoop& loop = stream_.frame[streamed];
    return start_[streamed] + loop.tile < loop.extent ? b + loop.tile * given.frame[streamed * 3 + 1] : nullptr;
  }

  // Of an array whose blocks an index names: read where they lie, or gathered.
  void in_pages(InstructionContext<T>& context, const ir::Paged& paged) const {
    const Extent start = start_[stream_.frame.size() - 1];
    const ir::Instruction& given = context.instruction;
    if (given.kernel == ir::Kernel::few) {
      const Pages<T> pages{paged, moved(read(paged.index), paged.index, moved(paged.frame, 0, 1)), start, stream_.frame.back().extent};
      return run_few<T>(context, &pages);
    }
    context.a = moved(context.a, given.a, start % paged.block * paged.slot);
    context.b = moved(context.b, given.b, start / paged.block * paged.entry);
    run_gather(context, executable_.gathers[given.detail]);
  }

  OnlineState<T> state(const ir::Online& online) const {
    OnlineState<T> made{online, !seen(), place(online.maximum), online.has_sum ? place(online.sum) : nullptr, {}};
    for (std::size_t i = 0; i < online.accumulators.size(); ++i) made.accumulators[i] = place(online.accumulators[i].array);
    return made;
  }

  // How much of each loop of a mask this tile has.
  void take_extents(const ir::TileMask& mask, Extent* extents) const {
    for (std::size_t i = 0; i < mask.extents.size(); ++i) {
      extents[i] = mask.extents[i];
      if (const std::int32_t loop = mask.clipped[i]; loop >= 0) {
        const auto at = static_cast<std::size_t>(loop);
        extents[i] = std::min(extents[i], stream_.frame[at].extent - start_[at]);
      }
    }
  }

  // Of the positions [begin, end) of this tile.
  Sight sight_of(const ir::TileMask& mask, Extent begin, Extent end) {
    Extent extents[max_loops];
    take_extents(mask, extents);
    extents[mask.extents.size() - 1] = end - begin;
    start_[stream_.frame.size() - 1] += begin;
    MapSource<T> sources[ir::most_map_inputs];
    for (std::size_t i = 0; i < mask.inputs.size(); ++i) sources[i] = source(mask.inputs[i]);
    start_[stream_.frame.size() - 1] -= begin;
    return sight_through(mask, extents, sources);
  }

  // What the finish finds when no tile was computed: nothing seen, nothing summed. Or what rows find when the first saw nothing.
  void clear(const ir::StreamVariant& variant, ir::Write write) {
    for (const ir::Instruction& each : variant.body) {
      if (each.write != write && (each.kernel != ir::Kernel::online || write != ir::Write::accumulate)) continue;
      LoopNest nest;
      for (const ir::Loop& loop : each.loops)
        if (loop.role != ir::Role::k) nest.push({loop.extent, 0, 0, loop.c});
      const Extent elements = nest.iterations();
      if (each.kernel == ir::Kernel::online) {
        const OnlineState<T> state = this->state(variant.online);
        std::fill_n(state.maximum, elements, -std::numeric_limits<T>::infinity());
        if (state.sum != nullptr) std::fill_n(state.sum, elements, T(0));
        for (std::size_t i = 0; i < variant.online.accumulators.size(); ++i)
          std::fill_n(state.accumulators[i], elements * variant.online.accumulators[i].columns, T(0));
      } else {
        T* const c = place(each.c) + moved(each.frame, 2, 3);
        walk(nest, {}, 0, elements, [&](const Offset& offset, const Extent*) { c[offset.c] = T(0); });
      }
    }
  }

  const ir::Stream& stream_;
  const ir::Executable& executable_;
  const kernels::KernelTable& table_;
  const Arguments& arguments_;
  std::byte* tiles_;
  std::byte* states_;  // of the first of the row tiles that are together
  std::ptrdiff_t task_;
  Extent start_[max_loops];  // position of the tile along each frame loop
  Extent together_ = 0;      // of the row tiles that are together, this one
  std::uint32_t seen_ = 0;   // a bit for each of them: a tile along the streamed loop has been computed
  RowLimits limits_;         // of the tile, where a mask hides it in part
  bool narrows_ = false;     // and instructions mind them
  const ir::StreamVariant* keeper_ = nullptr;  // the last one computed: what it kept is there
  Extent gathered_ = 0;      // and where its tile began: what it gathered is there
  static constexpr std::size_t no_clip = ~std::size_t{0};
  std::size_t clip_ = no_clip;  // how much of the tile is computed, if an end is left out
};

}  // namespace

template <class T>
void run_stream(const ir::Stream& stream, const ir::Executable& executable, const kernels::KernelTable& table,
                const Arguments& arguments) noexcept {
  const std::ptrdiff_t tasks = stream.tasks();
  // The last first: under a causal mask they see most, and a long task at the end would leave threads idle.
  if (stream.part == 0) {
    parallel_for(tasks, arguments.threads, [&](std::ptrdiff_t task, int thread) {
      const FlushDenormals flush;
      StreamTask<T>(stream, executable, table, arguments, tasks - 1 - task, thread).run();
    });
    return;
  }
  const std::ptrdiff_t parts = stream.parts();
  parallel_for(tasks * parts, arguments.threads, [&](std::ptrdiff_t task, int thread) {
    const FlushDenormals flush;
    const std::ptrdiff_t at = tasks * parts - 1 - task;
    StreamTask<T>(stream, executable, table, arguments, at / parts, thread).run_part(at % parts);
  });
  parallel_for(tasks, arguments.threads, [&](std::ptrdiff_t task, int thread) {
    const FlushDenormals flush;
    StreamTask<T>(stream, executable, table, arguments, task, thread).join_parts();
  });
}

template void run_stream<float>(const ir::Stream&, const ir::Executable&, const kernels::KernelTable&, const Arguments&) noexcept;
template void run_stream<double>(const ir::Stream&, const ir::Executable&, const kernels::KernelTable&, const Arguments&) noexcept;

}  // namespace einc::runtime
