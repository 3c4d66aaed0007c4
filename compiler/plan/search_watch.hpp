// search_watch.hpp: when a search ends: its time is over, or somebody who watches has seen enough. Shared by its workers.
// Knows time and progress; nothing of orders.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <thread>

#include "plan/search_control.hpp"

namespace einc::plan {

class SearchWatch {
 public:
  // seconds: the search ends after so long; 0: when `work` is done. progress: asked by the thread that made the watch; may be null.
  SearchWatch(double seconds, std::uint64_t work, const PlanProgress* progress);

  // Called by every worker now and then, with the work it did since the last time. True: end with the best so far.
  bool is_over(std::uint64_t work = 0);

  void stop() { stopped_ = true; }
  bool was_stopped() const { return stopped_; }  // before its end, by whoever watched or by a fault

  void round_ended(double cost);  // of its best order

 private:
  using Clock = std::chrono::steady_clock;

  void report(double passed);

  const Clock::time_point start_ = Clock::now();
  const std::thread::id caller_ = std::this_thread::get_id();
  const double seconds_, work_;
  const PlanProgress* const progress_;
  double reported_ = 0;  // seconds; the caller's own
  std::atomic<bool> stopped_ = false, late_ = false;
  std::atomic<std::uint64_t> done_ = 0, rounds_ = 0;
  std::atomic<double> cost_ = std::numeric_limits<double>::infinity();
};

}  // namespace einc::plan
