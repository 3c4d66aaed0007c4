// copies_first.cpp: contractions whose arrays are copied into another order first are right in every type and with the caller's scalars, have
// the same bits for any number of threads, and keep a memory limit that has no room for copies.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

struct Case {
  std::string text;
  std::vector<Shape> shapes;
};
// A label of all three arrays is innermost in one of them; k lies in two orders; so does the result.
const std::vector<Case> cases = {
    {"aeb,cdea->badc", {{16, 8, 5}, {96, 64, 8, 16}}},
    {"ceba,ead->cdab", {{24, 7, 3, 67}, {7, 67, 96}}},
    {"cagb,deagf->ecdbfa", {{5, 32, 24, 6}, {7, 3, 32, 24, 8}}},
    // sums, products without a sum, and vectors times matrices
    {"dcab->bac", {{20, 376, 20, 3}}},
    {"abcd->dcb", {{3, 48, 256, 24}}},
    {"cb,ca->abc", {{128, 33}, {128, 100}}},
    {"bcd,adbc->dacb", {{24, 64, 36}, {3, 36, 24, 64}}},
    {"cad,badc->bc", {{256, 24, 16}, {4, 24, 16, 256}}},
    {"cba,bac->", {{100, 8, 256}, {8, 256, 100}}},
};

template <class T>
Array<T> small_whole(const Shape& shape, std::uint64_t seed) {
  Array<T> array(shape);
  std::uint64_t state = 0x9E3779B97F4A7C15U * (seed + 1);
  for (std::size_t n = 0; n < array.size(); ++n) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    array[n] = element<T>(static_cast<std::int64_t>((state >> 33) % 7) - 3);
  }
  return array;
}

template <class T>
std::vector<T> result_of(const Compiled& compiled, const std::vector<ArrayRef>& refs, const Scale& scale) {
  Array<T> out(compiled.shape());
  for (std::size_t n = 0; n < out.size(); ++n) out[n] = element<T>(static_cast<std::int64_t>(n % 5));
  compiled.run(refs, {out.data(), dtype_of<T>, out.extents(), out.strides()}, scale);
  return std::vector<T>(out.data(), out.data() + out.size());
}

bool copies(const Compiled& compiled) { return compiled.explain().find("the order of labels that it") != std::string::npos; }

}  // namespace

TEMPLATE_TEST_CASE("copies into another order leave every result as it is", "", float, double, std::complex<float>) {
  using T = TestType;
  std::size_t copied = 0;
  for (const Case& one : cases) {
    std::vector<Array<T>> arrays;
    for (std::size_t i = 0; i < one.shapes.size(); ++i) arrays.push_back(small_whole<T>(one.shapes[i], i + 1));
    std::vector<ArrayRef> refs;
    std::vector<TensorView<const T>> read;
    for (const Array<T>& array : arrays) refs.push_back(ref_of(array)), read.push_back({array.data(), array.extents(), array.strides()});
    const Reference<T> expected = reference_einsum<T>(one.text, read);
    for (const std::string& isa : this_cpu().isas)
      for (const int threads : {1, 3}) {
        const Compiled compiled = compile(one.text, one.shapes, {.dtype = dtype_of<T>, .threads = threads, .isa = isa});
        INFO(isa << ", " << threads << " threads\n" << compiled.explain());
        copied += copies(compiled) ? 1 : 0;
        const std::vector<T> got = result_of<T>(compiled, refs, {}), scaled = result_of<T>(compiled, refs, {2, 3});
        CHECK(first_difference(expected, got.data()) == -1);
        bool right = true;
        for (std::size_t n = 0; n < got.size(); ++n) right = right && scaled[n] == T(2) * got[n] + T(3) * element<T>(static_cast<std::int64_t>(n % 5));
        CHECK(right);
        if (threads > 1 || isa != this_cpu().isas.back()) continue;
        const Compiled limited = compile(one.text, one.shapes, {.dtype = dtype_of<T>, .threads = threads, .isa = isa, .memory_limit = 1 << 20});
        if (one.text == cases[0].text) CHECK_FALSE(copies(limited));  // of megabytes
        CHECK(result_of<T>(limited, refs, {}) == got);
      }
  }
  CHECK(copied >= 8);
}

TEST_CASE("a map behind a contraction with copies is applied all the same") {
  const Program p = Program::parse("input x \"aeb\"\ninput y \"cdea\"\noutput o = exp(einsum(\"aeb,cdea->badc\", x, y) * 0.01)\n");
  const Array<float> x = small_whole<float>({16, 8, 5}, 1), y = small_whole<float>({96, 64, 8, 16}, 2);
  const Compiled whole = compile(p, {{16, 8, 5}, {96, 64, 8, 16}}), limited = compile(p, {{16, 8, 5}, {96, 64, 8, 16}}, {.memory_limit = 1 << 20});
  INFO(whole.explain());
  const std::vector<float> got = result_of<float>(whole, {ref_of(x), ref_of(y)}, {}), other = result_of<float>(limited, {ref_of(x), ref_of(y)}, {});
  REQUIRE(got.size() == other.size());
  for (std::size_t n = 0; n < got.size(); n += 97) CHECK(std::abs(got[n] - other[n]) <= 1e-6F * std::abs(other[n]));
}

TEST_CASE("inputs of a map that lie in another order than its result are copied first, halves as they are") {
  const Array<float> x = small_whole<float>({400, 600}, 1), y = small_whole<float>({600, 400}, 2);
  std::vector<float> expected(400 * 600);
  for (std::size_t i = 0; i < 400; ++i)
    for (std::size_t j = 0; j < 600; ++j) expected[i * 600 + j] = x[i * 600 + j] + 2 * y[j * 400 + i];
  const Program p = Program::parse("input x \"ij\"\ninput y \"ji\"\noutput o = x + y * 2\n");
  for (const int threads : {1, 3}) {
    const Compiled compiled = compile(p, {{400, 600}, {600, 400}}, {.threads = threads});
    INFO(compiled.explain());
    CHECK(copies(compiled));
    CHECK(result_of<float>(compiled, {ref_of(x), ref_of(y)}, {}) == expected);
  }
  const Compiled limited = compile(p, {{400, 600}, {600, 400}}, {.memory_limit = 1 << 16});
  CHECK_FALSE(copies(limited));
  CHECK(result_of<float>(limited, {ref_of(x), ref_of(y)}, {}) == expected);

  Array<std::uint16_t> halves({600, 400});  // the upper halves of floats, which whole numbers of one digit fit
  for (std::size_t n = 0; n < halves.size(); ++n) halves[n] = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(y[n]) >> 16);
  const Compiled mixed = compile(p, {{400, 600}, {600, 400}}, {.dtypes = {DType::f32, DType::bf16}});
  INFO(mixed.explain());
  CHECK(copies(mixed));
  CHECK(result_of<float>(mixed, {ref_of(x), {halves.data(), DType::bf16, halves.extents(), halves.strides()}}, {}) == expected);
}

TEST_CASE("a sum of a map has its inputs copied where neither lies as it is summed") {
  const Array<float> x = small_whole<float>({40, 64, 100}, 1), y = small_whole<float>({100, 64, 40}, 2);
  const Program p = Program::parse("input x \"abc\"\ninput y \"cba\"\noutput o \"ab\" = sum(x * y, \"c\")\n");
  const Compiled compiled = compile(p, {{40, 64, 100}, {100, 64, 40}}), limited = compile(p, {{40, 64, 100}, {100, 64, 40}}, {.memory_limit = 1 << 16});
  INFO(compiled.explain());
  CHECK(copies(compiled));
  CHECK(result_of<float>(compiled, {ref_of(x), ref_of(y)}, {}) == result_of<float>(limited, {ref_of(x), ref_of(y)}, {}));  // whole numbers
}
