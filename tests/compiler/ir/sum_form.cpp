// sum_form.cpp: which way a sum goes through memory follows from the strides of its loops.
#include "ir/sum_form.hpp"

#include "support/catch.hpp"

using namespace einc;
using ir::Role;
using ir::SumForm;

namespace {

ir::Instruction sum_of(ir::Kernel kernel, std::vector<ir::Loop> loops) {
  ir::Instruction sum{};
  sum.kernel = kernel, sum.dtype = DType::f32, sum.loops = std::move(loops);
  return sum;
}

// scores[head, key] of one query over keys[key, head, feature].
ir::Instruction keys_of_heads(Extent heads, Extent keys, Extent features) {
  return sum_of(ir::Kernel::matvec, {{Role::batch, heads, features, features, keys}, {Role::m, keys, heads * features, 0, 1}, {Role::k, features, 1, 1, 0}});
}

}  // namespace

TEST_CASE("vectors run along the sum where its terms are neighbours, in either direction") {
  CHECK(ir::sum_form(sum_of(ir::Kernel::reduce, {{Role::m, 10, 100, 0, 1}, {Role::k, 100, 1, 0, 0}})) == SumForm::across);
  CHECK(ir::sum_form(sum_of(ir::Kernel::reduce, {{Role::m, 10, 100, 0, 1}, {Role::k, 100, -1, 0, 0}})) == SumForm::across);
  CHECK(ir::sum_form(sum_of(ir::Kernel::dot, {{Role::k, 100, 1, 1, 0}})) == SumForm::across);
  CHECK(ir::sum_form(sum_of(ir::Kernel::dot, {{Role::k, 100, -1, -1, 0}})) == SumForm::across);
  CHECK(ir::sum_form(sum_of(ir::Kernel::dot, {{Role::k, 100, -1, 1, 0}})) == SumForm::any);
}

TEST_CASE("they run along the results where those have neighbours, whichever array has them") {
  CHECK(ir::sum_form(sum_of(ir::Kernel::reduce, {{Role::m, 10, 1, 0, 1}, {Role::k, 100, 10, 0, 0}})) == SumForm::down);
  CHECK(ir::sum_form(sum_of(ir::Kernel::matvec, {{Role::m, 10, 1, 0, 1}, {Role::k, 100, 10, 1, 0}})) == SumForm::down);
  ir::Instruction other = sum_of(ir::Kernel::dot, {{Role::batch, 10, 0, 1, 1}, {Role::k, 100, 3, 10, 0}});
  CHECK(ir::sum_form(other) == SumForm::down);
  other.a.dtype = DType::bf16;  // halves come first
  CHECK(ir::sum_form(other) == SumForm::any);
}

TEST_CASE("what has no neighbours goes element by element") {
  CHECK(ir::sum_form(sum_of(ir::Kernel::reduce, {{Role::m, 10, 200, 0, 1}, {Role::k, 100, 2, 0, 0}})) == SumForm::any);
  CHECK(ir::sum_form(sum_of(ir::Kernel::reduce, {{Role::m, 10, 200, 0, 1}, {Role::k, 3, 1, 0, 0}, {Role::k, 1, 1, 0, 0}})) == SumForm::any);  // three are no vector
}

TEST_CASE("rows between those of other matrices are read in the order of memory, if there is enough of them") {
  const ir::Instruction keys = keys_of_heads(16, 8192, 64);
  CHECK(ir::sum_form(keys) == SumForm::in_order);
  const auto found = ir::sums_in_order(keys);
  REQUIRE(found);
  CHECK((found->heads == 0 && found->keys == 1 && found->features == 2 && found->across));
  CHECK(ir::sum_form(keys_of_heads(16, 100, 64)) == SumForm::across);     // 400 KiB
  CHECK(ir::sum_form(keys_of_heads(1, 65536, 64)) == SumForm::across);    // nothing lies between
  CHECK(ir::sum_form(keys_of_heads(1024, 8192, 64)) == SumForm::across);  // more heads than results of a block
  ir::Instruction each = keys;
  each.loops[0].a = 8192 * 64, each.loops[1].a = 64;  // one head behind the other
  CHECK(ir::sum_form(each) == SumForm::across);
  ir::Instruction halves = keys;
  halves.a.dtype = halves.b.dtype = DType::f16;
  CHECK(ir::sum_form(halves) == SumForm::across);
  ir::Instruction whole = keys;
  whole.dtype = DType::i32;
  CHECK(ir::sum_form(whole) == SumForm::across);
}

TEST_CASE("values of one query are summed over keys in the same order") {
  const auto found = ir::sums_in_order(sum_of(ir::Kernel::matvec, {{Role::batch, 2, 8 * 64 * 4096, 8 * 4096, 8 * 64}, {Role::batch, 8, 64, 4096, 64}, {Role::m, 64, 1, 0, 1}, {Role::k, 4096, 8 * 64, 1, 0}}));
  REQUIRE(found);
  CHECK((found->heads == 1 && found->keys == 3 && found->features == 2 && !found->across));
}

TEST_CASE("each form has a text of its own") {
  CHECK_THAT(std::string(ir::text_of(SumForm::in_order)), ContainsSubstring("in the order of memory"));
  CHECK(ir::text_of(SumForm::across) != ir::text_of(SumForm::down));
  CHECK(ir::text_of(SumForm::any) != ir::text_of(SumForm::across));
}
