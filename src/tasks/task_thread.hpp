// task_thread.hpp: computes tasks on a thread of its own, so that the one that made it is free to speak to others and to write files.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <thread>

#include <einc/einsum.hpp>

#include "tasks/task_range.hpp"

namespace einc::tasks {

// To be used by one thread. The compiled expression and the operands must outlive it.
class TaskThread {
 public:
  using Before = std::function<void(std::int64_t first, std::int64_t count)>;
  TaskThread(const Compiled& compiled, std::span<const ArrayRef> operands, Before before);
  TaskThread(const TaskThread&) = delete;
  ~TaskThread();  // stops what is computed

  void add(TaskRange range);
  std::size_t outstanding() const { return outstanding_; }  // ranges added and not taken
  // The next range that is finished, if one is before `wait` is over. Rethrows what ended the computation; nothing is finished after that.
  std::optional<FinishedTasks> take(std::chrono::microseconds wait);
  // Drops what has not begun, ends what has. What is finished can still be taken.
  void stop();

 private:
  void work();
  void compute();

  const Compiled& compiled_;
  std::span<const ArrayRef> operands_;
  Before before_;
  std::size_t outstanding_ = 0;
  std::mutex mutex_;  // for all that follows
  std::condition_variable added_, finished_;
  std::deque<TaskRange> waiting_;
  std::deque<FinishedTasks> done_;
  std::exception_ptr error_;
  std::stop_source stop_;
  std::thread thread_;
};

}  // namespace einc::tasks
