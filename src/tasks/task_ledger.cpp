// SPDX-License-Identifier: BSD-3-Clause
#include "tasks/task_ledger.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

#include "tasks/dense.hpp"
#include "tasks/digest.hpp"

namespace einc::tasks {
namespace {

constexpr double worth_a_message = 2e-3;      // seconds of computing, against some 20 us that a message costs with all that follows
constexpr std::int64_t ranges_a_sharer = 4;   // of what is left: the last ranges are short, so that all end together

std::vector<std::span<std::byte>> bytes_of_outputs(std::span<const OutputRef> outs) {
  std::vector<std::span<std::byte>> bytes;
  for (const OutputRef& out : outs) bytes.emplace_back(static_cast<std::byte*>(out.data), dense_bytes(out.dtype, out.extents));
  return bytes;
}

}  // namespace

CheckpointOf checkpoint_of(const Compiled& compiled, std::uint64_t operands) {
  const Slicing slicing = compiled.slicing();
  CheckpointOf of{.computation = digest(identity(compiled)), .operands = operands, .tasks = slicing.tasks, .partial_bytes = slicing.partial_bytes};
  for (const Shape& shape : compiled.shapes()) of.result_bytes += dense_bytes(compiled.dtype(), shape);
  return of;
}

TaskLedger::TaskLedger(const Compiled& compiled, std::span<const OutputRef> outs, std::uint64_t operands_digest, const TaskOptions& options)
    : compiled_(compiled), outs_(outs), out_bytes_(bytes_of_outputs(outs)), begun_(std::chrono::steady_clock::now()) {
  const Slicing slicing = compiled.slicing();
  tasks_ = slicing.tasks;
  partial_bytes_ = slicing.partial_bytes;
  window_ = std::clamp<std::int64_t>(options.window_bytes / static_cast<std::int64_t>(std::max<std::size_t>(partial_bytes_, 1)), 1, tasks_);
  at_once_ = std::max(1, compiled.plan().workers) * static_cast<std::int64_t>(std::clamp(std::ceil(worth_a_message / std::max(slicing.task_seconds, 1e-9)), 1.0, 1e6));
  if (options.checkpoint.empty()) return;
  for (const std::span<std::byte> out : out_bytes_) std::memset(out.data(), 0, out.size());  // what no task has reached yet is kept, too
  file_.emplace(options.checkpoint, checkpoint_of(compiled, operands_digest), options.resume);
  merged_ = next_ = finished_ = file_->merged();
  if (merged_ > 0) file_->read_result(out_bytes_);
  for (const auto& [first, range] : file_->ranges()) {
    waiting_[first] = {range, nullptr};
    finished_ += range.count;
    resumed_ahead_ += range.count;
  }
  resumed_ = finished_;
  skip_finished();
  merge();
}

void TaskLedger::skip_finished() {
  for (auto at = waiting_.find(next_); at != waiting_.end(); at = waiting_.find(next_)) {
    next_ = at->second.range.end();
    resumed_ahead_ -= at->second.range.count;
  }
}

std::int64_t TaskLedger::range_length(std::int64_t sharers) const {
  const std::int64_t fair = std::max<std::int64_t>(1, unassigned() / (ranges_a_sharer * sharers));
  std::int64_t length = std::min({at_once_, fair, std::max<std::int64_t>(1, window_ / (ranges_a_sharer * sharers)), window_ - in_window_, tasks_ - next_});
  if (const auto finished = waiting_.upper_bound(next_); finished != waiting_.end()) length = std::min(length, finished->first - next_);
  return length;
}

std::optional<TaskRange> TaskLedger::next(std::int64_t sharers) {
  if (next_ == tasks_ || in_window_ >= window_) return {};
  const TaskRange range{next_, range_length(sharers)};
  next_ = range.end();
  in_window_ += range.count;
  skip_finished();
  return range;
}

void TaskLedger::finish(FinishedTasks finished) {
  const TaskRange range = finished.range;
  if (file_) file_->append(range, {finished.partials.get(), static_cast<std::size_t>(range.count) * partial_bytes_});
  finished_ += range.count;
  waiting_[range.first] = {range, std::move(finished.partials)};
  merge();
}

void TaskLedger::merge() {
  const std::int64_t before = merged_;
  for (auto at = waiting_.begin(); at != waiting_.end() && at->first == merged_; at = waiting_.erase(at)) {
    Waiting& ready = at->second;
    if (ready.partials) {
      in_window_ -= ready.range.count;
    } else {
      ready.partials = std::make_unique_for_overwrite<std::byte[]>(static_cast<std::size_t>(ready.range.count) * partial_bytes_);
      file_->read_partials(ready.range, ready.partials.get());
    }
    for (std::int64_t i = 0; i < ready.range.count; ++i)
      compiled_.merge_task(merged_++, {ready.partials.get() + static_cast<std::size_t>(i) * partial_bytes_, partial_bytes_}, outs_);
  }
  if (file_ && merged_ > before) file_->set_merged(merged_, out_bytes_);
}

TaskProgress TaskLedger::progress() const {
  return {tasks_, finished_, resumed_, std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count()};
}

}  // namespace einc::tasks
