// order_text.hpp: orders of contraction as people write and copy them: `(1,2),(0,1)`.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace einc::cli {

// "(1,2),(0,1)", also as Python prints it: "[(1, 2), (0, 1)]", "['einsum_path', (1, 2), (0, 1)]". Throws Error (bad_option).
std::vector<std::vector<std::uint32_t>> parse_order(std::string_view text);

}  // namespace einc::cli
