// SPDX-License-Identifier: BSD-3-Clause
#include "cli/output_file.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

#include <einc/error.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

namespace einc::cli {

namespace {

constexpr int fatal_signals[] = {SIGINT, SIGTERM, SIGHUP};

// The file an interrupt has to remove; a plain array, because a signal handler may read nothing else.
char unfinished[4096];
volatile std::sig_atomic_t has_unfinished = 0;

void remove_unfinished(int signal) {
  if (has_unfinished) unlink(unfinished);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// Signals that already have a handler keep it: whoever set it ends in good order.
void guard(const std::string& path) {
  if (path.size() >= sizeof unfinished) return;
  std::memcpy(unfinished, path.c_str(), path.size() + 1);
  has_unfinished = 1;
  for (const int signal : fatal_signals)
    if (const auto before = std::signal(signal, remove_unfinished); before != SIG_DFL) std::signal(signal, before);
}

void unguard() {
  has_unfinished = 0;
  for (const int signal : fatal_signals)
    if (const auto before = std::signal(signal, SIG_DFL); before != remove_unfinished) std::signal(signal, before);
}

mode_t permissions() {
  const mode_t mask = umask(0);
  umask(mask);
  return 0666 & ~mask;
}

}  // namespace

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {
  if (path_ == "-") {
    descriptor_ = dup(STDOUT_FILENO);
    if (descriptor_ < 0) fail(errno);
    return;
  }
  std::error_code ignored;
  const std::filesystem::path followed = std::filesystem::weakly_canonical(path_, ignored);
  target_ = ignored || followed.empty() ? path_ : followed.string();
  struct stat there {};
  if (stat(target_.c_str(), &there) != 0) {
    if (errno != ENOENT) fail(errno);
  } else if (S_ISDIR(there.st_mode)) {
    throw Error(ErrorCode::bad_file, fmt::format("cannot write `{}`: it is a directory", path_));
  } else if (!S_ISREG(there.st_mode)) {
    descriptor_ = open(target_.c_str(), O_WRONLY | O_CLOEXEC);
    if (descriptor_ < 0) fail(errno);
    return;
  } else if (access(target_.c_str(), W_OK) != 0) {
    fail(errno);
  }
  open_beside(target_);
}

void OutputFile::open_beside(const std::string& target) {
  temporary_ = target + ".XXXXXX";
  descriptor_ = mkstemp(temporary_.data());
  if (descriptor_ < 0) {
    temporary_.clear();
    fail(errno);
  }
  guard(temporary_);
  fchmod(descriptor_, permissions());
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) close(descriptor_);
  if (temporary_.empty()) return;
  unlink(temporary_.c_str());
  unguard();
}

void OutputFile::write(const void* data, std::size_t bytes) {
  constexpr std::size_t most = std::size_t{1} << 30;  // one call writes at most 2 GiB
  for (const char* from = static_cast<const char*>(data); bytes > 0;) {
    const ssize_t written = ::write(descriptor_, from, bytes < most ? bytes : most);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail(errno);
    from += written;
    bytes -= static_cast<std::size_t>(written);
  }
}

void OutputFile::commit() {
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (close(descriptor) != 0) fail(errno);
  if (temporary_.empty()) return;
  if (std::rename(temporary_.c_str(), target_.c_str()) != 0) fail(errno);
  temporary_.clear();
  unguard();
}

void OutputFile::fail(int error) const {
  throw Error(ErrorCode::bad_file, fmt::format("cannot write `{}`: {}", path_, std::generic_category().message(error)));
}

}  // namespace einc::cli
