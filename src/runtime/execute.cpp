// execute.cpp: resolves the buffers of every instruction and hands it to the driver of its kernel family.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/execute.hpp"

#include "runtime/instruction_context.hpp"

namespace einc::runtime {
namespace {

template <class T>
class Run {
 public:
  Run(const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments)
      : executable_(executable), table_(table), arguments_(arguments) {}

  void instruction(const ir::Instruction& instruction) const noexcept {
    const bool scales = instruction.write == ir::Write::scale_into;
    const bool adds = instruction.write == ir::Write::add_into;
    const bool reads_a = instruction.kernel != ir::Kernel::fill;
    const bool reads_b = reads_a && instruction.kernel != ir::Kernel::permute && instruction.kernel != ir::Kernel::reduce;
    const InstructionContext<T> context{instruction,
                                        table_,
                                        reads_a ? read(instruction.a) : nullptr,
                                        reads_b ? read(instruction.b) : nullptr,
                                        write(instruction.c),
                                        scales || adds ? static_cast<T>(arguments_.alpha) : T(1),
                                        scales ? static_cast<T>(arguments_.beta) : adds ? T(1) : T(0),
                                        arguments_.scratch,
                                        static_cast<std::size_t>(executable_.scratch_bytes),
                                        arguments_.threads};
    switch (instruction.kernel) {
      case ir::Kernel::contract: run_contract(context); break;
      case ir::Kernel::small: run_small(context); break;
      case ir::Kernel::matvec: run_matvec(context); break;
      case ir::Kernel::dot: run_dot(context); break;
      case ir::Kernel::multiply: run_multiply(context); break;
      case ir::Kernel::permute: run_permute(context); break;
      case ir::Kernel::reduce: run_reduce(context); break;
      case ir::Kernel::fill: run_fill(context); break;
    }
  }

 private:
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
