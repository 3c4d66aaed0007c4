// SPDX-License-Identifier: BSD-3-Clause
#include "lower/complex_parts.hpp"

#include "ir/contract_scratch.hpp"
#include "support/catch.hpp"

using namespace einc;
using ir::Loop;
using ir::Role;
using lower::Strided;

namespace {

ir::Target target() {
  ir::Target made;
  made.tiles = {{DType::f32, 6, 16}, {DType::f64, 6, 8}, {DType::c64, 3, 8}, {DType::c128, 3, 4}};
  return made;
}

// ij,jk->ik with 4, 6, 5 in rows.
ir::Instruction product() {
  ir::Instruction made{};
  made.kernel = ir::Kernel::contract;
  made.dtype = DType::c64;
  made.a = {ir::Place::operand, 0, 3};
  made.b = {ir::Place::operand, 1, 7};
  made.loops = {{Role::m, 4, 6, 0, 5}, {Role::n, 5, 0, 1, 1}, {Role::k, 6, 1, 5, 0}};
  return made;
}
Strided side(std::optional<DType> dtype = {}, bool conjugated = false) { return {{}, {}, {ir::Place::operand, 0, 0, dtype}, conjugated}; }

}  // namespace

TEST_CASE("a contraction of complex numbers becomes one of their parts, with twice the columns") {
  ir::Instruction made = product();
  const lower::TileChoice choice = lower::contract_in_parts(made, side({}, true), side(), target());
  CHECK(made.dtype == DType::f32);
  CHECK(choice.tiling.pairs);
  CHECK((choice.tiling.rows == 3 && choice.tiling.columns == 16));
  CHECK(choice.scratch_bytes == ir::contract_scratch(choice.tiling, DType::f32).bytes);
  CHECK((made.conjugate_a && !made.conjugate_b));
  CHECK(made.a.offset == 6);
  CHECK(made.b.offset == 14);
  CHECK(made.loops == std::vector<Loop>{{Role::m, 4, 12, 0, 10}, {Role::n, 10, 0, 1, 1}, {Role::k, 6, 2, 10, 0}});
  CHECK_THAT(choice.reason, ContainsSubstring("pairs of parts") && ContainsSubstring("signs change"));
}

TEST_CASE("columns whose numbers do not lie side by side have a loop of their parts") {
  ir::Instruction made = product();
  made.loops = {{Role::m, 4, 6, 0, 5}, {Role::n, 5, 0, 6, 1}, {Role::k, 6, 1, 1, 0}};
  lower::contract_in_parts(made, side(), side(), target());
  CHECK(made.loops == std::vector<Loop>{{Role::m, 4, 12, 0, 10}, {Role::n, 5, 0, 12, 2}, {Role::n, 2, 0, 1, 1}, {Role::k, 6, 2, 2, 0}});
}

TEST_CASE("beside a real array only columns have parts") {
  ir::Instruction made = product();
  made.a.dtype = DType::f32;
  const lower::TileChoice choice = lower::contract_in_parts(made, side(DType::f32), side(), target());
  CHECK_FALSE(choice.tiling.pairs);
  CHECK(made.a.offset == 3);
  CHECK_FALSE(made.a.dtype.has_value());
  CHECK(made.loops == std::vector<Loop>{{Role::m, 4, 6, 0, 10}, {Role::n, 10, 0, 1, 1}, {Role::k, 6, 1, 10, 0}});
  CHECK_THAT(choice.reason, ContainsSubstring("a is real, b complex"));
  ir::Instruction wide = product();
  wide.dtype = DType::c128;
  lower::contract_in_parts(wide, side(), side(), target());
  CHECK(wide.dtype == DType::f64);
}

TEST_CASE("sides change places with their roles, in the order of roles") {
  lower::Roles roles;
  roles.loops = {{Role::batch, 3, 7, 8, 9}, {Role::m, 4, 6, 0, 5}, {Role::n, 5, 0, 1, 1}, {Role::n, 2, 0, 50, 40}, {Role::k, 6, 1, 5, 0}};
  roles.labels = {10, 11, 12, 13, 14};
  lower::exchange_sides(roles);
  CHECK(roles.swapped);
  CHECK(roles.loops == std::vector<Loop>{{Role::batch, 3, 8, 7, 9}, {Role::m, 5, 1, 0, 1}, {Role::m, 2, 50, 0, 40}, {Role::n, 4, 0, 6, 5}, {Role::k, 6, 5, 1, 0}});
  CHECK(roles.labels == std::vector<Label>{10, 12, 13, 11, 14});
}
