// bring_rows.cpp: which rows are copied into a tile before the first streamed one, and how they lie there.
#include "lower/bring_rows.hpp"

#include "lower/lower.hpp"
#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
constexpr std::string_view attention =
    "input q \"qhc\"\ninput k \"khc\"\ninput v \"khv\"\ns = einsum(\"qhc,khc->hqk\", q, k)\noutput o = einsum(\"hqk,khv->qhv\", softmax(s, \"k\"), v)\n";

ir::Stream lowered(const Shape& q, const Shape& k, std::int64_t l2 = 2 << 20, const Shape& values = {}) {
  ir::Target t;
  t.tiles = {{DType::f32, 14, 32}, {DType::f64, 14, 16}};
  t.l2_bytes = l2;
  t.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  const ir::Expression e = test::after("fuse-labels", test::expression_of(attention, {q, k, values.empty() ? k : values}));
  const lower::Lowered result = lower::lower(e, plan::make_plan(e, t, {.dtype = DType::f64, .stream = Stream::require}), t);
  verify(result.executable);
  return result.executable.streams.at(0);
}
}  // namespace

TEST_CASE("rows that other heads lie between are copied next to each other, once for all keys") {
  const ir::Stream stream = lowered({512, 8, 64}, {1024, 8, 64});
  for (const ir::StreamVariant& variant : stream.variants) {
    if (variant.body.empty()) continue;
    REQUIRE(variant.begin.size() == 1);
    const ir::Instruction &bring = variant.begin[0], &scores = variant.body[0];
    CHECK(bring.a == ir::BufferRef{ir::Place::operand, 0, 0});
    CHECK(bring.c.place == ir::Place::tile);
    CHECK(scores.a == bring.c);
    CHECK(std::any_of(scores.loops.begin(), scores.loops.end(), [](const ir::Loop& loop) { return loop.role == ir::Role::m && loop.a == 64; }));
    CHECK(stream.tiles[bring.c.index].offset >= stream.state_begin);  // of each of the row tiles together
  }
}

TEST_CASE("rows stay where they lie if they follow each other, or are few, or are read once") {
  CHECK(lowered({512, 1, 64}, {1024, 1, 64}).variants[0].begin.empty());
  CHECK(lowered({8, 2, 64}, {1024, 2, 64}).variants[0].begin.empty());
  CHECK(lowered({512, 4, 64}, {128, 4, 64}).variants[0].begin.empty());
}

TEST_CASE("rows whole pages apart are brought for one tile along the streamed label too, if they meet some panels") {
  CHECK(lowered({512, 8, 64}, {128, 8, 64}).variants[0].begin.size() == 1);
  CHECK(lowered({512, 16, 64}, {128, 16, 64}).variants[0].begin.size() == 1);
  CHECK(lowered({512, 12, 64}, {128, 12, 64}).variants[0].begin.empty());
  CHECK(lowered({512, 8, 64}, {48, 8, 64}).variants[0].begin.empty());
}

TEST_CASE("rows for which the second-level cache has no room stay where they lie") {
  CHECK(lowered({4096, 8, 600}, {1024, 8, 600}, 512 << 10, {1024, 8, 32}).variants[0].begin.empty());
  CHECK(lowered({4096, 8, 600}, {1024, 8, 600}, 32 << 20, {1024, 8, 32}).variants[0].begin.size() == 1);
}

TEST_CASE("rows lie one behind the other, labels of one position in front") {
  const lower::Strided array{{0, 1, 2}, {512, 64, 1}, {ir::Place::operand, 0, 0}};
  const lower::Strided brought = lower::row_by_row(array, 0, std::vector<Extent>{16, 1, 64}, {ir::Place::tile, 3, 0});
  CHECK(brought.labels == ir::Term{0, 1, 2});
  CHECK(brought.strides == Strides{64, 64, 1});
  const lower::Strided turned = lower::row_by_row({{2, 1, 0}, {1, 64, 512}, {}}, 0, std::vector<Extent>{16, 1, 64}, {ir::Place::tile, 3, 0});
  CHECK(turned.labels == ir::Term{1, 0, 2});
}
