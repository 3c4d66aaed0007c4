// SPDX-License-Identifier: BSD-3-Clause
#include "cli/terminal.hpp"

#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace einc::cli {

namespace {
std::string_view variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}
}  // namespace

bool use_color(Color color, int descriptor) {
  if (color != Color::automatic) return color == Color::always;
  return isatty(descriptor) != 0 && variable("NO_COLOR").empty() && variable("TERM") != "dumb";
}

std::string Style::paint(std::string_view code, std::string_view text) const {
  return colored ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
}

Progress::Progress(bool wanted, Where where) {
  if (!wanted || variable("TERM") == "dumb") return;
  struct stat there {};
  if (isatty(STDERR_FILENO) != 0) descriptor_ = dup(STDERR_FILENO);
  else if (where == Where::any_terminal && fstat(STDERR_FILENO, &there) == 0 && S_ISFIFO(there.st_mode)) descriptor_ = open("/dev/tty", O_WRONLY | O_NOCTTY | O_CLOEXEC);
}

Progress::~Progress() {
  clear();
  if (descriptor_ >= 0) close(descriptor_);
}

void Progress::write(const std::string& text) const {
  const ssize_t ignored = ::write(descriptor_, text.data(), text.size());  // a terminal that has gone does not end the work
  static_cast<void>(ignored);
}

void Progress::show(const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  if (descriptor_ < 0 || (shown_ && now - last_ < std::chrono::milliseconds(100))) return;
  const auto columns = static_cast<std::size_t>(terminal_columns(descriptor_, 80));
  write(fmt::format("\r\x1b[K{}", text.substr(0, columns - 1)));
  shown_ = true;
  last_ = now;
}

void Progress::clear() {
  if (!shown_) return;
  write("\r\x1b[K");
  shown_ = false;
}

int terminal_columns(int descriptor, int otherwise) {
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : otherwise;
}

}  // namespace einc::cli
