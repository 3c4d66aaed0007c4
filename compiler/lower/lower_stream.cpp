// SPDX-License-Identifier: BSD-3-Clause
#include "lower/lower_stream.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <einc/error.hpp>
#include <einc/tensor_view.hpp>

#include "ir/contract_scratch.hpp"
#include "ir/few_scratch.hpp"
#include "lower/bring_rows.hpp"
#include "lower/choose_tiles.hpp"
#include "lower/join_positions.hpp"
#include "lower/mask_bounds.hpp"
#include "lower/narrow_tiles.hpp"
#include "lower/place_buffers.hpp"
#include "lower/stream_buffers.hpp"
#include "lower/stream_reads.hpp"
#include "lower/take_types.hpp"
#include "lower/view_strides.hpp"

namespace einc::lower {
namespace {

using ir::PlanValue;
using ir::StepKind;

bool contains(const ir::Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

class Lowering {
 public:
  Lowering(const ir::Expression& expression, const ir::Plan& plan, const ir::StreamPlan& stream, const StreamPlaces& places,
           const ir::Target& target, ir::Executable& executable)
      : expression_(expression), plan_(plan), stream_(stream), places_(places), target_(target), maps_(executable.maps), gathers_(executable.gathers),
        frame_(stream.frame), reads_(expression, plan, stream, places), buffers_(expression, plan, stream, reads_, rows_to_bring(plan, stream, places, target)), extents_(stream.extents) {}

  LoweredStream run() {
    for (std::size_t i = 0; i < frame_.size(); ++i)
      lowered_.stream.frame.push_back({plan_.extents[frame_[i]], stream_.tiles[i]});
    lowered_.stream.row_loop = stream_.row;
    lowered_.stream.rows_in_order = stream_.rows_in_order;
    lowered_.stream.together = stream_.together;
    lowered_.stream.part = stream_.part;
    rows_near_.resize(stream_.leaves.size());
    buffers_.place(lowered_.stream);
    own_scratch_.assign(stream_.steps.size(), 0);
    set_pages();
    emit_variants(0);
    set_clips();
    emit_variants(4);
    place_kept();
    lowered_.scratch_bytes += lowered_.stream.tile_bytes + lowered_.stream.kept_bytes;
    lowered_.reason = fmt::format("tiles of {} rows by {} streamed positions, {}{:.0f} KiB a thread beside the packed panels", rows(), stream_.tiles.back(),
                                  stream_.together > 1 ? fmt::format("{} row tiles for each, ", stream_.together) : "",
                                  static_cast<double>(lowered_.stream.tile_bytes) / 1024);
    if (stream_.part > 0)
      lowered_.reason += fmt::format("; there are few tasks, so {} parts of {} positions each are tasks too, joined in pairs", lowered_.stream.parts(), stream_.part * stream_.tiles.back());
    if (!lowered_.stream.variants[0].begin.empty())
      lowered_.reason += "; rows that every tile along the streamed label reads are copied next to each other before the first";
    if (std::any_of(lowered_.stream.variants[0].body.begin(), lowered_.stream.variants[0].body.end(), [](const ir::Instruction& each) { return each.tiling.ahead == ir::Ahead::next_tile; }))
      lowered_.reason += "; rows are few and arrays large, so the next tile of these is asked for while this one is multiplied";
    lowered_.reason += reads_.reason() + where_taken(lowered_.stream.variants[0].body, maps_, target_);
    return std::move(lowered_);
  }

 private:
  // All from this one on: four, and two more for each clip.
  void emit_variants(std::size_t first) {
    std::vector<ir::StreamVariant>& variants = lowered_.stream.variants;
    variants.resize(4 + 2 * lowered_.stream.clips.size());
    for (std::size_t variant = first; variant < variants.size(); ++variant) {
      const bool rows_short = (variant & 1) != 0, streamed_short = variant < 4 && (variant & 2) != 0;
      extents_ = stream_.extents;
      if ((rows_short && (stream_.row < 0 || !shorten(static_cast<std::size_t>(stream_.row)))) || (streamed_short && !shorten(frame_.size() - 1))) continue;
      if (variant >= 4) extents_[frame_.back()] = lowered_.stream.clips[variant / 2 - 2];
      emit(variants[variant]);
    }
  }

  // Where a mask may hide an end of a tile, quarters of it can be left out; not where rows end by themselves: a tile of another length, or
  // that begins elsewhere, is packed anew.
  void set_clips() {
    constexpr Extent parts = 4, least = 16;
    const std::vector<ir::Narrow>& narrows = lowered_.stream.variants[0].narrows;
    if (std::find(narrows.begin(), narrows.end(), ir::Narrow::columns) != narrows.end()) return;
    const Extent tile = stream_.tiles.back();
    const bool masked = std::any_of(stream_.steps.begin(), stream_.steps.end(), [](const ir::Step& step) { return step.mask_only; });
    if (!masked || tile % parts != 0 || tile / parts < least) return;
    for (Extent part = 1; part < parts; ++part) {
      const auto fits = [&](const ir::Paged& paged) { return tile / parts * part % paged.block == 0 || paged.block % tile == 0; };
      if (std::all_of(lowered_.stream.paged.begin(), lowered_.stream.paged.end(), fits)) lowered_.stream.clips.push_back(tile / parts * part);
    }
  }

  void set_pages() {
    page_of_.assign(stream_.steps.size(), -1);
    for (std::size_t i = 0; i < stream_.steps.size(); ++i) {
      if (!reads_.is_gather(i)) continue;
      page_of_[i] = static_cast<std::int32_t>(lowered_.stream.paged.size());
      lowered_.stream.paged.push_back(reads_.paged(i));
      gather_of_.push_back(static_cast<std::uint32_t>(gathers_.size()));
      if (!reads_.in_place(i)) gathers_.push_back(reads_.gather(i));
    }
  }

  // The extent of a frame label in its last tile; false when the last tile is as large as the others.
  bool shorten(std::size_t loop) {
    const Extent rest = plan_.extents[frame_[loop]] % stream_.tiles[loop];
    extents_[frame_[loop]] = rest;
    return rest != 0;
  }
  Extent rows() const {
    if (stream_.online == ir::no_step) return stream_.row < 0 ? 1 : stream_.tiles[static_cast<std::size_t>(stream_.row)];
    Extent count = 1;
    for (Label label : step(online()).out)
      if (label != frame_.back()) count *= stream_.extents[label];
    return count;
  }
  PlanValue online() const { return static_cast<PlanValue>(stream_.leaves.size() + stream_.online); }
  const ir::Step& step(PlanValue value) const { return stream_.steps[value - stream_.leaves.size()]; }
  bool is_leaf(PlanValue value) const { return value < stream_.leaves.size(); }

  // Each instruction that keeps its panels has room for them, the same in all variants.
  void place_kept() {
    ir::Stream& stream = lowered_.stream;
    std::vector<std::int64_t> places(own_scratch_.size(), -1);
    for (std::size_t step = 0; step < own_scratch_.size(); ++step) {
      if (own_scratch_[step] == 0) continue;
      places[step] = stream.kept_bytes;
      stream.kept_bytes += (own_scratch_[step] + 63) / 64 * 64;
    }
    for (ir::StreamVariant& variant : stream.variants)
      for (std::int64_t& place : variant.keeps)
        if (place >= 0) place = places[static_cast<std::size_t>(place)];
  }
  static constexpr std::size_t no_result = ~std::size_t{0};
  std::size_t result_of(std::size_t index) const {
    const auto found = std::find(stream_.results.begin(), stream_.results.end(), stream_.leaves.size() + index);
    return found == stream_.results.end() ? no_result : static_cast<std::size_t>(found - stream_.results.begin());
  }

  Strided dense(std::size_t index) const {
    const ir::Term& labels = stream_.steps[index].out;
    Shape shape;
    for (Label label : labels) shape.push_back(extents_[label]);
    return {labels, row_major(shape), {ir::Place::tile, buffers_.of(index), 0}};
  }

  MapSource array_of(PlanValue value) const {
    if (is_leaf(value)) return places_.leaves[value];
    return {false, arrays_[value - stream_.leaves.size()]};
  }

  void emit_begin(ir::StreamVariant& variant) {
    for (const auto& [leaf, buffer] : buffers_.brought()) {
      const Strided& array = places_.leaves[leaf].array;
      rows_near_[leaf] = row_by_row(array, frame_[static_cast<std::size_t>(stream_.row)], extents_, {ir::Place::tile, buffer, 0});
      variant.begin.push_back(contraction(array, nullptr, rows_near_[leaf]));
      scratch(made_scratch_);
    }
  }

  void emit(ir::StreamVariant& variant) {
    arrays_.assign(stream_.steps.size(), {});
    emit_begin(variant);
    for (std::size_t i = 0; i < stream_.steps.size(); ++i) {
      const std::size_t result = result_of(i);
      const ir::Step& made = stream_.steps[i];
      if (made.kind == StepKind::view) {
        arrays_[i] = viewed(made);
        continue;
      }
      if (reads_.in_place(i)) {
        arrays_[i] = reads_.table(i);
        continue;
      }
      arrays_[i] = result == no_result ? dense(i) : places_.results[result];
      if (made.kind == StepKind::part) continue;
      ir::Instruction instruction = instruction_of(i);
      instruction.factor = made.factor;
      if (made.accumulates) instruction.write = ir::Write::accumulate;
      if (result != no_result) instruction.write = made.across ? ir::Write::accumulate_rows : places_.writes[result];
      if (i < stream_.finish) {
        if (asks_for_next_tile(instruction)) instruction.tiling.ahead = ir::Ahead::next_tile;
        const bool keeps = keeps_panels(instruction);
        if (keeps) own_scratch_[i] = std::max(own_scratch_[i], made_scratch_ + ir::kept_state_bytes);
        else scratch(made_scratch_);
        variant.keeps.push_back(keeps ? static_cast<std::int64_t>(i) : -1);  // the place follows when all variants are there
        variant.body.push_back(std::move(instruction));
        variant.mask_only.push_back(made.mask_only && buffers_.in_place(i));
      } else {
        scratch(made_scratch_);
        variant.finish.push_back(std::move(instruction));
      }
      if (made.mask_only && buffers_.in_place(i)) variant.mask = mask_of(made, maps_[variant.body.back().detail]);
    }
    set_online(variant.online);
    variant.narrows = narrow_tiles(variant, maps_);
  }

  // What it packs of b is the same for all rows: it lies outside the tiles, or was gathered for all.
  bool keeps_panels(const ir::Instruction& instruction) const {
    const bool in_tile = instruction.b.place == ir::Place::tile && !buffers_.is_gathered(instruction.b.index);
    if (stream_.together == 1 || instruction.kernel != ir::Kernel::contract || in_tile || instruction.c.place != ir::Place::tile) return false;
    return instruction.frame.empty() || instruction.frame[static_cast<std::size_t>(stream_.row) * 3 + 1] == 0;
  }

  // Of b that every streamed tile has anew: whether its array is more than caches and their tables of pages are for, and rows too few to hide that.
  // 64 queries of 8 heads over 16384 keys of 64: 24.4 -> 19.5 ms, 256 queries 66 -> 63; over 2048 keys, and 8192 queries over as many, 1.0 to 1.03 of
  // the time (Emerald Rapids, 2026-11).
  bool asks_for_next_tile(const ir::Instruction& instruction) const {
    constexpr Extent most_rows = 256;
    if (instruction.kernel != ir::Kernel::contract || instruction.b.place == ir::Place::tile || instruction.b.dtype || instruction.frame.empty()) return false;
    if (extents_by_role(instruction.loops).m * stream_.together > most_rows) return false;
    double elements = 0;
    for (std::size_t loop = 0; loop < frame_.size(); ++loop)
      elements = std::max(elements, static_cast<double>(plan_.extents[frame_[loop]]) * std::abs(static_cast<double>(instruction.frame[loop * 3 + 1])));
    return instruction.frame[(frame_.size() - 1) * 3 + 1] != 0 && elements * static_cast<double>(bytes_of(plan_.dtype)) > static_cast<double>(ir::stream_bytes);
  }

  Strided viewed(const ir::Step& made) const {
    std::optional<Strided> view = view_strides(array_of(made.lhs).array, expression_.values[made.value], extents_);
    if (!view) throw InternalError("a view inside a stream would have to be copied");
    return *view;
  }

  ir::Instruction instruction_of(std::size_t index) {
    const ir::Step& made = stream_.steps[index];
    const Strided& out = arrays_[index];
    made_scratch_ = 0;
    if (made.kind == StepKind::map) {
      std::vector<MapSource> inputs;
      for (PlanValue argument : made.arguments) inputs.push_back(array_of(argument));
      MapCode code = map_code(expression_.values[made.value]);
      MapParts parts{std::move(inputs), std::move(code.code)};
      if (!(made.mask_only && buffers_.in_place(index))) parts = join_positions(std::move(parts), plan_.dtype);  // of masks the bounds of rows are read off
      return keep(make_map(parts.inputs, std::move(parts.code), code.fold, out, extents_, plan_.dtype, frame_));
    }
    if (reads_.is_gather(index)) {
      ir::Instruction instruction = reads_.make_gather(index, out, extents_);
      instruction.paged = page_of_[index];
      instruction.detail = gather_of_[static_cast<std::size_t>(page_of_[index])];
      return instruction;
    }
    if (const std::optional<FewRows>& few = reads_.few(index)) {
      ir::Instruction instruction = make_few(*few, array_of(made.lhs).array, array_of(made.rhs).array, out, extents_, frame_.back(), plan_.dtype, frame_);
      const PlanValue read = few->swapped ? made.lhs : made.rhs;
      if (!is_leaf(read)) instruction.paged = page_of_[read - stream_.leaves.size()];
      made_scratch_ = ir::few_scratch_bytes(instruction);
      return instruction;
    }
    if (made.kind == StepKind::online) {
      const Strided scores = array_of(made.lhs).array;
      ir::Instruction instruction = make_contraction(scores, nullptr, out, extents_, plan_.dtype, target_, frame_).instruction;
      instruction.kernel = ir::Kernel::online;
      instruction.loops = online_loops();
      return instruction;
    }
    const Strided rhs = made.rhs == ir::no_value ? Strided{} : factor_of(index, made.rhs);
    return contraction(factor_of(index, made.lhs), made.rhs == ir::no_value ? nullptr : &rhs, out);
  }
  Strided factor_of(std::size_t index, PlanValue value) const {
    return index < stream_.finish && is_leaf(value) && buffers_.brought().contains(value) ? rows_near_[value] : array_of(value).array;
  }
  ir::Instruction contraction(const Strided& lhs, const Strided* rhs, const Strided& out) {
    made_scratch_ = 0;
    const Taking taking = take_types(lhs, rhs, out, extents_, plan_.dtype, target_);
    if (taking.as_map || taking.as_copy) return keep(make_product_map(lhs, rhs, out, extents_, plan_.dtype, {}, frame_));
    Made made = make_contraction(lhs, rhs, out, extents_, plan_.dtype, target_, frame_);
    made_scratch_ = made.scratch_bytes;
    return std::move(made.instruction);
  }
  ir::Instruction keep(MadeMap made) {
    made.made.instruction.detail = static_cast<std::uint32_t>(maps_.size());
    maps_.push_back(std::move(made.map));
    return std::move(made.made.instruction);
  }
  void scratch(std::int64_t bytes) { lowered_.scratch_bytes = std::max(lowered_.scratch_bytes, bytes); }

  // Scores lie row by row: one loop over all rows, one over the streamed positions.
  std::vector<ir::Loop> online_loops() const {
    Extent rows = 1;
    const Extent columns = extents_[frame_.back()];
    for (Label label : step(online()).out)
      if (label != frame_.back()) rows *= extents_[label];
    std::vector<ir::Loop> loops;
    if (rows > 1) loops.push_back({ir::Role::m, rows, columns, 0, columns});
    loops.push_back({ir::Role::k, columns, 1, 0, 1});
    return loops;
  }

  void set_online(ir::Online& online_state) const {
    if (stream_.online == ir::no_step) return;
    online_state.powers_of_two = stream_.powers_of_two;
    for (std::size_t i = 0; i < stream_.steps.size(); ++i) {
      const ir::Step& made = stream_.steps[i];
      const ir::BufferRef buffer{ir::Place::tile, buffers_.of(i), 0};
      if (made.kind == StepKind::part) {
        if (expression_.values[made.value].op == ir::Op::reduce) online_state.maximum = buffer;
        else online_state.sum = buffer, online_state.has_sum = true;
      }
      if (!made.accumulates) continue;
      Extent columns = 1;
      for (Label label : made.out)
        if (!contains(step(online()).out, label)) columns *= extents_[label];
      online_state.accumulators.push_back({buffer, columns});
    }
  }

  ir::TileMask mask_of(const ir::Step& made, const ir::Map& map) const {
    std::vector<MapSource> sources;
    for (PlanValue argument : made.arguments) sources.push_back(array_of(argument));
    return tile_mask(map.code, sources, made.out, extents_, frame_);
  }

  const ir::Expression& expression_;
  const ir::Plan& plan_;
  const ir::StreamPlan& stream_;
  const StreamPlaces& places_;
  const ir::Target& target_;
  std::vector<ir::Map>& maps_;
  std::vector<ir::Gather>& gathers_;
  std::vector<Label> frame_;
  StreamReads reads_;
  StreamBuffers buffers_;
  std::vector<std::int32_t> page_of_;      // of each step that gathers: which of the stream's pages; -1
  std::vector<std::uint32_t> gather_of_;   // of these: which of the executable's gathers, if it is an instruction
  std::vector<Extent> extents_;            // of the variant being emitted
  std::vector<Strided> arrays_;            // of each step
  std::vector<Strided> rows_near_;         // of each leaf whose rows are brought into the tile: how they lie there
  std::int64_t made_scratch_ = 0;          // of the instruction made last
  std::vector<std::int64_t> own_scratch_;  // of each step that keeps its panels: bytes
  LoweredStream lowered_;
};

}  // namespace

MapCode map_code(const ir::Value& value) {
  if (value.op == ir::Op::reduce)
    return {{{.function = ir::Function::argument}}, value.extreme == ir::Extreme::maximum ? ir::Fold::maximum : ir::Fold::minimum};
  return {value.code, ir::Fold::none};
}

LoweredStream lower_stream(const ir::Expression& expression, const ir::Plan& plan, const ir::StreamPlan& stream, const StreamPlaces& places,
                           const ir::Target& target, ir::Executable& executable) {
  return Lowering(expression, plan, stream, places, target, executable).run();
}

}  // namespace einc::lower
