// What a mask says of a tile, against looking at every element of it.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/tile_mask.hpp"

#include "support/loop_reference.hpp"

namespace {

using namespace einc;
using namespace einc::ir;
using runtime::Sight;

// Rows of 8 by 16 positions, from the given ones on; $0 is the row, $1 the streamed position, $2 a limit of every row.
struct Tile {
  ScalarCode visible;
  Stride row = 0, position = 0;
  std::vector<float> limits = std::vector<float>(8, 0);
};

Sight sight(const Tile& tile) {
  TileMask mask;
  mask.present = true;
  mask.visible = tile.visible;
  mask.inputs = {{true, {}, {1, 0}, {}}, {true, {}, {0, 1}, {}}, {false, {}, {1, 0}, {}}};
  mask.extents = {8, 16};
  const runtime::MapSource<float> sources[] = {{nullptr, tile.row}, {nullptr, tile.position}, {tile.limits.data(), 0}};
  return runtime::sight_through<float>(mask, mask.extents.data(), sources);
}

Sight looked_at(const Tile& tile) {
  int seen = 0;
  for (Stride i = 0; i < 8; ++i)
    for (Stride j = 0; j < 16; ++j) {
      const double arguments[] = {static_cast<double>(tile.row + i), static_cast<double>(tile.position + j), static_cast<double>(tile.limits[static_cast<std::size_t>(i)])};
      seen += evaluate(tile.visible, arguments) != 0;
    }
  return seen == 0 ? Sight::hidden : seen == 8 * 16 ? Sight::visible : Sight::partial;
}

const ScalarOp row{Function::argument, {0}, 0}, position{Function::argument, {1}, 0}, limit{Function::argument, {2}, 0};
ScalarOp number(double value) { return {Function::constant, {}, value}; }

}  // namespace

TEST_CASE("limits may be halves") {
  TileMask mask;
  mask.present = true;
  mask.visible = {position, limit, {Function::less, {0, 1}, 0}};
  mask.inputs = {{true, {}, {1, 0}, {}}, {true, {}, {0, 1}, {}}, {false, {Place::operand, 0, 0, DType::f16}, {1, 0}, {}}};
  mask.extents = {8, 16};
  for (const float low : {0.f, 3.f, 20.f}) {
    std::vector<float16> limits(8, float16(low));
    const runtime::MapSource<float> sources[] = {{nullptr, 0}, {nullptr, 0}, {reinterpret_cast<const float*>(limits.data()), 0}};
    CHECK(runtime::sight_through<float>(mask, mask.extents.data(), sources) == (low == 0 ? Sight::hidden : low == 3 ? Sight::partial : Sight::visible));
  }
}

TEST_CASE("a causal mask is judged exactly, tile by tile") {
  const ScalarCode causal = {row, position, {Function::less_equal, {1, 0}, 0}};
  for (Stride from = 0; from < 64; from += 8)
    for (Stride at = 0; at < 64; at += 16) CHECK(sight({causal, from, at}) == looked_at({causal, from, at}));
}

TEST_CASE("a window of two comparisons, and limits that differ from row to row") {
  // row - position < 20 and position <= row
  const ScalarCode window = {row, position, {Function::subtract, {0, 1}, 0}, number(20), {Function::less, {2, 3}, 0}, {Function::less_equal, {1, 0}, 0}, {Function::logical_and, {4, 5}, 0}};
  const ScalarCode below = {position, limit, {Function::less, {0, 1}, 0}};
  for (Stride from = 0; from < 96; from += 8)
    for (Stride at = 0; at < 96; at += 16) CHECK(sight({window, from, at}) == looked_at({window, from, at}));
  for (float low : {0.f, 16.f, 20.f, 40.f})
    for (float step : {0.f, 1.f, 4.f}) {
      Tile tile{below, 0, 16};
      for (std::size_t i = 0; i < 8; ++i) tile.limits[i] = low + step * static_cast<float>(i);
      CHECK(sight(tile) == looked_at(tile));
    }
}

TEST_CASE("what the bounds of a mask hide is hidden, row by row, and nothing else") {
  // row - 20 <= position, position < limit; and positions so large that not all of them are numbers of float
  const ScalarCode first = {row, number(20), {Function::subtract, {0, 1}, 0}};
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const kernels::KernelTable* table : testing::runnable_tables())
    for (Stride from : {0, 3, 40, 1 << 24})
      for (Stride at : {0, 7, 32, (1 << 24) - 5}) {
        for (const auto& [limit_from, limit_strict] : {std::pair{false, true}, {false, false}, {true, true}, {true, false}}) {
          TileMask mask;
          mask.inputs = {{true, {}, {1, 0}, {}}, {true, {}, {0, 1}, {}}, {false, {}, {1, 0}, {}}};
          mask.extents = {8, 16};
          mask.bounds = {{1, first, true, false}, {1, {limit}, limit_from, limit_strict}};
          const float limits[] = {static_cast<float>(at), static_cast<float>(at + 3), 1e9f, -4, nan, static_cast<float>(at) + 15.5f, static_cast<float>(at + 16), static_cast<float>(at + 15)};
          const runtime::MapSource<float> sources[] = {{nullptr, from}, {nullptr, at}, {limits, 0}};
          const Extent extents[] = {8, 13};
          std::vector<float> scores(8 * 16, 1);
          runtime::hide_beyond<float>(mask, extents, sources, *table, scores.data());
          runtime::RowLimits rows;
          runtime::find_limits<float>(mask, extents, sources, rows);
          Extent least = 13, most = 0;
          for (std::size_t i = 0; i < 8; ++i) {
            const auto begin = scores.begin() + static_cast<Stride>(i) * 16;
            const Extent count = std::count(begin, begin + 13, 1.f), at_first = std::find(begin, begin + 13, 1.f) - begin;
            CHECK(rows.ends[i] - rows.begins[i] == count);
            if (count == 0) continue;
            CHECK(rows.begins[i] == at_first);
            least = std::min(least, at_first), most = std::max(most, at_first + count);
          }
          const runtime::Seen seen = runtime::seen_by(rows, 0, 8);
          CHECK(seen.last - seen.first == std::max<Extent>(0, most - least));
          if (most > 0) CHECK(seen.first == least);
          for (Stride i = 0; i < 8; ++i)
            for (Stride j = 0; j < 16; ++j) {
              const auto key = static_cast<float>(at + j), bound = limits[i], begin = static_cast<float>(from + i) - 20;
              const bool inside = limit_from ? (limit_strict ? bound < key : bound <= key) : (limit_strict ? key < bound : key <= bound);
              INFO(table->isa << " from " << from << " at " << at << ": " << i << ", " << j);
              CHECK((scores[static_cast<std::size_t>(i * 16 + j)] == 1) == (j >= 13 || (inside && begin <= key)));
            }
        }
      }
}

TEST_CASE("bounds are kept along many rows, of several loops, backwards too") {
  // $0 + 5 - $1 with $0 along rows and $1 along groups of rows: an end that moves by one, or, if rows go back, by minus one
  const ScalarCode end = {row, number(5), {Function::add, {0, 1}, 0}, position, {Function::subtract, {2, 3}, 0}};
  const ScalarCode causal = {row};
  const kernels::KernelTable& table = *testing::runnable_tables().back();
  for (const Stride step : {1, -1, 2})
    for (const ScalarCode& code : {end, causal}) {
      TileMask mask;
      mask.inputs = {{true, {}, {0, step, 0}, {}}, {true, {}, {40, 0, 0}, {}}, {true, {}, {0, 0, 1}, {}}};
      mask.extents = {3, 150, 64};
      mask.bounds = {{2, code, false, false}};
      const Stride first = step < 0 ? 150 : 0, key = 30;
      const runtime::MapSource<float> sources[] = {{nullptr, first}, {nullptr, 7}, {nullptr, key}};
      const Extent extents[] = {3, 131, 50};
      std::vector<float> scores(3 * 131 * 64, 1);
      runtime::hide_beyond<float>(mask, extents, sources, table, scores.data());
      std::size_t wrong = 0;
      for (Stride group = 0; group < 3; ++group)
        for (Stride i = 0; i < 131; ++i)
          for (Stride j = 0; j < 64; ++j) {
            const double arguments[] = {static_cast<double>(first + step * i), static_cast<double>(7 + 40 * group)};
            const bool seen = j >= 50 || static_cast<double>(key + j) <= evaluate(code, arguments);
            wrong += (scores[static_cast<std::size_t>((group * 131 + i) * 64 + j)] == 1) != seen;
          }
      CHECK(wrong == 0);
    }
}

TEST_CASE("what cannot be told, or is not a number, leaves a tile partly hidden") {
  const ScalarCode below = {position, limit, {Function::less, {0, 1}, 0}};
  Tile tile{below, 0, 0};
  tile.limits.assign(8, 1000);
  CHECK(sight(tile) == Sight::visible);
  tile.limits[3] = std::numeric_limits<float>::quiet_NaN();
  CHECK(sight(tile) == Sight::partial);
  CHECK(sight({{position, {Function::sin, {0}, 0}}, 0, 0}) == Sight::partial);
  CHECK(sight({{position, number(-1), {Function::divide, {0, 1}, 0}, number(1), {Function::less, {2, 3}, 0}}, 0, 0}) == Sight::visible);
}

TEST_CASE("blocks of positions are judged through floor and divide") {
  const ScalarCode blocks = {row, position, number(16), {Function::divide, {0, 2}, 0}, {Function::floor, {3}, 0}, {Function::divide, {1, 2}, 0}, {Function::floor, {5}, 0}, {Function::equal, {4, 6}, 0}};
  for (Stride from = 0; from < 64; from += 8)
    for (Stride at = 0; at < 64; at += 16) CHECK(sight({blocks, from, at}) == looked_at({blocks, from, at}));
}
