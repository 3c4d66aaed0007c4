// arrange_loops.cpp: other loops go through the same positions, and blocks hold whole groups and runs.
#include "lower/arrange_loops.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ir/contract_scratch.hpp"
#include "ir/tiling_rules.hpp"
#include "support/catch.hpp"

using namespace einc;
using ir::Role;

namespace {

ir::Target server(std::int64_t l2_bytes = 2 << 20) {
  ir::Target target;
  target.isa = "avx512", target.vector_bytes = 64;
  target.l1_bytes = 48 << 10, target.l2_bytes = l2_bytes;
  target.tiles = {{DType::f32, 14, 32}, {DType::f64, 14, 16}};
  return target;
}

lower::Strided dense(const std::string& term, const std::vector<Extent>& extents) {
  lower::Strided array;
  Stride step = 1;
  for (std::size_t i = term.size(); i-- > 0;) {
    const auto label = static_cast<Label>(term[i] - 'a');
    array.labels.insert(array.labels.begin(), label);
    array.strides.insert(array.strides.begin(), step);
    step *= extents[label];
  }
  return array;
}

struct Both {
  lower::Made before, after;
};
Both arranged(const std::string& lhs, const std::string& rhs, const std::string& out, const std::vector<Extent>& extents, DType dtype,
              const ir::Target& target) {
  const lower::Strided right = dense(rhs, extents);
  Both both{lower::make_contraction(dense(lhs, extents), &right, dense(out, extents), extents, dtype, target), {}};
  both.after = both.before;
  lower::arrange_loops(both.after, dtype, target);
  return both;
}

std::vector<ir::Loop> of_role(const lower::Made& made, Role role) {
  std::vector<ir::Loop> loops;
  for (const ir::Loop& loop : made.instruction.loops)
    if (loop.role == role) loops.push_back(loop);
  return loops;
}

// The offsets in a, b and c of every position.
std::vector<std::array<Stride, 3>> positions(const std::vector<ir::Loop>& loops) {
  std::vector<std::array<Stride, 3>> all{std::array<Stride, 3>{0, 0, 0}};
  for (const ir::Loop& loop : loops) {
    std::vector<std::array<Stride, 3>> next;
    for (const auto& at : all)
      for (Extent i = 0; i < loop.extent; ++i) next.push_back({at[0] + i * loop.a, at[1] + i * loop.b, at[2] + i * loop.c});
    all = std::move(next);
  }
  std::sort(all.begin(), all.end());
  return all;
}

void check_same_positions(const Both& both) {
  for (const Role role : {Role::batch, Role::m, Role::n, Role::k}) CHECK(positions(of_role(both.before, role)) == positions(of_role(both.after, role)));
  CHECK(both.after.labels.size() == both.after.instruction.loops.size());
  CHECK(std::is_sorted(both.after.instruction.loops.begin(), both.after.instruction.loops.end(),
                       [](const ir::Loop& x, const ir::Loop& y) { return x.role < y.role; }));
}

}  // namespace

TEST_CASE("columns that lie apart in b are packed for several neighbours in b at once") {
  // a = 0, b = 1, c = 2, d = 3
  const Both both = arranged("adb", "cd", "cba", {384, 384, 400, 384}, DType::f32, server());
  const ir::Tiling& tiling = both.after.instruction.tiling;
  const auto n = of_role(both.after, Role::n);
  REQUIRE(n.size() >= 2);
  CHECK(n.back().c == 1);
  CHECK(n[n.size() - 2].b == 1);
  CHECK(tiling.run == n.back().extent);
  CHECK(tiling.group == tiling.run * n[n.size() - 2].extent);
  CHECK(tiling.run % tiling.columns == 0);
  CHECK(n[n.size() - 2].extent * 4 >= 64);
  CHECK(tiling.n_block % tiling.group == 0);
  CHECK(tiling.n_block * tiling.k_block * 4 <= server().l2_bytes);
  CHECK(both.after.scratch_bytes == ir::contract_scratch(tiling, DType::f32).bytes);
  CHECK(both.after.reason.find("neighbours in b at once") != std::string::npos);
}

TEST_CASE("arranged loops go through the same positions") {
  for (DType dtype : {DType::f32, DType::f64})
    for (std::int64_t l2 : {1 << 12, 1 << 14, 2 << 20}) {
      check_same_positions(arranged("adb", "cd", "cba", {36, 40, 5, 10}, dtype, server(l2)));
      check_same_positions(arranged("adb", "cd", "cba", {17, 31, 5, 10}, dtype, server(l2)));
      check_same_positions(arranged("aebd", "ce", "dcba", {12, 3, 4, 16, 6}, dtype, server(l2)));
      check_same_positions(arranged("aebd", "ce", "dcba", {16, 36, 3, 32, 4}, dtype, server(l2)));
      check_same_positions(arranged("dac", "bcd", "ba", {9, 8, 32, 36}, dtype, server(l2)));
      check_same_positions(arranged("dac", "bcd", "ba", {3, 2, 67, 32}, dtype, server(l2)));
      check_same_positions(arranged("dac", "bcd", "ba", {3, 2, 64, 71}, dtype, server(l2)));
      check_same_positions(arranged("bged", "cafg", "fedcba", {12, 4, 3, 2, 5, 3, 4}, dtype, server(l2)));
    }
}

TEST_CASE("the sum goes through squares where rows of b, not its neighbours, lie near each other along another label") {
  const Both both = arranged("dbe", "ceda", "bca", {96, 84, 8, 84, 96}, DType::f32, server());  // b: e 32 KiB apart, d 384 bytes
  const auto k = of_role(both.after, Role::k);
  REQUIRE(k.size() == 4);
  CHECK(k[3].b == 96);
  CHECK(k[2].a == 1);
  CHECK(k[2].extent == 16);
  CHECK(both.after.instruction.tiling.k_block % (k[2].extent * k[3].extent) == 0);
  const Both near = arranged("dbe", "cdea", "bca", {96, 84, 8, 84, 8}, DType::f32, server());  // all of it lies within a page
  CHECK(of_role(near.after, Role::k).size() == 2);
}

TEST_CASE("runs of two labels that follow each other in b are one, where rows of b lie on pages of their own") {
  const Both both = arranged("aebd", "ce", "dcba", {96, 84, 24, 96, 96}, DType::f32, server());  // pieces of 384 bytes, 32 KiB apart
  const ir::Tiling& tiling = both.after.instruction.tiling;
  const auto n = of_role(both.after, Role::n);
  REQUIRE(n.size() >= 3);
  CHECK(tiling.turned);
  CHECK(n.back().extent == 96);
  CHECK(n[n.size() - 2].b == 96);
  CHECK(tiling.run == 96 * n[n.size() - 2].extent);
  CHECK(n[n.size() - 3].c == 1);
  CHECK(tiling.group == tiling.run * n[n.size() - 3].extent);
  CHECK(n[n.size() - 3].extent % 16 == 0);  // whole lines of c
  CHECK(ir::tiling_fault(both.after.instruction).empty());
  const Both near = arranged("abde", "ce", "dcba", {96, 84, 24, 96, 96}, DType::f32, server());  // each sum is one piece
  const auto near_n = of_role(near.after, Role::n);
  CHECK(near.after.instruction.tiling.turned);
  CHECK(near.after.instruction.tiling.run == near_n.back().extent);
}

TEST_CASE("columns follow b and results are turned where a column has fewer results than elements of b") {
  for (const auto& [text, extents] : std::vector<std::pair<std::string, std::vector<Extent>>>{
           {"adb", {384, 384, 24, 384}}, {"abd", {384, 376, 24, 384}}, {"dab", {480, 36, 24, 36}}}) {
    const Both both = arranged(text, "cd", "cba", extents, DType::f32, server());
    const ir::Tiling& tiling = both.after.instruction.tiling;
    const auto n = of_role(both.after, Role::n);
    INFO(text);
    REQUIRE(n.size() >= 2);
    CHECK(tiling.turned);
    CHECK(n[n.size() - 2].c == 1);
    CHECK(n.back().c != 1);
    CHECK(tiling.run == n.back().extent);
    CHECK(tiling.group == tiling.run * n[n.size() - 2].extent);
    CHECK(tiling.group % tiling.n_block == 0);
    CHECK(tiling.n_block % tiling.run == 0);
    CHECK(tiling.m_block == extents[2]);
    CHECK(tiling.ahead == ir::Ahead::block);
    CHECK(both.after.scratch_bytes <= server().l2_bytes);
  }
  CHECK(!arranged("adb", "cd", "cba", {384, 384, 24, 12}, DType::f32, server()).after.instruction.tiling.turned);  // sums are shorter
  CHECK(!arranged("dab", "cd", "cba", {48, 36, 24, 36}, DType::f32, server()).after.instruction.tiling.turned);  // all lies in l2
  CHECK(!arranged("adb", "cd", "cba", {100003, 64, 64, 64}, DType::f32, server()).after.instruction.tiling.turned);  // no parts
}

TEST_CASE("runs of b are read where they lie where few rows meet them") {
  // a = 0, b = 1, c = 2, d = 3
  for (const auto& [lhs, rhs, out, extents, run] : std::vector<std::tuple<std::string, std::string, std::string, std::vector<Extent>, Extent>>{
           {"bda", "dc", "abc", {76, 70, 4, 76}, 76},        // neighbours of the result are rows, which are turned
           {"dca", "bd", "abc", {60, 3, 74, 76}, 60},        // neighbours of the result lie apart in b
           {"ebad", "ce", "abcd", {26, 22, 11, 21, 26}, 21}}) {  // neighbours of both
    const Both both = arranged(lhs, rhs, out, extents, DType::f32, server());
    const ir::Tiling& tiling = both.after.instruction.tiling;
    const auto n = of_role(both.after, Role::n);
    INFO(lhs);
    REQUIRE(n.size() == 2 + (lhs.size() > 3));
    CHECK(tiling.runs_in_place);
    CHECK(n.back().b == 1);
    CHECK(n.back().extent == run);
    CHECK(tiling.run == run);
    CHECK(tiling.n_block % run == 0);
    CHECK(both.after.scratch_bytes < 128 << 10);
    CHECK(both.after.reason.find("where they lie in b") != std::string::npos);
    check_same_positions(both);
  }
  const auto in_place = [](const Both& both) { return both.after.instruction.tiling.runs_in_place; };
  CHECK_FALSE(in_place(arranged("ebad", "ce", "abcd", {26, 22, 60, 21, 26}, DType::f32, server())));     // many rows
  CHECK_FALSE(in_place(arranged("ebad", "ce", "abcd", {126, 122, 6, 121, 26}, DType::f32, server())));   // sums on pages of their own, in memory
  CHECK_FALSE(in_place(arranged("ebad", "ce", "abcd", {26, 22, 6, 7, 26}, DType::f32, server())));       // short runs
  CHECK_FALSE(in_place(arranged("dca", "bd", "abc", {60, 6, 74, 24}, DType::f32, server())));            // too many results to write one by one
  ir::Target unmasked = server();
  unmasked.isa = "avx2", unmasked.vector_bytes = 32, unmasked.tiles = {{DType::f32, 6, 16}};
  CHECK_FALSE(in_place(arranged("ebad", "ce", "abcd", {26, 22, 6, 21, 26}, DType::f32, unmasked)));
  CHECK(in_place(arranged("ebad", "ce", "abcd", {26, 22, 11, 24, 26}, DType::f32, unmasked)));
}

TEST_CASE("runs that are read from memory where they lie are asked for a block ahead") {
  const Both far = arranged("bda", "dc", "abc", {384, 384, 24, 384}, DType::f32, server());
  CHECK(far.after.instruction.tiling.runs_in_place);
  CHECK(far.after.instruction.tiling.ahead == ir::Ahead::block);
  CHECK(far.after.instruction.tiling.n_block == 384);  // two of them fit the second-level cache
  check_same_positions(arranged("bda", "dc", "abc", {40, 6, 24, 384}, DType::f32, server()));
  const Both near = arranged("bda", "dc", "abc", {76, 70, 4, 76}, DType::f32, server());
  CHECK(near.after.instruction.tiling.runs_in_place);
  CHECK(near.after.instruction.tiling.ahead == ir::Ahead::nothing);
}

TEST_CASE("runs that follow each other in b stand together where rows of b lie pages apart") {
  // a = 0, b = 1, c = 2, d = 3, e = 4: rows of b are a and d
  const Both both = arranged("ebad", "ce", "abcd", {96, 84, 24, 84, 96}, DType::f32, server());
  const auto n = of_role(both.after, Role::n);
  REQUIRE(n.size() == 3);
  CHECK(n[2].b == 1);
  CHECK(n[1].b == n[2].extent);
  CHECK(n[0].extent == 84);
  CHECK(both.after.instruction.tiling.ahead == ir::Ahead::block);
  CHECK(both.after.reason.find("follow each other as in b") != std::string::npos);
  check_same_positions(arranged("ebad", "ce", "abcd", {12, 40, 24, 60, 96}, DType::f32, server(64 << 10)));
  // results would be written in short pieces
  CHECK(of_role(arranged("ebad", "ce", "abcd", {96, 84, 4, 84, 96}, DType::f32, server()).after, Role::n)[0].extent == 96);
}

TEST_CASE("a sum over rows that follow each other along different labels goes through squares") {
  // of 40 elements each, along b in one and along a in the other
  const Both both = arranged("abc", "bad", "cd", {24, 20000, 40, 40}, DType::f32, server());
  const auto k = of_role(both.after, Role::k);
  REQUIRE(k.size() >= 2);
  CHECK(k.back().b == 40);
  CHECK(k.back().extent == 24);
  CHECK(k[k.size() - 2].a == 40);
  CHECK(k[k.size() - 2].extent > 8);
  CHECK(both.after.instruction.tiling.k_block % (k.back().extent * k[k.size() - 2].extent) == 0);
  check_same_positions(arranged("abc", "bad", "cd", {6, 400, 40, 40}, DType::f32, server(1 << 12)));
  CHECK(of_role(arranged("abc", "bad", "cd", {6, 50, 40, 40}, DType::f32, server()).after, Role::k).size() == 2);   // all in the cache
  CHECK(of_role(arranged("abc", "abd", "cd", {24, 20000, 40, 40}, DType::f32, server()).after, Role::k).size() <= 2);  // the same neighbours
}

TEST_CASE("columns whose rows lie pages apart in b are packed, a small block ahead of the other") {
  const Both both = arranged("ca", "cb", "ab", {96, 500000, 96}, DType::f32, server());
  const ir::Tiling& tiling = both.after.instruction.tiling;
  CHECK(tiling.ahead == ir::Ahead::block);
  CHECK(tiling.rows_inside);
  CHECK(tiling.m_block == 96);
  CHECK(tiling.n_block % tiling.columns == 0);
  CHECK(tiling.n_block * 96 * 4 <= server().l2_bytes / 8);
  CHECK(both.after.instruction.loops == both.before.instruction.loops);
  CHECK(ir::tiling_fault(both.after.instruction).empty());
  const auto ahead = [](const Both& other) { return other.after.instruction.tiling.ahead == ir::Ahead::block; };
  CHECK_FALSE(ahead(arranged("ca", "cb", "ab", {96, 1000, 96}, DType::f32, server())));      // rows within a page
  CHECK_FALSE(ahead(arranged("ca", "cb", "ab", {14, 500000, 96}, DType::f32, server())));    // one tile of rows
  CHECK_FALSE(ahead(arranged("ca", "cb", "ab", {96, 500000, 9600}, DType::f32, server())));  // the sum is cut
}

TEST_CASE("panels end where rows of the result do, or every few rows") {
  const Both both = arranged("bged", "cafg", "fedcba", {24, 20, 20, 24, 20, 20, 24}, DType::f32, server());
  CHECK(both.after.instruction.tiling.run == 24);
  CHECK(both.after.instruction.tiling.unit == 48);
  CHECK(both.after.instruction.tiling.group == 0);
  CHECK(both.after.instruction.tiling.n_block % 48 == 0);
  CHECK(both.after.instruction.tiling.rows_inside);
  CHECK(both.after.instruction.tiling.m_block == 20);
  CHECK(both.after.instruction.loops == both.before.instruction.loops);
  // short runs fill tiles, and rows that follow each other are no reason for low ones where all results are in cache
  const Both small = arranged("bgfd", "caeg", "fedcba", {8, 8, 8, 8, 8, 8, 8}, DType::f32, server());
  CHECK(small.after.instruction.tiling.run == 8);
  CHECK(small.after.instruction.tiling.unit == small.after.instruction.tiling.columns);
  CHECK_FALSE(small.after.instruction.tiling.rows_inside);
  CHECK_THAT(small.after.reason, ContainsSubstring("runs of 8 columns"));
  CHECK(arranged("bgfd", "caeg", "fedcba", {8, 24, 8, 8, 8, 8, 8}, DType::f32, server()).after.instruction.tiling.rows_inside);
  // a small operand that lies apart is packed as it comes, where it is read often
  CHECK(arranged("aged", "cbfg", "fedcba", {24, 20, 20, 24, 20, 20, 24}, DType::f32, server()).after.instruction.tiling.group == 0);
  // a run that does not fit the second-level cache is cut evenly
  const Both wide = arranged("ce", "deba", "dcba", {96, 84, 84, 84, 96}, DType::f32, server());
  const ir::Tiling& tiling = wide.after.instruction.tiling;
  CHECK(tiling.run == 96 * 84);
  CHECK(tiling.run % tiling.n_block == 0);
  CHECK(tiling.n_block % tiling.columns == 0);
  CHECK(tiling.ahead == ir::Ahead::block);
  // all rows stay packed, and b comes in blocks small enough for the next one beside
  const Both kept = arranged("be", "dcea", "dcba", {96, 84, 84, 84, 96}, DType::f32, server());
  CHECK(kept.after.instruction.tiling.rows_inside);
  CHECK(kept.after.instruction.tiling.ahead == ir::Ahead::block);
  CHECK(kept.after.instruction.tiling.n_block * kept.after.instruction.tiling.k_block * 4 <= server().l2_bytes / 4);
}

TEST_CASE("a sum along which a and b have different neighbours goes through squares of both") {
  const Both both = arranged("dac", "bcd", "ba", {384, 376, 384, 384}, DType::f32, server());
  const auto k = of_role(both.after, Role::k);
  REQUIRE(k.size() == 4);
  CHECK(k[3].b == 1);
  CHECK(k[2].a == 1);
  CHECK(k[3].extent * 4 >= 64);
  CHECK(k[2].extent * 4 >= 64);
  CHECK(both.after.instruction.tiling.k_block % (k[2].extent * k[3].extent) == 0);
}

TEST_CASE("where only one of two such loops has parts, lines of it stand inside the other") {
  const Both of_a = arranged("dac", "bcd", "ba", {384, 376, 379, 384}, DType::f32, server());
  const auto k = of_role(of_a.after, Role::k);
  REQUIRE(k.size() == 3);
  CHECK(k[1].extent == 379);
  CHECK(k[2].extent == 16);
  CHECK(of_a.after.instruction.tiling.k_block % 256 == 0);
  CHECK(of_role(arranged("dac", "bcd", "ba", {384, 376, 379, 383}, DType::f32, server()).after, Role::k).size() == 2);  // neither has
}

TEST_CASE("what is near already stays as it was") {
  const auto same = [](const Both& both) { return both.before.instruction == both.after.instruction && both.before.reason == both.after.reason; };
  CHECK(same(arranged("ab", "bc", "ac", {512, 512, 512}, DType::f32, server())));
  CHECK(same(arranged("ab", "cb", "ac", {512, 512, 512}, DType::f64, server())));
  CHECK(same(arranged("ab", "bc", "ac", {512, 512, 512}, DType::i32, server())));
  CHECK(arranged("ab", "dbc", "adc", {512, 64, 3, 5}, DType::f32, server()).after.instruction.tiling.run == 0);  // short runs
}
