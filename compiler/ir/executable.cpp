// executable.cpp: executables as text.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/executable.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace einc::ir {
namespace {

bool is_product(Kernel kernel) { return kernel <= Kernel::multiply; }

class Printer {
 public:
  explicit Printer(const Executable& executable) : executable_(executable) {}

  // An instruction and what belongs to it, each line behind `margin`.
  void add(const Instruction& instruction, std::string_view margin) {
    text_ += fmt::format("{}{} {} {} ={}", margin, name_of(instruction.kernel), kind_of(instruction), print(instruction.c), right_side(instruction));
    if (instruction.factor != 1 && instruction.kernel != Kernel::fill) text_ += fmt::format(" * {}", instruction.factor);
    const Map* const epilogue = epilogue_of(instruction);
    if (epilogue != nullptr) text_ += fmt::format(", then {}", ir::print(epilogue->code));
    if (instruction.write == Write::scale_into) text_ += ", scaled into";
    if (instruction.write == Write::add_into) text_ += ", added into";
    if (instruction.write == Write::accumulate) text_ += ", accumulated";
    if (instruction.write == Write::accumulate_rows) text_ += ", accumulated over rows";
    const Tiling& tiling = instruction.tiling;
    if (instruction.kernel == Kernel::interleaved)
      text_ += fmt::format(", tile {}x{}x{}, blocks n {} k {}", tiling.rows, tiling.columns, tiling.run, tiling.n_block, tiling.k_block);
    else if (instruction.kernel == Kernel::small) text_ += fmt::format(", tile {}x{}", tiling.rows, tiling.columns);
    else if (tiling != Tiling{})
      text_ += fmt::format(", tile {}x{}, blocks m {} n {} k {}, k slices {}", tiling.rows, tiling.columns, tiling.m_block,
                           tiling.n_block, tiling.k_block, tiling.k_slices);
    if (tiling.run != 0) text_ += fmt::format(", runs {}", tiling.run);
    if (tiling.unit != 0) text_ += fmt::format(", units {}", tiling.unit);
    if (tiling.group != 0) text_ += fmt::format(", {}groups {}", tiling.turned ? "turned " : "", tiling.group);
    if (tiling.rows_inside) text_ += ", rows inside";
    if (tiling.brings_rows) text_ += ", rows of a brought";
    if (tiling.quads) text_ += ", bytes in quads";
    if (tiling.duos) text_ += ", halves in duos";
    if (tiling.ahead != Ahead::nothing) text_ += fmt::format(", {} asked for", name_of(tiling.ahead));
    text_ += "\n";
    for (const Loop& loop : instruction.loops)
      text_ += fmt::format("{}  {:<5} {:>8}  a {:>8}  b {:>8}  c {:>8}\n", margin, name_of(loop.role), loop.extent, loop.a, loop.b, loop.c);
    if (instruction.paged >= 0) text_ += fmt::format("{}  in pages {}\n", margin, instruction.paged);
    if (!instruction.frame.empty()) text_ += fmt::format("{}  frame {}\n", margin, fmt::join(instruction.frame, " "));
    if (epilogue != nullptr) add(epilogue->inputs, margin);
    if (instruction.kernel == Kernel::map && instruction.detail < executable_.maps.size()) add(executable_.maps[instruction.detail].inputs, margin);
    if (instruction.kernel == Kernel::stream && instruction.detail < executable_.streams.size()) add(executable_.streams[instruction.detail]);
  }

  std::string text_;

 private:
  static std::string kind_of(const Instruction& instruction) {
    std::string text{name_of(instruction.dtype)};
    if (instruction.algebra != Algebra::plus_times) text += fmt::format(" {}", name_of(instruction.algebra));
    if (instruction.tiling.pairs) text += " complex";
    if (instruction.conjugate_a) text += " conj a";
    if (instruction.conjugate_b) text += " conj b";
    return text;
  }
  static std::string print(const BufferRef& ref) {
    static constexpr std::string_view places[] = {"operand", "output", "buffer", "tile"};
    const std::string_view place = places[static_cast<std::size_t>(ref.place)];
    const std::string type = ref.dtype ? fmt::format(" ({})", name_of(*ref.dtype)) : "";
    if (ref.offset == 0) return fmt::format("{} {}{}", place, ref.index, type);
    return fmt::format("{} {} at {}{}", place, ref.index, ref.offset, type);
  }

  const Map* epilogue_of(const Instruction& instruction) const {
    const auto index = static_cast<std::size_t>(instruction.epilogue);
    return instruction.epilogue >= 0 && index < executable_.maps.size() ? &executable_.maps[index] : nullptr;
  }

  std::string right_side(const Instruction& instruction) const {
    static constexpr std::string_view folds[] = {"", "sum of ", "largest of ", "smallest of ", "fold of "};
    switch (instruction.kernel) {
      case Kernel::fill: return fmt::format(" {}", instruction.factor);
      case Kernel::stream: return fmt::format(" stream {}", instruction.detail);
      case Kernel::map:
        if (instruction.detail >= executable_.maps.size()) return fmt::format(" map {}", instruction.detail);
        return fmt::format(" {}{}", folds[static_cast<std::size_t>(executable_.maps[instruction.detail].fold)], ir::print(executable_.maps[instruction.detail].code));
      case Kernel::gather: return fmt::format(" {} at index {}", print(instruction.a), print(instruction.b));
      default: break;
    }
    return is_product(instruction.kernel) ? fmt::format(" {} * {}", print(instruction.a), print(instruction.b)) : " " + print(instruction.a);
  }

  void add(const std::vector<MapInput>& inputs, std::string_view margin) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      const std::string what = inputs[i].position ? fmt::format("position from {}", inputs[i].array.offset) : print(inputs[i].array);
      text_ += fmt::format("{}  ${} {}, strides {}", margin, i, what, fmt::join(inputs[i].strides, " "));
      text_ += inputs[i].frame.empty() ? "\n" : fmt::format(", frame {}\n", fmt::join(inputs[i].frame, " "));
    }
  }

  void add(const Stream& stream) {
    if (stream.rows_in_order) text_ += "    rows in order\n";
    if (stream.together > 1) text_ += fmt::format("    {} row tiles together, their states {} bytes apart from {} on\n", stream.together, stream.state_bytes, stream.state_begin);
    if (stream.part > 0) text_ += fmt::format("    parts of {} tiles, their states in arena {}\n", stream.part, stream.part_states);
    for (const FrameLoop& loop : stream.frame) text_ += fmt::format("    frame {:>8} in tiles of {}\n", loop.extent, loop.tile);
    for (std::size_t i = 0; i < stream.tiles.size(); ++i)
      text_ += fmt::format("    tile {}: {} bytes at {} of {}\n", i, stream.tiles[i].bytes, stream.tiles[i].offset, stream.tile_bytes);
    for (std::size_t i = 0; i < stream.paged.size(); ++i) {
      const Paged& paged = stream.paged[i];
      text_ += fmt::format("    pages {}: blocks of {} at index {} by {}, frame {}; {} blocks, {} apart, positions by {}\n", i, paged.block, print(paged.index), paged.entry,
                           fmt::join(paged.frame, " "), paged.blocks, paged.stride, paged.slot);
    }
    for (std::size_t which = 0; which < stream.variants.size(); ++which) {
      const StreamVariant& variant = stream.variants[which];
      if (variant.body.empty() && variant.finish.empty()) continue;
      const std::string length = which < 4 ? std::string((which & 2) != 0 ? "short" : "full") : fmt::format("at most {} of a", stream.clips[which / 2 - 2]);
      text_ += fmt::format("    {} rows, {} tile\n", (which & 1) != 0 ? "short" : "full", length);
      if (variant.mask.present) {
        text_ += fmt::format("      visible {}\n", ir::print(variant.mask.visible));
        add(variant.mask.inputs, "      ");
      }
      if (!variant.begin.empty()) text_ += "      begin\n";
      for (const Instruction& instruction : variant.begin) add(instruction, "      ");
      if (!variant.begin.empty()) text_ += "      a tile\n";
      for (std::size_t i = 0; i < variant.body.size(); ++i) {
        add(variant.body[i], "      ");
        if (i < variant.mask_only.size() && variant.mask_only[i]) text_ += "        only where partly hidden\n";
        if (i < variant.keeps.size() && variant.keeps[i] >= 0) text_ += fmt::format("        keeps what it packs at {} of {}\n", variant.keeps[i], stream.kept_bytes);
        if (i < variant.narrows.size() && variant.narrows[i] != Narrow::none) text_ += fmt::format("        {}\n", narrowing(variant.narrows[i]));
        if (variant.body[i].kernel == Kernel::online) add(variant.online);
      }
      if (!variant.finish.empty()) text_ += "      finish\n";
      for (const Instruction& instruction : variant.finish) add(instruction, "      ");
    }
  }

  static std::string_view narrowing(Narrow narrow) {
    return narrow == Narrow::columns ? "only columns that rows see" : narrow == Narrow::sums ? "sums over what rows see" : "of scores that rows see";
  }

  void add(const Online& online) {
    text_ += fmt::format("        largest in {}{}{}\n", print(online.maximum), online.has_sum ? ", sum in " + print(online.sum) : "",
                         online.powers_of_two ? ", powers of two" : "");
    for (const Online::Accumulator& each : online.accumulators) text_ += fmt::format("        rescales {}, {} columns\n", print(each.array), each.columns);
  }

  const Executable& executable_;
};

}  // namespace

std::string_view name_of(Kernel kernel) {
  switch (kernel) {
    case Kernel::contract: return "contract";
    case Kernel::small: return "small";
    case Kernel::interleaved: return "interleaved";
    case Kernel::few: return "few";
    case Kernel::matvec: return "matvec";
    case Kernel::dot: return "dot";
    case Kernel::multiply: return "multiply";
    case Kernel::permute: return "permute";
    case Kernel::reduce: return "reduce";
    case Kernel::fill: return "fill";
    case Kernel::map: return "map";
    case Kernel::gather: return "gather";
    case Kernel::online: return "online";
    case Kernel::stream: return "stream";
  }
  return "?";
}

std::string_view name_of(Ahead ahead) {
  switch (ahead) {
    case Ahead::nothing: return "nothing";
    case Ahead::block: return "next block of b";
    case Ahead::sum: return "next part of the sum";
    case Ahead::next_tile: return "next tile of b";
  }
  return "?";
}

std::string_view name_of(Role role) {
  switch (role) {
    case Role::batch: return "batch";
    case Role::m: return "m";
    case Role::n: return "n";
    case Role::k: return "k";
  }
  return "?";
}

std::string print(const Executable& executable) {
  std::string text = fmt::format("executable: {} operands, {} outputs, arena {} bytes, scratch {} bytes a thread\n",
                                 executable.operand_count, executable.output_count, executable.arena_bytes,
                                 executable.scratch_bytes);
  for (std::size_t i = 0; i < executable.buffers.size(); ++i)
    text += fmt::format("  buffer {}: {} bytes at {}{}\n", i, executable.buffers[i].bytes, executable.buffers[i].offset, executable.buffers[i].beforehand ? ", beforehand" : executable.buffers[i].once ? ", shared" : "");
  const Slicing& slicing = executable.slicing;
  for (const SliceLoop& loop : slicing.loops)
    text += fmt::format("  slices {:>8}{}, operands step [{}], outputs [{}] bytes\n", loop.parts, loop.summed ? " summed" : "", fmt::join(loop.operands, ", "), fmt::join(loop.outputs, ", "));
  if (slicing.is_sliced())
    text += fmt::format("  tasks of {} slices, {} instructions once, {} bytes shared, partials [{}] of {} bytes\n", slicing.slices_per_task, slicing.once, slicing.once_bytes,
                        fmt::join(slicing.partials, ", "), slicing.partial_bytes);
  if (executable.beforehand > 0) text += fmt::format("  {} instructions beforehand, {} bytes kept\n", executable.beforehand, executable.beforehand_bytes);
  Printer printer(executable);
  for (const Instruction& instruction : executable.code) printer.add(instruction, "  ");
  return text + printer.text_;
}

}  // namespace einc::ir
