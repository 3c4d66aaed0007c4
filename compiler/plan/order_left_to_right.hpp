// order_left_to_right.hpp: the order as written: ((a b) c) d. For comparison.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "plan/network.hpp"

namespace einc::plan {

Order order_left_to_right(const Network& network);

}  // namespace einc::plan
