// instruction_context.hpp: what the driver of one kernel family is handed: resolved pointers, scalars, scratch and threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "ir/executable.hpp"
#include "kernels/kernel_table.hpp"

namespace einc::runtime {

template <class T>
struct InstructionContext {
  const ir::Instruction& instruction;
  const kernels::KernelTable& table;
  const T* a;  // element at index 0 of every loop, offset applied; null when the family has no use for it
  const T* b;
  T* c;
  T alpha, beta;              // 1 and 0 unless instruction.write is scale_into
  std::byte* scratch;         // thread t owns [t * scratch_bytes, (t + 1) * scratch_bytes)
  std::size_t scratch_bytes;
  int threads;
};

// One driver a kernel family; each in its own file.
template <class T>
void run_contract(const InstructionContext<T>& context) noexcept;  // contract.cpp
template <class T>
void run_small(const InstructionContext<T>& context) noexcept;     // small.cpp
template <class T>
void run_matvec(const InstructionContext<T>& context) noexcept;    // matvec.cpp
template <class T>
void run_dot(const InstructionContext<T>& context) noexcept;       // dot.cpp
template <class T>
void run_multiply(const InstructionContext<T>& context) noexcept;  // multiply.cpp
template <class T>
void run_permute(const InstructionContext<T>& context) noexcept;   // permute.cpp
template <class T>
void run_reduce(const InstructionContext<T>& context) noexcept;    // reduce.cpp
template <class T>
void run_fill(const InstructionContext<T>& context) noexcept;      // fill.cpp

}  // namespace einc::runtime
