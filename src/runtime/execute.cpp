// execute.cpp: resolves the buffers of every instruction and hands it to the driver of its kernel family.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/execute.hpp"

#include <algorithm>
#include <chrono>

#include "runtime/dispatch.hpp"
#include "runtime/elements.hpp"
#include "runtime/parallel_for.hpp"
#include "runtime/stream.hpp"

namespace einc::runtime {
namespace {

template <class T>
class Run {
 public:
  Run(const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments)
      : executable_(executable), table_(table), arguments_(arguments) {}

  void instruction(const ir::Instruction& instruction) const noexcept {
    if constexpr (is_plain_float<T>)
      if (instruction.kernel == ir::Kernel::stream) return run_stream<T>(executable_.streams[instruction.detail], executable_, table_, arguments_);
    const bool scales = instruction.write == ir::Write::scale_into;
    const bool adds = instruction.write == ir::Write::add_into;
    const InstructionContext<T> context{instruction,
                                        table_,
                                        reads_a(instruction.kernel) ? place(instruction.a) : nullptr,
                                        reads_b(instruction.kernel) ? place(instruction.b) : nullptr,
                                        place(instruction.c),
                                        element_of_number<T>(scales || adds ? instruction.factor * arguments_.alpha : instruction.factor),
                                        element_of_number<T>(scales ? arguments_.beta : adds ? 1 : 0),
                                        arguments_.scratch,
                                        static_cast<std::size_t>(executable_.scratch_bytes),
                                        arguments_.threads};
    if constexpr (is_plain_float<T>) {
      if (instruction.epilogue >= 0) return with_epilogue(context, scales || adds ? static_cast<T>(arguments_.alpha) : T(1));
      if (instruction.kernel == ir::Kernel::gather) return run_gather(context, executable_.gathers[instruction.detail]);
    }
    if (instruction.kernel == ir::Kernel::map) map(context);
    else if (instruction.kernel == ir::Kernel::permute && instruction.c.dtype) copy(context);
    else run_plain(context);
  }

 private:
  void map(const InstructionContext<T>& context) const noexcept {
    const ir::Map& map = executable_.maps[context.instruction.detail];
    MapSource<T> sources[ir::most_map_inputs];
    resolve(map, sources);
    run_map(context, map, sources);
  }

  // Of a type that is not computed with: moved as it is, unless the call scales it.
  void copy(const InstructionContext<T>& context) const noexcept {
    if (!(context.alpha == T(1) && context.beta == T(0))) return map(context);
    run_copy({context.instruction, context.table, context.a, context.c, context.threads}, bytes_of(*context.instruction.c.dtype));
  }

  // The caller's scalars are for what the epilogue gives, not for what it reads.
  void with_epilogue(InstructionContext<T> context, T alpha) const noexcept
    requires is_plain_float<T>
  {
    const ir::Map& map = executable_.maps[static_cast<std::size_t>(context.instruction.epilogue)];
    MapSource<T> sources[ir::most_map_inputs];
    resolve(map, sources);
    const EpilogueContext<T> epilogue{map, sources, alpha, context.beta};
    context.alpha = static_cast<T>(context.instruction.factor);
    context.beta = T(0);
    context.epilogue = &epilogue;
    run_contract(context);
  }

  void resolve(const ir::Map& map, MapSource<T>* sources) const noexcept {
    for (std::size_t i = 0; i < map.inputs.size(); ++i) {
      const ir::MapInput& input = map.inputs[i];
      if (input.position) sources[i].position = input.array.offset;
      else sources[i].array = place(input.array);
    }
  }

  // The first element of an array used here. Operands are never written: verify() has seen to it.
  T* place(const ir::BufferRef& ref) const noexcept { return place(ref, ref.dtype ? bytes_of(*ref.dtype) : sizeof(T)); }
  T* place(const ir::BufferRef& ref, std::size_t element_bytes) const noexcept {
    std::byte* const start = ref.place == ir::Place::operand  ? static_cast<std::byte*>(const_cast<void*>(arguments_.operands[ref.index]))
                             : ref.place == ir::Place::output ? static_cast<std::byte*>(arguments_.outputs[ref.index])
                                                              : arguments_.of(executable_.buffers[ref.index]);
    return reinterpret_cast<T*>(start + ref.offset * static_cast<std::ptrdiff_t>(element_bytes));
  }

  const ir::Executable& executable_;
  const kernels::KernelTable& table_;
  const Arguments& arguments_;
};

void run(const ir::Instruction& instruction, const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments) noexcept {
  with_element({instruction.dtype, instruction.algebra}, [&]<class T>(Of<T>) { Run<T>(executable, table, arguments).instruction(instruction); });
}

void execute_timed(std::span<const ir::Instruction> code, const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments) noexcept {
  for (std::size_t i = 0; i < code.size(); ++i) {
    const auto start = std::chrono::steady_clock::now();
    run(code[i], executable, table, arguments);
    if (i < arguments.seconds.size()) arguments.seconds[i] += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
}

}  // namespace

void execute(const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments) noexcept {
  const auto code = std::span(executable.code).subspan(executable.beforehand);
  if (arguments.seconds.empty() || executable.beforehand == 0) return execute(code, executable, table, arguments);
  Arguments timed = arguments;
  timed.seconds = arguments.seconds.subspan(std::min(executable.beforehand, arguments.seconds.size()));
  execute(code, executable, table, timed);
}

void execute_beforehand(const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments) noexcept {
  execute(std::span(executable.code).first(executable.beforehand), executable, table, arguments);
}

void execute(std::span<const ir::Instruction> code, const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments) noexcept {
  if (!arguments.seconds.empty()) return execute_timed(code, executable, table, arguments);
  if (arguments.stop == nullptr) {
    for (const ir::Instruction& instruction : code) run(instruction, executable, table, arguments);
    return;
  }
  const StoppedBy stopped_by(arguments.stop);
  for (const ir::Instruction& instruction : code) {
    if (arguments.stop->stop_requested()) return;
    run(instruction, executable, table, arguments);
  }
}

}  // namespace einc::runtime
