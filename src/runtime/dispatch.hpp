// dispatch.hpp: which driver runs an instruction, and which of its arrays it reads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "runtime/elements.hpp"
#include "runtime/instruction_context.hpp"

namespace einc::runtime {

constexpr bool reads_a(ir::Kernel kernel) { return kernel != ir::Kernel::fill && kernel != ir::Kernel::map; }
constexpr bool reads_b(ir::Kernel kernel) {
  switch (kernel) {
    case ir::Kernel::permute:
    case ir::Kernel::reduce:
    case ir::Kernel::fill:
    case ir::Kernel::map:
    case ir::Kernel::online:
    case ir::Kernel::stream: return false;
    default: return true;
  }
}

// The families that need nothing but their three arrays. False: it is another.
template <class T>
bool run_plain(const InstructionContext<T>& context) noexcept {
  switch (context.instruction.kernel) {
    case ir::Kernel::contract:
      if constexpr (!is_complex_element<T>) run_contract(context);  // complex ones are contracted in reals
      return true;
    case ir::Kernel::small:
      if constexpr (is_plain_float<T>) run_small(context);
      return true;
    case ir::Kernel::interleaved:
      if constexpr (is_plain_float<T>) run_interleaved(context);
      return true;
    case ir::Kernel::matvec: run_matvec(context); return true;
    case ir::Kernel::dot: run_dot(context); return true;
    case ir::Kernel::multiply: run_multiply(context); return true;
    case ir::Kernel::permute: run_permute(context); return true;
    case ir::Kernel::reduce: run_reduce(context); return true;
    case ir::Kernel::fill: run_fill(context); return true;
    default: return false;
  }
}

}  // namespace einc::runtime
