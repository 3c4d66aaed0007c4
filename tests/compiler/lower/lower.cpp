#include "lower/lower.hpp"

#include <tuple>

#include <einc/tensor_view.hpp>

#include "pipeline.hpp"
#include "support/catch.hpp"

using namespace einc;

namespace {

compiler::Compilation lowered(std::string_view text, const std::vector<Shape>& shapes, const Strides* result_strides = nullptr,
                              std::vector<Strides> strides = {}) {
  ir::Target target;
  target.tiles = {{DType::f32, 6, 16}, {DType::f64, 6, 8}};
  target.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  for (std::size_t i = strides.size(); i < shapes.size(); ++i) strides.push_back(row_major(shapes[i]));
  std::vector<bind::Layout> layouts;
  for (std::size_t i = 0; i < shapes.size(); ++i) layouts.push_back({shapes[i], strides[i]});
  return compiler::compile({text, layouts, result_strides ? std::span<const Strides>(result_strides, 1) : std::span<const Strides>{}}, {}, target);
}

}  // namespace

TEST_CASE("the instruction that writes the result applies the caller's scale; others store") {
  const auto code = lowered("ab,bc,cd->ad", {{20, 30}, {30, 40}, {40, 50}}).executable.code;
  REQUIRE(code.size() == 2);
  CHECK(code[0].write == ir::Write::store);
  CHECK(code[0].c.place == ir::Place::arena);
  CHECK(code[1].write == ir::Write::scale_into);
  CHECK(code[1].c.place == ir::Place::output);
}

TEST_CASE("a diagonal result is filled first, then added to along the diagonal's stride") {
  const auto code = lowered("i->ii", {{5}}).executable.code;
  REQUIRE(code.size() == 2);
  CHECK(code[0].kernel == ir::Kernel::fill);
  CHECK(code[0].write == ir::Write::scale_into);
  CHECK(code[1].write == ir::Write::add_into);
  CHECK(code[1].loops == std::vector<ir::Loop>{{ir::Role::m, 5, 1, 0, 6}});
}

TEST_CASE("the result is written in the strides asked for, without a copy") {
  const Strides columns{1, 20};
  const auto code = lowered("ij,jk->ik", {{20, 30}, {30, 40}}, &columns).executable.code;
  REQUIRE(code.size() == 1);
  for (const ir::Loop& loop : code[0].loops) {
    if (loop.role == ir::Role::m) CHECK((loop.extent == 40 && loop.c == 20));
    if (loop.role == ir::Role::n) CHECK((loop.extent == 20 && loop.c == 1));
  }
}

TEST_CASE("an operand is read in its own strides, reversed ones too") {
  const auto code = lowered("ij->ij", {{4, 6}}, nullptr, {{-6, 1}}).executable.code;
  REQUIRE(code.size() == 1);
  CHECK(code[0].loops == std::vector<ir::Loop>{{ir::Role::m, 4, -6, 0, 6}, {ir::Role::m, 6, 1, 0, 1}});
}

TEST_CASE("scratch is what the largest contraction packs") {
  CHECK(lowered("ij,j->i", {{20, 30}, {30}}).executable.scratch_bytes == 0);
  CHECK(lowered("ij,jk->ik", {{200, 300}, {300, 400}}).executable.scratch_bytes > 0);
}

TEST_CASE("batches of a few tiles are run in rows, wherever the batch label stands, and need no scratch") {
  for (const auto& [text, a, b] : {std::tuple("bij,bjk->bik", Shape{100, 4, 5}, Shape{100, 5, 6}),
                                   std::tuple("ibj,jkb->ibk", Shape{4, 100, 5}, Shape{5, 6, 100})}) {
    const auto executable = lowered(text, {a, b}).executable;
    INFO(text);
    REQUIRE(executable.code.size() == 1);
    CHECK(executable.code[0].kernel == ir::Kernel::small);
    CHECK(executable.scratch_bytes == 0);
  }
}
