// Panels out of halves and of complex numbers, for every arrangement of offsets, on every instruction set of this machine.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/pack_types.hpp"

#include <random>
#include <vector>

#include <einc/element_types.hpp>

#include "runtime/typed_kernels.hpp"
#include "support/catch.hpp"
#include "support/loop_reference.hpp"

using namespace einc;
using namespace einc::kernels;

namespace {

std::vector<std::ptrdiff_t> runs(std::ptrdiff_t count, std::ptrdiff_t run, std::ptrdiff_t step, std::ptrdiff_t jump) {
  std::vector<std::ptrdiff_t> offsets;
  for (std::ptrdiff_t i = 0; i < count; ++i) offsets.push_back(i / run * jump + i % run * step);
  return offsets;
}

// Lanes side by side, depths side by side, or neither.
enum class Near { lanes, depths, nothing };

template <class T, class Half>
void check_halves(const KernelTable& table) {
  const ContractKernels<T>& kernels = runtime::contract_kernels<T>(table);
  const auto pack = std::is_same_v<Half, bfloat16> ? kernels.pack_bf16 : kernels.pack_f16;
  std::vector<std::uint16_t> from(60000);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<std::uint16_t>(i % 30000);  // finite, all different nearby
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    const Near near = round % 3 == 0 ? Near::lanes : round % 3 == 1 ? Near::depths : Near::nothing;
    const int width = 1 + static_cast<int>(random() % static_cast<unsigned>(kernels.columns));
    const int padded = (width + kernels.width - 1) / kernels.width * kernels.width;
    const int stride = random() % 2 != 0 ? width : padded;
    const auto depth = 1 + static_cast<std::ptrdiff_t>(random() % 200);
    const std::ptrdiff_t lane_run = random() % 2 != 0 ? width : 1 + static_cast<std::ptrdiff_t>(random() % 9);
    const std::ptrdiff_t depth_run = random() % 2 != 0 ? depth : 1 + static_cast<std::ptrdiff_t>(random() % 90);
    const auto lanes = runs(width, lane_run, near == Near::lanes ? 1 : near == Near::depths ? 230 : 7, near == Near::lanes ? 40 : 900);
    const auto depths = runs(depth, depth_run, near == Near::lanes ? 41 : near == Near::depths ? 1 : 130, near == Near::depths ? 92 : 131);
    const std::size_t first = 11;
    std::vector<T> to(static_cast<std::size_t>(stride * depth + 8), T(-1));
    pack({from.data() + first, lanes.data(), depths.data(), depth, width, stride, to.data()});
    int wrong = 0;
    for (std::ptrdiff_t k = 0; k < depth; ++k)
      for (int lane = 0; lane < width; ++lane) {
        const std::uint16_t half = from[first + static_cast<std::size_t>(lanes[static_cast<std::size_t>(lane)] + depths[static_cast<std::size_t>(k)])];
        wrong += to[static_cast<std::size_t>(k * stride + lane)] != static_cast<T>(static_cast<float>(Half::from_bits(half)));
      }
    for (int i = 0; i < 8; ++i) wrong += to[static_cast<std::size_t>(stride * depth + i)] != T(-1);
    INFO(table.isa << " width " << width << " stride " << stride << " depth " << depth << " runs " << lane_run << ", " << depth_run << " near " << static_cast<int>(near));
    CHECK(wrong == 0);
  }
}

// Numbers of two parts, in lanes of their own or in pairs of lanes of which the first says where they are.
template <class R>
void check_pairs(const KernelTable& table) {
  const auto& pack = runtime::pair_kernels<R>(table).pack;
  const int width_of_vector = runtime::contract_kernels<R>(table).width;
  std::vector<R> from(80000);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<R>(i + 1);
  std::mt19937 random(5);
  for (int round = 0; round < 300; ++round) {
    const Near near = round % 3 == 0 ? Near::lanes : round % 3 == 1 ? Near::depths : Near::nothing;
    const int every = round % 2 == 0 ? 1 : 2, width = 1 + static_cast<int>(random() % static_cast<unsigned>(width_of_vector));
    const int padded = every == 1 ? width : (2 * width + width_of_vector - 1) / width_of_vector * width_of_vector / 2;
    const auto depth = 1 + static_cast<std::ptrdiff_t>(random() % 300);
    const std::ptrdiff_t lane_step = near == Near::lanes ? 2 : near == Near::depths ? 620 : 14, depth_step = near == Near::lanes ? 66 : near == Near::depths ? 2 : 230;
    const std::vector<std::ptrdiff_t> depths = runs(depth, 1 + static_cast<std::ptrdiff_t>(random() % 300), depth_step, depth_step);
    std::vector<std::ptrdiff_t> lanes(static_cast<std::size_t>(every * width), 1 << 30);  // what is between is not read
    for (int lane = 0; lane < width; ++lane) lanes[static_cast<std::size_t>(every * lane)] = lane * lane_step;
    std::vector<R> to(static_cast<std::size_t>(2 * padded * depth + 8), R(-1));
    pack({from.data() + 8, lanes.data(), depths.data(), depth, width, padded, to.data()}, every);
    int wrong = 0;
    for (std::ptrdiff_t k = 0; k < depth; ++k)
      for (int lane = 0; lane < width; ++lane)
        for (int part = 0; part < 2; ++part)
          wrong += to[static_cast<std::size_t>(2 * (k * padded + lane) + part)] !=
                   from[static_cast<std::size_t>(8 + lanes[static_cast<std::size_t>(every * lane)] + depths[static_cast<std::size_t>(k)] + part)];
    for (int i = 0; i < 8; ++i) wrong += to[static_cast<std::size_t>(2 * padded * depth + i)] != R(-1);
    INFO(table.isa << " f" << 8 * sizeof(R) << " width " << width << " of " << padded << " depth " << depth << " near " << static_cast<int>(near) << " every " << every);
    CHECK(wrong == 0);
  }
}

}  // namespace

TEST_CASE("a panel of halves holds them as floats, in the order of k, and nothing is written past it") {
  for (const KernelTable* table : einc::testing::runnable_tables()) {
    check_halves<float, bfloat16>(*table);
    check_halves<float, float16>(*table);
    check_halves<double, bfloat16>(*table);
    check_halves<double, float16>(*table);
  }
}

TEST_CASE("a panel of doubles takes floats in") {
  for (const KernelTable* table : einc::testing::runnable_tables()) {
    const ContractKernels<double>& kernels = table->contract_f64;
    std::vector<float> from(4000);
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<float>(i) / 7;
    for (const bool lanes_near : {true, false}) {
      const int width = kernels.width + 1;
      const std::ptrdiff_t depth = 70;
      const auto lanes = runs(width, width, lanes_near ? 1 : 80, 0), depths = runs(depth, depth, lanes_near ? 30 : 1, 0);
      std::vector<double> to(static_cast<std::size_t>(width * depth));
      kernels.pack_f32({from.data(), lanes.data(), depths.data(), depth, width, width, to.data()});
      for (std::ptrdiff_t k = 0; k < depth; ++k)
        for (int lane = 0; lane < width; ++lane)
          REQUIRE(to[static_cast<std::size_t>(k * width + lane)] == static_cast<double>(from[static_cast<std::size_t>(lanes[static_cast<std::size_t>(lane)] + depths[static_cast<std::size_t>(k)])]));
    }
  }
}

TEST_CASE("a panel of complex numbers holds both parts of each, and nothing is written past it") {
  for (const KernelTable* table : einc::testing::runnable_tables()) {
    check_pairs<float>(*table);
    check_pairs<double>(*table);
  }
}

TEST_CASE("only floats have panels of narrower floats") {
  for (const KernelTable* table : einc::testing::runnable_tables()) {
    CHECK(table->contract_f32.pack_f32 == nullptr);
    CHECK(table->integers->u32.contract.pack_bf16 == nullptr);
    CHECK(table->semirings->max_plus_f32.contract.pack_bf16 == nullptr);
  }
}
