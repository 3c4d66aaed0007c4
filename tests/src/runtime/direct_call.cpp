// direct_call.cpp: the few calls of a kernel that a small contraction comes to give the bits of the driver, and nothing else is one.
#include "runtime/direct_call.hpp"

#include <cstring>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/fill.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

Array<float> filled(const Shape& extents, std::size_t operand) {
  Array<float> array(extents);
  for (std::size_t n = 0; n < array.size(); ++n) array[n] = fill_value<float>(n, operand, 0.3);
  return array;
}

}  // namespace

TEST_CASE("small products come out the same, called directly or through the driver, in every instruction set") {
  for (const std::string& isa : this_cpu().isas) {
    for (const Extent m : {1, 2, 3, 7, 8, 9, 16})
      for (const Extent n : {1, 2, 4, 5, 8, 16, 17, 32, 33})
        for (const Extent k : {1, 2, 9}) {
          CAPTURE(isa, m, n, k);
          const Array<float> a = filled({m, k}, 0), b = filled({k, n}, 1);
          Options options;
          options.isa = isa;
          const Compiled f = compile("ij,jk->ik", {{m, k}, {k, n}}, options);
          Array<float> direct({m, n}), driven({m, n});
          std::memset(direct.data(), 0xFF, direct.size() * sizeof(float));  // NaN: with beta 0 nothing of it is read
          f.into(direct, a, b);
          // A token that may be stopped, and scalars that are not 1 and 0, go through the driver.
          const std::stop_source stop;
          const ArrayRef refs[] = {{a.data(), DType::f32, a.extents(), a.strides()}, {b.data(), DType::f32, b.extents(), b.strides()}};
          f.run(refs, OutputRef{driven.data(), DType::f32, driven.extents(), driven.strides()}, {}, stop.get_token());
          CHECK(std::memcmp(direct.data(), driven.data(), direct.size() * sizeof(float)) == 0);
          const Reference<float> expected = reference_einsum<float>("ij,jk->ik", std::vector{a.view(), b.view()});
          for (std::size_t i = 0; i < direct.size(); ++i) CHECK(std::abs(direct[i] - expected.values[i]) <= 1e-5 * (1 + expected.magnitudes[i]));
          f.into(direct, {2, -1}, a, b);
          for (std::size_t i = 0; i < direct.size(); ++i) CHECK(std::abs(direct[i] - driven[i]) <= 1e-5 * (1 + expected.magnitudes[i]));
        }
  }
}

TEST_CASE("what differs from the usual call in anything is checked as every call is") {
  const Array<float> a = filled({4, 4}, 0), b = filled({4, 4}, 1);
  const Compiled f = compile("ij,jk->ik", {{4, 4}, {4, 4}});
  Array<float> out({4, 4});
  const auto code = [&](auto&& call) {
    try {
      call();
    } catch (const Error& error) {
      return error.code();
    }
    return ErrorCode::none;
  };
  std::vector<float> memory(40, 1.f);
  const TensorView<const float> shared(memory.data(), {4, 4});
  CHECK(code([&] { f.into(TensorView<float>(memory.data() + 15, {4, 4}), shared, b); }) == ErrorCode::overlap);
  CHECK(code([&] { f.into(TensorView<float>(memory.data() + 16, {4, 4}), shared, b); }) == ErrorCode::none);
  CHECK(code([&] { f.into(TensorView<float>(nullptr, {4, 4}), a, b); }) == ErrorCode::null_data);
  CHECK(code([&] { f.into(out, TensorView<const float>(nullptr, {4, 4}), b); }) == ErrorCode::null_data);
  CHECK(code([&] { f.into(out, a); }) == ErrorCode::operand_count);
  CHECK(code([&] { f.into(out, a, filled({4, 5}, 1)); }) == ErrorCode::extent_mismatch);
  CHECK(code([&] { f.into(out, a, Array<double>({4, 4})); }) == ErrorCode::dtype_mismatch);
  CHECK(code([&] { f.into(Array<float>({4, 3}), a, b); }) == ErrorCode::bad_output);
  CHECK(code([&] { f.into(TensorView<float>(out.data(), {4, 4}, {0, 1}), a, b); }) == ErrorCode::bad_output);

  // Other strides are another lowering, and give the transposed result.
  Array<float> straight({4, 4}), turned({4, 4});
  f.into(straight, a, b);
  f.into(turned, TensorView<const float>(a.data(), {4, 4}, {1, 4}), b);
  const Compiled other = compile("ji,jk->ik", {{4, 4}, {4, 4}});
  other.into(out, a, b);
  for (std::size_t i = 0; i < out.size(); ++i) CHECK(std::abs(turned[i] - out[i]) < 1e-5f);
}

TEST_CASE("batches, long sums and other kernels are no direct calls") {
  for (const char* text : {"bij,bjk->bik", "ij,jk->k"}) {
    CAPTURE(text);
    const std::vector<Shape> shapes = text[0] == 'b' ? std::vector<Shape>{{3, 4, 4}, {3, 4, 4}} : std::vector<Shape>{{4, 4}, {4, 4}};
    const Compiled f = compile(text, shapes);
    const Array<float> a = filled(shapes[0], 0), b = filled(shapes[1], 1);
    const Array<float> got = f(a, b);
    const Reference<float> expected = reference_einsum<float>(text, std::vector{a.view(), b.view()});
    for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got[i] - expected.values[i]) <= 1e-5 * (1 + expected.magnitudes[i]));
  }
}
