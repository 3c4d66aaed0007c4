// stream_reads.cpp: pages are read where they lie by products of few rows, and gathered into the tile for anything else.
#include "lower/stream_reads.hpp"

#include <algorithm>

#include "lower/lower.hpp"
#include "plan/make_plan.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
lower::Lowered lowered(Extent queries, Extent slots, Extent entries, std::string_view keys = "merge(gather(kp, \"p\", table), \"ts\", \"k\")") {
  ir::Target t;
  t.tiles = {{DType::f32, 6, 16}, {DType::f64, 6, 8}};
  t.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  const std::string text = "input q \"hqc\"\ninput kp \"pshc\"\ninput vp \"pshc\"\ninput table \"t\"\nk = " + std::string(keys) +
                           "\nv = merge(gather(vp, \"p\", table), \"ts\", \"k\")\n"
                           "output o = einsum(\"hqk,khc->hqc\", softmax(einsum(\"hqc,khc->hqk\", q, k), \"k\"), v)\n";
  const ir::Expression e = test::after("fuse-labels", test::expression_of(text, {{4, queries, 8}, {9, slots, 4, 8}, {9, slots, 4, 8}, {entries}}));
  lower::Lowered made = lower::lower(e, plan::make_plan(e, t, {.dtype = DType::f64, .stream = Stream::require}), t);
  verify(made.executable);
  return made;
}
std::size_t count(const ir::Executable& e, ir::Kernel kernel) {
  const std::vector<ir::Instruction>& body = e.streams[0].variants[0].body;
  return static_cast<std::size_t>(std::count_if(body.begin(), body.end(), [&](const ir::Instruction& each) { return each.kernel == kernel; }));
}
}  // namespace

TEST_CASE("few rows read pages where they lie: nothing is gathered, and memory does not grow with the keys") {
  const lower::Lowered made = lowered(1, 16, 128);
  REQUIRE(made.executable.code.size() == 1);
  CHECK(count(made.executable, ir::Kernel::few) == 2);
  CHECK(count(made.executable, ir::Kernel::gather) == 0);
  REQUIRE(made.executable.streams[0].paged.size() == 2);
  CHECK(made.executable.streams[0].paged[0].block == 16);
  CHECK(made.executable.streams[0].paged[0].blocks == 9);
  CHECK(made.executable.streams[0].paged[0].stride == 16 * 4 * 8);
  CHECK_THAT(made.notes[0].reason, ContainsSubstring("blocks of 16 positions are read where the index says they lie"));
  CHECK(lowered(1, 16, 1 << 14).executable.scratch_bytes == made.executable.scratch_bytes);
}

TEST_CASE("many rows, and short blocks, are gathered into the tile") {
  for (const auto& [queries, slots] : {std::pair<Extent, Extent>{100, 16}, {1, 4}, {100, 2}}) {
    const lower::Lowered made = lowered(queries, slots, 1 << 10);
    REQUIRE(made.executable.code.size() == 1);
    CHECK(count(made.executable, ir::Kernel::gather) == 2);
    CHECK(made.executable.gathers.size() == 2);
    CHECK_THAT(made.notes[0].reason, ContainsSubstring("are gathered into the tile"));
    const ir::Executable longer = lowered(queries, slots, 1 << 14).executable;
    CHECK(longer.arena_bytes < 1 << 18);  // parts are tasks, and have states; keys are sixteen times that
    CHECK(longer.scratch_bytes < 2 * made.executable.scratch_bytes);  // row tiles together may differ
  }
}

TEST_CASE("what is computed of pages is computed before") {
  const lower::Lowered made = lowered(1, 16, 100, "2 * merge(gather(kp, \"p\", table), \"ts\", \"k\") + 1");
  CHECK(made.executable.code.size() > 1);
  CHECK(made.executable.streams[0].paged.size() == 1);
}
