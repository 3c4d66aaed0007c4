// SPDX-License-Identifier: BSD-3-Clause
#include "cli/terminal.hpp"

#include <cstdio>
#include <cstdlib>

#include <fmt/format.h>
#include <sys/ioctl.h>
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

Progress::Progress(bool wanted) : on_(wanted && isatty(STDERR_FILENO) != 0 && variable("TERM") != "dumb") {}

void Progress::show(const std::string& text) {
  const auto now = std::chrono::steady_clock::now();
  if (!on_ || (shown_ && now - last_ < std::chrono::milliseconds(100))) return;
  const auto columns = static_cast<std::size_t>(terminal_columns(STDERR_FILENO, 80));
  fmt::print(stderr, "\r\x1b[K{}", text.substr(0, columns - 1));
  std::fflush(stderr);
  shown_ = true;
  last_ = now;
}

void Progress::clear() {
  if (!shown_) return;
  fmt::print(stderr, "\r\x1b[K");
  std::fflush(stderr);
  shown_ = false;
}

int terminal_columns(int descriptor, int otherwise) {
  winsize size{};
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col : otherwise;
}

}  // namespace einc::cli
