// walk_ahead.cpp: what a contraction asks for ahead is what it will read, every line of it, in the order of memory.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/walk_ahead.hpp"

#include <algorithm>
#include <set>
#include <vector>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::runtime;

namespace {

constexpr std::ptrdiff_t line = WalkAhead<float>::line;

// The lines that steps of a tile ask for: as kernels/contract_tile.hpp goes on from line to line.
std::vector<std::ptrdiff_t> asked(WalkAhead<float> walk, const float* base, std::ptrdiff_t steps_a_tile) {
  std::vector<std::ptrdiff_t> lines;
  while (true) {
    kernels::LinesAhead<float> taken{};
    walk.take(steps_a_tile, taken);
    if (taken.line == nullptr) return lines;
    for (std::ptrdiff_t step = 0; step < steps_a_tile; ++step) {
      lines.push_back(taken.line - base);
      taken.line += line;
      if (--taken.left == 0) taken.line += taken.jump, taken.left = taken.lines;
    }
  }
}

std::set<std::ptrdiff_t> once(const std::vector<std::ptrdiff_t>& lines) { return {lines.begin(), lines.end()}; }

}  // namespace

TEST_CASE("rows without a gap are one, others are walked row by row") {
  const std::vector<float> memory(4096);
  const float* const base = memory.data();
  CHECK(WalkAhead<float>::over(base, 1, 0, 8, 32, 32).lines == 16);
  CHECK(WalkAhead<float>::over(base, 1, 0, 8, 32, 32).rows == 1);
  CHECK(once(asked(WalkAhead<float>::over(base, 1, 0, 3, 100, 32), base, 2)) == std::set<std::ptrdiff_t>{0, 16, 100, 116, 200, 216});
}

TEST_CASE("columns ahead are the columns over a part of the sum, whichever of them are neighbours") {
  const std::vector<float> memory(64 * 256);
  const ir::Loop columns{ir::Role::n, 64, 0, 1, 1}, depth{ir::Role::k, 200, 0, 64, 0};
  const Side n{{&columns, 1}, 64}, k{{&depth, 1}, 200};
  std::set<std::ptrdiff_t> expected;
  for (std::ptrdiff_t row = 10; row < 15; ++row)
    for (std::ptrdiff_t at = 32; at < 64; at += line) expected.insert(row * 64 + at);
  CHECK(once(asked(columns_ahead(n, k, memory.data(), {32, 64}, 64, {10, 15}), memory.data(), 3)) == expected);

  const ir::Loop rows{ir::Role::n, 64, 0, 200, 1}, near{ir::Role::k, 200, 0, 1, 0};
  const Side across{{&rows, 1}, 64}, along{{&near, 1}, 200};
  CHECK(once(asked(columns_ahead(across, along, memory.data(), {2, 4}, 64, {0, 32}), memory.data(), 1)) == std::set<std::ptrdiff_t>{400, 416, 600, 616});
  CHECK(asked(columns_ahead(n, k, memory.data(), {64, 64}, 64, {0, 16}), memory.data(), 1).empty());
}

TEST_CASE("the parts of a walk are the walk, and none is where there is less than parts") {
  const std::vector<float> memory(4096);
  const float* const base = memory.data();
  for (const WalkAhead<float>& walk : {WalkAhead<float>::over(base, 2, 2000, 7, 100, 32), WalkAhead<float>::over(base, 1, 0, 8, 32, 32), WalkAhead<float>::over(base, 1, 0, 2, 64, 16)}) {
    std::vector<std::ptrdiff_t> parts;
    for (std::ptrdiff_t part = 0; part < 3; ++part)
      for (const std::ptrdiff_t at : once(asked(walk.part(part, 3), base, 1))) parts.push_back(at);
    std::sort(parts.begin(), parts.end());
    const std::set<std::ptrdiff_t> all = once(asked(walk, base, 1));
    CHECK(parts == std::vector<std::ptrdiff_t>(all.begin(), all.end()));
  }
  CHECK(asked(WalkAhead<float>::over(base, 1, 0, 2, 64, 16).part(0, 3), base, 1).empty());
}

TEST_CASE("a run of two loops, one behind the other in memory, is one row") {
  const std::vector<float> memory(64 * 256);
  const ir::Loop columns[] = {{ir::Role::n, 3, 0, 4096, 1}, {ir::Role::n, 2, 0, 32, 3}, {ir::Role::n, 32, 0, 1, 6}}, depth{ir::Role::k, 16, 0, 256, 0};
  const Side n{columns, 192}, k{{&depth, 1}, 16};
  std::set<std::ptrdiff_t> expected;
  for (std::ptrdiff_t run = 1; run < 3; ++run)
    for (std::ptrdiff_t row = 4; row < 6; ++row)
      for (std::ptrdiff_t at = 0; at < 64; at += line) expected.insert(run * 4096 + row * 256 + at);
  CHECK(once(asked(columns_ahead(n, k, memory.data(), {64, 192}, 64, {4, 6}), memory.data(), 4)) == expected);
}

TEST_CASE("runs that follow each other in b are asked for as one row, unless their loop begins anew between them") {
  const std::vector<float> memory(64 * 256);
  const ir::Loop columns[] = {{ir::Role::n, 3, 0, 4096, 1}, {ir::Role::n, 4, 0, 24, 24 * 3}, {ir::Role::n, 24, 0, 1, 1}}, depth{ir::Role::k, 16, 0, 256, 0};
  const Side n{columns, 288}, k{{&depth, 1}, 16};
  const auto walk = columns_ahead(n, k, memory.data(), {48, 96}, 24, {2, 4});
  CHECK(walk.runs == 1);
  CHECK(once(asked(walk, memory.data(), 3)) == std::set<std::ptrdiff_t>{560, 576, 592, 816, 832, 848});
  CHECK(columns_ahead(n, k, memory.data(), {72, 120}, 24, {2, 4}).runs == 2);
}

TEST_CASE("rows ahead begin at the part of the sum that is next") {
  const std::vector<float> memory(64 * 64);
  const ir::Loop rows{ir::Role::m, 64, 64, 0, 1}, depth{ir::Role::k, 64, 1, 0, 0};
  const Side m{{&rows, 1}, 64}, k{{&depth, 1}, 64};
  CHECK(once(asked(rows_ahead(m, k, memory.data(), 1, {2, 4}, {16, 48}), memory.data(), 1)) == std::set<std::ptrdiff_t>{144, 160, 208, 224});
  // Of pairs as many rows are twice as many elements.
  const ir::Loop pairs{ir::Role::m, 32, 2, 0, 1}, deep{ir::Role::k, 64, 64, 0, 0};
  const Side columns{{&pairs, 1}, 32}, sum{{&deep, 1}, 64};
  CHECK(once(asked(rows_ahead(columns, sum, memory.data(), 2, {0, 32}, {2, 4}), memory.data(), 1)) ==
        std::set<std::ptrdiff_t>{128, 144, 160, 176, 192, 208, 224, 240});
}
