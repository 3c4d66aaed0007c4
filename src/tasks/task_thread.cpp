// SPDX-License-Identifier: BSD-3-Clause
#include "tasks/task_thread.hpp"

#include <memory>
#include <utility>

namespace einc::tasks {

TaskThread::TaskThread(const Compiled& compiled, std::span<const ArrayRef> operands, Before before) : compiled_(compiled), operands_(operands), before_(std::move(before)) {
  thread_ = std::thread([this] { work(); });
}

TaskThread::~TaskThread() {
  stop();
  thread_.join();
}

void TaskThread::add(TaskRange range) {
  ++outstanding_;
  const std::lock_guard lock(mutex_);
  waiting_.push_back(range);
  added_.notify_one();
}

std::optional<FinishedTasks> TaskThread::take(std::chrono::microseconds wait) {
  std::unique_lock lock(mutex_);
  if (wait.count() > 0) finished_.wait_for(lock, wait, [&] { return !done_.empty() || error_; });
  if (done_.empty()) {
    if (error_) std::rethrow_exception(error_);
    return {};
  }
  --outstanding_;
  FinishedTasks first = std::move(done_.front());
  done_.pop_front();
  return first;
}

void TaskThread::stop() {
  stop_.request_stop();
  const std::lock_guard lock(mutex_);
  added_.notify_one();
}

void TaskThread::work() {
  try {
    compute();
  } catch (...) {
    if (stop_.stop_requested()) return;  // an end that was asked for
    const std::lock_guard lock(mutex_);
    error_ = std::current_exception();
    finished_.notify_one();
  }
}

void TaskThread::compute() {
  std::optional<TaskRun> run;  // begun with the first task: none may come where a checkpoint has them all
  const std::size_t partial_bytes = compiled_.slicing().partial_bytes;
  for (;;) {
    TaskRange range;
    {
      std::unique_lock lock(mutex_);
      added_.wait(lock, [&] { return !waiting_.empty() || stop_.stop_requested(); });
      if (stop_.stop_requested()) return;
      range = waiting_.front();
      waiting_.pop_front();
    }
    if (before_) before_(range.first, range.count);
    if (!run) run = compiled_.tasks(operands_);
    const std::size_t bytes = static_cast<std::size_t>(range.count) * partial_bytes;
    FinishedTasks finished{range, std::make_unique_for_overwrite<std::byte[]>(bytes)};
    run->run(range.first, range.count, {finished.partials.get(), bytes}, stop_.get_token());
    const std::lock_guard lock(mutex_);
    done_.push_back(std::move(finished));
    finished_.notify_one();
  }
}

}  // namespace einc::tasks
