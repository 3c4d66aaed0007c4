// slicing.hpp: the pieces of a sliced expression: how many there are, and how they are computed one by one. docs/slicing.md tells the rest.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>

#include <einc/vocabulary.hpp>

namespace einc {

class Compiled;

// How an expression was cut, for those who hand out its tasks themselves: to threads, processes, machines. A slice is a run of the plan on
// a part of the operands. A task is some of them, and depends on nothing but the operands; its result is its partial: bytes to be sent or
// kept, and merged by the same library on the same kind of machine.
struct Slicing {
  std::int64_t slices = 1;
  std::int64_t tasks = 1;          // numbered from 0
  std::size_t partial_bytes = 0;   // of each task; 0: not compiled with the option `slices`, nor with a plan that was
  DType dtype = DType::f32;        // of the numbers a partial is made of
  double task_seconds = 0;         // predicted, on one thread
  double once_seconds = 0;         // predicted, of what tasks() computes
};

// A run by tasks, on operands given to Compiled::tasks(). One thread at a time may use it.
class TaskRun {
 public:
  // Computes `count` tasks from the first one on, side by side where threads allow. Partials stand one behind the other in `partials`,
  // which has count * partial_bytes bytes and begins where an element may. Throws Error: bad_option for tasks that do not exist and
  // bytes that do not fit, cancelled once a stop is requested of the token; the partials hold anything then.
  void run(std::int64_t first, std::int64_t count, std::span<std::byte> partials, const std::stop_token& stop = {});
  TaskRun(TaskRun&&) noexcept;
  TaskRun& operator=(TaskRun&&) noexcept;
  ~TaskRun();

 private:
  friend class Compiled;
  struct State;
  explicit TaskRun(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace einc
