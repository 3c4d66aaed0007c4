// executable.cpp: printing and checking of executables.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/executable.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include <einc/error.hpp>

namespace einc::ir {
namespace {

std::string print(const BufferRef& ref) {
  const std::string_view place =
      ref.place == Place::operand ? "operand" : ref.place == Place::output ? "output" : "buffer";
  if (ref.offset == 0) return fmt::format("{} {}", place, ref.index);
  return fmt::format("{} {} at {}", place, ref.index, ref.offset);
}

bool reads_a(Kernel kernel) { return kernel != Kernel::fill; }
bool reads_b(Kernel kernel) { return reads_a(kernel) && kernel != Kernel::permute && kernel != Kernel::reduce; }
bool sums(Kernel kernel) {
  return kernel == Kernel::contract || kernel == Kernel::small || kernel == Kernel::matvec || kernel == Kernel::dot || kernel == Kernel::reduce;
}

std::string print(const Instruction& instruction) {
  std::string text = fmt::format("{} {} {} =", name_of(instruction.kernel), name_of(instruction.dtype), print(instruction.c));
  if (reads_a(instruction.kernel)) text += " " + print(instruction.a);
  if (reads_b(instruction.kernel)) text += " * " + print(instruction.b);
  if (!reads_a(instruction.kernel)) text += " 0";
  if (instruction.write == Write::scale_into) text += ", scaled into";
  const Tiling& tiling = instruction.tiling;
  if (instruction.kernel == Kernel::small) text += fmt::format(", tile {}x{}", tiling.rows, tiling.columns);
  else if (tiling != Tiling{})
    text += fmt::format(", tile {}x{}, blocks m {} n {} k {}, k slices {}", tiling.rows, tiling.columns, tiling.m_block,
                        tiling.n_block, tiling.k_block, tiling.k_slices);
  return text;
}

// What verify knows while it walks; every check names what it saw.
class Verifier {
 public:
  explicit Verifier(const Executable& executable) : executable_(executable) {}

  void run() {
    arena();
    std::vector<bool> output_written(executable_.output_count), buffer_written(executable_.buffers.size());
    for (at_ = 0; at_ < executable_.code.size(); ++at_) {
      const Instruction& instruction = executable_.code[at_];
      if (reads_a(instruction.kernel)) read(instruction.a, "a", buffer_written);
      if (reads_b(instruction.kernel)) read(instruction.b, "b", buffer_written);
      write(instruction, output_written, buffer_written);
      loops(instruction);
      tiling(instruction);
    }
    // Without any instruction there is nothing to compute: the outputs have no elements.
    for (std::size_t output = 0; output < output_written.size() && !executable_.code.empty(); ++output)
      require(output_written[output], "output {} is never written", output);
  }

 private:
  template <class... Values>
  void require(bool holds, fmt::format_string<Values...> format, Values&&... values) const {
    if (holds) return;
    std::string where = at_ < executable_.code.size() ? fmt::format(" in instruction {}", at_) : "";
    throw InternalError(fmt::format("executable is not well formed: {}{}\n{}",
                                    fmt::format(format, std::forward<Values>(values)...), where,
                                    ir::print(executable_)));
  }

  void arena() {
    at_ = executable_.code.size();
    require(executable_.arena_bytes >= 0 && executable_.scratch_bytes >= 0, "arena {} and scratch {} bytes",
            executable_.arena_bytes, executable_.scratch_bytes);
    require(executable_.scratch_bytes % 64 == 0, "scratch of {} bytes is not a multiple of 64", executable_.scratch_bytes);
    for (std::size_t i = 0; i < executable_.buffers.size(); ++i) {
      const Buffer& buffer = executable_.buffers[i];
      require(buffer.offset >= 0 && buffer.offset % 64 == 0, "buffer {} begins at byte {}", i, buffer.offset);
      require(buffer.bytes >= 0 && buffer.offset <= executable_.arena_bytes &&
                  buffer.bytes <= executable_.arena_bytes - buffer.offset,
              "buffer {} ends after the arena of {} bytes", i, executable_.arena_bytes);
    }
  }

  void place(const BufferRef& ref, std::string_view name) const {
    const std::size_t count = ref.place == Place::operand  ? executable_.operand_count
                              : ref.place == Place::output ? executable_.output_count
                                                           : executable_.buffers.size();
    require(ref.index < count, "{} is {}, of {}", name, print(ref), count);
  }

  void read(const BufferRef& ref, std::string_view name, const std::vector<bool>& buffer_written) const {
    place(ref, name);
    require(ref.place != Place::arena || buffer_written[ref.index], "{} reads {} before it is written", name, print(ref));
  }

  void write(const Instruction& instruction, std::vector<bool>& output_written, std::vector<bool>& buffer_written) const {
    place(instruction.c, "c");
    require(instruction.c.place != Place::operand, "c writes {}", print(instruction.c));
    require(instruction.write == Write::store || instruction.c.place == Place::output, "c scales into {}",
            print(instruction.c));
    (instruction.c.place == Place::output ? output_written : buffer_written)[instruction.c.index] = true;
  }

  void loops(const Instruction& instruction) const {
    const bool with_a = reads_a(instruction.kernel), with_b = reads_b(instruction.kernel);
    Role last = Role::batch;
    Stride lowest[3] = {0, 0, 0}, highest[3] = {0, 0, 0};  // elements of a, b, c reached from the first
    for (std::size_t i = 0; i < instruction.loops.size(); ++i) {
      const Loop& loop = instruction.loops[i];
      const std::string_view role = name_of(loop.role);
      require(loop.extent >= 1, "loop {} has extent {}", i, loop.extent);
      require(loop.role >= last, "loop {} over {} follows {}", i, role, name_of(last));
      last = loop.role;
      require(with_a || loop.a == 0, "loop {} has stride {} in a, which is not read", i, loop.a);
      require(with_b || loop.b == 0, "loop {} has stride {} in b, which is not read", i, loop.b);
      require(loop.role != Role::m || loop.b == 0, "loop {} over m has stride {} in b", i, loop.b);
      require(loop.role != Role::n || loop.a == 0, "loop {} over n has stride {} in a", i, loop.a);
      require(loop.role != Role::n || with_b, "loop {} over n without b", i);
      require(loop.role != Role::k || loop.c == 0, "loop {} over k has stride {} in c", i, loop.c);
      require(loop.role != Role::k || sums(instruction.kernel), "loop {} over k in a kernel that sums nothing", i);
      require(loop.role == Role::k || loop.c != 0 || loop.extent == 1, "loop {} over {} writes one place {} times", i,
              role, loop.extent);
      require(loop.role != Role::n || (instruction.kernel != Kernel::matvec && instruction.kernel != Kernel::dot),
              "loop {} over n in a {}", i, name_of(instruction.kernel));
      const Stride strides[3] = {loop.a, loop.b, loop.c};
      for (int array = 0; array < 3; ++array)
        (strides[array] < 0 ? lowest : highest)[array] += strides[array] * (loop.extent - 1);
    }
    const BufferRef* refs[3] = {with_a ? &instruction.a : nullptr, with_b ? &instruction.b : nullptr, &instruction.c};
    const Extent element = static_cast<Extent>(bytes_of(instruction.dtype));
    for (int array = 0; array < 3; ++array) {
      if (refs[array] == nullptr || refs[array]->place != Place::arena) continue;
      const BufferRef& ref = *refs[array];
      const std::int64_t bytes = executable_.buffers[ref.index].bytes;
      require(ref.offset + lowest[array] >= 0 && (ref.offset + highest[array] + 1) * element <= bytes,
              "{} reaches elements {} to {} of a buffer of {} bytes", print(ref), ref.offset + lowest[array],
              ref.offset + highest[array], bytes);
    }
  }

  void tiling(const Instruction& instruction) const {
    const Tiling& tiling = instruction.tiling;
    if (instruction.kernel == Kernel::small) one_loop_a_role(instruction);
    if (instruction.kernel != Kernel::contract && instruction.kernel != Kernel::small) return;
    require(tiling.rows >= 1 && tiling.columns >= 1, "a contraction with a tile of {}x{}", tiling.rows, tiling.columns);
    if (instruction.kernel == Kernel::small) return;
    require(tiling.m_block >= 1 && tiling.n_block >= 1 && tiling.k_block >= 1, "a contraction with blocks m {} n {} k {}",
            tiling.m_block, tiling.n_block, tiling.k_block);
    require(tiling.k_slices >= 1, "a contraction with {} k slices", tiling.k_slices);
  }

  void one_loop_a_role(const Instruction& instruction) const {
    const std::vector<Loop>& loops = instruction.loops;
    for (std::size_t i = 0; i < loops.size(); ++i) {
      require(loops[i].role == Role::batch || i == 0 || loops[i - 1].role != loops[i].role, "two loops over {} in a small contraction",
              name_of(loops[i].role));
      require(loops[i].role != Role::n || loops[i].c == 1, "loop {} over n has stride {} in c of a small contraction", i, loops[i].c);
    }
  }

  const Executable& executable_;
  std::size_t at_ = 0;
};

}  // namespace

std::string_view name_of(Kernel kernel) {
  switch (kernel) {
    case Kernel::contract: return "contract";
    case Kernel::small: return "small";
    case Kernel::matvec: return "matvec";
    case Kernel::dot: return "dot";
    case Kernel::multiply: return "multiply";
    case Kernel::permute: return "permute";
    case Kernel::reduce: return "reduce";
    case Kernel::fill: return "fill";
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
    text += fmt::format("  buffer {}: {} bytes at {}\n", i, executable.buffers[i].bytes, executable.buffers[i].offset);
  for (const Instruction& instruction : executable.code) {
    text += "  " + print(instruction) + "\n";
    for (const Loop& loop : instruction.loops)
      text += fmt::format("    {:<5} {:>8}  a {:>8}  b {:>8}  c {:>8}\n", name_of(loop.role), loop.extent, loop.a, loop.b,
                          loop.c);
  }
  return text;
}

void verify(const Executable& executable) { Verifier(executable).run(); }

}  // namespace einc::ir
