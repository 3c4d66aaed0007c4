// noise.hpp: a sequence of numbers that look random and are the same everywhere (splitmix64).
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>

namespace einc::plan {

class Noise {
 public:
  explicit Noise(std::uint64_t seed) : state_(seed) {}

  std::uint64_t bits() {
    std::uint64_t bits = (state_ += 0x9e3779b97f4a7c15ULL);
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    return bits ^ (bits >> 31);
  }

  double uniform() { return (static_cast<double>(bits() >> 11) + 0.5) * 0x1p-53; }  // in (0, 1)

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>((bits() >> 32) * limit >> 32); }

 private:
  std::uint64_t state_;
};

}  // namespace einc::plan
