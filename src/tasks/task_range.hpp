// task_range.hpp: tasks that are handed out, computed and kept together.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

namespace einc::tasks {

struct TaskRange {
  std::int64_t first = 0, count = 0;
  std::int64_t end() const { return first + count; }
  bool operator==(const TaskRange&) const = default;
};

// The partials of a range, one behind the other.
struct FinishedTasks {
  TaskRange range;
  std::unique_ptr<std::byte[]> partials;
};

// How many ranges a process has at once: one that is computed, one that is next, so that it never waits for an answer.
constexpr std::size_t ranges_ahead = 2;

}  // namespace einc::tasks
