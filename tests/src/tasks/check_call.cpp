#include "tasks/check_call.hpp"

#include "support/catch.hpp"
#include "support/faults.hpp"
#include "support/sliced_call.hpp"

using namespace einc;
using namespace einc::testing;

TEST_CASE("what was not compiled in slices has no tasks") {
  CHECK(error_of([] { tasks::check_tasks(compile(chain, chain_shapes)); }).code() == ErrorCode::bad_option);
  CHECK_NOTHROW(tasks::check_tasks(compile(chain, chain_shapes, in_slices(4))));
}

TEST_CASE("outputs of another shape, type or order, and outputs upon an operand, are refused") {
  SlicedCall call("ij,jk->ik", {{8, 8}, {8, 8}}, in_slices(4));
  const std::vector<ArrayRef> operands = call.refs();
  const auto code = [&](const OutputRef& out) { return error_of([&] { tasks::check_outputs(call.compiled, operands, {&out, 1}); }).code(); };
  const OutputRef right = call.ref();
  CHECK_NOTHROW(tasks::check_outputs(call.compiled, operands, {&right, 1}));
  const Shape flat{64};
  const Strides one{1}, turned{1, 8};
  CHECK(code({call.out.data(), DType::f32, flat, one}) == ErrorCode::bad_output);
  CHECK(code({call.out.data(), DType::f64, call.out.extents(), call.out.strides()}) == ErrorCode::bad_output);
  CHECK(code({call.out.data(), DType::f32, call.out.extents(), turned}) == ErrorCode::bad_output);
  CHECK(code({call.operands[1].data() + 8, DType::f32, call.out.extents(), call.out.strides()}) == ErrorCode::overlap);
  CHECK(error_of([&] { tasks::check_outputs(call.compiled, operands, {}); }).code() == ErrorCode::bad_output);
}
