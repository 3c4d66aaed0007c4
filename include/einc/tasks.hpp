// tasks.hpp: a run of what was compiled in slices, task by task: with progress, an end on demand, and a checkpoint that a later
// process goes on from. Over several machines: einc/mpi.hpp.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <stop_token>
#include <string>

#include <einc/einsum.hpp>

namespace einc {

// What decides the bits of a result beside its operands, as text: shapes, types, options, the plan, the kernels. Who computes tasks of one
// run must have equal ones. Threads are not part of it.
std::string identity(const Compiled& compiled);

struct TaskProgress {
  std::int64_t tasks = 0;     // all there are
  std::int64_t finished = 0;  // whether merged yet or not
  std::int64_t resumed = 0;   // of those, what the checkpoint held
  double seconds = 0;         // since the run began

  // At the rate so far; negative while there is none.
  double seconds_left() const {
    const std::int64_t computed = finished - resumed;
    return computed > 0 ? seconds * static_cast<double>(tasks - finished) / static_cast<double>(computed) : tasks == finished ? 0 : -1;
  }
};

struct TaskOptions {
  std::string checkpoint = {};                     // a file that takes every task as it is finished; empty: none. It stays after the run
  bool resume = false;                             // go on from that file where it is there; else a file that is there is refused
  std::int64_t window_bytes = std::int64_t{1} << 30;  // of partials that wait for their turn to be merged; never less than one
  std::function<void(const TaskProgress&)> progress = {};                        // called some twenty times a second, by the thread that called
  std::function<void(std::int64_t first, std::int64_t count)> before_tasks = {};  // called before tasks are computed, by the thread that does so; what it throws ends the run
  std::stop_token stop = {};                       // asks for an end: the Error cancelled; finished tasks are in the checkpoint then
};

struct TaskReport {
  std::int64_t tasks = 0, resumed = 0;
  std::int64_t computed = 0;  // by this process
  double seconds = 0;
};

// Computes the outputs, which are row-major: the bits of Compiled::run(). Throws Error as run() and Compiled::tasks() do; bad_file for a
// checkpoint that cannot be written or read, is in use, or is of another computation. After an Error outputs hold anything.
TaskReport run_tasks(const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const TaskOptions& options = {});
inline TaskReport run_tasks(const Compiled& compiled, std::span<const ArrayRef> operands, const OutputRef& out, const TaskOptions& options = {}) {
  return run_tasks(compiled, operands, {&out, 1}, options);
}

}  // namespace einc
