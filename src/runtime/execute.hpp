// execute.hpp: runs an executable through one kernel table. Has never heard of labels, text or planning.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <stop_token>

#include "ir/executable.hpp"
#include "kernels/kernel_table.hpp"

namespace einc::runtime {

// Everything one run needs besides the executable. The pointers are the first elements (index 0 along every label).
struct Arguments {
  std::span<const void* const> operands;
  std::span<void* const> outputs;
  double alpha = 1, beta = 0;       // applied by the instruction that writes an output
  std::byte* arena = nullptr;       // executable.arena_bytes, 64-byte aligned
  std::byte* scratch = nullptr;     // threads * executable.scratch_bytes, 64-byte aligned
  int threads = 1;                  // results do not depend on it, bit for bit
  const std::stop_token* stop = nullptr;  // null: cannot be stopped
  std::byte* shared = nullptr;            // of a sliced executable: what all slices read; slicing.once_bytes, 64-byte aligned
  std::span<double> seconds = {};         // what each instruction took is added, where there is a place for it
  std::byte* beforehand = nullptr;        // what all calls read: executable.beforehand_bytes, 64-byte aligned

  std::byte* of(const ir::Buffer& buffer) const noexcept { return (buffer.beforehand ? beforehand : buffer.once ? shared : arena) + buffer.offset; }
};

// Runs every instruction of a call in order. Allocates nothing and throws nothing. Once a stop is requested it returns soon, leaving work undone.
void execute(const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments) noexcept;
// What is computed beforehand, into its block: with an arena of beforehand_arena_bytes and the constants among the operands.
void execute_beforehand(const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments) noexcept;
// The same for some of the instructions.
void execute(std::span<const ir::Instruction> code, const ir::Executable& executable, const kernels::KernelTable& table, const Arguments& arguments) noexcept;

}  // namespace einc::runtime
