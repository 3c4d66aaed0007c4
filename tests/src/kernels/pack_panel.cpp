// Panels of every shape of offsets, on every instruction set of this machine.
// SPDX-License-Identifier: BSD-3-Clause
#include <random>
#include <vector>

#include "runtime/typed_kernels.hpp"
#include "support/catch.hpp"
#include "support/loop_reference.hpp"

using namespace einc::kernels;

namespace {

// Offsets of `count` positions in runs of `run` neighbours.
std::vector<std::ptrdiff_t> runs(std::ptrdiff_t count, std::ptrdiff_t run, std::ptrdiff_t step, std::ptrdiff_t jump) {
  std::vector<std::ptrdiff_t> offsets;
  for (std::ptrdiff_t i = 0; i < count; ++i) offsets.push_back(i / run * jump + i % run * step);
  return offsets;
}

// Offsets of a sum that goes through squares: neighbours are `period` positions apart.
std::vector<std::ptrdiff_t> squares(std::ptrdiff_t count, std::ptrdiff_t period, std::ptrdiff_t neighbours) {
  std::vector<std::ptrdiff_t> offsets;
  for (std::ptrdiff_t i = 0; i < count; ++i) offsets.push_back(i / (period * neighbours) * 53 + i % period * 700 + i / period % neighbours);
  return offsets;
}

template <class T>
void check_panels(const KernelTable& table) {
  const ContractKernels<T>& kernels = einc::runtime::contract_kernels<T>(table);
  std::vector<T> from(60000);
  for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i + 1);
  std::mt19937 random(3);
  for (int round = 0; round < 400; ++round) {
    const int width = 1 + static_cast<int>(random() % static_cast<unsigned>(kernels.columns));
    const int padded = (width + kernels.width - 1) / kernels.width * kernels.width;
    const int stride = random() % 2 ? width : padded;
    const std::ptrdiff_t depth = 1 + static_cast<std::ptrdiff_t>(random() % (round % 3 == 0 ? 200 : 70));
    const std::ptrdiff_t lane_run = random() % 2 ? width : 1 + static_cast<std::ptrdiff_t>(random() % 9);
    const std::ptrdiff_t depth_run = random() % 2 ? depth : 1 + static_cast<std::ptrdiff_t>(random() % 40);
    const bool lanes_near = random() % 2;
    auto lanes = runs(width, lane_run, lanes_near ? 1 : 80, lanes_near ? 90 : 400);
    auto depths = runs(depth, depth_run, lanes_near ? 100 : 1, lanes_near ? 170 : 101);
    if (round % 5 == 0) lanes = runs(width, width, 2, 0), depths = runs(depth, 2, 1, 131);  // parts of complex numbers
    if (round % 3 == 0 && !lanes_near) depths = squares(depth, 2 + static_cast<std::ptrdiff_t>(random() % 11), 1 + static_cast<std::ptrdiff_t>(random() % 40));
    std::vector<T> to(static_cast<std::size_t>(stride * depth + 8), T(-1));
    kernels.pack({from.data(), lanes.data(), depths.data(), depth, width, stride, to.data()});
    std::size_t wrong = 0;
    for (std::ptrdiff_t k = 0; k < depth; ++k)
      for (int lane = 0; lane < width; ++lane)
        wrong += to[static_cast<std::size_t>(k * stride + lane)] !=
                 from[static_cast<std::size_t>(lanes[static_cast<std::size_t>(lane)] + depths[static_cast<std::size_t>(k)])];
    INFO(table.isa << " width " << width << " stride " << stride << " depth " << depth << " runs " << lane_run << ", " << depth_run);
    CHECK(wrong == 0);
    for (int i = 0; i < 8; ++i) CHECK(to[static_cast<std::size_t>(stride * depth + i)] == T(-1));
  }
}

}  // namespace

TEST_CASE("a packed panel holds its lanes in order of k and nothing is written past it") {
  for (const KernelTable* table : einc::testing::runnable_tables()) {
    check_panels<float>(*table);
    check_panels<double>(*table);
  }
}
