// plan_stream.cpp: the loops around the tiles of a stream, and the steps of one tile.
#include "plan/plan_stream.hpp"

#include <algorithm>

#include <einc/gradients.hpp>

#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
ir::Plan planned(std::string_view text, const std::vector<Shape>& shapes, int threads = 1) {
  ir::Target t;
  t.threads = threads;
  t.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  t.l2_bytes = 1 << 20;
  const ir::Plan plan = plan::make_plan(test::after("fuse-labels", test::expression_of(text, shapes)), t, {.dtype = DType::f64, .stream = Stream::require});
  verify(plan);
  return plan;
}
const std::string attention =
    "input q \"bihc\"\ninput k \"bjhc\"\ninput v \"bjhc\"\noutput o = einsum(\"bhij,bjhc->bihc\", softmax(einsum(\"bihc,bjhc->bhij\", q, k), \"j\"), v)\n";
}  // namespace

TEST_CASE("batches go one by one, rows and streamed positions in tiles") {
  const ir::Plan plan = planned(attention, {{2, 1000, 3, 16}, {2, 2000, 3, 16}, {2, 2000, 3, 16}});
  REQUIRE(plan.streams.size() == 1);
  const ir::StreamPlan& stream = plan.streams[0];
  REQUIRE(stream.frame.size() == 4);
  CHECK(stream.tiles[0] == 1);
  CHECK(stream.tiles[1] == 1);
  CHECK(stream.row == 2);
  CHECK(plan.extents[stream.frame[2]] == 1000);
  CHECK(plan.extents[stream.frame[3]] == 2000);
  CHECK(stream.tiles[3] < 2000);
}

TEST_CASE("with few rows a tile has what lies beside them, and as many positions as are worth reading together") {
  const ir::StreamPlan one = planned(attention, {{1, 1, 8, 64}, {1, 4096, 8, 64}, {1, 4096, 8, 64}}).streams[0];
  CHECK(one.frame.size() == 1);
  const ir::StreamPlan wide = planned(attention, {{1, 1, 2, 64}, {1, 4096, 2, 64}, {1, 4096, 2, 64}}).streams[0];
  CHECK(wide.tiles.back() == 4 * one.tiles.back());
  CHECK(planned(attention, {{1, 32, 8, 64}, {1, 4096, 8, 64}, {1, 4096, 8, 64}}).streams[0].frame.size() == 2);
  CHECK(planned(attention, {{1, 33, 8, 64}, {1, 4096, 8, 64}, {1, 4096, 8, 64}}).streams[0].frame.size() == 3);
  CHECK(planned(attention, {{1, 9, 8, 64}, {1, 512, 8, 64}, {1, 512, 8, 64}}).streams[0].frame.size() == 3);  // in the caches
}

TEST_CASE("short heads go into a tile together") {
  CHECK(planned(attention, {{2, 16, 8, 64}, {2, 16, 8, 64}, {2, 16, 8, 64}}).streams[0].frame.size() == 2);  // rows and streamed positions
  CHECK(planned(attention, {{2, 64, 8, 64}, {2, 64, 8, 64}, {2, 64, 8, 64}}).streams[0].frame.size() == 4);
}

TEST_CASE("parts depend on the problem, not on the threads") {
  const std::vector<Shape> shapes = {{1, 1, 2, 64}, {1, 65536, 2, 64}, {1, 65536, 2, 64}};
  const Extent part = planned(attention, shapes).streams[0].part;
  CHECK(part > 0);
  for (int threads : {2, 7, 64}) CHECK(planned(attention, shapes, threads).streams[0].part == part);
  CHECK(planned(attention, {{1, 2048, 2, 64}, {1, 65536, 2, 64}, {1, 65536, 2, 64}}).streams[0].part == 0);
}

TEST_CASE("a tile does not grow with the streamed label") {
  const double small = planned(attention, {{1, 64, 2, 16}, {1, 4096, 2, 16}, {1, 4096, 2, 16}}).streams[0].tile_bytes;
  CHECK(planned(attention, {{1, 64, 2, 16}, {1, 65536, 2, 16}, {1, 65536, 2, 16}}).streams[0].tile_bytes == small);
}

TEST_CASE("heads that share keys are rows of one tile") {
  const ir::Plan plan = planned(
      "input q \"bigrc\"\ninput k \"bjgc\"\ninput v \"bjgc\"\noutput o = einsum(\"bgrij,bjgc->bigrc\", softmax(einsum(\"bigrc,bjgc->bgrij\", q, k), \"j\"), v)\n",
      {{2, 5, 2, 4, 8}, {2, 3000, 2, 8}, {2, 3000, 2, 8}});
  REQUIRE(plan.streams.size() == 1);
  const ir::StreamPlan& stream = plan.streams[0];
  double rows = 1;
  for (Label label : stream.steps[stream.online].out)
    if (label != stream.frame.back()) rows *= static_cast<double>(stream.extents[label]);
  CHECK(rows == 20);
}

TEST_CASE("scores with a label of their own stay within the cache") {
  const ir::Plan plan = planned("input q \"ih\"\ninput k \"jh\"\ninput w \"h\"\ninput v \"jd\"\noutput o = einsum(\"ij,jd->id\", softmax(einsum(\"ihj,h->ij\", tanh(q + k), w), \"j\"), v)\n",
                                {{500, 256}, {3000, 256}, {256}, {3000, 64}});
  REQUIRE(plan.streams.size() == 1);
  CHECK(plan.streams[0].tile_bytes <= 600e3);
}

TEST_CASE("tiles of gradients come in order along rows too, and one sum is added across them") {
  const std::string text = grad(Program::parse(attention), "o").text();
  const ir::Plan plan = planned(text, {{2, 1000, 3, 16}, {2, 2000, 3, 16}, {2, 2000, 3, 16}, {2, 1000, 3, 16}});
  REQUIRE(plan.streams.size() == 2);
  const ir::StreamPlan& stream = plan.streams[1];
  CHECK(stream.online == ir::no_step);
  CHECK(stream.rows_in_order);
  CHECK(stream.together > 1);
  CHECK(std::count_if(stream.steps.begin(), stream.steps.end(), [](const ir::Step& step) { return step.across; }) == 1);
  CHECK(std::count_if(stream.steps.begin(), stream.steps.end(), [](const ir::Step& step) { return step.accumulates; }) == 2);
  CHECK(stream.tiles.back() < 1000);
  CHECK_FALSE(plan.streams[0].rows_in_order);
}
