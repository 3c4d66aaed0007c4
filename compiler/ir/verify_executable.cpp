// verify_executable.cpp: whether an executable keeps its own rules: places, bounds, roles, order.
// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>

#include <algorithm>

#include <einc/error.hpp>

#include "ir/executable.hpp"
#include "ir/stream_rules.hpp"
#include "ir/tiling_rules.hpp"

namespace einc::ir {
namespace {

constexpr std::size_t most_accumulators = 8;
bool reads_a(Kernel kernel) { return kernel != Kernel::fill && kernel != Kernel::map && kernel != Kernel::stream; }
bool reads_b(Kernel kernel) { return kernel <= Kernel::multiply || kernel == Kernel::gather; }
bool sums(Kernel kernel) {
  return kernel == Kernel::contract || kernel == Kernel::small || kernel == Kernel::interleaved || kernel == Kernel::few || kernel == Kernel::matvec || kernel == Kernel::dot || kernel == Kernel::reduce;
}

// How far an array is reached from its first element.
struct Reach {
  Stride lowest = 0, highest = 0;
  void add(Stride stride, Extent positions) { (stride < 0 ? lowest : highest) += stride * (positions - 1); }
};

// What verify knows while it walks; every check names what it saw.
class Verifier {
 public:
  explicit Verifier(const Executable& executable)
      : executable_(executable), output_written_(executable.output_count), buffer_written_(executable.buffers.size()) {}

  void run() {
    arena();
    for (at_ = 0; at_ < executable_.code.size(); ++at_) {
      const Instruction& instruction = executable_.code[at_];
      require(instruction.kernel != Kernel::online && instruction.kernel != Kernel::few, "{} instruction outside of a stream", instruction.kernel == Kernel::few ? "a few-rows" : "an online");
      if (instruction.kernel == Kernel::stream) stream(instruction);
      else check(instruction);
    }
    for (std::uint32_t output : executable_.empty_outputs)
      if (output < output_written_.size()) output_written_[output] = true;
    for (std::size_t output = 0; output < output_written_.size(); ++output)
      require(output_written_[output], "output {} is never written", output);
  }

 private:
  template <class... Values>
  void require(bool holds, fmt::format_string<Values...> format, Values&&... values) const {
    if (holds) return;
    std::string where = at_ < executable_.code.size() ? fmt::format(" in instruction {}", at_) : "";
    if (stream_ != nullptr) where += " of its stream";
    throw InternalError(fmt::format("executable is not well formed: {}{}\n{}", fmt::format(format, std::forward<Values>(values)...), where,
                                    ir::print(executable_)));
  }

  void arena() {
    at_ = executable_.code.size();
    require(executable_.arena_bytes >= 0 && executable_.scratch_bytes >= 0, "arena {} and scratch {} bytes",
            executable_.arena_bytes, executable_.scratch_bytes);
    require(executable_.scratch_bytes % 64 == 0, "scratch of {} bytes is not a multiple of 64", executable_.scratch_bytes);
    buffers(executable_.buffers, std::max(executable_.arena_bytes, executable_.beforehand_arena_bytes), "buffer", "arena");
  }
  void buffers(const std::vector<Buffer>& all, std::int64_t bytes, std::string_view name, std::string_view whole) const {
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Buffer& buffer = all[i];
      const std::int64_t room = buffer.beforehand ? executable_.beforehand_bytes : buffer.once ? executable_.slicing.once_bytes : bytes;
      require(buffer.offset >= 0 && buffer.offset % 64 == 0, "{} {} begins at byte {}", name, i, buffer.offset);
      require(buffer.bytes >= 0 && buffer.offset <= room && buffer.bytes <= room - buffer.offset, "{} {} ends after the {} of {} bytes", name, i, whole, room);
    }
  }

  static std::string shown(const BufferRef& ref) {
    static constexpr std::string_view places[] = {"operand", "output", "buffer", "tile"};
    std::string text = fmt::format("{} {}", places[static_cast<std::size_t>(ref.place)], ref.index);
    return ref.offset == 0 ? text : fmt::format("{} at {}", text, ref.offset);
  }

  void place(const BufferRef& ref, std::string_view name) const {
    require(ref.place != Place::tile || stream_ != nullptr, "{} is {} outside of a stream", name, shown(ref));
    const std::size_t count = ref.place == Place::operand  ? executable_.operand_count
                              : ref.place == Place::output ? executable_.output_count
                              : ref.place == Place::arena  ? executable_.buffers.size()
                                                           : stream_->tiles.size();
    require(ref.index < count, "{} is {}, of {}", name, shown(ref), count);
  }
  void read(const BufferRef& ref, std::string_view name) const {
    place(ref, name);
    require(ref.place != Place::arena || buffer_written_[ref.index], "{} reads {} before it is written", name, shown(ref));
    require(ref.place != Place::tile || tile_written_[ref.index], "{} reads {} before it is written", name, shown(ref));
  }
  void write(const BufferRef& ref, std::string_view name) {
    place(ref, name);
    require(ref.place != Place::operand, "{} writes {}", name, shown(ref));
    (ref.place == Place::output ? output_written_ : ref.place == Place::arena ? buffer_written_ : tile_written_)[ref.index] = true;
  }

  // Of arrays whose bytes are known here; the tiles of a frame loop move the array by its stride a position.
  void bounds(const BufferRef& ref, Reach reach, DType dtype, const std::vector<Stride>& frame, std::size_t array, std::size_t arrays) const {
    for (std::size_t i = 0; i < frame.size() / arrays; ++i) reach.add(frame[i * arrays + array], last_start_[i] + 1);
    if (ref.place != Place::arena && ref.place != Place::tile) return;
    const std::int64_t bytes = (ref.place == Place::arena ? executable_.buffers : stream_->tiles)[ref.index].bytes;
    const auto element = static_cast<Extent>(bytes_of(ref.dtype.value_or(dtype)));
    require(ref.offset + reach.lowest >= 0 && (ref.offset + reach.highest + 1) * element <= bytes,
            "{} reaches elements {} to {} of a buffer of {} bytes", shown(ref), ref.offset + reach.lowest, ref.offset + reach.highest, bytes);
  }

  void check(const Instruction& instruction) {
    const std::size_t frame_loops = stream_ == nullptr ? 0 : stream_->frame.size();
    require(instruction.frame.empty() || instruction.frame.size() == 3 * frame_loops, "{} strides for {} frame loops", instruction.frame.size(),
            frame_loops);
    if (reads_a(instruction.kernel)) read(instruction.a, "a");
    if (reads_b(instruction.kernel)) read(instruction.b, "b");
    if (instruction.kernel == Kernel::map || copies_type(instruction)) map(instruction);
    epilogue(instruction);
    write(instruction.c, "c");
    const bool over_rows = instruction.write == Write::accumulate_rows, accumulates = instruction.write == Write::accumulate || over_rows;
    require(!accumulates || stream_ != nullptr, "c is accumulated outside of a stream");
    require(!over_rows || (stream_->rows_in_order && stream_->row_loop >= 0 && !instruction.c.dtype), "c is accumulated over rows that are independent");
    require(instruction.write == Write::store || accumulates || instruction.c.place == Place::output, "c scales into {}", shown(instruction.c));
    loops(instruction);
    const std::string fault = tiling_fault(instruction);
    require(fault.empty(), "{}", fault);
    numbers(instruction);
  }

  static bool copies_type(const Instruction& instruction) {
    return instruction.kernel == Kernel::permute && instruction.c.dtype && instruction.a.dtype == instruction.c.dtype;
  }
  // What is asked for is there to be read.
  void asks(const Instruction& instruction, bool has_parts) const {
    const Ahead ahead = instruction.tiling.ahead;
    const bool streams = has_parts && !instruction.frame.empty() && instruction.b.place != Place::tile && !instruction.b.dtype;
    const bool may = ahead == Ahead::nothing || (ahead == Ahead::next_tile ? streams : instruction.kernel == Kernel::contract);
    require(may, "a {} asks for the {}", name_of(instruction.kernel), name_of(ahead));
  }
  static bool sums_halves(const Instruction& instruction) {
    const bool alone = instruction.kernel == Kernel::reduce, pair = instruction.kernel == Kernel::dot || instruction.kernel == Kernel::matvec;
    const bool halves = instruction.dtype == DType::f32 && instruction.a.dtype && is_half(*instruction.a.dtype);
    return halves && (alone || (pair && (!instruction.b.dtype || instruction.b.dtype == instruction.a.dtype))) && (!instruction.c.dtype || is_half(*instruction.c.dtype));
  }
  // Only contractions, products of few rows, maps and gathers take arrays of any other types than they compute with; copies leave them alone.
  void numbers(const Instruction& instruction) const {
    require(!is_half(instruction.dtype), "numbers are computed in {}", name_of(instruction.dtype));
    const bool takes = instruction.kernel == Kernel::contract || instruction.kernel == Kernel::map || instruction.kernel == Kernel::gather || instruction.kernel == Kernel::few;
    const bool mixes = instruction.a.dtype || instruction.b.dtype || instruction.c.dtype;
    require(takes || !mixes || copies_type(instruction) || sums_halves(instruction), "a {} of mixed types", name_of(instruction.kernel));
    require(instruction.kernel != Kernel::contract || !instruction.c.dtype || instruction.epilogue >= 0, "a contraction into another type without an epilogue");
    require(instruction.kernel != Kernel::contract || !is_complex(instruction.dtype), "a contraction in {}", name_of(instruction.dtype));
    const bool takes_parts = instruction.kernel == Kernel::contract || instruction.kernel == Kernel::small || instruction.kernel == Kernel::interleaved;
    const bool has_parts = takes_parts && instruction.algebra == Algebra::plus_times && (instruction.dtype == DType::f32 || instruction.dtype == DType::f64);
    require(!instruction.tiling.pairs || has_parts, "a {} of complex parts in {}", name_of(instruction.kernel), name_of(instruction.dtype));
    const bool has_rows = has_parts && instruction.kernel == Kernel::contract && !instruction.tiling.pairs && !instruction.tiling.rows_inside && !instruction.a.dtype;
    asks(instruction, has_parts && instruction.kernel == Kernel::contract);
    require(!instruction.tiling.brings_rows || has_rows, "a {} brings rows of {}", name_of(instruction.kernel), name_of(instruction.dtype));
    if (instruction.kernel != Kernel::map) return;
    const Map& map = executable_.maps[instruction.detail];
    if (map.fold != Fold::custom && map.combine.empty()) return;
    code(map.combine, 2);
    require(map.combine.size() <= most_combine_operations, "{} operations in a fold", map.combine.size());
  }

  void loops(const Instruction& instruction) const {
    const Kernel kernel = instruction.kernel;
    const bool with_a = reads_a(kernel), with_b = reads_b(kernel);
    const bool folds = kernel == Kernel::map && executable_.maps[instruction.detail].fold != Fold::none;
    Role last = Role::batch;
    Reach reached[3];
    for (std::size_t i = 0; i < instruction.loops.size(); ++i) {
      const Loop& loop = instruction.loops[i];
      const std::string_view role = name_of(loop.role);
      const bool online_columns = kernel == Kernel::online && loop.role == Role::k;
      require(loop.extent >= 1, "loop {} has extent {}", i, loop.extent);
      require(loop.role >= last, "loop {} over {} follows {}", i, role, name_of(last));
      last = loop.role;
      require(with_a || loop.a == 0, "loop {} has stride {} in a, which is not read", i, loop.a);
      require(with_b || loop.b == 0, "loop {} has stride {} in b, which is not read", i, loop.b);
      require(loop.role != Role::m || loop.b == 0, "loop {} over m has stride {} in b", i, loop.b);
      require(loop.role != Role::n || loop.a == 0, "loop {} over n has stride {} in a", i, loop.a);
      require(loop.role != Role::n || with_b, "loop {} over n without b", i);
      require(loop.role != Role::k || loop.c == 0 || online_columns, "loop {} over k has stride {} in c", i, loop.c);
      require(loop.role != Role::k || sums(kernel) || folds || online_columns, "loop {} over k in a kernel that sums nothing", i);
      require(!online_columns || loop.extent == 1 || (loop.a == 1 && loop.c == 1), "loop {} over the columns of an online instruction has strides {} and {}",
              i, loop.a, loop.c);
      require(loop.role == Role::k || loop.c != 0 || loop.extent == 1, "loop {} over {} writes one place {} times", i, role, loop.extent);
      require(loop.role != Role::n || (kernel != Kernel::matvec && kernel != Kernel::dot), "loop {} over n in a {}", i, name_of(kernel));
      reached[0].add(loop.a, loop.extent), reached[1].add(loop.b, loop.extent), reached[2].add(loop.c, loop.extent);
    }
    if (kernel == Kernel::gather) {
      require(instruction.detail < executable_.gathers.size(), "gather {} of {}", instruction.detail, executable_.gathers.size());
      const Gather& gather = executable_.gathers[instruction.detail];
      if (gather.extent > 0) reached[0].add(gather.stride, gather.extent);
    }
    if (instruction.tiling.k_slices > 1) reached[2].highest += (instruction.tiling.k_slices - 1) * slice_elements(instruction);
    if (instruction.tiling.pairs && kernel != Kernel::interleaved) ++reached[0].highest;  // the imaginary part of a behind each real one
    const BufferRef* refs[3] = {with_a ? &instruction.a : nullptr, with_b ? &instruction.b : nullptr, &instruction.c};
    for (std::size_t array = 0; array < 3; ++array)
      if (refs[array] != nullptr) bounds(*refs[array], reached[array], instruction.dtype, instruction.frame, array, 3);
  }

  void code(const ScalarCode& code, std::size_t inputs) const {
    require(!code.empty() && code.size() <= most_map_operations, "{} operations in a map", code.size());
    require(inputs <= most_map_inputs, "{} inputs of a map", inputs);
    for (std::size_t i = 0; i < code.size(); ++i) {
      const ScalarOp& op = code[i];
      if (op.function == Function::argument) require(op.in[0] < inputs, "operation {} is input {}, of {}", i, op.in[0], inputs);
      else
        for (std::size_t j = 0; j < static_cast<std::size_t>(input_count(op.function)); ++j)
          require(op.in[j] < i, "operation {} uses the result of operation {}", i, op.in[j]);
    }
  }

  void map(const Instruction& instruction) const {
    require(instruction.detail < executable_.maps.size(), "map {} of {}", instruction.detail, executable_.maps.size());
    const Map& map = executable_.maps[instruction.detail];
    code(map.code, map.inputs.size());
    std::vector<Extent> extents;
    for (const Loop& loop : instruction.loops) {
      require(loop.role == Role::m || loop.role == Role::k, "a loop over {} in a map", name_of(loop.role));
      extents.push_back(loop.extent);
    }
    inputs(map.inputs, extents, instruction.dtype);
  }
  // Input 0 is c: it is written by then. The others must not be: a block of c is overwritten while others are still to come.
  void epilogue(const Instruction& instruction) const {
    if (instruction.epilogue < 0) return;
    const auto index = static_cast<std::size_t>(instruction.epilogue);
    require(instruction.kernel == Kernel::contract && stream_ == nullptr, "an epilogue of a {}{}", name_of(instruction.kernel),
            stream_ == nullptr ? "" : " in a stream");
    require(index < executable_.maps.size(), "epilogue {} of {} maps", index, executable_.maps.size());
    const Map& map = executable_.maps[index];
    code(map.code, map.inputs.size());
    require(map.fold == Fold::none, "an epilogue that folds");
    BufferRef computed = instruction.c;
    computed.dtype = {};
    require(!map.inputs.empty() && !map.inputs[0].position && map.inputs[0].array == computed, "input 0 of an epilogue is not c");
    std::vector<Extent> extents;
    for (const Loop& loop : instruction.loops) extents.push_back(loop.extent);
    inputs(map.inputs, extents, instruction.dtype, 1);
    for (std::size_t i = 0; i < map.inputs.size(); ++i) {
      const MapInput& input = map.inputs[i];
      require(i == 0 || input.position || input.array.place != instruction.c.place || input.array.index != instruction.c.index,
              "input {} of an epilogue is what the contraction writes", i);
      require(input.strides.size() == extents.size(), "input {} of an epilogue has {} strides for {} loops", i, input.strides.size(), extents.size());
      for (std::size_t loop = 0; loop < extents.size(); ++loop) {
        require(instruction.loops[loop].role != Role::k || input.strides[loop] == 0, "input {} of an epilogue varies along k", i);
        require(i > 0 || input.strides[loop] == instruction.loops[loop].c, "input 0 of an epilogue has stride {} where c has {}", input.strides[loop],
                instruction.loops[loop].c);
      }
    }
  }
  void inputs(const std::vector<MapInput>& inputs, const std::vector<Extent>& extents, DType dtype, std::size_t first = 0) const {
    for (std::size_t i = first; i < inputs.size(); ++i) {
      const MapInput& input = inputs[i];
      require(input.strides.size() == extents.size(), "input {} has {} strides for {} loops", i, input.strides.size(), extents.size());
      require(input.frame.empty() || (stream_ != nullptr && input.frame.size() == stream_->frame.size()), "input {} has {} strides for frame loops", i,
              input.frame.size());
      if (input.position) continue;
      read(input.array, fmt::format("input {}", i));
      Reach reach;
      for (std::size_t loop = 0; loop < extents.size(); ++loop) reach.add(input.strides[loop], extents[loop]);
      bounds(input.array, reach, dtype, input.frame, 0, 1);
    }
  }

  void stream(const Instruction& instruction) {
    require(instruction.detail < executable_.streams.size(), "stream {} of {}", instruction.detail, executable_.streams.size());
    const Stream& stream = executable_.streams[instruction.detail];
    const std::string fault = stream_fault(stream, executable_.scratch_bytes, executable_.buffers);
    require(fault.empty(), "{}", fault);
    buffers(stream.tiles, stream.tile_bytes, "tile", "tiles");
    stream_ = &stream;
    require(stream.variants.size() == 4 + 2 * stream.clips.size(), "{} variants of a stream with {} clips", stream.variants.size(), stream.clips.size());
    for (std::size_t i = 0; i < stream.clips.size(); ++i)
      require(stream.clips[i] > (i == 0 ? 0 : stream.clips[i - 1]) && stream.clips[i] < stream.frame.back().tile, "clip {} of tiles of {}",
              stream.clips[i], stream.frame.back().tile);
    for (std::size_t which = 0; which < stream.variants.size(); ++which)
      if (starts(which)) variant(stream.variants[which], instruction.dtype);
    stream_ = nullptr;
  }

  // Where the last tiles of a variant start; false when it has none.
  bool starts(std::size_t which) {
    last_start_.clear();
    for (std::size_t i = 0; i < stream_->frame.size(); ++i) {
      const FrameLoop& loop = stream_->frame[i];
      const bool is_short = (static_cast<std::int32_t>(i) == stream_->row_loop && (which & 1) != 0) || (i + 1 == stream_->frame.size() && which < 4 && (which & 2) != 0);
      const Extent whole = loop.extent / loop.tile;
      const bool nothing = i + 1 == stream_->frame.size() && loop.extent == 0;  // then the finish of a full tile runs
      if (is_short ? loop.extent % loop.tile == 0 : whole == 0 && !nothing) return false;
      last_start_.push_back(is_short ? whole * loop.tile : std::max<Extent>(whole - 1, 0) * loop.tile);
    }
    return true;
  }

  void variant(const StreamVariant& variant, DType dtype) {
    const bool runs = stream_->frame.back().extent > 0;
    tile_written_.assign(stream_->tiles.size(), !runs);
    for (const Instruction& instruction : variant.begin) check(instruction);
    require(variant.mask_only.size() == variant.body.size(), "{} marks for {} instructions of a stream", variant.mask_only.size(), variant.body.size());
    for (std::size_t i = 0; runs && i < variant.body.size(); ++i) {
      const Instruction& instruction = variant.body[i];
      require(instruction.kernel != Kernel::stream, "a stream inside a stream");
      check(instruction);
      if (instruction.kernel == Kernel::online) online(variant.online, instruction);
    }
    if (runs && variant.mask.present) mask(variant.mask, dtype);
    last_start_.back() = 0;
    for (const Instruction& instruction : variant.finish) check(instruction);
  }

  void online(const Online& online, const Instruction& instruction) {
    Extent rows = 1;
    for (const Loop& loop : instruction.loops)
      if (loop.role != Role::k) rows *= loop.extent;
    const auto state = [&](const BufferRef& ref, std::string_view name, Extent elements) {
      require(ref.place == Place::tile, "{} of an online instruction is {}", name, shown(ref));
      place(ref, name);
      bounds(ref, {0, elements - 1}, instruction.dtype, {}, 0, 1);
      tile_written_[ref.index] = true;
    };
    state(online.maximum, "the largest", rows);
    if (online.has_sum) state(online.sum, "the sum", rows);
    require(online.accumulators.size() <= most_accumulators, "{} accumulators", online.accumulators.size());
    for (const Online::Accumulator& each : online.accumulators) state(each.array, "an accumulator", rows * each.columns);
  }

  void mask(const TileMask& mask, DType dtype) const {
    code(mask.visible, mask.inputs.size());
    require(!mask.extents.empty() && mask.clipped.size() == mask.extents.size(), "{} extents and {} frame loops of a mask", mask.extents.size(), mask.clipped.size());
    std::vector<Extent> extents = mask.extents;
    for (std::size_t i = 0; i < extents.size(); ++i) {
      const std::int32_t loop = mask.clipped[i];
      require(loop >= -1 && loop < static_cast<std::int32_t>(stream_->frame.size()), "a mask is clipped by frame loop {}", loop);
      if (loop < 0) continue;
      const auto at = static_cast<std::size_t>(loop);
      extents[i] = std::min(extents[i], stream_->frame[at].extent - last_start_[at]);
    }
    inputs(mask.inputs, extents, dtype);
    for (const MaskBound& bound : mask.bounds) {
      code(bound.limit, mask.inputs.size());
      require(bound.key < mask.inputs.size() && mask.inputs[bound.key].position && mask.inputs[bound.key].strides.back() == 1, "a mask is bounded along input {}", bound.key);
    }
  }

  const Executable& executable_;
  std::vector<bool> output_written_, buffer_written_, tile_written_;
  const Stream* stream_ = nullptr;       // while inside one
  std::vector<Extent> last_start_;       // of the tiles of each of its frame loops
  std::size_t at_ = 0;
};

}  // namespace

void verify(const Executable& executable) { Verifier(executable).run(), verify_slicing(executable); }

}  // namespace einc::ir
