// Results on their way to c: around the caches or turned in groups, against a plain loop nest, on every instruction set of this machine.
// SPDX-License-Identifier: BSD-3-Clause
#include "support/contract_problems.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

template <class T>
void check_turned(const kernels::KernelTable& table) {
  std::mt19937 random(13);
  for (int round = 0; round < 40; ++round) {
    const auto up_to = [&](unsigned most) { return static_cast<Extent>(1 + random() % most); };
    const Extent outer = up_to(4), blocks = up_to(3), in_block = up_to(6), run = 1 + up_to(70), m = up_to(40), k = up_to(60);
    Problem<T> p = turned<T>(outer, blocks * in_block, run, m, k, round % 2 == 0, table, random);
    p.beta = random() % 2 ? T(0) : T(-1.25);
    p.tiling.n_block = in_block * run;
    p.tiling.rows_inside = round % 3 != 0, p.tiling.ahead = round % 4 != 0 ? ir::Ahead::block : ir::Ahead::nothing;
    INFO(table.isa << " outer " << outer << " blocks " << blocks << " of " << in_block << " run " << run << " m " << m << " k " << k);
    check(p, table);
  }
}

// A run of two loops, one behind the other in b and apart in c.
template <class T>
void check_turned_runs(const kernels::KernelTable& table) {
  std::mt19937 random(23);
  for (int round = 0; round < 30; ++round) {
    const auto up_to = [&](unsigned most) { return static_cast<Extent>(1 + random() % most); };
    const Extent outer = up_to(3), repeats = 4 * up_to(4), whole = 1 + up_to(4), length = 1 + up_to(40), run = whole * length, m = up_to(30), k = up_to(50);
    Problem<T> p = turned<T>(outer, repeats, run, m, k, false, table, random);
    const Loop along_b{Role::n, length, 0, 1, whole * repeats}, next{Role::n, whole, 0, length, repeats};
    p.loops.erase(p.loops.begin() + 3);
    p.loops.insert(p.loops.begin() + 3, {next, along_b});
    p.beta = random() % 2 ? T(0) : T(-1.25);
    p.tiling.run = run, p.tiling.n_block = run * (random() % 2 ? 4 : 1);
    p.tiling.rows_inside = true, p.tiling.ahead = round % 4 != 0 ? ir::Ahead::block : ir::Ahead::nothing;
    INFO(table.isa << " outer " << outer << " repeats " << repeats << " run " << whole << " x " << length << " m " << m << " k " << k);
    check(p, table);
  }
}

}  // namespace

TEST_CASE("columns that follow b, their results turned group by group") {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    check_turned<float>(*table);
    check_turned<double>(*table);
  }
}

TEST_CASE("runs of two labels, their results turned group by group") {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    check_turned_runs<float>(*table);
    check_turned_runs<double>(*table);
  }
}

TEST_CASE("a large result goes around the caches, in whole lines, over rows that wait, or in place") {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    std::mt19937 random(5);
    for (Extent run : {48, 44}) {
      auto p = runs<float>(3, 48, run, 360, 3, run == 44, *table, random);
      p.place = ir::Place::output;
      p.tiling.n_block = p.tiling.group = 48 * run;
      INFO(table->isa << " runs of " << run);
      check(p, *table);
    }
    for (Extent run : {24, 20, 44}) {
      auto p = runs<float>(3, 48, run, 700, 3, true, *table, random);
      p.place = ir::Place::output;
      p.tiling.unit = 4 * run, p.tiling.n_block = 24 * run;
      p.tiling.rows_inside = run != 20, p.tiling.m_block = 350;
      INFO(table->isa << " units of runs of " << run);
      check(p, *table);
    }
    for (Extent m : {700, 702, 351}) {  // units of one and a half vectors, twice: straight from registers, unless rows are odd
      const Extent run = runtime::contract_kernels<float>(*table).width * 3 / 2;
      auto p = runs<float>(3, 128, run, m, 3, true, *table, random);
      p.place = ir::Place::output;
      p.tiling.unit = 2 * run, p.tiling.n_block = 8 * run;
      p.tiling.rows_inside = m != 702, p.tiling.m_block = m, p.tiling.ahead = m == 700 ? ir::Ahead::block : ir::Ahead::nothing;
      INFO(table->isa << " two runs of one and a half vectors, " << m << " rows");
      check(p, *table);
    }
    auto turning = turned<float>(12, 48, 100, 40, 3, false, *table, random);
    turning.place = ir::Place::output;
    turning.tiling.n_block = 100 * 16;
    check(turning, *table);
    for (Extent repeats : {4003, 2006}) {  // more neighbours of c than a block of squares has columns, in one piece and in two
      auto wide = turned<float>(repeats == 4003 ? 1 : 2, repeats, 300, 2, 3, false, *table, random);
      wide.place = ir::Place::output;
      wide.tiling.n_block = 300;
      INFO(table->isa << " " << repeats << " neighbours");
      check(wide, *table);
    }
    auto p = matrices<double>(1, 1100, 1000, 3, *table);
    p.place = ir::Place::output;
    INFO(table->isa);
    check(p, *table);
  }
}
