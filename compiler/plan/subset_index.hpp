// subset_index.hpp: many sets, turned: which of them hold a thing, a word for 64 of them. So the sets that hold nothing
// of one list and enough of another are found in a few operations for each 64. SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace einc::plan {

class SubsetIndex {
 public:
  static constexpr std::size_t most_needed = 4;

  explicit SubsetIndex(std::size_t things) : things_(things) {}

  // Sets are numbered from 0.
  void append(std::span<const std::uint16_t> set) {
    if (count_ % 64 == 0) holders_.resize(holders_.size() + things_);
    std::uint64_t* const block = holders_.data() + count_ / 64 * things_;
    for (std::uint16_t thing : set) block[thing] |= std::uint64_t{1} << (count_ % 64);
    ++count_;
  }

  // Visits the numbers below `end` of the sets that hold nothing of `without` and at least `needed` of `some`,
  // ascending.
  template <class Visit>
  void visit(std::span<const std::uint16_t> without, std::span<const std::uint16_t> some, std::size_t needed,
             std::size_t end, Visit visit) const {
    switch (std::min(needed, most_needed)) {
      case 0:
        return visit_with<0>(without, some, end, visit);
      case 1:
        return visit_with<1>(without, some, end, visit);
      case 2:
        return visit_with<2>(without, some, end, visit);
      case 3:
        return visit_with<3>(without, some, end, visit);
      default:
        return visit_with<most_needed>(without, some, end, visit);
    }
  }

 private:
  template <std::size_t needed, class Visit>
  void visit_with(std::span<const std::uint16_t> without, std::span<const std::uint16_t> some, std::size_t end,
                  Visit& visit) const {
    for (std::size_t first = 0; first < end; first += 64) {
      const std::uint64_t* const block = holders_.data() + first / 64 * things_;
      std::array<std::uint64_t, needed + 1> has{};  // has[i]: of those looked at, i or more
      has[0] = ~std::uint64_t{0};
      if constexpr (needed > 0) {
        for (std::uint16_t thing : some) {
          for (std::size_t count = needed; count > 0; --count) has[count] |= has[count - 1] & block[thing];
        }
      }
      std::uint64_t bad = 0;
      for (std::uint16_t thing : without) bad |= block[thing];
      std::uint64_t found = has[needed] & ~bad;
      if (end - first < 64) found &= (std::uint64_t{1} << (end - first)) - 1;
      for (; found != 0; found &= found - 1) visit(first + static_cast<std::size_t>(std::countr_zero(found)));
    }
  }

  std::size_t things_;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> holders_;  // of each 64 sets: a word for each thing
};

}  // namespace einc::plan
