// Tiles of an online softmax against the softmax of whole rows.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/instruction_context.hpp"

#include "support/loop_reference.hpp"

namespace {

using namespace einc;
using testing::RandomLoops;

constexpr double hidden = -std::numeric_limits<double>::infinity();

// Rows of scores in tiles of `tile` columns, those from `cut` on with a state of their own that is joined to the other; the accumulator
// sums weights times the position of their column.
template <class T>
void check_powers(bool of_two, Extent rows, Extent columns, Extent tile, const std::vector<T>& scores, const kernels::KernelTable& table, Extent cut) {
  const auto size = [](Extent extent) { return static_cast<std::size_t>(extent); };
  std::vector<T> maxima[2], sums[2], accumulators[2], c(size(rows * (tile + 3)));
  for (int part = 0; part < 2; ++part)
    maxima[part].assign(size(rows), T(77)), sums[part].assign(size(rows), T(77)), accumulators[part].assign(size(2 * rows), T(0));
  ir::Online online;
  online.has_sum = true, online.powers_of_two = of_two;
  online.accumulators.push_back({{}, 2});
  const auto state_of = [&](int part, bool first) {
    return runtime::OnlineState<T>{online, first, maxima[part].data(), sums[part].data(), {accumulators[part].data()}};
  };
  for (Extent begin = 0; begin < columns; begin += tile) {
    const int part = begin < cut ? 0 : 1;
    const bool first = begin == 0 || (part == 1 && begin - tile < cut);
    std::vector<T>& accumulator = accumulators[part];
    const Extent count = std::min(tile, columns - begin);
    ir::Instruction instruction{};
    instruction.kernel = ir::Kernel::online;
    instruction.loops = {{ir::Role::m, rows, columns, 0, tile + 3}, {ir::Role::k, count, 1, 0, 1}};
    const runtime::OnlineState<T> state = state_of(part, first);
    runtime::run_online<T>({instruction, table, scores.data() + begin, nullptr, c.data(), 1, 0, nullptr, 0, 1}, state);
    for (Extent row = 0; row < rows; ++row)
      for (Extent i = 0; i < count; ++i) {
        accumulator[size(2 * row)] += c[size(row * (tile + 3) + i)] * static_cast<T>(begin + i);
        accumulator[size(2 * row + 1)] += c[size(row * (tile + 3) + i)];
      }
    if (part == 1 && begin + tile >= columns) runtime::join_online<T>(table, state_of(0, false), state_of(1, false), rows);
  }
  const std::vector<T>&maximum = maxima[0], &sum = sums[0], &accumulator = accumulators[0];
  for (Extent row = 0; row < rows; ++row) {
    double largest = hidden, weights = 0, weighted = 0;
    bool nan = false;
    for (Extent i = 0; i < columns; ++i) {
      const auto score = static_cast<double>(scores[size(row * columns + i)]);
      nan |= std::isnan(score);
      largest = std::max(largest, score);
    }
    for (Extent i = 0; i < columns && largest != hidden; ++i) {
      const double below = static_cast<double>(scores[size(row * columns + i)]) - largest, weight = of_two ? std::exp2(below) : std::exp(below);
      weights += weight, weighted += weight * static_cast<double>(i);
    }
    INFO(table.isa << " row " << row << " of " << rows << " x " << columns << " in tiles of " << tile);
    if (nan) {
      REQUIRE(std::isnan(maximum[size(row)]));
      REQUIRE(std::isnan(sum[size(row)]));
      REQUIRE(std::isnan(accumulator[size(2 * row)]));
      continue;
    }
    const double tolerance = 100 * static_cast<double>(std::numeric_limits<T>::epsilon());
    REQUIRE(static_cast<double>(maximum[size(row)]) == largest);
    REQUIRE(std::abs(static_cast<double>(sum[size(row)]) - weights) <= tolerance * weights);
    REQUIRE(std::abs(static_cast<double>(accumulator[size(2 * row)]) - weighted) <= tolerance * weighted);
    REQUIRE(std::abs(static_cast<double>(accumulator[size(2 * row + 1)]) - weights) <= tolerance * weights);
  }
}

template <class T>
void check(Extent rows, Extent columns, Extent tile, const std::vector<T>& scores, const kernels::KernelTable& table, Extent cut = 1 << 20) {
  for (const bool of_two : {false, true}) check_powers(of_two, rows, columns, tile, scores, table, cut);
}

}  // namespace

TEMPLATE_TEST_CASE("tiles of an online softmax add up to the softmax of the row", "", float, double) {
  RandomLoops random(5);
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    for (const Extent rows : {1, 3, 16, 37, 300}) {
      for (const Extent columns : {1, 5, 64, 131}) {
        for (const Extent tile : {4, 33, 64}) {
          std::vector<TestType> scores = random.values<TestType>(rows * columns);
          for (TestType& score : scores) score *= TestType(30);
          check<TestType>(rows, columns, tile, scores, *table);
          check<TestType>(rows, columns, tile, scores, *table, 40);
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("hidden scores weigh nothing, hidden rows are empty, and a NaN spoils its row alone", "", float, double) {
  RandomLoops random(6);
  constexpr Extent rows = 21, columns = 70;
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    std::vector<TestType> scores = random.values<TestType>(rows * columns);
    for (Extent row = 0; row < rows; ++row) {
      for (Extent i = 0; i < columns; ++i) {
        TestType& score = scores[static_cast<std::size_t>(row * columns + i)];
        if (i < row * 4 || row == 20) score = static_cast<TestType>(hidden);
        if (row == 3 && i == 40) score = std::numeric_limits<TestType>::quiet_NaN();
        if (row == 4 && i == 2) score = std::numeric_limits<TestType>::quiet_NaN();
      }
    }
    for (const Extent tile : {8, 16, 70})
      for (const Extent cut : {16, 41, 70}) check<TestType>(rows, columns, tile, scores, *table, cut);
  }
}
