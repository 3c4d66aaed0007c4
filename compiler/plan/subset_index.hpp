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
  static constexpr std::size_t most_needed = 7;

  explicit SubsetIndex(std::size_t things) : things_(things) {}

  // Sets are numbered from 0.
  void append(std::span<const std::uint16_t> set) {
    if (count_ % group == 0) holders_.resize(holders_.size() + things_ * words);
    const std::size_t place = count_ % group, first = count_ / group * things_ * words + place / 64;
    for (std::uint16_t thing : set) holders_[first + thing * words] |= std::uint64_t{1} << (place % 64);
    ++count_;
  }

  // Visits the numbers from `begin` and below `end` of the sets that hold nothing of `without` and at least `needed` of
  // `some`, ascending.
  template <class Visit>
  void visit(std::span<const std::uint16_t> without, std::span<const std::uint16_t> some, std::size_t needed,
             std::size_t begin, std::size_t end, Visit visit) const {
    switch (std::min(needed, most_needed)) {
      case 0:
        return visit_with<0>(without, some, begin, end, visit);
      case 1:
        return visit_with<1>(without, some, begin, end, visit);
      case 2:
        return visit_with<2>(without, some, begin, end, visit);
      case 3:
        return visit_with<3>(without, some, begin, end, visit);
      case 4:
        return visit_with<4>(without, some, begin, end, visit);
      case 5:
        return visit_with<5>(without, some, begin, end, visit);
      case 6:
        return visit_with<6>(without, some, begin, end, visit);
      default:
        return visit_with<most_needed>(without, some, begin, end, visit);
    }
  }

 private:
  template <std::size_t needed, class Visit>
  void visit_with(std::span<const std::uint16_t> without, std::span<const std::uint16_t> some, std::size_t begin,
                  std::size_t end, Visit& visit) const {
    for (std::size_t first = begin / group * group; first < end; first += group) {
      const std::uint64_t* const holders = holders_.data() + first / group * things_ * words;
      std::array<std::array<std::uint64_t, words>, needed + 1> has{};  // has[i]: of those looked at, i or more
      has[0].fill(~std::uint64_t{0});
      for (std::uint16_t thing : without) {
        for (std::size_t word = 0; word < words; ++word) has[0][word] &= ~holders[thing * words + word];
      }
      if constexpr (needed > 0) {
        for (std::uint16_t thing : some) {
          for (std::size_t count = needed; count > 0; --count) {
            for (std::size_t word = 0; word < words; ++word) {
              has[count][word] |= has[count - 1][word] & holders[thing * words + word];
            }
          }
        }
      }
      for (std::size_t word = 0; word < words; ++word) {
        const std::size_t number = first + 64 * word;
        std::uint64_t found = has[needed][word];
        if (number + 64 <= begin || number >= end) continue;
        if (number < begin) found &= ~std::uint64_t{0} << (begin - number);
        if (end - number < 64) found &= (std::uint64_t{1} << (end - number)) - 1;
        for (; found != 0; found &= found - 1) visit(number + static_cast<std::size_t>(std::countr_zero(found)));
      }
    }
  }

  // A cache line of each thing lies together.
  static constexpr std::size_t words = 2, group = 64 * words;

  std::size_t things_;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> holders_;  // of each group of sets: some words for each thing
};

}  // namespace einc::plan
