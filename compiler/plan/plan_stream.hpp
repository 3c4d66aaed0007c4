// plan_stream.hpp: plans one tile of a stream, and how large a tile is.
// Knows labels and extents; not strides, kernels or threads' number.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <vector>

#include "ir/plan.hpp"
#include "ir/target.hpp"
#include "plan/plan_value.hpp"

namespace einc::plan {

// Which values of an expression belong to which stream.
class StreamMembers {
 public:
  explicit StreamMembers(const ir::Expression& expression);

  static constexpr std::uint32_t none = ~std::uint32_t{0};
  std::uint32_t producer(ir::ValueId value) const { return producer_[value]; }     // the stream that can hand the value out
  bool inside(std::uint32_t stream, ir::ValueId value) const;                      // computed inside that stream
  const std::vector<ir::ValueId>& inputs(std::uint32_t stream) const { return inputs_[stream]; }  // values from outside, ascending

 private:
  std::vector<std::uint32_t> producer_;
  std::vector<std::vector<bool>> inside_;
  std::vector<std::vector<ir::ValueId>> inputs_;
};

// The plan of one tile; `wanted` are the values others need, ascending. Its leaves are the inputs it needs.
ir::StreamPlan plan_stream(const ir::Expression& expression, std::uint32_t stream, const StreamMembers& members,
                           const std::vector<ir::ValueId>& wanted, const ir::Target& target, const ValueContext& context);

}  // namespace einc::plan
