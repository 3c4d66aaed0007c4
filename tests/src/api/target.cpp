// This machine as the compiler sees it: every kernel table gives a complete description.
#include "api/target.hpp"

#include "api/kernel_tables.hpp"
#include "support/catch.hpp"

using namespace einc;

TEST_CASE("every table's target has caches, tiles for every kind of number that has them, and rates") {
  for (const kernels::KernelTable* table : api::runnable_tables()) {
    const ir::Target target = api::make_target(*table, 3);
    INFO(target.isa);
    CHECK(target.isa == table->isa);
    CHECK(target.threads == 3);
    CHECK(target.vector_bytes >= 16);
    CHECK(target.l1_bytes > 0);
    CHECK(target.l2_bytes > target.l1_bytes);
    CHECK(target.l3_bytes >= target.l2_bytes);
    REQUIRE(target.tiles.size() == 19);
    for (const ir::TileShape& tile : target.tiles) CHECK(tile.rows * tile.columns > 1);
    CHECK(target.joined.empty() == (target.vector_bytes != 64));
    CHECK(target.speeds.f32_flops > target.speeds.f64_flops);
    CHECK(target.speeds.f64_flops > 0);
    CHECK(target.speeds.memory_bytes > 0);
    CHECK(target.speeds.l2_bytes > target.speeds.memory_bytes);
  }
}

TEST_CASE("wider vectors promise more arithmetic") {
  double best = 0;
  for (const kernels::KernelTable* table : api::runnable_tables()) {
    const double flops = api::make_target(*table, 1).speeds.f32_flops;
    CHECK(flops >= best);
    best = flops;
  }
}
