// Groups of panels, on every instruction set of this machine.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <random>
#include <vector>

#include "runtime/typed_kernels.hpp"
#include "support/catch.hpp"
#include "support/loop_reference.hpp"

using namespace einc::kernels;

namespace {

template <class T>
void check_groups(const KernelTable& table) {
  const ContractKernels<T>& kernels = einc::runtime::contract_kernels<T>(table);
  std::mt19937 random(3);
  for (int round = 0; round < 200; ++round) {
    const auto up_to = [&](unsigned most) { return static_cast<std::ptrdiff_t>(1 + random() % most); };
    const std::ptrdiff_t width = up_to(90), repeats = up_to(40), depth = up_to(9);
    const std::ptrdiff_t depth_step = repeats + up_to(5), lane_step = depth_step * depth;
    std::vector<std::ptrdiff_t> lanes, depths;
    for (std::ptrdiff_t i = 0; i < width; ++i) lanes.push_back(i * lane_step);
    for (std::ptrdiff_t i = 0; i < depth; ++i) depths.push_back(i * depth_step);
    std::vector<T> from(static_cast<std::size_t>(lane_step * width));
    for (std::size_t i = 0; i < from.size(); ++i) from[i] = static_cast<T>(i + 1);
    const std::ptrdiff_t space = (width + kernels.width - 1) / kernels.width * kernels.width;
    std::vector<T> to(static_cast<std::size_t>(space * depth * repeats + 8), T(-1));
    kernels.pack_group({from.data(), lanes.data(), depths.data(), depth, width, repeats, kernels.columns, to.data()});
    std::size_t wrong = 0;
    for (std::ptrdiff_t s = 0; s < repeats; ++s)
      for (std::ptrdiff_t lane = 0; lane < width; ++lane)
        for (std::ptrdiff_t k = 0; k < depth; ++k) {
          const std::ptrdiff_t panel = lane / kernels.columns * kernels.columns;
          const std::ptrdiff_t row = std::min<std::ptrdiff_t>(kernels.columns, space - panel);
          const std::ptrdiff_t at = (s * space + panel) * depth + k * row + lane - panel;
          wrong += to[static_cast<std::size_t>(at)] != from[static_cast<std::size_t>(lane * lane_step + k * depth_step + s)];
        }
    INFO(table.isa << " width " << width << " repeats " << repeats << " depth " << depth);
    CHECK(wrong == 0);
    for (std::size_t i = 1; i <= 8; ++i) CHECK(to[to.size() - i] == T(-1));
  }
}

}  // namespace

TEST_CASE("packed groups hold their lanes in order of k, neighbour after neighbour, and nothing is written past them") {
  for (const KernelTable* table : einc::testing::runnable_tables()) {
    check_groups<float>(*table);
    check_groups<double>(*table);
  }
}
