// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_left_to_right.hpp"

namespace einc::plan {

Order order_left_to_right(const Network& network) {
  const auto count = static_cast<std::uint32_t>(network.tensors.size());
  Order order;
  for (std::uint32_t tensor = 1; tensor < count; ++tensor) {
    order.push_back({tensor == 1 ? 0 : count + tensor - 2, tensor});
  }
  return order;
}

}  // namespace einc::plan
