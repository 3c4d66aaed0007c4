// Conjugated operands in every form of a call, and what alpha and beta are of each element type.
#include <complex>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/faults.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

template <class T>
Array<T> numbers(Shape extents, std::size_t operand) {
  Array<T> made(std::move(extents));
  for (std::size_t n = 0; n < made.size(); ++n) made[n] = fill_value<T>(n, operand, 0.3 + static_cast<double>(operand));
  return made;
}

// A copy with the sign of imaginary parts changed, or none.
template <class T>
Array<T> copied(const Array<T>& from, bool conjugated) {
  Array<T> made(from.extents());
  for (std::size_t n = 0; n < from.size(); ++n) made[n] = conjugated ? std::conj(from[n]) : from[n];
  return made;
}

struct Form {
  const char* text;
  std::vector<Shape> shapes;
};

const std::vector<Form> forms = {
    {"i,i->", {{300}, {300}}},                                    // dot
    {"bi,bi->b", {{5, 33}, {5, 33}}},                             // a batch of them
    {"ij,j->i", {{33, 40}, {40}}},                                // matvec
    {"j,ij->i", {{40}, {33, 40}}},
    {"i,j->ij", {{17}, {19}}},                                    // outer
    {"ij,ij->ij", {{17, 19}, {17, 19}}},                          // Hadamard
    {"ij,ji->ij", {{17, 19}, {19, 17}}},
    {"ij,jk->ik", {{20, 30}, {30, 25}}},                          // contraction
    {"ij,kj->ki", {{20, 30}, {25, 30}}},
    {"ij,jk->ik", {{3, 5}, {5, 4}}},
    {"bij,bjk->bik", {{4, 9, 8}, {4, 8, 7}}},                     // batch
    {"ijb,jkb->bki", {{9, 8, 4}, {8, 7, 4}}},
    {"ij->ji", {{17, 19}}},                                       // permute
    {"i->i", {{17}}},
    {"ij->i", {{17, 190}}},                                       // reduce
    {"ij->j", {{170, 19}}},
    {"ii->", {{9, 9}}},
    {"ii->i", {{9, 9}}},
    {"ij,jk,kl->il", {{5, 6}, {6, 7}, {7, 8}}},                   // chains
    {"ab,bc,ca,a->c", {{5, 6}, {6, 7}, {7, 5}, {5}}},
};

}  // namespace

TEMPLATE_LIST_TEST_CASE("row 23: each operand may be conjugated, alone or with others, in every form of a step", "", ComplexElements) {
  using T = TestType;
  for (const std::string& isa : this_cpu().isas) {
    Options options;
    options.isa = isa, options.dtype = dtype_of<T>;
    for (const Form& form : forms) {
      std::vector<Array<T>> operands;
      for (std::size_t i = 0; i < form.shapes.size(); ++i) operands.push_back(numbers<T>(form.shapes[i], i));
      for (std::size_t which = 0; which < std::size_t{1} << operands.size(); ++which) {
        std::vector<ArrayRef> refs;
        std::vector<Array<T>> taken;
        std::vector<TensorView<const T>> views;
        options.conjugate.clear();
        for (std::size_t i = 0; i < operands.size(); ++i) {
          const bool conjugated = (which >> i & 1) != 0;
          refs.push_back(ref_of(operands[i], conjugated));
          taken.push_back(copied(operands[i], conjugated));
          options.conjugate.push_back(conjugated);
        }
        for (const Array<T>& each : taken) views.push_back(each.view());
        const Reference<T> expected = reference_einsum<T>(form.text, views);
        INFO(form.text << " " << isa << ", conjugated " << which);
        Options of_call = options;
        of_call.conjugate.clear();
        CHECK(first_difference(expected, einsum<T>(form.text, refs, of_call).data()) == -1);
        // Compiled for conjugated operands: plain arrays are then meant by it.
        const Compiled compiled = compile(form.text, form.shapes, options);
        Array<T> out(compiled.shape());
        for (ArrayRef& ref : refs) ref.conjugated = false;
        compiled.run(refs, {out.data(), dtype_of<T>, out.extents(), out.strides()});
        CHECK(first_difference(expected, out.data()) == -1);
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("row 23: conj() marks an array where it stands in a call", "", ComplexElements) {
  using T = TestType;
  const Array<T> a = numbers<T>({4, 5}, 0), b = numbers<T>({5, 3}, 1), ca = copied(a, true);
  const auto expected = reference_einsum<T>("ij,jk->ik", {ca.view(), b.view()});
  CHECK(first_difference(expected, einsum("ij,jk->ik", einc::conj(a), b).data()) == -1);
  CHECK(first_difference(expected, einsum<"ij,jk->ik">(einc::conj(a), b).data()) == -1);
  const Compiled compiled = compile("ij,jk->ik", {{4, 5}, {5, 3}}, {.dtype = dtype_of<T>});
  CHECK(first_difference(expected, compiled(einc::conj(a), b).data()) == -1);
  const auto plain = reference_einsum<T>("ij,jk->ik", {a.view(), b.view()});
  CHECK(first_difference(plain, compiled(a, b).data()) == -1);
  const Compiled by_option = compile("ij,jk->ik", {{4, 5}, {5, 3}}, {.dtype = dtype_of<T>, .conjugate = {true, false}});
  CHECK(first_difference(expected, by_option(a, b).data()) == -1);
  CHECK(first_difference(plain, by_option(einc::conj(a), b).data()) == -1);  // twice is not at all
  const TensorView<const T> turned(a.data(), {5, 4}, {1, 5});
  CHECK(first_difference(expected, einsum("ji,jk->ik", einc::conj(turned), b).data()) == -1);
  // |a|^2 is real, and one array may stand on both sides.
  const Array<T> norm = einsum("ij,ij->", einc::conj(a), a);
  CHECK(norm[0].real() > 0);
  CHECK(std::abs(norm[0].imag()) <= tolerance<T> * static_cast<double>(norm[0].real()));
}

TEMPLATE_LIST_TEST_CASE("row 23: a real array is its own conjugate, beside a complex one too", "", RealElements) {
  using R = TestType;
  using T = std::complex<R>;
  const Array<R> a = numbers<R>({20, 30}, 0);
  const Array<R> b = numbers<R>({30, 25}, 1);
  const Array<T> c = numbers<T>({30, 25}, 2), cc = copied(c, true);
  const Array<R> plain = einsum("ij,jk->ik", a, b), marked = einsum("ij,jk->ik", einc::conj(a), einc::conj(b));
  for (std::size_t n = 0; n < plain.size(); ++n) REQUIRE(plain[n] == marked[n]);
  Array<T> wide({20, 30});
  for (std::size_t n = 0; n < a.size(); ++n) wide[n] = T(a[n]);
  const auto expected = reference_einsum<T>("ij,jk->ik", {wide.view(), cc.view()});
  CHECK(first_difference(expected, einsum("ij,jk->ik", einc::conj(a), einc::conj(c)).data()) == -1);
  CHECK(first_difference(expected, einsum("ij,jk->ik", a, einc::conj(c)).data()) == -1);
  const auto turned = reference_einsum<T>("jk,ij->ki", {cc.view(), wide.view()});
  CHECK(first_difference(turned, einsum("jk,ij->ki", einc::conj(c), a).data()) == -1);
  const Compiled program = compile(Program::parse("input x \"ij\"\ninput y \"jk\"\noutput z = einsum(\"ij,jk->ik\", x, y)\n"), {{20, 30}, {30, 25}}, {.dtype = dtype_of<R>});
  const Array<R> of_program = program(einc::conj(a), b);
  for (std::size_t n = 0; n < plain.size(); ++n) REQUIRE(plain[n] == of_program[n]);
}

TEST_CASE("programs are told to be real, and without semirings") {
  const Program p = Program::parse("input x \"i\"\noutput y = x * 2\n");
  const Error complex = error_of([&] { compile(p, {{3}}, {.dtype = DType::c64}); });
  CHECK(complex.code() == ErrorCode::unsupported_dtype);
  CHECK(complex.sentence() == "input 0, `x`, is c64: programs take f32, f64, bf16 and f16");
  CHECK(error_of([&] { compile(p, {{3}}, {.dtype = DType::i32}); }).code() == ErrorCode::unsupported_dtype);
  CHECK(error_of([&] { compile(p, {{3}}, {.semiring = semiring::max_plus}); }).code() == ErrorCode::bad_option);
}

TEMPLATE_LIST_TEST_CASE("of floats alpha and beta are any numbers, and what is added is rounded once", "", FloatElements) {
  using T = TestType;
  const Array<T> a = array_of<T>({2, 2}, {1, 2, 3, 4}), ones = filled<T>({2, 2}, element<T>(1));
  for (const char* text : {"ij,jk->ik", "ij,ij->ij", "ij->ij"}) {
    Array<T> out = filled<T>({2, 2}, element<T>(8));
    const Scale scale{-0.5, 0.25};
    if (std::string_view(text) == "ij->ij") einsum_into(out, text, scale, a);
    else einsum_into(out, text, scale, a, ones);
    const double first = std::string_view(text) == "ij,jk->ik" ? 3 : 1;
    T expected;
    if constexpr (is_complex_number<T>) expected = T(static_cast<typename T::value_type>(2 - 0.5 * first));
    else expected = static_cast<T>(static_cast<float>(2 - 0.5 * first));
    CHECK(out[0] == expected);
  }
  // Three quarters of the distance to the neighbour: two roundings would lose it.
  if constexpr (std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>) {
    const float unit = std::is_same_v<T, bfloat16> ? 0x1p-7f : 0x1p-10f;
    Array<T> out = filled<T>({1}, T(1.f));
    einsum_into(out, "i->i", {0.75 * static_cast<double>(unit), 1}, filled<T>({1}, T(1.f)));
    CHECK(out[0] == T(1 + unit));
  }
}

TEMPLATE_LIST_TEST_CASE("of integers alpha and beta are whole numbers that wrap around, and others are refused", "", IntegerElements) {
  using T = TestType;
  const Array<T> a = array_of<T>({3}, {1, 100, 7});
  for (const Scale& scale : {Scale{3, 2}, Scale{-1, 0}, Scale{-7, -5}, Scale{0x1p20 + 1, 1}, Scale{0, 3}}) {
    Array<T> out = filled<T>({3}, element<T>(50)), square = filled<T>({3, 3}, element<T>(50)), single = filled<T>({}, element<T>(50));
    einsum_into(out, "i->i", scale, a);
    einsum_into(square, "i,j->ij", scale, a, a);
    einsum_into(single, "i,i->", scale, a, a);
    const auto alpha = static_cast<std::uint64_t>(static_cast<std::int64_t>(scale.alpha)), beta = static_cast<std::uint64_t>(static_cast<std::int64_t>(scale.beta));
    std::uint64_t dot = 0;
    for (std::size_t i = 0; i < 3; ++i) {
      const auto own = static_cast<std::uint64_t>(a[i]);
      dot += own * own;
      CHECK(out[i] == static_cast<T>(alpha * own + beta * 50));
      for (std::size_t j = 0; j < 3; ++j) CHECK(square[i * 3 + j] == static_cast<T>(alpha * own * static_cast<std::uint64_t>(a[j]) + beta * 50));
    }
    CHECK(single[0] == static_cast<T>(alpha * dot + beta * 50));
  }
  Array<T> out = filled<T>({3}, element<T>(50));
  for (const Scale& scale : {Scale{0.5, 0}, Scale{1, 0.5}, Scale{1e30, 0}}) {
    const Error error = error_of([&] { einsum_into(out, "i->i", scale, a); });
    CHECK(error.code() == ErrorCode::bad_option);
    CHECK_THAT(error.what(), ContainsSubstring("of integers both are whole numbers"));
    CHECK(out[0] == element<T>(50));
  }
}

TEST_CASE("of truths alpha is 1, and beta 1 is or with what is there") {
  const Array<bool> a = array_of<bool>({3}, {1, 0, 0});
  Array<bool> out = array_of<bool>({3}, {0, 1, 0});
  einsum_into(out, "i->i", {1, 1}, a);
  CHECK((out[0] && out[1] && !out[2]));
  einsum_into(out, "i,i->i", {1, 0}, a, a);
  CHECK((out[0] && !out[1] && !out[2]));
  for (const Scale& scale : {Scale{2, 0}, Scale{0, 0}, Scale{1, 2}, Scale{1, -1}}) {
    const Error error = error_of([&] { einsum_into(out, "i->i", scale, a); });
    CHECK(error.code() == ErrorCode::bad_option);
    CHECK_THAT(error.what(), ContainsSubstring("in bool alpha is 1 and beta 0 or 1"));
  }
}

TEST_CASE("complex numbers are scaled by real ones in every form of a step") {
  using T = std::complex<double>;
  for (const Form& form : forms) {
    std::vector<Array<T>> operands;
    std::vector<ArrayRef> refs;
    std::vector<TensorView<const T>> views;
    for (std::size_t i = 0; i < form.shapes.size(); ++i) operands.push_back(numbers<T>(form.shapes[i], i));
    for (const Array<T>& each : operands) refs.push_back(ref_of(each)), views.push_back(each.view());
    Reference<T> expected = reference_einsum<T>(form.text, views);
    const Compiled compiled = compile(form.text, form.shapes, {.dtype = DType::c128});
    Array<T> out = numbers<T>(compiled.shape(), 7);
    for (std::size_t n = 0; n < out.size(); ++n) {
      expected.values[n] = -1.5 * expected.values[n] + 0.5 * out[n];
      expected.magnitudes[n] = 1.5 * expected.magnitudes[n] + std::abs(out[n]);
    }
    compiled.run(refs, {out.data(), DType::c128, out.extents(), out.strides()}, {-1.5, 0.5});
    INFO(form.text);
    CHECK(first_difference(expected, out.data()) == -1);
  }
}
