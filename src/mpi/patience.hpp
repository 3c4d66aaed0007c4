// patience.hpp: how long to wait between two looks at the mailbox: shortly at first, then longer, so that the cores are free to compute.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <chrono>

namespace einc::mpi {

class Patience {
 public:
  std::chrono::microseconds wait(bool busy) {
    wait_ = busy ? std::chrono::microseconds(0) : std::clamp(wait_ * 2, shortest, longest);
    return wait_;
  }

 private:
  static constexpr std::chrono::microseconds shortest{20}, longest{500};  // of tasks, whose ranges take 2 ms and more
  std::chrono::microseconds wait_{0};
};

}  // namespace einc::mpi
