// choose_streams.hpp: which of the streams an expression allows are worth it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <einc/options.hpp>

#include "ir/expression.hpp"

namespace einc::plan {

// Drops every stream (Stream::forbid), or those that would save nothing (Stream::allow): with the reason among the refusals.
// Throws Error (cannot_stream) for Stream::require when some softmax cannot stream.
ir::Expression choose_streams(ir::Expression expression, Stream wanted);

}  // namespace einc::plan
