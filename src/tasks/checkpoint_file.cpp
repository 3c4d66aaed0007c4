// SPDX-License-Identifier: BSD-3-Clause
#include "tasks/checkpoint_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include <einc/error.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tasks/digest.hpp"

namespace einc::tasks {

namespace {

// At the beginning of a file. The number is written as this machine writes numbers: one of the other byte order is no checkpoint here.
struct FileHeader {
  std::uint64_t magic = 0x31'54'50'4b'43'4e'49'45;  // "EINCKPT1"
  CheckpointOf of;
  std::uint64_t checksum = 0;
  std::uint64_t sum() const { return digest(std::as_bytes(std::span(this, 1)).first(offsetof(FileHeader, checksum))); }
};
static_assert(sizeof(FileHeader) == 56);

constexpr std::uint64_t least_rewritten = std::uint64_t{1} << 20;  // bytes: below that a file may grow as it likes
constexpr std::uint64_t results_kept = 4;                          // merged partials may take so many times the space of the outputs
constexpr auto between_syncs = std::chrono::seconds(10);           // what the machine itself may lose by failing; a process that dies loses nothing

// A file that is being written, to be closed and removed if that fails.
struct Beside {
  std::string path;
  int descriptor = -1;
  ~Beside() {
    if (descriptor < 0) return;
    unlink(path.c_str());
    close(descriptor);
  }
};

}  // namespace

struct CheckpointFile::RecordHeader {
  Kind kind;
  TaskRange range;
  std::uint64_t bytes;     // of what follows
  std::uint64_t contents;  // its checksum
  std::uint64_t checksum = 0;
  std::uint64_t sum() const { return digest(std::as_bytes(std::span(this, 1)).first(offsetof(RecordHeader, checksum))); }
};

CheckpointFile::CheckpointFile(std::string path, const CheckpointOf& of, bool resume) : path_(std::move(path)), of_(of), synced_(std::chrono::steady_clock::now()) {
  descriptor_ = open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_by_system("write", errno);
  try {
    struct stat there {};
    if (fstat(descriptor_, &there) != 0) fail_by_system("read", errno);
    if (!S_ISREG(there.st_mode)) fail("is no file that could be a checkpoint");
    if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) fail("is the checkpoint of a run that goes on at this moment");
    end_ = static_cast<std::uint64_t>(there.st_size);
    if (end_ > 0 && !resume)
      throw Error(ErrorCode::bad_file, fmt::format("`{}` is there already", path_), {}, {}, "go on from it with the option `resume` (`--resume`), or remove it");
    if (end_ < sizeof(FileHeader)) {  // nothing, or a process ended before it had written this much
      if (ftruncate(descriptor_, 0) != 0) fail_by_system("write", errno);
      write_header(descriptor_);
      end_ = sizeof(FileHeader);
    } else {
      scan();
    }
  } catch (...) {
    close(descriptor_);
    throw;
  }
}

CheckpointFile::~CheckpointFile() {
  if (end_ == sizeof(FileHeader)) unlink(path_.c_str());
  close(descriptor_);
}

void CheckpointFile::scan() {
  FileHeader header;
  const FileHeader mine;
  read_whole(&header, sizeof header, 0);
  if (header.magic != mine.magic || header.checksum != header.sum()) fail("is no checkpoint of einc");
  if (header.of != of_) {
    const bool other_operands = header.of.computation == of_.computation && header.of.tasks == of_.tasks;
    throw Error(ErrorCode::bad_file, fmt::format("`{}` is the checkpoint of {}", path_, other_operands ? "the same computation on other operands" : "another computation"), {}, {},
                other_operands ? "its partials are of no use here" : "text, shapes, options, the plan and the kernels must be those it was begun with");
  }
  std::uint64_t at = sizeof header;
  RecordHeader record{};
  std::vector<std::byte> contents;
  while (read(&record, sizeof record, at) && record.checksum == record.sum() && record.bytes <= end_ - at - sizeof record) {
    const std::uint64_t begin = at + sizeof record;
    const TaskRange range = record.range;
    const bool fits = range.first >= 0 && range.count > 0 && range.first <= of_.tasks && range.count <= of_.tasks - range.first;
    const bool is_result = record.kind == Kind::result;
    contents.resize(record.bytes);
    read_whole(contents.data(), contents.size(), begin);
    at = begin + record.bytes;
    if (!fits || record.bytes != (is_result ? of_.result_bytes : static_cast<std::uint64_t>(range.count) * of_.partial_bytes) || digest(contents) != record.contents) continue;
    if (is_result) {
      merged_ = range.end();
      result_at_ = begin;
    } else if (range.first >= merged_ && ranges_.emplace(range.first, range).second) {
      places_[range.first] = begin;
    }
  }
  end_ = at;
  if (ftruncate(descriptor_, static_cast<off_t>(end_)) != 0) fail_by_system("write", errno);
}

void CheckpointFile::read_result(std::span<const std::span<std::byte>> outs) {
  std::uint64_t at = result_at_;
  for (const std::span<std::byte> out : outs) {
    read_whole(out.data(), out.size(), at);
    at += out.size();
  }
}

void CheckpointFile::read_partials(TaskRange range, std::byte* partials) { read_whole(partials, static_cast<std::size_t>(range.count) * of_.partial_bytes, places_.at(range.first)); }

void CheckpointFile::append(TaskRange range, std::span<const std::byte> partials) {
  const std::uint64_t end = write_record(descriptor_, end_, Kind::partials, range, {&partials, 1});
  ranges_[range.first] = range;
  places_[range.first] = end_ + sizeof(RecordHeader);
  end_ = end;
  sync_sometimes();
}

void CheckpointFile::set_merged(std::int64_t merged, std::span<const std::span<std::byte>> outs) {
  while (!ranges_.empty() && ranges_.begin()->second.end() <= merged) {
    merged_bytes_ += sizeof(RecordHeader) + static_cast<std::uint64_t>(ranges_.begin()->second.count) * of_.partial_bytes;
    places_.erase(ranges_.begin()->first);
    ranges_.erase(ranges_.begin());
  }
  merged_ = merged;
  if (merged_bytes_ > std::max(least_rewritten, results_kept * of_.result_bytes)) rewrite(outs);
}

// What is still needed goes to a file beside this one, which then takes its place: at every moment one of them is whole.
void CheckpointFile::rewrite(std::span<const std::span<std::byte>> outs) {
  Beside beside{path_ + ".XXXXXX"};
  beside.descriptor = mkostemp(beside.path.data(), O_CLOEXEC);
  if (beside.descriptor < 0) fail_by_system("write", errno);
  struct stat mine {};
  if (fstat(descriptor_, &mine) == 0) fchmod(beside.descriptor, mine.st_mode & 0777);
  if (flock(beside.descriptor, LOCK_EX | LOCK_NB) != 0) fail_by_system("lock", errno);
  write_header(beside.descriptor);
  const std::vector<std::span<const std::byte>> result(outs.begin(), outs.end());
  std::uint64_t end = write_record(beside.descriptor, sizeof(FileHeader), Kind::result, {0, merged_}, result);
  std::map<std::int64_t, std::uint64_t> places;
  std::vector<std::byte> partials;
  for (const auto& [first, range] : ranges_) {
    partials.resize(static_cast<std::size_t>(range.count) * of_.partial_bytes);
    read_partials(range, partials.data());
    const std::span<const std::byte> payload = partials;
    places[first] = end + sizeof(RecordHeader);
    end = write_record(beside.descriptor, end, Kind::partials, range, {&payload, 1});
  }
  if (fsync(beside.descriptor) != 0 || std::rename(beside.path.c_str(), path_.c_str()) != 0) fail_by_system("write", errno);
  close(std::exchange(descriptor_, std::exchange(beside.descriptor, -1)));
  places_ = std::move(places);
  end_ = end;
  result_at_ = sizeof(FileHeader) + sizeof(RecordHeader);
  merged_bytes_ = 0;
  synced_ = std::chrono::steady_clock::now();
}

void CheckpointFile::write_header(int descriptor) {
  FileHeader header{.of = of_};
  header.checksum = header.sum();
  write(descriptor, 0, &header, sizeof header);
}

std::uint64_t CheckpointFile::write_record(int descriptor, std::uint64_t at, Kind kind, TaskRange range, std::span<const std::span<const std::byte>> payload) {
  std::uint64_t bytes = 0;
  for (const auto& part : payload) bytes += part.size();
  RecordHeader header{kind, range, bytes, digest(payload)};
  header.checksum = header.sum();
  at = write(descriptor, at, &header, sizeof header);
  for (const auto& part : payload) at = write(descriptor, at, part.data(), part.size());
  return at;
}

std::uint64_t CheckpointFile::write(int descriptor, std::uint64_t at, const void* data, std::size_t bytes) {
  constexpr std::size_t most = std::size_t{1} << 30;  // one call writes at most 2 GiB
  for (const char* from = static_cast<const char*>(data); bytes > 0;) {
    const ssize_t written = pwrite(descriptor, from, std::min(bytes, most), static_cast<off_t>(at));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_by_system("write", errno);
    from += written;
    at += static_cast<std::uint64_t>(written);
    bytes -= static_cast<std::size_t>(written);
  }
  return at;
}

bool CheckpointFile::read(void* data, std::size_t bytes, std::uint64_t at) {
  constexpr std::size_t most = std::size_t{1} << 30;
  for (char* to = static_cast<char*>(data); bytes > 0;) {
    const ssize_t got = pread(descriptor_, to, std::min(bytes, most), static_cast<off_t>(at));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_by_system("read", errno);
    if (got == 0) return false;
    to += got;
    at += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

void CheckpointFile::read_whole(void* data, std::size_t bytes, std::uint64_t at) {
  if (!read(data, bytes, at)) fail("was cut short while it was in use");
}

void CheckpointFile::sync_sometimes() {
  const auto now = std::chrono::steady_clock::now();
  if (now - synced_ < between_syncs) return;
  if (fdatasync(descriptor_) != 0) fail_by_system("write", errno);
  synced_ = now;
}

void CheckpointFile::fail(std::string what) const { throw Error(ErrorCode::bad_file, fmt::format("`{}` {}", path_, what)); }

void CheckpointFile::fail_by_system(const char* verb, int error) const {
  throw Error(ErrorCode::bad_file, fmt::format("cannot {} the checkpoint `{}`: {}", verb, path_, std::generic_category().message(error)));
}

}  // namespace einc::tasks
