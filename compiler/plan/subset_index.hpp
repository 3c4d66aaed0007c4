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
  static constexpr std::size_t most_needed = 15;

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
    switch (needed) {
      case 0:
        return visit_with<0>(without, some, needed, begin, end, visit);
      case 1:
        return visit_with<1>(without, some, needed, begin, end, visit);
      case 2:
        return visit_with<2>(without, some, needed, begin, end, visit);
      default:
        return visit_with<counted>(without, some, std::min(needed, most_needed), begin, end, visit);
    }
  }

 private:
  static constexpr std::size_t counted = 3;  // from so many on, adding up in binary takes less than a word for each number

  template <std::size_t steps, class Visit>
  void visit_with(std::span<const std::uint16_t> without, std::span<const std::uint16_t> some, std::size_t needed,
                  std::size_t begin, std::size_t end, Visit& visit) const {
    for (std::size_t first = begin / group * group; first < end; first += group) {
      const std::uint64_t* const holders = holders_.data() + first / group * things_ * words;
      Word found;
      found.fill(~std::uint64_t{0});
      for (std::uint16_t thing : without) {
        for (std::size_t word = 0; word < words; ++word) found[word] &= ~holders[thing * words + word];
      }
      if constexpr (steps == counted) {
        keep_counted(found, holders, some, needed);
      } else if constexpr (steps > 0) {
        keep_some<steps>(found, holders, some);
      }
      for (std::size_t word = 0; word < words; ++word) {
        const std::size_t number = first + 64 * word;
        std::uint64_t left = found[word];
        if (number + 64 <= begin || number >= end) continue;
        if (number < begin) left &= ~std::uint64_t{0} << (begin - number);
        if (end - number < 64) left &= (std::uint64_t{1} << (end - number)) - 1;
        for (; left != 0; left &= left - 1) visit(number + static_cast<std::size_t>(std::countr_zero(left)));
      }
    }
  }

  // A cache line of each thing lies together.
  static constexpr std::size_t words = 2, group = 64 * words;
  using Word = std::array<std::uint64_t, words>;

  // Those that hold `needed` things or more.
  template <std::size_t needed>
  static void keep_some(Word& found, const std::uint64_t* holders, std::span<const std::uint16_t> some) {
    std::array<Word, needed + 1> has{};  // has[i]: i or more
    has[0] = found;
    for (std::uint16_t thing : some) {
      for (std::size_t count = needed; count > 0; --count) {
        for (std::size_t word = 0; word < words; ++word)
          has[count][word] |= has[count - 1][word] & holders[thing * words + word];
      }
    }
    found = has[needed];
  }

  // The same by numbers in binary, one bit of all 64 in each word: two things are added at a time.
  static void keep_counted(Word& found, const std::uint64_t* holders, std::span<const std::uint16_t> some,
                           std::size_t needed) {
    std::array<Word, bits> sum{};
    Word more{};  // than can be counted
    for (std::size_t i = 0; i < some.size(); i += 2) {
      const std::uint64_t* const one = holders + some[i] * words;
      const std::uint64_t* const other = i + 1 < some.size() ? holders + some[i + 1] * words : none;
      for (std::size_t word = 0; word < words; ++word) {
        const std::uint64_t half = sum[0][word] ^ one[word];
        std::uint64_t carry = (sum[0][word] & one[word]) | (half & other[word]);
        sum[0][word] = half ^ other[word];
        for (std::size_t bit = 1; bit < bits; ++bit) {
          const std::uint64_t next = sum[bit][word] & carry;
          sum[bit][word] ^= carry;
          carry = next;
        }
        more[word] |= carry;
      }
    }
    for (std::size_t word = 0; word < words; ++word) {
      std::uint64_t equal = ~std::uint64_t{0};
      for (std::size_t bit = bits; bit-- > 0;) {
        if ((needed >> bit & 1) != 0) {
          equal &= sum[bit][word];
        } else {
          more[word] |= equal & sum[bit][word];
        }
      }
      found[word] &= more[word] | equal;
    }
  }

  static constexpr std::size_t bits = 4;
  static constexpr std::uint64_t none[words] = {};

  std::size_t things_;
  std::size_t count_ = 0;
  std::vector<std::uint64_t> holders_;  // of each group of sets: some words for each thing
};

}  // namespace einc::plan
