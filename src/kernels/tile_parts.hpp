// tile_parts.hpp: what register tiles of sums share beside their multiply-adds.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <limits>

#include "kernels/contract_kernels.hpp"

namespace einc::kernels {

// Asks for memory that will be read soon, a line a step.
template <class Ops, class T>
class FarLines {
 public:
  [[gnu::always_inline]] explicit FarLines(const LinesAhead<T>& ahead) : ahead_(ahead), line_(ahead.line), left_(ahead.left), wait_(any() ? 1 : never) {}

  [[gnu::always_inline]] bool any() const { return line_ != nullptr; }
  // At one of so many steps, the first one too.
  [[gnu::always_inline]] void ask_at_times() {
    if (--wait_ > 0) return;
    wait_ = ahead_.every;
    ask();
  }
  [[gnu::always_inline]] void ask() {
    Ops::prefetch_far(line_);
    line_ += 64 / static_cast<std::ptrdiff_t>(sizeof(T));
    if (--left_ == 0) line_ += ahead_.jump, left_ = ahead_.lines;
  }

 private:
  const LinesAhead<T>& ahead_;
  const T* line_;
  std::ptrdiff_t left_, wait_;
  static constexpr std::ptrdiff_t never = std::numeric_limits<std::ptrdiff_t>::max();
};

// Every sum times alpha, unless that changes nothing.
template <class Ops, class T, int rows, int columns>
[[gnu::always_inline]] inline void scale_sums(typename Ops::Vector (&sums)[rows][columns], T alpha) {
  if (alpha == T(1)) return;
  const auto factor = Ops::broadcast(alpha);
#pragma GCC unroll 16
  for (int i = 0; i < rows; ++i)
#pragma GCC unroll 5
    for (int j = 0; j < columns; ++j) sums[i][j] = factor * sums[i][j];
}

}  // namespace einc::kernels
