// run_tasks.cpp: all tasks in one process: one thread computes, the caller's writes the checkpoint and merges.
// SPDX-License-Identifier: BSD-3-Clause
#include <chrono>

#include <einc/tasks.hpp>

#include "tasks/check_call.hpp"
#include "tasks/digest.hpp"
#include "tasks/task_ledger.hpp"
#include "tasks/task_thread.hpp"

namespace einc {

TaskReport run_tasks(const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const TaskOptions& options) {
  tasks::check_tasks(compiled);
  tasks::check_outputs(compiled, operands, outs);
  tasks::TaskLedger ledger(compiled, outs, options.checkpoint.empty() ? 0 : tasks::digest(operands), options);
  tasks::TaskThread thread(compiled, operands, options.before_tasks);
  TaskReport report;
  while (!ledger.done()) {
    while (thread.outstanding() < tasks::ranges_ahead) {
      const auto range = ledger.next(1);
      if (!range) break;
      thread.add(*range);
    }
    const bool stopped = options.stop.stop_requested();
    if (stopped) thread.stop();
    while (auto finished = thread.take(std::chrono::milliseconds(stopped ? 0 : 50))) {
      report.computed += finished->range.count;
      ledger.finish(std::move(*finished));
      if (!stopped) break;
    }
    if (options.progress) options.progress(ledger.progress());
    if (stopped) throw Error(ErrorCode::cancelled, tasks::sentence_of_stop(ledger.progress()));
  }
  const TaskProgress progress = ledger.progress();
  report.tasks = progress.tasks, report.resumed = progress.resumed, report.seconds = progress.seconds;
  return report;
}

}  // namespace einc
