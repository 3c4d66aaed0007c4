// checkpoint_file.hpp: a file that keeps finished tasks as they come: a header that says of which computation, then records, each with its
// own checksum. Partials that have been merged give way to the result they were merged into.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "tasks/task_range.hpp"

namespace einc::tasks {

// What a checkpoint is of. Files of another are refused.
struct CheckpointOf {
  std::uint64_t computation = 0, operands = 0;  // digests
  std::int64_t tasks = 0;
  std::uint64_t partial_bytes = 0, result_bytes = 0;
  bool operator==(const CheckpointOf&) const = default;
};

class CheckpointFile {
 public:
  // Opens the file, which nobody else can then do; makes it if it is not there. Throws Error (bad_file): what is there is no checkpoint, or
  // of another computation, or is not to be resumed. A record that was not written to its end is dropped.
  CheckpointFile(std::string path, const CheckpointOf& of, bool resume);
  CheckpointFile(const CheckpointFile&) = delete;
  ~CheckpointFile();  // a file without a record goes with it

  std::int64_t merged() const { return merged_; }           // tasks, from the first one on, that the kept result holds
  void read_result(std::span<const std::span<std::byte>> outs);  // where merged() > 0
  const std::map<std::int64_t, TaskRange>& ranges() const { return ranges_; }  // whose partials it holds, by their first task; none below merged()
  void read_partials(TaskRange range, std::byte* partials);

  void append(TaskRange range, std::span<const std::byte> partials);
  // Says that the outputs now hold all tasks before `merged`. Their partials are dropped once they are several times as large as the outputs.
  void set_merged(std::int64_t merged, std::span<const std::span<std::byte>> outs);
  std::uint64_t bytes() const { return end_; }

 private:
  enum class Kind : std::uint64_t { partials = 1, result = 2 };
  struct RecordHeader;

  void scan();
  void write_header(int descriptor);
  std::uint64_t write_record(int descriptor, std::uint64_t at, Kind kind, TaskRange range, std::span<const std::span<const std::byte>> payload);  // where it ends
  std::uint64_t write(int descriptor, std::uint64_t at, const void* data, std::size_t bytes);
  bool read(void* data, std::size_t bytes, std::uint64_t at);  // false: the file ends before
  void read_whole(void* data, std::size_t bytes, std::uint64_t at);
  void rewrite(std::span<const std::span<std::byte>> outs);
  void sync_sometimes();
  [[noreturn]] void fail(std::string what) const;
  [[noreturn]] void fail_by_system(const char* verb, int error) const;

  std::string path_;
  CheckpointOf of_;
  int descriptor_ = -1;
  std::uint64_t end_ = 0, merged_bytes_ = 0;  // of the file; of its records that are merged
  std::int64_t merged_ = 0;
  std::uint64_t result_at_ = 0;
  std::map<std::int64_t, TaskRange> ranges_;
  std::map<std::int64_t, std::uint64_t> places_;  // of the partials of a range, by its first task
  std::chrono::steady_clock::time_point synced_;
};

}  // namespace einc::tasks
