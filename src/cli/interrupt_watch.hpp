// interrupt_watch.hpp: Ctrl-C asks a long command for an end instead of ending it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <csignal>

namespace einc::cli {

// The first interrupt asks for an end; a second one, should that take too long, ends the program.
class InterruptWatch {
 public:
  InterruptWatch() {
    asked_ = 0;
    before_ = std::signal(SIGINT, [](int signal) {
      asked_ = 1;
      std::signal(signal, SIG_DFL);
    });
  }
  InterruptWatch(const InterruptWatch&) = delete;
  ~InterruptWatch() { std::signal(SIGINT, before_); }
  static bool interrupted() { return asked_ != 0; }

 private:
  static inline volatile std::sig_atomic_t asked_ = 0;
  void (*before_)(int);
};

}  // namespace einc::cli
