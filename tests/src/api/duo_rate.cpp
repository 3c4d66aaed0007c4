// SPDX-License-Identifier: BSD-3-Clause
#include "api/duo_rate.hpp"

#include <cmath>
#include <string>

#include "api/kernel_tables.hpp"
#include "api/target.hpp"
#include "support/catch.hpp"

using namespace einc;

TEST_CASE("the rate of duos is measured once and stands in the target of the table that has them") {
  for (const kernels::KernelTable* table : api::runnable_tables()) {
    const ir::Target target = api::make_target(*table, 1);
    CHECK(target.duo_tile.has_value() == (table->duos != nullptr));
    CHECK((table->duos != nullptr) == (std::string(table->isa) == "avx512bf16"));
    if (table->duos == nullptr) continue;
    CHECK(std::isfinite(target.duo_rate));
    CHECK(target.duo_rate > 0.1);
    CHECK(target.duo_rate == api::duo_rate(*table));
  }
}
