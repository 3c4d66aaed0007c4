// execute.cpp: resolves the buffers of every instruction and hands it to the driver of its kernel family.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/execute.hpp"

#include "runtime/dispatch.hpp"
#include "runtime/stream.hpp"

namespace einc::runtime {
namespace {

template <class T>
class Run {
 public:
  Run(const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments)
      : executable_(executable), table_(table), arguments_(arguments) {}

  void instruction(const ir::Instruction& instruction) const noexcept {
    if (instruction.kernel == ir::Kernel::stream)
      return run_stream<T>(executable_.streams[instruction.detail], executable_, table_, arguments_);
    const bool scales = instruction.write == ir::Write::scale_into;
    const bool adds = instruction.write == ir::Write::add_into;
    const InstructionContext<T> context{instruction,
                                        table_,
                                        reads_a(instruction.kernel) ? read(instruction.a) : nullptr,
                                        reads_b(instruction.kernel) ? read(instruction.b) : nullptr,
                                        write(instruction.c),
                                        static_cast<T>(scales || adds ? instruction.factor * arguments_.alpha : instruction.factor),
                                        scales ? static_cast<T>(arguments_.beta) : adds ? T(1) : T(0),
                                        arguments_.scratch,
                                        static_cast<std::size_t>(executable_.scratch_bytes),
                                        arguments_.threads};
    if (instruction.epilogue >= 0) return with_epilogue(context, scales || adds ? static_cast<T>(arguments_.alpha) : T(1));
    if (run_plain(context)) return;
    if (instruction.kernel == ir::Kernel::gather) run_gather(context, executable_.gathers[instruction.detail]);
    else if (instruction.kernel == ir::Kernel::map) map(context);
  }

 private:
  void map(const InstructionContext<T>& context) const noexcept {
    const ir::Map& map = executable_.maps[context.instruction.detail];
    MapSource<T> sources[ir::most_map_inputs];
    resolve(map, sources);
    run_map(context, map, sources);
  }

  // The caller's scalars are for what the epilogue gives, not for what it reads.
  void with_epilogue(InstructionContext<T> context, T alpha) const noexcept {
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
      else sources[i].array = read(input.array);
    }
  }

  const T* read(const ir::BufferRef& ref) const noexcept {
    if (ref.place == ir::Place::operand)
      return static_cast<const T*>(arguments_.operands[ref.index]) + ref.offset;
    return write(ref);
  }
  T* write(const ir::BufferRef& ref) const noexcept {
    if (ref.place == ir::Place::output) return static_cast<T*>(arguments_.outputs[ref.index]) + ref.offset;
    return reinterpret_cast<T*>(arguments_.arena + executable_.buffers[ref.index].offset) + ref.offset;
  }

  const ir::Executable& executable_;
  const kernels::KernelTable& table_;
  const Arguments& arguments_;
};

}  // namespace

void execute(const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments) noexcept {
  for (const ir::Instruction& instruction : executable.code) {
    if (instruction.dtype == DType::f32) Run<float>(executable, table, arguments).instruction(instruction);
    else Run<double>(executable, table, arguments).instruction(instruction);
  }
}

}  // namespace einc::runtime
