// fmt_check.cpp: formats as other files do, without fmt's code; CMake asks whether compiler/ir/fmt_code.cpp has all that is missing here.
// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>
#include <vector>

int main(int count, char** words) {
  const std::vector<std::string> list(words, words + count);
  const std::string text = fmt::format("{} {:>5} {:?} {} {:.3g} {} {}", count, 'c', list[0], 1.5 * count, 2.5F, true, fmt::join(list, ", "));
  return static_cast<int>(fmt::format("{:L} {:x} {}", count, text.size(), fmt::to_string(text.size())).size()) == 0;
}
