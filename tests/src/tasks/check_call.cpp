#include "tasks/check_call.hpp"

#include "support/catch.hpp"
#include "support/sliced_call.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

template <class Body>
ErrorCode code_of(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::none;
}

}  // namespace

TEST_CASE("what was not compiled in slices has no tasks") {
  CHECK(code_of([] { tasks::check_tasks(compile(chain, chain_shapes)); }) == ErrorCode::bad_option);
  CHECK(code_of([] { tasks::check_tasks(compile(chain, chain_shapes, in_slices(4))); }) == ErrorCode::none);
}

TEST_CASE("outputs of another shape, type or order, and outputs upon an operand, are refused") {
  SlicedCall call("ij,jk->ik", {{8, 8}, {8, 8}}, in_slices(4));
  const std::vector<ArrayRef> operands = call.refs();
  const auto code = [&](const OutputRef& out) { return code_of([&] { tasks::check_outputs(call.compiled, operands, {&out, 1}); }); };
  CHECK(code(call.ref()) == ErrorCode::none);
  const Shape flat{64};
  const Strides one{1}, turned{1, 8};
  CHECK(code({call.out.data(), DType::f32, flat, one}) == ErrorCode::bad_output);
  CHECK(code({call.out.data(), DType::f64, call.out.extents(), call.out.strides()}) == ErrorCode::bad_output);
  CHECK(code({call.out.data(), DType::f32, call.out.extents(), turned}) == ErrorCode::bad_output);
  CHECK(code({call.operands[1].data() + 8, DType::f32, call.out.extents(), call.out.strides()}) == ErrorCode::overlap);
  CHECK(code_of([&] { tasks::check_outputs(call.compiled, operands, {}); }) == ErrorCode::bad_output);
}
