// SPDX-License-Identifier: BSD-3-Clause
#include "lower/take_types.hpp"

#include "support/catch.hpp"

using namespace einc;
using lower::Strided;
using lower::Taking;

namespace {

// Labels: i 0, j 1, k 2.
const std::vector<Extent> extents = {4, 6, 5};
Strided array(ir::Term labels, Strides strides, std::optional<DType> dtype = {}, bool conjugated = false) {
  return {std::move(labels), std::move(strides), {ir::Place::operand, 0, 0, dtype}, conjugated};
}
Strided left(std::optional<DType> dtype = {}, bool conjugated = false) { return array({0, 1}, {6, 1}, dtype, conjugated); }
Strided right(std::optional<DType> dtype = {}, bool conjugated = false) { return array({1, 2}, {5, 1}, dtype, conjugated); }
const Strided result = array({0, 2}, {5, 1});

ir::Target with_byte_tile() {
  ir::Target target;
  target.byte_tile = {DType::i32, 14, 32};
  return target;
}

std::string taken(const Strided& lhs, const Strided& rhs, ir::NumberKind kind, const ir::Target& target = {}) {
  const Taking taking = lower::take_types(lhs, &rhs, result, extents, kind, target);
  return std::string(taking.as_map ? "map" : "") + (taking.converts_lhs ? "lhs" : "") + (taking.converts_rhs ? "rhs" : "");
}

}  // namespace

TEST_CASE("arrays of the type that is computed with are taken as they are") {
  CHECK(taken(left(), right(), DType::f32).empty());
  CHECK(taken(left(), right(), DType::i8).empty());
  CHECK(taken(left(), right(), {DType::f64, Algebra::min_plus}).empty());
}

TEST_CASE("a contraction packs halves, and real numbers beside complex ones; all else is copied first") {
  CHECK(taken(left(DType::bf16), right(DType::f16), DType::f32).empty());
  CHECK(taken(left(DType::i8), right(), DType::f32) == "lhs");
  CHECK(taken(left(), right(DType::u8), DType::i16) == "rhs");
  CHECK(taken(left(DType::f16), right(DType::f32), DType::f64).empty());
  CHECK(taken(left(DType::f16), right(DType::i8), DType::f64) == "rhs");
  CHECK(taken(left(DType::f32), right(), DType::c64).empty());
  CHECK(taken(left(), right(DType::f64), DType::c128).empty());
  CHECK(taken(left(DType::f32), right(), DType::c128) == "lhs");
  CHECK(taken(left({}, true), right({}, true), DType::c64).empty());
  CHECK(taken(left({}, true), right(DType::f32), DType::c64) == "lhs");  // beside a real array nothing is conjugated
  CHECK(taken(left(DType::f32), right({}, true), DType::c64) == "rhs");
  CHECK(taken(left(DType::f32), right(DType::f32), DType::c64) == "rhs");
}

TEST_CASE("a contraction packs bytes in quads for sums of 32 bits, where the machine multiplies them") {
  const ir::Target target = with_byte_tile();
  for (const DType lhs : {DType::i8, DType::u8})
    for (const DType rhs : {DType::i8, DType::u8})
      for (const DType sums : {DType::i32, DType::u32}) {
        CHECK(taken(left(lhs), right(rhs), sums, target).empty());
        CHECK(taken(left(lhs), right(rhs), sums) == "lhsrhs");
        const Strided second = right(rhs);
        const ir::Tiling tiling = lower::make_contraction(left(lhs), &second, result, extents, sums, target).instruction.tiling;
        CHECK((tiling.quads && tiling.rows == 4 && tiling.columns == 32));
      }
  CHECK(taken(left(DType::i8), right(DType::i8), DType::i64, target) == "lhsrhs");
  CHECK(taken(left(DType::i8), right(DType::i16), DType::i32, target) == "lhsrhs");
  CHECK(taken(left(DType::boolean), right(DType::u8), DType::i32, target) == "lhsrhs");  // any byte but 0 is true
  CHECK(taken(left(DType::i8), right(), DType::i32, target) == "lhs");
  const Strided bytes = right(DType::u8);
  CHECK_FALSE(lower::make_contraction(left(), &bytes, result, extents, DType::u8, target).instruction.tiling.quads);
}

TEST_CASE("semirings copy what they do not hold, and custom ones are maps") {
  CHECK(taken(left(DType::f32), right(), {DType::f64, Algebra::max_plus}) == "lhs");
  CHECK(taken(left(), right(DType::i8), {DType::f32, Algebra::log_sum_exp}) == "rhs");
  CHECK(taken(left(), right(), {DType::f32, Algebra::custom}) == "map");
}

TEST_CASE("sums and products without two free sides are maps where a type must be taken in") {
  CHECK(lower::take_types(left(DType::i8), nullptr, array({0}, {1}), extents, DType::f32, {}).as_map);
  CHECK_FALSE(lower::take_types(left(), nullptr, array({0}, {1}), extents, DType::f32, {}).as_map);
  const Strided vector = array({1}, {1}), dot = array({}, {});
  CHECK(lower::take_types(array({1}, {1}, DType::bf16), &vector, dot, extents, DType::f64, {}).as_map);
  CHECK(lower::take_types(array({1}, {1}, {}, true), &vector, dot, extents, DType::c64, {}).as_map);
}

TEST_CASE("sums of halves, alone or times halves of their type or floats, read them as they lie") {
  const auto sums = [](const Strided& lhs, const Strided* rhs, const Strided& out, ir::NumberKind kind) { return lower::take_types(lhs, rhs, out, extents, kind, {}).as_sums; };
  const Strided rows = array({0}, {1}), bf16 = array({1}, {1}, DType::bf16), f16 = array({1}, {1}, DType::f16);
  CHECK(sums(left(DType::f16), nullptr, rows, DType::f32));
  CHECK(sums(left(DType::bf16), &bf16, rows, DType::f32));
  CHECK(sums(left(DType::bf16), &bf16, array({0}, {1}, DType::bf16), DType::f32));
  CHECK_FALSE(sums(left(DType::bf16), &f16, rows, DType::f32));
  CHECK_FALSE(sums(left(DType::bf16), &bf16, rows, DType::f64));
  CHECK_FALSE(sums(left(DType::bf16), &bf16, left(), DType::f32));  // nothing is summed
  const Strided floats = array({1}, {1}), dot = array({}, {});
  CHECK(sums(left(DType::bf16), &floats, rows, DType::f32));
  CHECK(sums(floats, &bf16, dot, DType::f32));
  CHECK(sums(bf16, &floats, dot, DType::f32));
  CHECK_FALSE(sums(left(), &bf16, rows, DType::f32));  // the halves are the small side
  const lower::Made made = lower::make_contraction(floats, &bf16, dot, extents, DType::f32, ir::Target{});
  CHECK(made.instruction.kernel == ir::Kernel::dot);
  CHECK(made.instruction.a.dtype == DType::bf16);  // of two alike sides the halves are the first
  CHECK_FALSE(made.instruction.b.dtype);
}

TEST_CASE("where narrower arrays are taken in is told in words") {
  const Strided vector = array({1}, {1});
  std::vector<ir::Instruction> code{lower::make_contraction(left(DType::bf16), &vector, array({0}, {1}), extents, DType::f32, ir::Target{}).instruction};
  CHECK(lower::where_taken(code, {}, {}) == "; bf16 becomes f32 in registers");
  code[0].a.dtype.reset();
  CHECK(lower::where_taken(code, {}, {}).empty());
  std::vector<ir::Map> maps{lower::make_product_map(left(DType::f16), nullptr, array({0}, {1}), extents, DType::f32, {}).map};
  code.push_back(lower::make_product_map(left(DType::f16), nullptr, array({0}, {1}), extents, DType::f32, {}).made.instruction);
  code[0].b.dtype = DType::bf16;
  CHECK(lower::where_taken(code, maps, {}) == "; bf16 and f16 become f32 in registers, in the first-level cache");
}

TEST_CASE("that bf16 runs in duos is told, and why not where the instruction is slow") {
  ir::Target target;
  target.duo_tile = {DType::f32, 14, 32}, target.duo_rate = 2;
  const Strided second = right(DType::bf16);
  const auto told = [&] {
    const std::vector<ir::Instruction> code{lower::make_contraction(left(DType::bf16), &second, result, extents, DType::f32, target).instruction};
    return lower::where_taken(code, {}, target);
  };
  CHECK(told() == "; bf16 becomes f32 in tiles that multiply two at a time");
  target.duo_rate = 0.5;
  CHECK(told() == "; bf16 becomes f32 while contractions pack; an instruction for products of bf16 makes 0.50 times the multiply-adds of f32 here, and is not used");
}

TEST_CASE("an array of one type in another order is copied, unless something is computed") {
  const Strided turned = array({1, 0}, {4, 1}, DType::bf16);
  CHECK(lower::take_types(left(DType::bf16), nullptr, turned, extents, DType::f32, {}).as_copy);
  CHECK_FALSE(lower::take_types(left(DType::f16), nullptr, turned, extents, DType::f32, {}).as_copy);
  CHECK_FALSE(lower::take_types(left(DType::bf16, true), nullptr, turned, extents, DType::f32, {}).as_copy);
  CHECK_FALSE(lower::take_types(left(DType::bf16), nullptr, array({0}, {1}, DType::bf16), extents, DType::f32, {}).as_copy);
  ir::Target target;
  const auto made = lower::make_copy(left(DType::bf16), turned, extents, DType::f32, target);
  CHECK(made.made.instruction.kernel == ir::Kernel::permute);
  REQUIRE(made.map.inputs.size() == 1);
  REQUIRE(made.map.inputs[0].strides.size() == made.made.instruction.loops.size());
  for (std::size_t i = 0; i < made.map.inputs[0].strides.size(); ++i) CHECK(made.map.inputs[0].strides[i] == made.made.instruction.loops[i].a);
}

TEST_CASE("a product map conjugates, multiplies, and folds what the result lacks") {
  const Strided conjugated = left({}, true), plain = right();
  const auto made = lower::make_product_map(conjugated, &plain, result, extents, DType::c64, {});
  CHECK(made.map.fold == ir::Fold::sum);
  REQUIRE(made.map.code.size() == 4);
  CHECK(made.map.code[1].function == ir::Function::conjugate);
  CHECK(made.map.code[3].function == ir::Function::multiply);
  CHECK(made.map.inputs.size() == 2);
  CHECK(lower::make_product_map(plain, nullptr, array({2, 1}, {6, 1}), extents, DType::f32, {}).map.fold == ir::Fold::none);
}

TEST_CASE("a custom product map carries its addition, where nothing is folded too") {
  ir::Arithmetic arithmetic;
  arithmetic.algebra = Algebra::custom;
  arithmetic.add = {{.function = ir::Function::argument, .in = {0, 0, 0}}, {.function = ir::Function::argument, .in = {1, 0, 0}}, {.function = ir::Function::maximum, .in = {0, 1, 0}}};
  arithmetic.multiply = {{.function = ir::Function::argument, .in = {0, 0, 0}}, {.function = ir::Function::argument, .in = {1, 0, 0}}, {.function = ir::Function::minimum, .in = {0, 1, 0}}};
  arithmetic.zero = -7;
  const Strided plain = right();
  const auto folded = lower::make_product_map(left(), &plain, result, extents, DType::f32, arithmetic);
  CHECK(folded.map.fold == ir::Fold::custom);
  CHECK(folded.map.combine == arithmetic.add);
  CHECK(folded.map.neutral == -7);
  const double both[] = {3, 5};
  CHECK(ir::evaluate(folded.map.code, both) == 3);
  const auto copy = lower::make_product_map(plain, nullptr, array({2, 1}, {6, 1}), extents, DType::f32, arithmetic);
  CHECK(copy.map.fold == ir::Fold::none);
  CHECK(copy.map.combine == arithmetic.add);
}

TEST_CASE("labels along which an array repeats take no part in its copy") {
  const Strided given = array({0, 1, 2}, {0, -1, 12}, DType::i8, true);
  CHECK(lower::labels_in_memory(given) == ir::Term{2, 1});
  Strided varying, repeated;
  lower::split_repeated(given, varying, repeated);
  CHECK(varying.labels == ir::Term{1, 2});
  CHECK(varying.strides == Strides{-1, 12});
  CHECK(varying.conjugated);
  CHECK(varying.buffer.dtype == DType::i8);
  CHECK(repeated.labels == ir::Term{0});
}
