// scores.hpp: which scores a mask leaves, for the score itself and for its gradient.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>

#include <einc/attention_blocks.hpp>

namespace einc::attention::detail {

// 1 where a query sees a key; nothing when every query sees every key.
std::optional<Tensor> seen(Program& program, const Scoring& scoring, const ScoreTensors& with, const Labels& labels);

}  // namespace einc::attention::detail
