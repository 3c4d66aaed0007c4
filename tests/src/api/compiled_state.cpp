// Bad calls: each is one clear Error with its code, and the output stays as it was.
#include <cstring>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

// The code and message of the Error that `call` throws; "none" when it throws nothing.
struct Caught {
  std::string code = "none", message;
};

template <class Call>
Caught catch_error(const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find(error.sentence()) != std::string::npos);
    return {std::string(name_of(error.code())), error.what()};
  }
  return {};
}

template <class Call>
std::string code_of(const Call& call) {
  return catch_error(call).code;
}

// Arrays of a matrix product, and its output full of a mark that must survive every refused call.
struct Product {
  std::vector<double> a = std::vector<double>(12, 1), b = std::vector<double>(20, 2), out = std::vector<double>(15, 77);
  Compiled compiled = compile("ij,jk->ik", {{3, 4}, {4, 5}}, {.dtype = DType::f64});
  Shape a_extents{3, 4}, b_extents{4, 5}, out_extents{3, 5};
  Strides a_strides{4, 1}, b_strides{5, 1}, out_strides{5, 1};

  ArrayRef ref_a() const { return {a.data(), DType::f64, a_extents, a_strides}; }
  ArrayRef ref_b() const { return {b.data(), DType::f64, b_extents, b_strides}; }
  OutputRef ref_out() { return {out.data(), DType::f64, out_extents, out_strides}; }

  std::string run(const std::vector<ArrayRef>& operands, const OutputRef& to) {
    const std::string code = code_of([&] { compiled.run(operands, to); });
    if (code != "none") CHECK(out == std::vector<double>(15, 77));
    return code;
  }
};

}  // namespace

TEST_CASE("a good call is not refused") {
  Product product;
  CHECK(product.run({product.ref_a(), product.ref_b()}, product.ref_out()) == "none");
  CHECK(product.out == std::vector<double>(15, 8));
}

TEST_CASE("operands that do not fit what was compiled are refused") {
  Product product;
  const ArrayRef a = product.ref_a(), b = product.ref_b();
  const OutputRef out = product.ref_out();
  CHECK(product.run({a}, out) == "operand_count");
  CHECK(product.run({a, b, b}, out) == "operand_count");
  CHECK(product.run({}, out) == "operand_count");
  CHECK(product.run({b, a}, out) == "extent_mismatch");
  ArrayRef other = a;
  other.extents = std::span(product.a_extents).first(1);
  other.strides = std::span(product.a_strides).first(1);
  CHECK(product.run({other, b}, out) == "rank_mismatch");
  other = a;
  other.strides = std::span(product.a_strides).first(1);
  CHECK(product.run({other, b}, out) == "rank_mismatch");
  other = a;
  other.dtype = DType::f32;
  CHECK(product.run({other, b}, out) == "dtype_mismatch");
  other = a;
  other.data = nullptr;
  CHECK(product.run({other, b}, out) == "null_data");
}

TEST_CASE("outputs of the wrong shape, type or place are refused") {
  Product product;
  const std::vector<ArrayRef> operands{product.ref_a(), product.ref_b()};
  OutputRef out = product.ref_out();
  out.data = nullptr;
  CHECK(product.run(operands, out) == "null_data");
  out = product.ref_out();
  out.dtype = DType::f32;
  CHECK(product.run(operands, out) == "dtype_mismatch");
  const Shape turned{5, 3}, long_shape{3, 5, 1};
  const Strides dense{3, 1}, long_strides{5, 1, 1}, rows_shared{0, 1}, rows_meet{4, 1};
  CHECK(product.run(operands, {product.out.data(), DType::f64, turned, dense}) == "bad_output");
  CHECK(product.run(operands, {product.out.data(), DType::f64, long_shape, long_strides}) == "bad_output");
  CHECK(product.run(operands, {product.out.data(), DType::f64, product.out_extents, long_strides}) == "bad_output");
  CHECK(product.run(operands, {product.out.data(), DType::f64, product.out_extents, rows_shared}) == "bad_output");
  CHECK(product.run(operands, {product.out.data(), DType::f64, product.out_extents, rows_meet}) == "bad_output");
}

TEST_CASE("an output may lie between an operand's elements, never on one") {
  std::vector<float> memory(80);
  for (std::size_t n = 0; n < memory.size(); ++n) memory[n] = static_cast<float>(n);
  const std::vector<float> before = memory;
  const TensorView<const float> even(memory.data(), {8, 5}, {10, 2});
  const TensorView<float> odd(memory.data() + 1, {8, 5}, {10, 2}), shifted(memory.data() + 2, {8, 4}, {10, 2}),
      turned(memory.data(), {5, 8}, {2, 10});
  const Caught caught = catch_error([&] { einsum_into(shifted, "ij->ij", TensorView<const float>(memory.data(), {8, 4}, {10, 2})); });
  CHECK(caught.code == "overlap");
  CHECK_THAT(caught.message, ContainsSubstring("operand 0"));
  CHECK(code_of([&] { einsum_into(turned, "ij->ji", even); }) == "overlap");
  CHECK(code_of([&] { compile("ij->ji", {{8, 5}}).into(turned, even); }) == "overlap");
  CHECK(memory == before);
  CHECK(code_of([&] { einsum_into(odd, "ij->ij", even); }) == "none");
  CHECK(memory[11] == 10);
  CHECK(memory[10] == 10);
}

TEST_CASE("one-shot calls refuse what compiled ones refuse") {
  const Array<float> a({2, 3}), b({3, 4});
  Array<float> out({2, 4}), wrong({4, 2});
  const std::vector<float> mark(8, 5);
  std::copy(mark.begin(), mark.end(), out.data());
  CHECK(code_of([&] { einsum("ij,jk->ik", a); }) == "operand_count");
  CHECK(code_of([&] { einsum("ij,jk->ik", b, a); }) == "extent_mismatch");
  CHECK(code_of([&] { einsum("ijk,jk->i", a, b); }) == "rank_mismatch");
  CHECK(code_of([&] { einsum("ij,jk->il", a, b); }) == "unknown_output_label");
  CHECK(code_of([&] { einsum("ij,jk->ik", TensorView<const float>(nullptr, {2, 3}), b); }) == "null_data");
  CHECK(code_of([&] { einsum_into(wrong, "ij,jk->ik", a, b); }) == "bad_output");
  CHECK(code_of([&] { einsum_into(out, "ij,jk->i", a, b); }) == "bad_output");
  CHECK(code_of([&] { einsum_into(TensorView<float>(nullptr, {2, 4}), "ij,jk->ik", a, b); }) == "null_data");
  const double wide[3] = {};
  const Shape extents{3};
  const Strides strides{1}, two{1, 1};
  const std::vector<ArrayRef> mixed{{a.data(), DType::f32, extents, strides}, {wide, DType::f64, extents, strides}};
  CHECK(code_of([&] { einsum<float>("i,i->", mixed); }) == "dtype_mismatch");
  const std::vector<ArrayRef> uneven{{a.data(), DType::f32, extents, two}};
  CHECK(code_of([&] { einsum<float>("i->", uneven); }) == "rank_mismatch");
  CHECK(code_of([&] { einsum<float>("", std::span<const ArrayRef>()); }) == "operand_count");
  CHECK(std::equal(mark.begin(), mark.end(), out.data()));
}

TEST_CASE("null data of an array without elements is no fault") {
  const Array<float> b({0, 4});
  const Array<float> zeros = einsum("ij,jk->ik", TensorView<const float>(nullptr, {2, 0}), b);
  CHECK(zeros[7] == 0);
  CHECK(einsum("ij->ij", TensorView<const float>(nullptr, {2, 0})).size() == 0);
}

TEST_CASE("an extent of 1 on a diagonal does not stretch, whatever other operands say") {
  const Options numpy{.broadcast = Broadcast::numpy};
  CHECK(code_of([&] { compile("ii->i", {{1, 3}}, numpy); }) == "extent_mismatch");
  CHECK(code_of([&] { compile("i,ii->i", {{3}, {1, 3}}, numpy); }) == "extent_mismatch");
  CHECK(code_of([&] { compile("i,ii->i", {{1}, {1, 3}}, numpy); }) == "extent_mismatch");
  CHECK(code_of([&] { compile("ii,i->i", {{3, 1}, {3}}, numpy); }) == "extent_mismatch");
  CHECK(code_of([&] { compile("ii,i->i", {{1, 1}, {3}}, numpy); }) == "none");
}

TEST_CASE("extents that cannot be counted are refused before anything is computed") {
  const Extent huge = Extent{1} << 32;
  CHECK(code_of([&] { compile("ij,jk->ik", {{huge, huge}, {huge, huge}}); }) == "too_large");
  CHECK(code_of([&] { compile("i,j->ij", {{huge}, {huge}}); }) == "too_large");
  CHECK(code_of([&] { compile("i,j,k->", {{huge}, {huge}, {huge}}); }) == "none");  // arrays are small, only their sum is long
  CHECK(code_of([&] { compile("ijk->", {{huge, huge, huge}}); }) == "too_large");
  CHECK(code_of([&] { compile("ijk->k", {{huge, huge, 0}}); }) == "none");  // no element at all
  CHECK(code_of([&] { compile("ij->ji", {{2, -1}}); }) != "none");
}

TEST_CASE("options that cannot be met are refused by name") {
  const Caught isa = catch_error([] { compile("i->", {{3}}, {.isa = "avx9000"}); });
  CHECK(isa.code == "bad_option");
  CHECK_THAT(isa.message, ContainsSubstring("avx9000"));
  CHECK(code_of([] { compile("i->", {{3}}, {.threads = -1}); }) == "bad_option");
  CHECK(code_of([] { compile("i->", {{3}}).explain(static_cast<Format>(9)); }) == "bad_option");
  CHECK(code_of([] { print_after("no-such-pass", "i->", {{3}}); }) == "bad_option");
}

TEST_CASE("texts with bytes of every kind are read or refused, never worse") {
  std::string text = "ij,jk->ik";
  for (std::size_t at = 0; at < text.size(); ++at)
    for (int byte = 0; byte < 256; ++byte) {
      std::string changed = text;
      changed[at] = static_cast<char>(byte);
      try {
        compile(changed, {{2, 3}, {3, 4}});
      } catch (const Error& error) {
        CHECK(!error.sentence().empty());
        for (const Mark& mark : error.marks()) {
          CHECK(mark.span.begin <= mark.span.end);
          CHECK(mark.span.end <= changed.size());
        }
      }
    }
}
