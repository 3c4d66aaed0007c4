// The functions of a map one by one: how close they come, at the edges too, and that no result depends on its position.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/map_kernels.hpp"

#include "runtime/typed_kernels.hpp"
#include "support/loop_reference.hpp"

namespace {

using namespace einc;
using kernels::Unary;
using testing::RandomLoops;

constexpr double infinity = std::numeric_limits<double>::infinity();

template <class T>
std::vector<T> applied(const kernels::KernelTable& table, Unary function, const std::vector<T>& x) {
  std::vector<T> result(x.size());
  runtime::map_kernels<T>(table).unary[static_cast<int>(function)](x.data(), result.data(), static_cast<std::ptrdiff_t>(x.size()));
  return result;
}

// In units of the last place of what is wanted; numbers below the smallest normal one count as zero.
template <class T>
double distance(T got, long double wanted) {
  const T near = static_cast<T>(wanted);
  if (std::isnan(near) || std::isnan(got)) return std::isnan(near) && std::isnan(got) ? 0 : infinity;
  if (std::isinf(near) || std::isinf(got)) return near == got ? 0 : infinity;
  const T size = std::abs(near), smallest = std::numeric_limits<T>::min();
  if (size < smallest) return std::abs(got) <= smallest ? 0 : infinity;
  const T unit = std::nextafter(size, std::numeric_limits<T>::infinity()) - size;
  return static_cast<double>(std::abs((static_cast<long double>(got) - wanted) / static_cast<long double>(unit)));
}

long double exact(Unary function, long double x) {
  switch (function) {
    case Unary::exp: return std::exp(x);
    case Unary::log: return std::log(x);
    case Unary::sqrt: return std::sqrt(x);
    case Unary::rsqrt: return 1 / std::sqrt(x);
    case Unary::tanh: return std::tanh(x);
    case Unary::sigmoid: return 1 / (1 + std::exp(-x));
    case Unary::erf: return std::erf(x);
    case Unary::sin: return std::sin(x);
    case Unary::cos: return std::cos(x);
    default: return static_cast<long double>(ir::apply(static_cast<ir::Function>(static_cast<int>(ir::Function::negative) + static_cast<int>(function)), static_cast<double>(x)));
  }
}

// Numbers of all sizes up to a limit, on both sides of zero.
template <class T>
std::vector<T> spread(RandomLoops& random, double limit) {
  std::vector<T> x = random.values<T>(60000);
  for (std::size_t i = 0; i < x.size(); ++i) {
    const auto uniform = static_cast<double>(x[i]);
    x[i] = static_cast<T>(i % 3 == 0 ? uniform * limit : i % 3 == 1 ? uniform : uniform * std::exp(-30 * std::abs(uniform)));
  }
  for (double edge : {0.0, -0.0, infinity, -infinity, std::nan(""), limit, -limit, 1e30, -1e30, 88.72, -87.33, 709.78, -708.39}) x.push_back(static_cast<T>(edge));
  x.push_back(std::numeric_limits<T>::min());
  x.push_back(std::numeric_limits<T>::denorm_min());
  return x;
}

}  // namespace

TEMPLATE_TEST_CASE("functions come within a few units in the last place, and keep the edges", "", float, double) {
  RandomLoops random(1);
  const bool single = sizeof(TestType) == 4;
  struct Claim {
    Unary function;
    double limit, units;
  };
  const double range = single ? 100 : 740;
  for (const Claim& claim : {Claim{Unary::exp, range, 1.1}, {Unary::log, 1e30, 1.0}, {Unary::sqrt, 1e30, 0.51}, {Unary::rsqrt, 1e30, 1.6},
                             {Unary::tanh, 30, 3.0}, {Unary::sigmoid, single ? 80.0 : 700.0, 2.5}, {Unary::erf, 7, 3.0}, {Unary::sin, 1e5, 1.0},
                             {Unary::cos, 1e5, 1.0}, {Unary::negative, 10, 0}, {Unary::absolute, 10, 0}, {Unary::relu, 10, 0}, {Unary::floor, 1e5, 0},
                             {Unary::logical_not, 10, 0}, {Unary::round_f32, 1e5, 0}, {Unary::round_bf16, 1e5, 0}}) {
    const std::vector<TestType> x = spread<TestType>(random, claim.limit);
    for (const kernels::KernelTable* table : testing::runnable_tables()) {
      const std::vector<TestType> got = applied(*table, claim.function, x);
      double worst = 0;
      TestType at = 0;
      for (std::size_t i = 0; i < x.size(); ++i) {
        const double units = distance(got[i], exact(claim.function, static_cast<long double>(x[i])));
        if (!(units <= worst)) worst = units, at = x[i];
      }
      INFO(table->isa << ", function " << int(claim.function) << " at " << at);
      CHECK(worst <= claim.units);
    }
  }
}

TEMPLATE_TEST_CASE("weights are powers of e or of two of what is missing to the largest score", "", float, double) {
  RandomLoops random(5);
  std::vector<TestType> scores = spread<TestType>(random, sizeof(TestType) == 4 ? 140 : 1100);
  for (TestType& score : scores) score = std::isnan(score) ? TestType(0) : -std::abs(score);
  for (const bool two : {false, true}) {
    for (const kernels::KernelTable* table : testing::runnable_tables()) {
      std::vector<TestType> weights(scores.size());
      TestType maximum = static_cast<TestType>(-infinity), sum = 0, rescale = 0;
      const auto columns = static_cast<std::ptrdiff_t>(scores.size());
      runtime::map_kernels<TestType>(*table).online({1, columns, scores.data(), columns, weights.data(), columns, &maximum, &sum, &rescale, two});
      CHECK(maximum == 0);
      CHECK(rescale == 0);  // nothing was seen before
      double worst = 0;
      long double total = 0;
      for (std::size_t i = 0; i < scores.size(); ++i) {
        const auto x = static_cast<long double>(scores[i]);
        worst = std::max(worst, distance(weights[i], two ? std::exp2(x) : std::exp(x)));
        total += static_cast<long double>(weights[i]);
      }
      INFO(table->isa << (two ? ", of two" : ", of e"));
      CHECK(worst <= (two ? 1.3 : 1.2));
      CHECK(std::abs(static_cast<double>((static_cast<long double>(sum) - total) / total)) <= 1e3 * static_cast<double>(std::numeric_limits<TestType>::epsilon()));

      TestType later[] = {TestType(3), static_cast<TestType>(-infinity)}, of_later[2];
      runtime::map_kernels<TestType>(*table).online({1, 2, later, 2, of_later, 2, &maximum, nullptr, &rescale, two});
      CHECK(maximum == 3);
      CHECK(of_later[0] == 1);
      CHECK(of_later[1] == 0);
      CHECK(distance(rescale, two ? 0.125L : std::exp(-3.0L)) <= 1.3);
    }
  }
}

TEMPLATE_TEST_CASE("gelu comes close where nothing cancels, and stays small where something does", "", float, double) {
  RandomLoops random(2);
  std::vector<TestType> x = random.values<TestType>(20000);
  for (TestType& each : x) each *= TestType(8);
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    const std::vector<TestType> got = applied(*table, Unary::gelu, x);
    double worst = 0;
    for (std::size_t i = 0; i < x.size(); ++i)
      worst = std::max(worst, std::abs(static_cast<double>(got[i]) - ir::apply(ir::Function::gelu, static_cast<double>(x[i]))) / (1 + std::abs(static_cast<double>(x[i]))));
    CHECK(worst <= 2 * static_cast<double>(std::numeric_limits<TestType>::epsilon()));
  }
}

TEMPLATE_TEST_CASE("a result does not depend on where in a run it is, and nothing behind the run is written", "", float, double) {
  RandomLoops random(3);
  const std::vector<TestType> x = random.values<TestType>(64);
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    for (int function = 0; function < kernels::unary_count; ++function) {
      const std::vector<TestType> whole = applied(*table, static_cast<Unary>(function), x);
      for (std::ptrdiff_t begin = 0; begin < 20; ++begin) {
        for (std::ptrdiff_t length = 1; length <= 40; length += 3) {
          std::vector<TestType> part(64, TestType(55));
          runtime::map_kernels<TestType>(*table).unary[function](x.data() + begin, part.data(), length);
          REQUIRE(std::memcmp(part.data(), whole.data() + begin, static_cast<std::size_t>(length) * sizeof(TestType)) == 0);
          REQUIRE(part[static_cast<std::size_t>(length)] == TestType(55));
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("functions of two and three inputs are what they are called, with runs and numbers on every side", "", float, double) {
  RandomLoops random(4);
  std::vector<TestType> values = random.values<TestType>(40), others = random.values<TestType>(40);
  const TestType special[] = {0, 1, std::numeric_limits<TestType>::quiet_NaN(), static_cast<TestType>(infinity), static_cast<TestType>(-infinity), values[9]};
  for (std::size_t i = 0; i < 6; ++i) values[i] = special[i], others[(i * 5) % 7] = special[i];
  const auto same = [](TestType x, double y) { return std::isnan(x) ? std::isnan(y) : x == static_cast<TestType>(y); };
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    const auto& all = runtime::map_kernels<TestType>(*table);
    std::vector<TestType> result(40);
    int wrong = 0;
    for (int which = 0; which < kernels::binary_count; ++which) {
      const auto function = static_cast<ir::Function>(static_cast<int>(ir::Function::add) + which);
      const auto& forms = all.binary[which];
      for (std::size_t number = 0; number < 10; ++number) {
        for (int form = 0; form < 3; ++form) {
          const TestType *const x = values.data() + (form == 2 ? number : 0), *const y = others.data() + (form == 1 ? number : 0);
          (form == 0 ? forms.runs : form == 1 ? forms.number_right : forms.number_left)(x, y, result.data(), 40);
          for (std::size_t i = 0; i < 40; ++i)
            wrong += !same(result[i], ir::apply(function, static_cast<double>(x[form == 2 ? 0 : i]), static_cast<double>(y[form == 1 ? 0 : i])));
        }
      }
    }
    for (int form = 0; form < 8; ++form) {
      all.select(values.data(), others.data(), values.data() + 9, {(form & 1) != 0, (form & 2) != 0, (form & 4) != 0}, result.data(), 31);
      for (std::size_t i = 0; i < 31; ++i)
        wrong += !same(result[i], ir::apply(ir::Function::select, static_cast<double>(values[(form & 1) != 0 ? i : 0]),
                                            static_cast<double>(others[(form & 2) != 0 ? i : 0]), static_cast<double>(values[(form & 4) != 0 ? 9 + i : 9])));
    }
    CHECK(wrong == 0);
  }
}
