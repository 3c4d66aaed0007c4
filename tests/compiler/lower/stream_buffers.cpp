// stream_buffers.cpp: who writes over whom in the tile of a stream, and what is there for each of the row tiles together.
#include "lower/stream_buffers.hpp"

#include "lower/lower.hpp"
#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
ir::Stream lowered(std::string_view scores, const Shape& q = {512, 1, 64}) {
  ir::Target t;
  t.tiles = {{DType::f32, 14, 32}, {DType::f64, 14, 16}};
  t.l2_bytes = 2 << 20;
  t.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  const std::string text = "input q \"qhc\"\ninput k \"khc\"\ninput v \"khc\"\ns = einsum(\"qhc,khc->hqk\", q, k)\n" + std::string(scores) +
                           "output o = einsum(\"hqk,khc->qhc\", softmax(s, \"k\"), v)\n";
  const Shape k = {1024, q[1], q[2]};
  const ir::Expression e = test::after("fuse-labels", test::expression_of(text, {q, k, k}));
  const lower::Lowered result = lower::lower(e, plan::make_plan(e, t, {.dtype = DType::f64, .stream = Stream::require}), t);
  verify(result.executable);
  return result.executable.streams.at(0);
}
// The buffer that the instruction with this kernel writes.
std::uint32_t written(const ir::StreamVariant& variant, ir::Kernel kernel) {
  for (const ir::Instruction& each : variant.body)
    if (each.kernel == kernel) return each.c.index;
  return lower::StreamBuffers::none;
}
}  // namespace

TEST_CASE("scores, what a mask leaves of them and the weights are one buffer") {
  const ir::StreamVariant plain = lowered("").variants[0];
  CHECK(plain.body[0].c.index == written(plain, ir::Kernel::online));
  const ir::Stream masked = lowered("s = where(iota(\"k\") <= iota(\"q\"), s, -infinity)\n");
  const ir::StreamVariant& variant = masked.variants[0];
  CHECK(variant.body[0].c.index == written(variant, ir::Kernel::map));
  CHECK(variant.body[0].c.index == written(variant, ir::Kernel::online));
  CHECK(masked.tiles.size() == lowered("").tiles.size());
}

TEST_CASE("a map of the scores writes over them, unless they are read again") {
  CHECK(lowered("s = tanh(s)\n").tiles.size() == lowered("").tiles.size());
  CHECK(lowered("s = einsum(\"qhc,khc->hqk\", q, k * k) * tanh(s)\n").tiles.size() == lowered("").tiles.size() + 1);
}

TEST_CASE("sums and rows brought into the tile lie behind what passes, once for each of the row tiles together") {
  const ir::Stream stream = lowered("", {512, 8, 64});
  REQUIRE(stream.together > 1);
  REQUIRE(stream.variants[0].begin.size() == 1);
  CHECK(stream.tiles[stream.variants[0].begin[0].c.index].offset >= stream.state_begin);
  CHECK(stream.tiles[stream.variants[0].online.sum.index].offset >= stream.state_begin);
  CHECK(stream.tiles[stream.variants[0].body[0].c.index].offset < stream.state_begin);
  CHECK(stream.tile_bytes == stream.state_begin + stream.together * stream.state_bytes);
}
