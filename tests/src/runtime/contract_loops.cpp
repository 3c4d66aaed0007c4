// contract_loops.cpp: offsets of positions are those of the plain loop nest, wherever one begins.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/contract_loops.hpp"

#include <vector>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::runtime;

namespace {

// Every position of a nest, its offsets in a, b and c.
std::vector<std::vector<std::ptrdiff_t>> walked(const std::vector<ir::Loop>& loops) {
  std::vector<std::vector<std::ptrdiff_t>> all{{0, 0, 0}};
  for (const ir::Loop& loop : loops) {
    std::vector<std::vector<std::ptrdiff_t>> next;
    for (const auto& outer : all)
      for (Extent i = 0; i < loop.extent; ++i) next.push_back({outer[0] + i * loop.a, outer[1] + i * loop.b, outer[2] + i * loop.c});
    all = std::move(next);
  }
  return all;
}

std::vector<std::vector<ir::Loop>> nests() {
  const auto loop = [](Extent extent, Stride a, Stride b, Stride c) { return ir::Loop{ir::Role::n, extent, a, b, c}; };
  std::vector<std::vector<ir::Loop>> all{{}, {loop(7, 3, 1, 2)}, {loop(3, 100, 7, 1), loop(5, 1, 40, -9)}, {loop(2, 64, 1, 3), loop(3, 5, 11, 70), loop(2, 9, 8, 7), loop(4, 1, 0, 16)}};
  std::vector<ir::Loop> deep;  // more loops than a walk keeps an index of
  for (int i = 0; i < 40; ++i) deep.push_back(loop(i % 5 == 0 ? 2 : 1, 1 + i, 100 - i, 3 * i));
  all.push_back(deep);
  return all;
}

}  // namespace

TEST_CASE("a table of offsets begins and ends anywhere") {
  for (const std::vector<ir::Loop>& loops : nests()) {
    const auto all = walked(loops);
    const Side side{loops, static_cast<std::ptrdiff_t>(all.size())};
    for (std::ptrdiff_t begin = 0; begin < side.extent; ++begin) {
      for (std::ptrdiff_t count = 1; begin + count <= side.extent; count += 3) {
        std::vector<std::ptrdiff_t> in_b(static_cast<std::size_t>(count));
        fill_offsets(side, &ir::Loop::b, begin, count, in_b.data());
        for (std::ptrdiff_t i = 0; i < count; ++i) REQUIRE(in_b[static_cast<std::size_t>(i)] == all[static_cast<std::size_t>(begin + i)][1]);
      }
    }
  }
}

TEST_CASE("positions are gone through in order, with the offsets of all three arrays") {
  for (const std::vector<ir::Loop>& loops : nests()) {
    const auto all = walked(loops);
    const Side side{loops, static_cast<std::ptrdiff_t>(all.size())};
    for (std::ptrdiff_t begin = 0; begin < side.extent; begin += 2) {
      for (std::ptrdiff_t end = begin; end <= side.extent; end += 5) {
        std::ptrdiff_t at = begin;
        for_each_position(side, begin, end, [&](std::ptrdiff_t a, std::ptrdiff_t b, std::ptrdiff_t c) {
          REQUIRE(at < end);
          REQUIRE(std::vector<std::ptrdiff_t>{a, b, c} == all[static_cast<std::size_t>(at++)]);
        });
        REQUIRE(at == end);
      }
    }
  }
}
