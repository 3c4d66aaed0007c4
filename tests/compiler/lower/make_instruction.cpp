// make_instruction.cpp: steps on strided arrays become instructions with the right loops.
#include "lower/make_instruction.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.hpp"

using namespace einc;
using lower::Strided;

namespace {
const std::vector<Extent> extents = {4, 6, 5, 1};
ir::Target target() {
  ir::Target t;
  t.tiles = {{DType::f32, 6, 16}};
  return t;
}
Strided typed(std::optional<DType> dtype, Strided array) {
  array.buffer.dtype = dtype;
  return array;
}
ir::ScalarCode copy() { return {{.function = ir::Function::argument}}; }
}  // namespace

TEST_CASE("loops of a map merge where every array walks them as one") {
  const Strided out{{0, 1}, {6, 1}, {}};
  CHECK(lower::make_map({{false, {{0, 1}, {6, 1}, {}}}}, copy(), ir::Fold::none, out, extents, DType::f32).made.instruction.loops.size() == 1);
  CHECK(lower::make_map({{false, {{0, 1}, {1, 4}, {}}}}, copy(), ir::Fold::none, out, extents, DType::f32).made.instruction.loops.size() == 2);
}

TEST_CASE("what the result lacks is folded, and labels of one position make no loop") {
  const auto made = lower::make_map({{false, {{0, 1, 3}, {6, 1, 99}, {}}}}, copy(), ir::Fold::maximum, {{0}, {1}, {}}, extents, DType::f32);
  REQUIRE(made.made.instruction.loops.size() == 2);
  CHECK(made.made.instruction.loops[0].role == ir::Role::m);
  CHECK(made.made.instruction.loops[1].role == ir::Role::k);
  CHECK(made.made.instruction.loops[1].extent == 6);
  CHECK(made.map.inputs[0].strides == std::vector<Stride>{6, 1});
}

TEST_CASE("inside a stream arrays step along the frame, tiles do not") {
  const std::vector<Label> frame = {2, 0};
  const Strided outside{{2, 0, 1}, {24, 6, 1}, {ir::Place::operand, 0, 0}}, tile{{0, 1}, {6, 1}, {ir::Place::tile, 0, 0}};
  CHECK(lower::frame_strides(outside, frame) == std::vector<Stride>{24, 6});
  CHECK(lower::frame_strides(tile, frame) == std::vector<Stride>{0, 0});
  const auto made = lower::make_contraction(outside, nullptr, tile, std::vector<Extent>{4, 6, 1, 1}, DType::f32, target(), frame);
  CHECK(made.instruction.kernel == ir::Kernel::permute);
  CHECK(made.instruction.frame == std::vector<Stride>{24, 0, 0, 6, 0, 0});
}

TEST_CASE("contractions of bf16 run in duos where the target multiplies them fast enough, and say it where it does not") {
  ir::Target fast = target();
  fast.duo_tile = {DType::f32, 14, 32}, fast.duo_rate = 2;
  ir::Target slow = fast;
  slow.duo_rate = 0.6;
  const Strided out{{0, 2}, {5, 1}, {}};
  const auto made = [&](std::optional<DType> lhs, std::optional<DType> rhs, ir::NumberKind kind, const ir::Target& machine) {
    const Strided second = typed(rhs, {{1, 2}, {5, 1}, {}});
    return lower::make_contraction(typed(lhs, {{0, 1}, {6, 1}, {}}), &second, out, extents, kind, machine);
  };
  const std::string refusal = "0.60 times the multiply-adds of f32 here, and is not used";
  CHECK(made(DType::bf16, DType::bf16, DType::f32, fast).instruction.tiling.duos);
  CHECK_FALSE(made(DType::bf16, DType::bf16, DType::f32, slow).instruction.tiling.duos);
  CHECK_FALSE(made(DType::bf16, DType::bf16, DType::f32, target()).instruction.tiling.duos);
  CHECK(made(DType::bf16, DType::bf16, DType::f32, slow).reason.find(refusal) != std::string::npos);
  CHECK(made(DType::bf16, DType::bf16, DType::f32, fast).reason.find("is not used") == std::string::npos);
  const std::pair<std::optional<DType>, std::optional<DType>> others[] = {{DType::f16, DType::f16}, {DType::bf16, DType::f16}, {DType::bf16, {}}, {{}, DType::bf16}, {{}, {}}};
  for (const auto& [lhs, rhs] : others) {
    CHECK_FALSE(made(lhs, rhs, DType::f32, fast).instruction.tiling.duos);
    CHECK(made(lhs, rhs, DType::f32, slow).reason.find("is not used") == std::string::npos);
  }
  CHECK_FALSE(made(DType::bf16, DType::bf16, DType::f64, fast).instruction.tiling.duos);
}
