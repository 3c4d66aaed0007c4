// long_sums.cpp: few results of long sums are computed in slices: right in every element type, semiring and layout, the same bits for any
// number of threads, more exact than one chain, and within memory limits.
#include <algorithm>
#include <cmath>
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

std::uint64_t next(std::uint64_t& state) {
  state = state * 6364136223846793005U + 1442695040888963407U;
  return state >> 33;
}

template <class T, class Make>
Array<T> array_by(const Shape& shape, std::uint64_t seed, Make make) {
  Array<T> array(shape);
  std::uint64_t state = 0x9E3779B97F4A7C15U * (seed + 1);
  for (std::size_t n = 0; n < array.size(); ++n) array[n] = make(next(state));
  return array;
}
// Numbers of [-1, 1): their sums round, and differently in another order.
template <class T>
Array<T> uniform(const Shape& shape, std::uint64_t seed) {
  return array_by<T>(shape, seed, [](std::uint64_t bits) { return static_cast<T>(static_cast<double>(bits % (1U << 24)) * 0x1p-23 - 1); });
}
// -1, 0 and 1, so few that sums of some ten thousand products have eight bits.
template <class T>
Array<T> sparse(const Shape& shape, std::uint64_t seed) {
  return array_by<T>(shape, seed, [](std::uint64_t bits) { return element<T>(bits % 8 == 0 ? 1 : bits % 8 == 1 && !std::is_same_v<T, bool> ? -1 : 0); });
}

template <class T>
std::vector<T> result_of(const Compiled& compiled, const std::vector<ArrayRef>& refs, const Scale& scale = {}) {
  Array<T> out(compiled.shape());
  for (std::size_t n = 0; n < out.size(); ++n) out[n] = element<T>(static_cast<std::int64_t>(n % 5));
  compiled.run(refs, {out.data(), dtype_of<T>, out.extents(), out.strides()}, scale);
  return std::vector<T>(out.data(), out.data() + out.size());
}

template <class T>
bool same_bits(const std::vector<T>& x, const std::vector<T>& y) {
  return x.size() == y.size() && std::memcmp(x.data(), y.data(), x.size() * sizeof(T)) == 0;
}

bool is_sliced(const Compiled& compiled) {
  const auto& steps = compiled.plan().steps;
  return std::any_of(steps.begin(), steps.end(), [](const StepSummary& step) { return step.reason.find("few results of a long sum") != std::string::npos; });
}

struct Case {
  std::string text;
  std::vector<Shape> shapes;
};
const std::vector<Case> cases = {
    {"ki,kj->ij", {{20011, 19}, {20011, 13}}},
    {"ik,jk->ji", {{17, 24000}, {15, 24000}}},
    {"bki,kbj->ij", {{11, 2001, 18}, {2001, 11, 14}}},
    {"hki,hkj->jhi", {{3, 17000, 11}, {3, 17000, 9}}},
    {"ki,jk->ij", {{33000, 6}, {5, 33000}}},
    {"befa,edfc->cabd", {{3, 128, 150, 5}, {128, 16, 150, 4}}},
};

}  // namespace

TEMPLATE_TEST_CASE("slices of long sums are the sum, with the same bits for any number of threads", "", float, double) {
  using T = TestType;
  for (const Case& one : cases) {
    const Array<T> a = uniform<T>(one.shapes[0], 1), b = uniform<T>(one.shapes[1], 2);
    const std::vector<TensorView<const T>> views{{a.data(), a.extents(), a.strides()}, {b.data(), b.extents(), b.strides()}};
    const Reference<T> expected = reference_einsum<T>(one.text, views);
    for (const std::string& isa : this_cpu().isas) {
      std::vector<T> first, scaled_first;
      for (const int threads : {1, 2, 3, 7}) {
        const Compiled compiled = compile(one.text, one.shapes, {.dtype = dtype_of<T>, .threads = threads, .isa = isa});
        INFO(one.text << ", " << isa << ", " << threads << " threads\n" << compiled.explain());
        REQUIRE(is_sliced(compiled));
        const std::vector<T> got = result_of<T>(compiled, {ref_of(a), ref_of(b)});
        const std::vector<T> scaled = result_of<T>(compiled, {ref_of(a), ref_of(b)}, {1.5, -0.5});
        if (threads == 1) {
          first = got, scaled_first = scaled;
          CHECK(first_difference(expected, got.data()) == -1);
          for (std::size_t n = 0; n < got.size(); ++n) {
            const auto value = static_cast<double>(got[n]);
            CHECK(std::abs(static_cast<double>(scaled[n]) - (1.5 * value - 0.5 * static_cast<double>(n % 5))) <= 4e-7 * (std::abs(value) + 5));
          }
        }
        CHECK(same_bits(got, first));
        CHECK(same_bits(scaled, scaled_first));
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("every element type is summed in slices", "", AllElements) {
  using T = TestType;
  const Shape left{24000, 18}, right{24000, 15};
  const Array<T> a = sparse<T>(left, 3), b = sparse<T>(right, 4);
  std::vector<std::int64_t> exact(18 * 15, 0);
  const auto whole = [](const T& value) -> std::int64_t {
    if constexpr (is_complex_number<T>) return static_cast<std::int64_t>(value.real());
    else if constexpr (std::is_integral_v<T>) return static_cast<std::int64_t>(value);
    else return static_cast<std::int64_t>(static_cast<float>(value));
  };
  for (std::size_t k = 0; k < 24000; ++k)
    for (std::size_t i = 0; i < 18; ++i)
      for (std::size_t j = 0; j < 15; ++j) exact[i * 15 + j] += whole(a[k * 18 + i]) * whole(b[k * 15 + j]);
  for (const std::string& isa : this_cpu().isas)
    for (const int threads : {1, 3}) {
      const Compiled compiled = compile("ki,kj->ij", {left, right}, {.dtype = dtype_of<T>, .threads = threads, .isa = isa});
      INFO(name_of(dtype_of<T>) << " " << isa << "\n" << compiled.explain());
      REQUIRE(is_sliced(compiled));
      const std::vector<T> got = result_of<T>(compiled, {ref_of(a), ref_of(b)});
      for (std::size_t n = 0; n < exact.size(); ++n) {
        const T expected = element<T>(exact[n]), found = got[n];
        CHECK(std::memcmp(&found, &expected, sizeof(T)) == 0);
      }
    }
}

TEST_CASE("semirings are summed in slices, and added to what is there") {
  const Shape left{24000, 12}, right{24000, 10};
  const Array<float> a = uniform<float>(left, 5), b = uniform<float>(right, 6);
  std::vector<float> expected(12 * 10, -INFINITY);
  for (std::size_t k = 0; k < 24000; ++k)
    for (std::size_t n = 0; n < expected.size(); ++n) expected[n] = std::max(expected[n], a[k * 12 + n / 10] + b[k * 10 + n % 10]);
  for (const std::string& isa : this_cpu().isas) {
    Options options{.dtype = DType::f32, .threads = 2, .isa = isa};
    options.semiring = semiring::max_plus;
    const Compiled compiled = compile("ki,kj->ij", {left, right}, options);
    INFO(isa << "\n" << compiled.explain());
    REQUIRE(is_sliced(compiled));
    CHECK(result_of<float>(compiled, {ref_of(a), ref_of(b)}) == expected);
    std::vector<float> added = expected;
    for (std::size_t n = 0; n < added.size(); ++n) added[n] = std::max(added[n], static_cast<float>(n % 5));
    CHECK(result_of<float>(compiled, {ref_of(a), ref_of(b)}, {1, 1}) == added);
  }
}

TEST_CASE("an array times itself is sliced block by block, and is its own transpose") {
  const Shape shape{30000, 136};
  const Array<double> a = uniform<double>(shape, 7);
  Program program;
  const Tensor x = program.input("x", "ki");
  program.output("g", einsum("ki,kj->ij", x, rename(x, "i", "j")));
  const Program& whole = program;
  std::vector<double> first;
  for (const int threads : {1, 2, 3}) {
    const Compiled compiled = compile(whole, {shape}, {.dtype = DType::f64, .threads = threads});
    INFO(compiled.explain());
    if (compiled.plan().isa.starts_with("avx512")) REQUIRE(is_sliced(compiled));  // elsewhere tiles are smaller, and enough
    const std::vector<double> got = result_of<double>(compiled, {ref_of(a)});
    if (threads == 1) first = got;
    CHECK(same_bits(got, first));
    double worst = 0;
    for (std::size_t i = 0; i < 136; ++i)
      for (std::size_t j = 0; j < i; ++j) worst = std::max(worst, std::abs(got[i * 136 + j] - got[j * 136 + i]));
    CHECK(worst < 1e-10);
  }
}

TEST_CASE("a map behind a sum in slices runs after they are added up") {
  const Shape left{24000, 12}, right{24000, 10};
  const Array<double> a = sparse<double>(left, 8), b = sparse<double>(right, 9);
  const Compiled plain = compile("ki,kj->ij", {left, right}, {.dtype = DType::f64});
  const Compiled mapped = compile(Program::parse("input x \"ki\"\ninput y \"kj\"\noutput o = abs(einsum(\"ki,kj->ij\", x, y)) + 1\n"), {left, right}, {.dtype = DType::f64});
  REQUIRE(is_sliced(mapped));
  std::vector<double> expected = result_of<double>(plain, {ref_of(a), ref_of(b)});
  for (double& value : expected) value = std::abs(value) + 1;
  CHECK(result_of<double>(mapped, {ref_of(a), ref_of(b)}) == expected);
}

TEST_CASE("sums of a million numbers lose fewer digits than in one chain") {
  const Shape shape{1000000, 3};
  const Array<float> a = filled<float>(shape, 0.1F), b = filled<float>(shape, 1.0F);
  const Compiled compiled = compile("ki,kj->ij", {shape, shape}, {.dtype = DType::f32});
  REQUIRE(is_sliced(compiled));
  const double exact = 1e6 * static_cast<double>(0.1F);
  for (const float value : result_of<float>(compiled, {ref_of(a), ref_of(b)}))
    CHECK(std::abs(static_cast<double>(value) - exact) < 5e-5 * exact);  // one chain: 1e-2
}

TEST_CASE("slices give way to a limit of memory") {
  const std::vector<Shape> shapes{{400000, 32}, {400000, 32}};
  const Compiled free = compile("ki,kj->ij", shapes, {.dtype = DType::f32, .threads = 1});
  REQUIRE(is_sliced(free));
  const std::int64_t wanted = free.plan().run_bytes;
  const Compiled enough = compile("ki,kj->ij", shapes, {.dtype = DType::f32, .threads = 1, .memory_limit = wanted});
  CHECK(is_sliced(enough));
  CHECK(enough.plan().run_bytes == wanted);
  const Compiled less = compile("ki,kj->ij", shapes, {.dtype = DType::f32, .threads = 1, .memory_limit = wanted - 64});
  CHECK_FALSE(is_sliced(less));
  CHECK(less.plan().run_bytes < wanted);
  CHECK(less.plan().slices == 1);
  CHECK(wanted - less.plan().run_bytes <= free.plan().arena_bytes);
}

TEST_CASE("sums that are short, or have results enough for many threads, are not cut") {
  for (const Case& one : {Case{"ki,kj->ij", {{4000, 32}, {4000, 32}}}, {"ki,kj->ij", {{100000, 512}, {100000, 512}}}, {"bki,bkj->bij", {{64, 9000, 16}, {64, 9000, 16}}},
                          {"ij,jk->ik", {{1024, 1024}, {1024, 1024}}}})
    for (const std::string& isa : this_cpu().isas) {
      INFO(one.text << " " << isa);
      CHECK_FALSE(is_sliced(compile(one.text, one.shapes, {.dtype = DType::f32, .isa = isa})));
    }
}
