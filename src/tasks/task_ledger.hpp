// task_ledger.hpp: which tasks of a run are handed out, finished and merged; kept by the one process that has the result. Tasks are handed
// out and merged in ascending order; what is finished early waits for its turn. Does not know who computes.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include <einc/tasks.hpp>

#include "tasks/checkpoint_file.hpp"
#include "tasks/task_range.hpp"

namespace einc::tasks {

// What a checkpoint of this computation on these operands is known by.
CheckpointOf checkpoint_of(const Compiled& compiled, std::uint64_t operands);

class TaskLedger {
 public:
  // Opens the checkpoint, if there is to be one, and takes over what it holds. Throws Error.
  TaskLedger(const Compiled& compiled, std::span<const OutputRef> outs, std::uint64_t operands_digest, const TaskOptions& options);

  // Tasks to be computed next, by one of `sharers` processes; nothing once all are handed out, or while too many wait to be merged.
  std::optional<TaskRange> next(std::int64_t sharers);
  // Keeps what was handed out, and merges what has its turn.
  void finish(FinishedTasks finished);

  std::int64_t unassigned() const { return tasks_ - next_ - resumed_ahead_; }
  bool done() const { return merged_ == tasks_; }
  TaskProgress progress() const;

 private:
  struct Waiting {
    TaskRange range;
    std::unique_ptr<std::byte[]> partials;  // null: in the checkpoint
  };

  std::int64_t range_length(std::int64_t sharers) const;
  void skip_finished();
  void merge();

  const Compiled& compiled_;
  std::span<const OutputRef> outs_;
  std::vector<std::span<std::byte>> out_bytes_;
  std::optional<CheckpointFile> file_;
  std::int64_t tasks_ = 0, next_ = 0, merged_ = 0, finished_ = 0, resumed_ = 0;
  std::int64_t resumed_ahead_ = 0;  // tasks from next_ on that the checkpoint held
  std::int64_t in_window_ = 0, window_ = 1;  // tasks handed out and not merged; the most there may be
  std::int64_t at_once_ = 1;  // tasks that keep all threads of a process busy, and are worth a message
  std::size_t partial_bytes_ = 0;
  std::map<std::int64_t, Waiting> waiting_;
  std::chrono::steady_clock::time_point begun_;
};

}  // namespace einc::tasks
