// lower_stream.cpp: a planned tile becomes instructions, with variants for short tiles, masks and state.
#include "lower/lower_stream.hpp"

#include "lower/lower.hpp"
#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
lower::Lowered lowered(std::string_view text, const std::vector<Shape>& shapes) {
  ir::Target t;
  t.tiles = {{DType::f32, 6, 16}, {DType::f64, 6, 8}};
  t.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  const ir::Expression e = test::after("fuse-labels", test::expression_of(text, shapes));
  lower::Lowered result = lower::lower(e, plan::make_plan(e, t, {.dtype = DType::f64, .stream = Stream::require}), t);
  verify(result.executable);
  return result;
}
std::string attention(std::string_view mask) {
  return "input q \"ic\"\ninput k \"jc\"\ninput v \"jd\"\ns = einsum(\"ic,jc->ij\", q, k)\n" + std::string(mask) + "output o = einsum(\"ij,jd->id\", softmax(s, \"j\"), v)\n";
}
}  // namespace

TEST_CASE("attention is one instruction, and its tiles are short only where extents do not divide") {
  const ir::Executable e = lowered(attention(""), {{128, 8}, {1024, 8}, {1024, 8}}).executable;
  REQUIRE(e.code.size() == 1);
  CHECK(e.code[0].kernel == ir::Kernel::stream);
  REQUIRE(e.streams.size() == 1);
  CHECK(e.streams[0].variants[1].body.empty());
  CHECK(e.streams[0].variants[2].body.empty());
  const ir::Executable odd = lowered(attention(""), {{301, 8}, {1031, 8}, {1031, 8}}).executable;
  CHECK_FALSE(odd.streams[0].variants[3].body.empty());
  CHECK(e.arena_bytes == 0);
}

TEST_CASE("a mask works in place on the scores and knows when a tile is hidden") {
  const ir::Executable e = lowered(attention("s = where(iota(\"j\") <= iota(\"i\"), s, -infinity)\n"), {{128, 8}, {1024, 8}, {1024, 8}}).executable;
  const ir::StreamVariant& full = e.streams[0].variants[0];
  CHECK(full.mask.present);
  CHECK(full.mask.inputs.size() == 3);
  CHECK(std::count(full.mask_only.begin(), full.mask_only.end(), true) == 1);
  CHECK_FALSE(lowered(attention("s = where(iota(\"j\") <= iota(\"i\"), s, -1e9)\n"), {{128, 8}, {1024, 8}, {1024, 8}}).executable.streams[0].variants[0].mask.present);
}

TEST_CASE("a mask has its bounds, and code for tiles whose end it hides where scores are computed all") {
  const std::string causal = "s = where(iota(\"j\") <= iota(\"i\"), s, -infinity)\n";
  CHECK(lowered(attention(causal), {{512, 8}, {1024, 8}, {1024, 8}}).executable.streams[0].clips.empty());
  const ir::Executable e = lowered(attention("s = tanh(s)\n" + causal), {{512, 8}, {1024, 8}, {1024, 8}}).executable;
  const ir::Stream& stream = e.streams[0];
  REQUIRE(stream.clips.size() == 3);
  CHECK(stream.clips.back() * 4 == stream.frame.back().tile * 3);
  CHECK(stream.variants.size() == 10);
  CHECK(stream.variants[4].mask.extents.back() == stream.clips[0]);
  CHECK(stream.variants[0].mask.bounds.size() == 1);
  CHECK(lowered(attention(""), {{512, 8}, {1024, 8}, {1024, 8}}).executable.streams[0].clips.empty());
}

TEST_CASE("row tiles are together, and what they all pack is kept for the next") {
  const ir::Executable e = lowered(attention(""), {{4096, 64}, {1024, 64}, {1024, 64}}).executable;
  const ir::Stream& stream = e.streams[0];
  CHECK(stream.together == 7);  // their states fill a quarter of 1 MiB
  CHECK(stream.state_begin + 7 * stream.state_bytes == stream.tile_bytes);
  CHECK(std::count_if(stream.variants[0].keeps.begin(), stream.variants[0].keeps.end(), [](std::int64_t place) { return place >= 0; }) == 2);
}

TEST_CASE("the next tile of a large array is asked for, of a small one or of a tile not") {
  const lower::Lowered far = lowered(attention(""), {{128, 64}, {40000, 64}, {40000, 64}});
  const std::vector<ir::Instruction>& body = far.executable.streams[0].variants[0].body;
  CHECK(std::count_if(body.begin(), body.end(), [](const ir::Instruction& each) { return each.tiling.ahead == ir::Ahead::next_tile; }) == 2);
  CHECK_THAT(print(far.executable), ContainsSubstring("next tile of b asked for"));
  const lower::Lowered near = lowered(attention(""), {{128, 64}, {4000, 64}, {4000, 64}});
  for (const ir::Instruction& each : near.executable.streams[0].variants[0].body) CHECK(each.tiling.ahead == ir::Ahead::nothing);
}

TEST_CASE("the state follows every sum") {
  const ir::Executable e = lowered(attention(""), {{128, 8}, {1024, 8}, {1024, 5}}).executable;
  const ir::Online& online = e.streams[0].variants[0].online;
  CHECK(online.has_sum);
  REQUIRE(online.accumulators.size() == 1);
  CHECK(online.accumulators[0].columns == 5);
}

TEST_CASE("a map writes over what it reads last, and not over what is read again") {
  // tanh of the scores: in their place. The scores times their tanh: in the place of the tanh.
  const auto tiles = [](std::string_view scores) { return lowered(attention(scores), {{128, 8}, {1024, 8}, {1024, 5}}).executable.streams[0].tiles.size(); };
  const std::size_t plain = tiles("");
  CHECK(tiles("s = tanh(s)\n") == plain);
  CHECK(tiles("s = einsum(\"ic,jc->ij\", q, k * k) * tanh(s)\n") == plain + 1);
}

TEST_CASE("few tasks are cut into parts, whose states lie in the arena") {
  const ir::Executable e = lowered(attention(""), {{1, 64}, {65536, 64}, {65536, 64}}).executable;
  const ir::Stream& stream = e.streams[0];
  CHECK(stream.tasks() == 1);
  REQUIRE(stream.parts() > 1);
  CHECK(e.buffers[stream.part_states].bytes == stream.parts() * stream.state_bytes);
  CHECK(lowered(attention(""), {{4096, 64}, {4096, 64}, {4096, 64}}).executable.streams[0].part == 0);
}
