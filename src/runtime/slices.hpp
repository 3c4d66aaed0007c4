// slices.hpp: runs a sliced executable: its tasks on workers, their partials added to the outputs in order.
// Knows loops and bytes; not labels, nor why anything was cut.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

#include "runtime/execute.hpp"

namespace einc::runtime {

// A call of a sliced executable. The pointers are the first elements of the caller's arrays.
struct SlicedCall {
  const ir::Executable& executable;
  const ir::Executable& combine;  // adds a partial to the outputs; empty where slices write them
  const kernels::KernelTable& table;
  std::span<const void* const> operands;
  std::span<void* const> outputs;   // of run_slices() and merge_task()
  double alpha = 1, beta = 0;
  std::byte* memory = nullptr;      // bytes_of_run(executable, crew), 64-byte aligned
  ir::Crew crew;
  const std::stop_token* stop = nullptr;  // null: cannot be stopped
  std::byte* beforehand = nullptr;        // Arguments::beforehand
  std::span<double> seconds = {};         // of run_slices(): for each worker what each instruction took is added; empty: not measured
};

// All of it. Allocates nothing and throws nothing. Once a stop is requested it returns soon, leaving work undone. The bits of the
// results are the same for every crew, and for run_tasks() and merge_task() task by task, elsewhere.
void run_slices(const SlicedCall& call) noexcept;

// What all slices share: into the first bytes of the memory.
void run_once(const SlicedCall& call) noexcept;
// Tasks first ... first + count - 1 of a sliced executable with partials, after run_once() with the same memory. Partial i begins
// i * slicing.partial_bytes after `partials`, and each output of it at slicing.partials.
void run_tasks(const SlicedCall& call, Extent first, Extent count, std::byte* partials) noexcept;
// Adds a partial to the outputs. Tasks come in ascending order: the first one of a region scales what is there by beta.
void merge_task(const SlicedCall& call, Extent task, const std::byte* partial) noexcept;

}  // namespace einc::runtime
