// Semirings of the user's own, given as expressions of x and y: against plain loops, and what is said of bad ones.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/faults.hpp"
#include "support/random_einsum.hpp"
#include "support/semiring_loops.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

template <class T>
struct Own {
  Semiring semiring;
  T (*add)(T, T);
  T (*multiply)(T, T);
};

// All of them are exact on small whole numbers, whatever the order.
template <class T>
std::vector<Own<T>> own_semirings() {
  return {
      {semiring::custom("max-times", "max(x, y)", "x * y", 0, 1), [](T x, T y) { return std::max(x, y); }, [](T x, T y) { return x * y; }},
      {semiring::custom("smallest-largest", "min(x, y)", "max(x, y)", std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()),
       [](T x, T y) { return std::min(x, y); }, [](T x, T y) { return std::max(x, y); }},
      // Sums capped at 5000: a constant in the addition.
      {semiring::custom("capped", "min(x + y, 5000)", "x * y", 0, 1), [](T x, T y) { return std::min(x + y, T(5000)); }, [](T x, T y) { return x * y; }},
      {semiring::custom("plus-times", "x + y", "x * y", 0, 1), [](T x, T y) { return x + y; }, [](T x, T y) { return x * y; }},
      {semiring::custom("larger by choice", "where(x < y, y, x)", "x * y", 0, 1), [](T x, T y) { return x < y ? y : x; }, [](T x, T y) { return x * y; }},
  };
}

template <class T>
Array<T> whole(Shape extents, std::uint64_t seed) {
  Random random(seed);
  Array<T> made(std::move(extents));
  for (std::size_t n = 0; n < made.size(); ++n) made[n] = static_cast<T>(random.below(4));
  return made;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("a custom semiring is its two functions, in every form of a step, with any number of threads", "", RealElements) {
  using T = TestType;
  struct Form {
    const char* text;
    std::vector<Shape> shapes;
  };
  const std::vector<Form> forms = {{"ij,jk->ik", {{20, 33}, {33, 18}}},    {"ij,kj->ki", {{20, 33}, {18, 33}}}, {"ij,j->i", {{33, 130}, {130}}}, {"i,i->", {{1000}, {1000}}},
                                   {"i,j->ij", {{9, }, {17}}},             {"ij,ij->ij", {{9, 7}, {9, 7}}},     {"ij->i", {{9, 700}}},           {"ij->j", {{700, 9}}},
                                   {"ij->ji", {{9, 7}}},                   {"ii->", {{9, 9}}},                  {"i->ii", {{5}}},                {"bij,bjk->bik", {{3, 5, 6}, {3, 6, 7}}},
                                   {"ij,jk,kl->il", {{5, 6}, {6, 7}, {7, 5}}}, {"ij->", {{0, 5}}},              {"ij,jk->ik", {{2, 0}, {0, 3}}}};
  for (const Own<T>& own : own_semirings<T>()) {
    for (const Form& form : forms) {
      std::vector<Array<T>> operands;
      std::vector<ArrayRef> refs;
      std::vector<TensorView<const T>> views;
      for (std::size_t i = 0; i < form.shapes.size(); ++i) operands.push_back(whole<T>(form.shapes[i], i + 1));
      for (const Array<T>& each : operands) refs.push_back(ref_of(each)), views.push_back(each.view());
      const auto expected = semiring_loops<T>(form.text, views, static_cast<T>(own.semiring.zero), static_cast<T>(own.semiring.one), own.add, own.multiply);
      for (const std::string& isa : this_cpu().isas) {
        Options options;
        options.semiring = own.semiring, options.isa = isa;
        for (const int threads : {1, 2, 3}) {
          options.threads = threads;
          const Array<T> got = einsum<T>(form.text, refs, options);
          INFO(own.semiring.name << " `" << form.text << "` " << isa << " threads " << threads);
          REQUIRE(got.extents() == expected.extents);
          CHECK(std::equal(expected.values.begin(), expected.values.end(), got.data()));
        }
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("random networks in a custom semiring are what a loop nest gives", "", RealElements) {
  using T = TestType;
  const auto semirings = own_semirings<T>();
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const Own<T>& own = semirings[seed % 2];  // those that are exact with any number of operands
    const RandomEinsum call = random_einsum(seed, 2000, 5);
    std::vector<std::vector<T>> memory;
    std::vector<TensorView<const T>> views;
    std::vector<ArrayRef> refs;
    Random random(seed);
    for (const Layout& layout : call.operands) {
      std::vector<T>& values = memory.emplace_back(layout.size);
      for (T& value : values) value = static_cast<T>(random.below(5));
      views.emplace_back(values.data() + layout.first, layout.extents, layout.strides);
    }
    for (const auto& view : views) refs.push_back({view.data(), dtype_of<T>, view.extents(), view.strides()});
    const auto expected = semiring_loops<T>(call.text, views, static_cast<T>(own.semiring.zero), static_cast<T>(own.semiring.one), own.add, own.multiply);
    for (const std::string& isa : this_cpu().isas) {
      for (const Planner planner : {Planner::automatic, Planner::left_to_right}) {
        Options options = call.options;
        options.semiring = own.semiring, options.isa = isa, options.planner = planner;
        const Array<T> got = einsum<T>(call.text, refs, options);
        INFO("seed " << seed << " `" << call.text << "` " << own.semiring.name << " " << isa);
        REQUIRE(got.extents() == expected.extents);
        REQUIRE(std::equal(expected.values.begin(), expected.values.end(), got.data()));
      }
    }
  }
}

TEST_CASE("a custom result is added to what is there by its own addition") {
  const Semiring largest = semiring::custom("max-times", "max(x, y)", "x * y", 0, 1);
  const Array<double> a = array_of<double>({2, 2}, {1, 2, 3, 4});
  Array<double> out = array_of<double>({2}, {5, 5});
  einsum_into(out, largest, "ij,ij->i", {1, 1}, a, a);
  CHECK((out[0] == 5 && out[1] == 16));
  CHECK(error_of([&] { einsum_into(out, largest, "ij->i", {2, 0}, a); }).code() == ErrorCode::bad_option);
  CHECK(out[1] == 16);
  Array<double> diagonal = filled<double>({2, 2}, 1.5);
  einsum_into(diagonal, largest, "i->ii", {1, 1}, array_of<double>({2}, {1, 2}));
  CHECK((diagonal[0] == 1.5 && diagonal[1] == 1.5 && diagonal[3] == 2));
}

TEST_CASE("functions that are none of x and y are refused with the reason") {
  const Array<float> a = filled<float>({3}, 1.f);
  const auto fault = [&](const std::string& add, const std::string& multiply) {
    return error_of([&] { einsum(semiring::custom("own", add, multiply, 0, 1), "i,i->", a, a); });
  };
  CHECK(fault("", "x * y").sentence() == "`add` of the semiring own is empty");
  CHECK(fault("x + y", "").sentence() == "`multiply` of the semiring own is empty");
  CHECK(fault("x + y\noutput z = x", "x * y").sentence() == "`add` of the semiring own has more lines than one");
  CHECK(fault("1 + 2", "x * y").code() == ErrorCode::bad_option);
  CHECK_THAT(fault("1 + 2", "x * y").hint(), ContainsSubstring("`max(x, y)`"));
  for (const char* text : {"x +", "x + z", "max(x)", "x ** y", "f(x, y)", "x, y"}) {
    INFO(text);
    CHECK_NOTHROW(fault(text, "x * y"));
  }
  CHECK(error_of([&] { einsum(semiring::custom("own", "x + y", "x * y", 0, 1), "i->", filled<std::int32_t>({3}, 1)); }).code() == ErrorCode::unsupported_dtype);
}

TEST_CASE("calls with different custom semirings are different calls to the cache") {
  const Array<double> a = array_of<double>({3}, {1, 2, 3});
  CHECK(einsum(semiring::custom("own", "max(x, y)", "x * y", 0, 1), "i,i->", a, a)[0] == 9);
  CHECK(einsum(semiring::custom("own", "x + y", "x * y", 0, 1), "i,i->", a, a)[0] == 14);
  CHECK(einsum(semiring::custom("own", "x + y", "x + y", 0, 0), "i,i->", a, a)[0] == 12);
  CHECK(einsum("i,i->", a, a)[0] == 14);
}
