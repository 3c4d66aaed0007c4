// SPDX-License-Identifier: BSD-3-Clause
#include "api/duo_rate.hpp"

#include <algorithm>
#include <chrono>
#include <limits>

namespace einc::api {
namespace {

double measure(const kernels::KernelTable& table) {
  using Clock = std::chrono::steady_clock;
  constexpr std::ptrdiff_t steps = 200;
  constexpr int rounds = 8;  // in turns, the best of each: other load only takes away
  volatile float kept = 0;   // nobody reads it, but the loops must run
  const auto seconds = [&](const auto& loop) {
    const auto begin = Clock::now();
    kept = loop(steps, 0.5F, 0.5F);
    return std::chrono::duration<double>(Clock::now() - begin).count();
  };
  double duos = std::numeric_limits<double>::max(), floats = duos;
  for (int round = 0; round < rounds; ++round) {
    floats = std::min(floats, seconds(table.limit_f32.multiply_add));
    duos = std::min(duos, seconds(table.duos->multiply_add));
  }
  return table.duos->flops_per_step / duos / (table.limit_f32.flops_per_step / floats);
}

}  // namespace

double duo_rate(const kernels::KernelTable& table) {
  static const double rate = measure(table);
  return rate;
}

}  // namespace einc::api
