// Random einsums in semirings, of operands of different types in any memory layout, added to what is there: against the plain
// loop nest, on every instruction set. Numbers are small and whole, so that every order of steps is exact.
#include <algorithm>
#include <cstddef>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/random_einsum.hpp"
#include "support/semiring_loops.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

struct Operand {
  DType dtype;
  std::vector<std::byte> bytes;
};

// The types whose numbers T holds, T itself as often as all others.
template <class T>
DType random_type(Random& random) {
  static const std::vector<DType> narrow{DType::bf16, DType::f16, DType::i8, DType::u8, DType::i16, DType::boolean};
  static const std::vector<DType> wide{DType::f32, DType::f16, DType::i8, DType::i32, DType::i64, DType::u32, DType::boolean};
  return random.chance(0.5) ? dtype_of<T> : random.pick(std::is_same_v<T, float> ? narrow : wide);
}

template <class T, class Add, class Multiply>
void check_seed(std::uint64_t seed, const Semiring& semiring, T zero, T one, Add add, Multiply multiply) {
  const RandomEinsum call = random_einsum(seed, 2000, 5);
  Random random(seed + 41);
  std::vector<Operand> operands;
  std::vector<std::vector<T>> numbers;
  std::vector<TensorView<const T>> views;
  std::vector<ArrayRef> refs;
  for (const Layout& layout : call.operands) {
    Operand& operand = operands.emplace_back(Operand{operands.empty() ? dtype_of<T> : random_type<T>(random), {}});
    std::vector<T>& values = numbers.emplace_back(layout.size);
    operand.bytes.resize(layout.size * bytes_of(operand.dtype));
    with_type(operand.dtype, [&](auto kind) {
      using S = decltype(kind);
      for (std::size_t n = 0; n < layout.size; ++n) {
        const auto whole = static_cast<std::int64_t>(random.below(std::is_same_v<S, bool> ? 2 : 4));
        const S value = element<S>(whole);
        std::memcpy(operand.bytes.data() + n * sizeof(S), &value, sizeof(S));
        values[n] = static_cast<T>(whole);
      }
    });
    views.emplace_back(values.data() + layout.first, layout.extents, layout.strides);
  }
  for (std::size_t i = 0; i < operands.size(); ++i) {
    const Layout& layout = call.operands[i];
    refs.push_back({operands[i].bytes.data() + layout.first * bytes_of(operands[i].dtype), operands[i].dtype, layout.extents, layout.strides});
  }
  const LoopResult<T> expected = semiring_loops<T>(call.text, views, zero, one, add, multiply);
  const Layout place = random_layout(random, expected.extents, false);
  const bool adds = random.chance(0.5);
  std::vector<Shape> shapes;
  Options options = call.options;
  options.semiring = semiring;
  for (std::size_t i = 0; i < operands.size(); ++i) shapes.push_back(call.operands[i].extents), options.dtypes.push_back(operands[i].dtype);
  for (const std::string& isa : this_cpu().isas) {
    for (const Planner planner : {Planner::automatic, Planner::left_to_right}) {
      options.isa = isa, options.planner = planner;
      INFO("seed " << seed << " `" << call.text << "` " << name_of(semiring.algebra) << " " << isa << (adds ? ", added" : ""));
      std::vector<T> memory(place.size);
      for (std::size_t n = 0; n < place.size; ++n) memory[n] = static_cast<T>(n % 9);
      std::vector<T> wanted = memory;
      for (std::size_t n = 0; n < expected.values.size(); ++n) {
        auto at = static_cast<Stride>(place.first);
        std::size_t rest = n;
        for (std::size_t label = place.extents.size(); label-- > 0; rest /= static_cast<std::size_t>(place.extents[label]))
          at += place.strides[label] * static_cast<Stride>(rest % static_cast<std::size_t>(place.extents[label]));
        T& value = wanted[static_cast<std::size_t>(at)];
        value = adds ? add(value, expected.values[n]) : expected.values[n];
      }
      compile(call.text, shapes, options).run(refs, {memory.data() + place.first, dtype_of<T>, place.extents, place.strides}, {1, adds ? 1.0 : 0.0});
      REQUIRE(memory == wanted);
    }
  }
}

template <class T>
void check_seeds(std::uint64_t first, std::uint64_t count) {
  constexpr T infinity = std::numeric_limits<T>::infinity();
  const auto largest = [](T x, T y) { return x < y ? y : x; };
  const auto smallest = [](T x, T y) { return y < x ? y : x; };
  const auto sum = [](T x, T y) { return x + y; };
  const auto product = [](T x, T y) { return x * y; };
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    if (seed % 4 == 0) check_seed<T>(seed, semiring::max_plus, -infinity, T(0), largest, sum);
    if (seed % 4 == 1) check_seed<T>(seed, semiring::min_plus, infinity, T(0), smallest, sum);
    if (seed % 4 == 2) check_seed<T>(seed, semiring::custom("max-times", "max(x, y)", "x * y", 0, 1), T(0), T(1), largest, product);
    if (seed % 4 == 3)
      check_seed<T>(seed, semiring::custom("smallest-largest", "min(x, y)", "max(x, y)", std::numeric_limits<double>::infinity(), -std::numeric_limits<double>::infinity()), infinity,
                    -infinity, smallest, largest);
  }
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("random einsums in semirings agree with the loop nest, added to what is there too", "", RealElements) { check_seeds<TestType>(21001, 320); }
