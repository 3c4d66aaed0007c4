// Contractions of random loops, strides and extents against a plain loop nest, on every instruction set of this machine.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "support/contract_problems.hpp"

using namespace einc;
using ir::Loop;
using ir::Role;
using namespace testing;

namespace {

// Gives the loops that an array varies along strides in a random order of nesting, some with gaps, some negative.
template <class T>
std::ptrdiff_t lay_out(std::vector<Loop>& loops, Stride Loop::*array, Role unused, std::vector<T>& data, bool dense, std::mt19937& random) {
  std::vector<Loop*> used;
  for (Loop& loop : loops)
    if (loop.role != unused) used.push_back(&loop);
  if (!dense || random() % 2) std::shuffle(used.begin(), used.end(), random);
  std::ptrdiff_t step = !dense && random() % 4 == 0 ? 2 : 1, first = 0;
  for (std::size_t i = used.size(); i-- > 0;) {
    const bool backwards = !dense && random() % 5 == 0;
    used[i]->*array = backwards ? -step : step;
    if (backwards) first += step * (used[i]->extent - 1);
    step = step * used[i]->extent + (!dense && random() % 4 == 0 ? static_cast<Stride>(random() % 4) : 0);
  }
  data.resize(static_cast<std::size_t>(step + 1));
  for (T& value : data) value = static_cast<T>(static_cast<int>(random() % 2001) - 1000) / 256;
  return first;
}

template <class T>
Problem<T> random_problem(const kernels::KernelTable& table, std::mt19937& random) {
  Problem<T> p;
  const bool dense = random() % 3 == 0;
  for (Role role : {Role::batch, Role::m, Role::n, Role::k}) {
    const int count = static_cast<int>(random() % (role == Role::batch ? 3 : 4));
    Extent left = role == Role::batch ? 8 : 1 + static_cast<Extent>(random() % 150);
    for (int i = 0; i < count; ++i) {
      const Extent extent = i + 1 == count && random() % 2 ? left : 1 + static_cast<Extent>(random() % static_cast<std::uint64_t>(std::min<Extent>(left, 40)));
      p.loops.push_back({role, extent, 0, 0, 0});
      left = std::max<Extent>(left / extent, 1);
    }
  }
  p.a_at = lay_out(p.loops, &Loop::a, Role::n, p.a, dense, random);
  p.b_at = lay_out(p.loops, &Loop::b, Role::m, p.b, dense, random);
  p.c_at = lay_out(p.loops, &Loop::c, Role::k, p.c, dense, random);
  if (random() % 8 == 0)
    for (Loop& loop : p.loops)
      if (random() % 4 == 0 && loop.extent > 1 && loop.role != Role::m) loop.a = 0;  // an operand may repeat
  p.alpha = random() % 2 ? T(1) : T(0.5);
  p.beta = random() % 2 ? T(0) : T(-1.25);
  if (p.beta == T(0)) std::fill(p.c.begin(), p.c.end(), std::numeric_limits<T>::quiet_NaN());

  const auto& kernels = runtime::contract_kernels<T>(table);
  p.tiling.rows = random() % 3 ? kernels.rows : 1 + static_cast<int>(random() % static_cast<unsigned>(kernels.rows));
  p.tiling.columns = random() % 3 ? kernels.columns : kernels.width;
  p.tiling.m_block = 1 + static_cast<Extent>(random() % 100);
  p.tiling.n_block = p.tiling.columns * (1 + static_cast<Extent>(random() % 4));
  p.tiling.k_block = 1 + static_cast<Extent>(random() % 100);
  p.tiling.brings_rows = random() % 2 == 0;
  return p;
}

template <class T>
void check_random(const kernels::KernelTable& table, int count) {
  for (int seed = 0; seed < count; ++seed) {
    std::mt19937 random(static_cast<unsigned>(seed));
    const Problem<T> p = random_problem<T>(table, random);
    std::string text;
    for (const Loop& loop : p.loops)
      text += "mnkb"[loop.role == Role::m ? 0 : loop.role == Role::n ? 1 : loop.role == Role::k ? 2 : 3] + std::to_string(loop.extent) +
              "(" + std::to_string(loop.a) + "," + std::to_string(loop.b) + "," + std::to_string(loop.c) + ") ";
    INFO(table.isa << " seed " << seed << " f" << sizeof(T) * 8 << " loops " << text << " tile " << p.tiling.rows << "x"
                   << p.tiling.columns << " blocks " << p.tiling.m_block << " " << p.tiling.n_block << " " << p.tiling.k_block);
    check(p, table);
  }
}

template <class T>
void check_runs(const kernels::KernelTable& table) {
  std::mt19937 random(11);
  for (int round = 0; round < 60; ++round) {
    const auto up_to = [&](unsigned most) { return static_cast<Extent>(1 + random() % most); };
    const Extent outer = up_to(4), repeats = 1 + up_to(24), run = 1 + up_to(70), m = up_to(30), k = up_to(60);
    Problem<T> p = runs<T>(outer, repeats, run, m, k, round % 2 == 0, table, random);
    p.beta = random() % 2 ? T(0) : T(-1.25);
    if (round % 3 == 0) p.tiling.group = run * repeats;
    p.tiling.n_block = p.tiling.group != 0 ? p.tiling.group * up_to(2) : run * up_to(5);
    INFO(table.isa << " outer " << outer << " repeats " << repeats << " run " << run << " m " << m << " k " << k << " group " << p.tiling.group);
    check(p, table);
  }
  Problem<T> cut = runs<T>(2, 3, 4 * runtime::contract_kernels<T>(table).columns, 20, 30, false, table, random);
  cut.tiling.n_block = 2 * runtime::contract_kernels<T>(table).columns;
  check(cut, table);
}

// Runs of b where they lie: their neighbours are neighbours in c, or rows are, or nothing is.
template <class T>
void check_in_place(const kernels::KernelTable& table) {
  std::mt19937 random(19);
  const auto& kernels = runtime::contract_kernels<T>(table);
  for (int round = 0; round < 60; ++round) {
    const auto up_to = [&](unsigned most) { return static_cast<Extent>(1 + random() % most); };
    const Extent outer = 1 + up_to(6), run = kernels.ragged_b ? 1 + up_to(70) : kernels.width * up_to(5), m = up_to(30), k = up_to(60);
    Problem<T> p = runs<T>(1, outer, run, m, k, true, table, random);
    const std::array<Stride, 3> in_c = round % 3 == 0   ? std::array<Stride, 3>{run * outer, run, 1}
                                       : round % 3 == 1 ? std::array<Stride, 3>{1, m, m * outer}
                                                        : std::array<Stride, 3>{outer, 1, outer * m};
    p.loops = {{Role::m, m, k, 0, in_c[0]}, {Role::n, outer, 0, run * k, in_c[1]}, {Role::n, run, 0, 1, in_c[2]}, {Role::k, k, 1, run, 0}};
    p.beta = random() % 2 ? T(0) : T(-1.25);
    p.tiling.runs_in_place = true, p.tiling.n_block = run * up_to(5), p.tiling.rows_inside = random() % 2 == 0;
    if (p.tiling.rows_inside) p.tiling.m_block = m;
    INFO(table.isa << " outer " << outer << " run " << run << " m " << m << " k " << k);
    check(p, table);
  }
}

// Panels go on through the runs of a unit.
template <class T>
void check_units(const kernels::KernelTable& table) {
  std::mt19937 random(17);
  for (int round = 0; round < 60; ++round) {
    const auto up_to = [&](unsigned most) { return static_cast<Extent>(1 + random() % most); };
    const Extent outer = up_to(4), repeats = 1 + up_to(9), run = 1 + up_to(40), m = up_to(60), k = up_to(60);
    Problem<T> p = runs<T>(outer, repeats, run, m, k, round % 2 == 0, table, random);
    p.beta = random() % 2 ? T(0) : T(-1.25);
    p.tiling.unit = run * (1 + up_to(3)), p.tiling.n_block = p.tiling.unit * up_to(3);
    p.tiling.rows_inside = round % 3 == 0, p.tiling.ahead = round % 5 == 0 ? ir::Ahead::block : ir::Ahead::nothing;
    p.tiling.m_block = round % 4 == 0 ? m : 20;
    INFO(table.isa << " outer " << outer << " repeats " << repeats << " run " << run << " m " << m << " k " << k << " unit " << p.tiling.unit);
    check(p, table);
  }
}

}  // namespace

TEST_CASE("a contraction of any loops and strides is the sum of its products, whatever the threads") {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    check_random<float>(*table, 250);
    check_random<double>(*table, 250);
  }
}

TEST_CASE("columns in runs, each a panel of its own, and packed in groups of neighbours in b") {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    check_runs<float>(*table);
    check_runs<double>(*table);
  }
}

TEST_CASE("columns in runs that are read where they lie") {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    check_in_place<float>(*table);
    check_in_place<double>(*table);
  }
}

TEST_CASE("columns in units of several runs") {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    check_units<float>(*table);
    check_units<double>(*table);
  }
}

TEST_CASE("a contraction large enough for every thread and block is right") {
  for (const kernels::KernelTable* table : testing::runnable_tables())
    for (Extent batch : {1, 3}) {
      std::mt19937 random(7);
      auto p = matrices<float>(batch, 131, 577, 300, *table);
      for (float& x : p.a) x = static_cast<float>(random() % 100) - 50;
      for (float& x : p.b) x = static_cast<float>(random() % 100) - 50;
      INFO(table->isa);
      check(p, *table);
    }
}

TEST_CASE("a contraction passes infinities and NaN on, also where the other factor is zero") {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    auto p = matrices<double>(1, 5, 9, 3, *table);
    p.a.assign(p.a.size(), 0.0);
    p.b[0] = std::numeric_limits<double>::infinity();
    const std::vector<double> c = run(p, *table, 1);
    for (std::size_t row = 0; row < 5; ++row) {
      CHECK(std::isnan(c[row * 9]));
      CHECK(c[row * 9 + 1] == 0.0);
    }
  }
}
