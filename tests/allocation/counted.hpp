// counted.hpp: every allocation of the program counted, and the n-th of them made to fail.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>

namespace einc::testing {

enum class Failing {
  once,     // the n-th allocation alone
  forever,  // the n-th and all that follow
};

// From now on the n-th allocation (counted from 1) of this thread fails; n 0: none does.
void fail_allocation(std::size_t n, Failing how);

// Ends that; tells whether one failed that had to throw.
bool stop_failing();

// Blocks from operator new and aligned_alloc that nobody has freed, of all threads.
long live_blocks();

}  // namespace einc::testing
