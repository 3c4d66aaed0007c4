// SPDX-License-Identifier: BSD-3-Clause
#include "plan/search_watch.hpp"

#include <algorithm>

namespace einc::plan {
namespace {

constexpr double seconds_between_reports = 0.05;

}  // namespace

SearchWatch::SearchWatch(double seconds, std::uint64_t work, const PlanProgress* progress)
    : seconds_(seconds), work_(static_cast<double>(work)), progress_(progress != nullptr && *progress ? progress : nullptr) {}

bool SearchWatch::is_over(std::uint64_t work) {
  done_.fetch_add(work, std::memory_order_relaxed);
  if (stopped_ || late_) return true;
  if (seconds_ == 0 && progress_ == nullptr) return false;
  const double passed = std::chrono::duration<double>(Clock::now() - start_).count();
  if (progress_ != nullptr && passed - reported_ >= seconds_between_reports && std::this_thread::get_id() == caller_) {
    reported_ = passed;
    report(passed);
  }
  if (seconds_ > 0 && passed >= seconds_) late_ = true;
  return stopped_ || late_;
}

void SearchWatch::report(double passed) {
  const double share = seconds_ > 0 ? passed / seconds_ : work_ > 0 ? static_cast<double>(done_.load()) / work_ : 0;
  if (!(*progress_)({passed, std::min(share, 1.0), cost_.load(), rounds_.load()})) stopped_ = true;
}

void SearchWatch::round_ended(double cost) {
  rounds_.fetch_add(1, std::memory_order_relaxed);
  double least = cost_.load();
  while (cost < least && !cost_.compare_exchange_weak(least, cost)) {
  }
}

}  // namespace einc::plan
