// stream.cpp: runs a region tile by tile: its independent tiles on threads, the streamed ones in order, hidden ones not at all.
// Knows frames and places; what a tile computes is its instructions'.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/stream.hpp"

#include <limits>

#include "runtime/dispatch.hpp"
#include "runtime/loop_nest.hpp"
#include "runtime/parallel_for.hpp"
#include "runtime/tile_mask.hpp"

namespace einc::runtime {
namespace {

bool runs_in_order(const ir::Stream& stream, std::size_t loop) { return stream.rows_in_order && static_cast<std::int32_t>(loop) == stream.row_loop; }

// One combination of tiles of the outer frame loops, in one thread.
template <class T>
class StreamTask {
 public:
  StreamTask(const ir::Stream& stream, const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments,
             std::ptrdiff_t task, int thread)
      : stream_(stream),
        executable_(executable),
        table_(table),
        arguments_(arguments),
        tiles_(arguments.scratch + static_cast<std::size_t>(thread) * static_cast<std::size_t>(executable.scratch_bytes)) {
    const std::size_t streamed = stream.frame.size() - 1;
    start_[streamed] = 0;
    for (std::size_t i = streamed; i-- > 0;) {
      start_[i] = 0;
      if (runs_in_order(stream, i)) continue;
      const ir::FrameLoop& loop = stream.frame[i];
      const Extent step = step_of(stream, i), count = (loop.extent + step - 1) / step;
      start_[i] = task % count * step;
      task /= count;
    }
  }

  // Positions of a frame loop from task to task.
  static Extent step_of(const ir::Stream& stream, std::size_t loop) {
    return stream.frame[loop].tile * (static_cast<std::int32_t>(loop) == stream.row_loop ? stream.together : 1);
  }

  void run() {
    if (!stream_.rows_in_order) return run_rows();
    const auto row = static_cast<std::size_t>(stream_.row_loop);
    for (Extent at = 0; at < stream_.frame[row].extent; at += stream_.frame[row].tile) {
      start_[row] = at;
      seen_ = 0;
      run_rows();
      first_rows_ = false;
    }
  }

 private:
  void run_rows() {
    const std::size_t streamed = stream_.frame.size() - 1;
    const ir::FrameLoop& loop = stream_.frame[streamed];
    for (Extent at = 0; at < loop.extent; at += loop.tile) {
      if (arguments_.stop != nullptr && arguments_.stop->stop_requested()) return;
      start_[streamed] = at;
      for_row_tiles([&] { run_tile(); });
    }
    start_[streamed] = 0;
    for_row_tiles([&] {
      const ir::StreamVariant& variant = this->variant();
      if (!seen()) clear(variant, ir::Write::accumulate);
      for (const ir::Instruction& each : variant.finish) instruction(each, variant.online);
    });
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
    clip_ = no_clip;
    const Sight sight = look();
    const ir::StreamVariant& variant = this->variant();
    if (sight == Sight::hidden) {
      if (first_rows_) clear(variant, ir::Write::accumulate_rows);
      return;
    }
    for (std::size_t i = 0; i < variant.body.size(); ++i) {
      if (variant.mask_only[i] && sight == Sight::visible) continue;
      if (variant.mask_only[i] && !variant.mask.bounds.empty()) hide(variant.mask, place(variant.body[i].c));
      else instruction(variant.body[i], variant.online, variant.keeps.empty() ? -1 : variant.keeps[i]);
    }
    keeper_ = &variant;
    seen_ |= std::uint32_t{1} << together_;
    clip_ = no_clip;
  }

  // What the mask says of this tile. Where it hides the end, the tile is clipped.
  Sight look() {
    const ir::TileMask& mask = variant().mask;
    if (!mask.present) return Sight::visible;
    const Extent length = std::min(stream_.frame.back().tile, stream_.frame.back().extent - start_[stream_.frame.size() - 1]);
    const Sight sight = sight_of(mask, 0, length);
    if (sight != Sight::partial) return sight;
    for (std::size_t i = 0; i < stream_.clips.size() && stream_.clips[i] < length; ++i) {
      if (sight_of(mask, stream_.clips[i], length) != Sight::hidden) continue;
      clip_ = i;
      break;
    }
    return sight;
  }

  void hide(const ir::TileMask& mask, T* scores) {
    MapSource<T> sources[ir::most_map_inputs];
    for (std::size_t i = 0; i < mask.inputs.size(); ++i) sources[i] = source(mask.inputs[i]);
    Extent extents[max_loops];
    take_extents(mask, extents);
    hide_beyond(mask, extents, sources, table_, scores);
  }

  // The code for tiles as long as these. Nothing to stream is a full tile of nothing.
  const ir::StreamVariant& variant() const {
    const std::size_t rows = stream_.row_loop >= 0 && is_short(static_cast<std::size_t>(stream_.row_loop)) ? 1 : 0;
    if (clip_ != no_clip) return stream_.variants[4 + 2 * clip_ + rows];
    return stream_.variants[rows + (is_short(stream_.frame.size() - 1) && stream_.frame.back().extent != 0 ? 2 : 0)];
  }
  bool seen() const { return (seen_ >> together_ & 1) != 0; }

  bool is_short(std::size_t loop) const { return start_[loop] + stream_.frame[loop].tile > stream_.frame[loop].extent; }

  // Where an array is for these tiles: the strides are those along the frame loops, in elements a position.
  T* place(const ir::BufferRef& ref) const {
    switch (ref.place) {
      case ir::Place::output: return static_cast<T*>(arguments_.outputs[ref.index]) + ref.offset;
      case ir::Place::arena: return reinterpret_cast<T*>(arguments_.of(executable_.buffers[ref.index])) + ref.offset;
      case ir::Place::tile: {
        const std::int64_t offset = stream_.tiles[ref.index].offset;
        return reinterpret_cast<T*>(tiles_ + offset + (offset < stream_.state_begin ? 0 : together_ * stream_.state_bytes)) + ref.offset;
      }
      case ir::Place::operand: break;
    }
    return nullptr;
  }
  const T* read(const ir::BufferRef& ref) const {
    if (ref.place == ir::Place::operand) return static_cast<const T*>(arguments_.operands[ref.index]) + ref.offset;
    return place(ref);
  }
  Stride moved(const std::vector<Stride>& frame, std::size_t array, std::size_t arrays) const {
    Stride offset = 0;
    for (std::size_t loop = 0; loop * arrays < frame.size(); ++loop) offset += start_[loop] * frame[loop * arrays + array];
    return offset;
  }
  MapSource<T> source(const ir::MapInput& input) const {
    const Stride offset = moved(input.frame, 0, 1);
    if (input.position) return {nullptr, input.array.offset + offset};
    return {read(input.array) + offset, 0};
  }

  void instruction(const ir::Instruction& given, const ir::Online& online, std::int64_t keeps = -1) {
    const bool scales = given.write == ir::Write::scale_into, adds = given.write == ir::Write::add_into;
    const double alpha = scales || adds ? given.factor * arguments_.alpha : given.factor;
    const bool sums_up = (given.write == ir::Write::accumulate && seen()) || (given.write == ir::Write::accumulate_rows && !first_rows_);
    const double beta = scales ? arguments_.beta : adds || sums_up ? 1 : 0;
    const auto used = static_cast<std::size_t>(stream_.tile_bytes + (keeps < 0 ? stream_.kept_bytes : keeps));
    InstructionContext<T> context{given,
                                        table_,
                                        reads_a(given.kernel) ? read(given.a) + moved(given.frame, 0, 3) : nullptr,
                                        reads_b(given.kernel) ? read(given.b) + moved(given.frame, 1, 3) : nullptr,
                                        place(given.c) + moved(given.frame, 2, 3),
                                        static_cast<T>(alpha),
                                        static_cast<T>(beta),
                                        tiles_ + used,
                                        static_cast<std::size_t>(executable_.scratch_bytes) - used,
                                        1};
    if (keeps >= 0) context.rows_together = stream_.together, context.finds_kept = keeper_ == &variant();
    if (run_plain(context)) return;
    if (given.kernel == ir::Kernel::map) {
      const ir::Map& map = executable_.maps[given.detail];
      MapSource<T> sources[ir::most_map_inputs];
      for (std::size_t i = 0; i < map.inputs.size(); ++i) sources[i] = source(map.inputs[i]);
      run_map(context, map, sources);
    } else if (given.kernel == ir::Kernel::gather) {
      run_gather(context, executable_.gathers[given.detail]);
    } else if (given.kernel == ir::Kernel::online) {
      run_online(context, state(online));
    }
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
  Extent start_[max_loops];  // position of the tile along each frame loop
  Extent together_ = 0;      // of the row tiles that are together, this one
  std::uint32_t seen_ = 0;   // a bit for each of them: a tile along the streamed loop has been computed
  const ir::StreamVariant* keeper_ = nullptr;  // the last one computed: what it kept is there
  static constexpr std::size_t no_clip = ~std::size_t{0};
  std::size_t clip_ = no_clip;  // the end of the tile that is left out, if one is
  bool first_rows_ = true;   // these are the first rows, where rows come in order
};

}  // namespace

template <class T>
void run_stream(const ir::Stream& stream, const ir::Executable& executable, const kernels::KernelTable& table,
                const Arguments& arguments) noexcept {
  std::ptrdiff_t tasks = 1;
  for (std::size_t i = 0; i + 1 < stream.frame.size(); ++i)
    if (const Extent step = StreamTask<T>::step_of(stream, i); !runs_in_order(stream, i)) tasks *= (stream.frame[i].extent + step - 1) / step;
  parallel_for(tasks, arguments.threads, [&](std::ptrdiff_t task, int thread) {
    // The last first: under a causal mask they see most, and a long task at the end would leave threads idle.
    StreamTask<T>(stream, executable, table, arguments, tasks - 1 - task, thread).run();
  });
}

template void run_stream<float>(const ir::Stream&, const ir::Executable&, const kernels::KernelTable&, const Arguments&) noexcept;
template void run_stream<double>(const ir::Stream&, const ir::Executable&, const kernels::KernelTable&, const Arguments&) noexcept;

}  // namespace einc::runtime
