#include "pipeline.hpp"

#include <einc/error.hpp>
#include <einc/tensor_view.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

ir::Target target() {
  ir::Target target;
  target.isa = "test";
  target.vector_bytes = 32;
  target.tiles = {{DType::f32, 6, 16}, {DType::f64, 6, 8}};
  target.speeds = {1e11, 5e10, 1e10, 5e10, 2e-8, 1e-6};
  return target;
}

compiler::Compilation compile(std::string_view text, const std::vector<Shape>& shapes, const Options& options = {},
                              const compiler::Observer& observe = {}, std::vector<Strides> strides = {}) {
  for (std::size_t i = strides.size(); i < shapes.size(); ++i) strides.push_back(row_major(shapes[i]));
  std::vector<bind::Layout> layouts;
  for (std::size_t i = 0; i < shapes.size(); ++i) layouts.push_back({shapes[i], strides[i]});
  return compiler::compile({text, layouts}, options, target(), observe);
}

std::vector<ir::Kernel> kernels(const compiler::Compilation& compilation) {
  std::vector<ir::Kernel> result;
  for (const ir::Instruction& instruction : compilation.executable.code) result.push_back(instruction.kernel);
  return result;
}

}  // namespace

TEST_CASE("the observer sees every pass once, in order") {
  std::vector<std::string> seen;
  compile("ij,jk->ik", {{2, 3}, {3, 4}}, {}, [&](std::string_view pass, const std::string& printed) {
    seen.emplace_back(pass);
    CHECK_FALSE(printed.empty());
  });
  CHECK(seen == compiler::pass_names());
}

TEST_CASE("each kind of einsum gets the kernel family made for it") {
  using enum ir::Kernel;
  CHECK(kernels(compile("ij,jk->ik", {{200, 300}, {300, 400}})) == std::vector{contract});
  CHECK(kernels(compile("ij,jk->ik", {{20, 30}, {30, 40}})) == std::vector{small});
  CHECK(kernels(compile("ij,j->i", {{20, 30}, {30}})) == std::vector{matvec});
  CHECK(kernels(compile("i,i->", {{20}, {20}})) == std::vector{dot});
  CHECK(kernels(compile("i,j->ij", {{20}, {30}})) == std::vector{multiply});
  CHECK(kernels(compile("ij,ij->ij", {{20, 30}, {20, 30}})) == std::vector{multiply});
  CHECK(kernels(compile("ij->ji", {{20, 30}})) == std::vector{permute});
  CHECK(kernels(compile("ij->i", {{20, 30}})) == std::vector{reduce});
  CHECK(kernels(compile("i->ii", {{20}})) == std::vector{fill, permute});
  CHECK(kernels(compile("ij,jk->ik", {{20, 0}, {0, 40}})) == std::vector{fill});
  CHECK(kernels(compile("ij,jk->ik", {{0, 30}, {30, 40}})).empty());
}

TEST_CASE("intermediates that do not live together share the arena") {
  const compiler::Compilation chain = compile("ab,bc,cd,de,ef->af", {{40, 40}, {40, 40}, {40, 40}, {40, 40}, {40, 40}}, {.planner = Planner::left_to_right});
  REQUIRE(chain.executable.buffers.size() == 3);
  CHECK(chain.executable.arena_bytes < 3 * 40 * 40 * 4);
}

TEST_CASE("spellings of one einsum have one plan") {
  const auto plan = [](std::string_view text, const std::vector<Shape>& shapes) { return print(compile(text, shapes).plan); };
  CHECK(plan("ij,jk->ik", {{20, 30}, {30, 40}}) == plan(" [rows] [x] , [x] z -> [rows] z", {{20, 30}, {30, 40}}));
  CHECK(plan("ij,jk", {{20, 30}, {30, 40}}) == plan("ij,jk->ik", {{20, 30}, {30, 40}}));
  CHECK(plan("...j,jk->...k", {{20, 30}, {30, 40}}) == plan("ij,jk->ik", {{20, 30}, {30, 40}}));
}

TEST_CASE("a kernel that would go element by element can be forbidden") {
  const std::vector<Strides> apart{{60, 2}};
  CHECK(compile("ij->ji", {{20, 30}}, {}, {}, apart).notes[0].elementwise == false);  // the result has neighbours
  const std::vector<Strides> both{{3}, {3}};
  CHECK(compile("i,i->", {{20}, {20}}, {}, {}, both).notes[0].elementwise);
  CHECK_THROWS_AS(compile("i,i->", {{20}, {20}}, {.forbid_fallback = true}, {}, both), Error);
}

TEST_CASE("an intermediate too large to count is refused") {
  const Extent huge = Extent{1} << 31;
  try {
    compile("a,b,c,abc->", {{huge}, {huge}, {4}, {huge, huge, 4}}, {.planner = Planner::left_to_right});
    FAIL("compiled");
  } catch (const Error& error) {
    CHECK((error.code() == ErrorCode::memory_limit || error.code() == ErrorCode::too_large));
  }
}
