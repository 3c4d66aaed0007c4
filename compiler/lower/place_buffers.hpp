// place_buffers: intermediates share one arena; two whose lives do not overlap may share bytes.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <vector>

#include "ir/executable.hpp"

namespace einc::lower {

// A buffer before it has a place: written by instruction `born`, last read by instruction `dies`.
struct Life {
  std::int64_t bytes;
  std::size_t born, dies;
  bool shared = false;  // by all slices: lies in a block of its own, and lives for ever there
  bool beforehand = false;  // read by calls, written before them: likewise
};

struct Placement {
  std::vector<ir::Buffer> buffers;  // of each life, in the same order
  std::int64_t arena_bytes = 0;
  std::int64_t shared_bytes = 0;
  std::int64_t beforehand_bytes = 0;
};

// First fit in order of birth, each at the lowest offset free for its whole life; offsets are multiples of 64.
Placement place_buffers(const std::vector<Life>& lives);

}  // namespace einc::lower
