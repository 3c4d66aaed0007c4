// term_marks.hpp: where a message about an array points: to its term in the text.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include <einc/error.hpp>

namespace einc::api {

inline constexpr std::size_t of_result = std::numeric_limits<std::size_t>::max();

// A mark under the term of operand `number`, or of the result; none when the text is no subscripts or lacks the term.
std::vector<Mark> term_marks(std::string_view text, std::size_t number, std::string note = {});

}  // namespace einc::api
