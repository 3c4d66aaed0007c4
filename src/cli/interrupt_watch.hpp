// interrupt_watch.hpp: Ctrl-C asks a long command for an end instead of ending it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <csignal>
#include <cstdint>
#include <ctime>

namespace einc::cli {

// The first interrupt asks for an end; a second one, should that take too long, ends the program. What comes at once is the same interrupt told twice: timeout and
// mpirun tell the program and its group.
class InterruptWatch {
 public:
  // any_end: SIGTERM, too. mpirun makes that of an interrupt, and gives its ranks a second; queues send it when the time of a job is over.
  enum class Of : std::uint8_t { interrupts, any_end };
  explicit InterruptWatch(Of what = Of::interrupts) : what_(what) {
    asked_ = 0;
    const auto ask = [](int signal) {
      const std::int64_t now = milliseconds();
      if (asked_ == 0) {
        first_ = now;
        asked_ = 1;
      } else if (now - first_ > told_twice) {
        std::signal(signal, SIG_DFL);
        std::raise(signal);
      }
    };
    before_ = std::signal(SIGINT, ask);
    if (what == Of::any_end) before_end_ = std::signal(SIGTERM, ask);
  }
  InterruptWatch(const InterruptWatch&) = delete;
  ~InterruptWatch() {
    std::signal(SIGINT, before_);
    if (what_ == Of::any_end) std::signal(SIGTERM, before_end_);
  }
  static bool interrupted() { return asked_ != 0; }

 private:
  static constexpr std::int64_t told_twice = 200;  // milliseconds
  static std::int64_t milliseconds() {             // a signal handler may ask this clock
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return std::int64_t{now.tv_sec} * 1000 + now.tv_nsec / 1000000;
  }
  static_assert(std::atomic<std::int64_t>::is_always_lock_free);
  static inline std::atomic<std::int64_t> first_ = 0;
  static inline volatile std::sig_atomic_t asked_ = 0;
  Of what_;
  void (*before_)(int);
  void (*before_end_)(int) = SIG_DFL;
};

}  // namespace einc::cli
