// stream_rules.hpp: whether a stream keeps its own rules: frame, tiles, states, parts, what is kept, clips.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string>

#include "ir/executable.hpp"

namespace einc::ir {

// What is wrong with it in `scratch_bytes` of scratch a thread, and with these buffers in the arena; empty: nothing.
std::string stream_fault(const Stream& stream, std::int64_t scratch_bytes, std::span<const Buffer> buffers);

}  // namespace einc::ir
