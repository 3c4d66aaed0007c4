// subset_table.hpp: a hash table from sets of up to 64 things to a number. Only grows; never iterated, so order cannot leak.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace einc::plan {

class SubsetTable {
 public:
  static constexpr std::uint32_t absent = ~std::uint32_t{0};

  SubsetTable() : slots_(1024) {}

  std::uint32_t find(std::uint64_t set) const { return slots_[place_of(set)].number; }

  // The set is not empty and not in the table yet.
  void insert(std::uint64_t set, std::uint32_t number) {
    if (2 * ++count_ > slots_.size()) grow();
    slots_[place_of(set)] = {set, number};
  }

 private:
  struct Slot {
    std::uint64_t set = 0;  // zero: free
    std::uint32_t number = absent;
  };

  // Fibonacci hashing, then linear probing.
  std::size_t place_of(std::uint64_t set) const {
    const std::size_t mask = slots_.size() - 1;
    std::size_t place = static_cast<std::size_t>(((set ^ (set >> 32)) * 0x9e3779b97f4a7c15ULL) >> 20) & mask;
    while (slots_[place].set != 0 && slots_[place].set != set) place = (place + 1) & mask;
    return place;
  }

  void grow() {
    std::vector<Slot> old(4 * slots_.size());
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.set != 0) slots_[place_of(slot.set)] = slot;
    }
  }

  std::vector<Slot> slots_;  // a power of two of them
  std::size_t count_ = 0;
};

}  // namespace einc::plan
