// wording.hpp: how the messages of this stage write shapes, counts and pieces of a text; long ones are cut short.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <einc/vocabulary.hpp>

namespace einc::bind {

std::string shown(std::span<const Extent> shape);                  // "[2, 3]"; of very many extents the first and the last ones
std::string counted(std::size_t count, std::string_view noun);     // "1 label", "2 labels"
std::string brief(std::string_view text);                          // a long text as "abc ... xyz", whole characters only

}  // namespace einc::bind
