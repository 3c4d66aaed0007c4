// terminal.hpp: what a terminal gets and a file does not: colours and a line of progress.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace einc::cli {

enum class Color { automatic, always, never };

// Whether text for this descriptor is coloured. automatic: it is a terminal, NO_COLOR is unset or empty, TERM is not dumb.
bool use_color(Color color, int descriptor);

// Words with or without colour.
struct Style {
  bool colored = false;
  std::string bold(std::string_view text) const { return paint("1", text); }
  std::string faint(std::string_view text) const { return paint("2", text); }
  std::string red(std::string_view text) const { return paint("1;31", text); }
  std::string green(std::string_view text) const { return paint("32", text); }
  std::string yellow(std::string_view text) const { return paint("33", text); }

 private:
  std::string paint(std::string_view code, std::string_view text) const;
};

// One line on standard error that is written over and over; nothing at all where that is no terminal.
class Progress {
 public:
  // any_terminal: the one the program was started from where standard error is a pipe, as mpirun gives its processes.
  enum class Where { standard_error, any_terminal };
  explicit Progress(bool wanted, Where where = Where::standard_error);
  Progress(const Progress&) = delete;
  ~Progress();
  void show(const std::string& text);  // at most ten times a second
  void clear();

 private:
  void write(const std::string& text) const;

  int descriptor_ = -1;  // negative: nowhere
  bool shown_ = false;
  std::chrono::steady_clock::time_point last_{};
};

// Columns of the terminal behind a descriptor, or `otherwise`.
int terminal_columns(int descriptor, int otherwise);

}  // namespace einc::cli
