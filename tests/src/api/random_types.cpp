// Random einsums of every element type, of operands of different types, and of conjugated ones, against the plain loop nest:
// on every instruction set, in any memory layout, added to what is there. Integers and truths are exact.
#include <algorithm>
#include <cmath>
#include <complex>
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
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// An operand in memory of its own: bytes of one type.
struct Operand {
  DType dtype;
  bool conjugated = false;
  Layout layout;
  std::vector<std::byte> bytes;
  ArrayRef ref() const { return {bytes.data() + layout.first * bytes_of(dtype), dtype, layout.extents, layout.strides, conjugated}; }
};

// What is multiplied: halves are computed with in f32.
template <class T>
using Computed = std::conditional_t<std::is_same_v<T, bfloat16> || std::is_same_v<T, float16>, float, T>;

// An element of one type as a number of a type that holds it.
template <class T, class S>
T taken(S value, bool conjugated) {
  if constexpr (is_complex_number<S>) {
    using R = typename T::value_type;
    return T(static_cast<R>(value.real()), static_cast<R>(conjugated ? -value.imag() : value.imag()));
  } else if constexpr (is_complex_number<T>) {
    return T(static_cast<typename T::value_type>(static_cast<std::conditional_t<std::is_integral_v<S>, S, std::conditional_t<sizeof(S) == 8, double, float>>>(value)));
  } else {
    return static_cast<T>(value);
  }
}
template <class T, class S>
constexpr bool holds() {
  return (!is_complex_number<S> || is_complex_number<T>) && !(std::is_same_v<T, bool> && !std::is_same_v<S, bool>);
}

// All elements of an operand's memory, converted one by one.
template <class T>
std::vector<Held<T>> numbers_of(const Operand& operand) {
  std::vector<Held<T>> numbers(operand.layout.size);
  with_type(operand.dtype, [&](auto zero) {
    using S = decltype(zero);
    if constexpr (holds<T, S>())
      for (std::size_t n = 0; n < numbers.size(); ++n) {
        S value;
        std::memcpy(static_cast<void*>(&value), operand.bytes.data() + n * sizeof(S), sizeof(S));
        numbers[n] = static_cast<Held<T>>(taken<T>(value, operand.conjugated));
      }
  });
  return numbers;
}

Operand random_operand(Random& random, const Layout& layout, DType dtype, std::size_t number) {
  Operand made{dtype, random.chance(0.4), layout, {}};
  made.bytes.resize(layout.size * bytes_of(dtype));
  with_type(dtype, [&](auto zero) {
    using S = decltype(zero);
    const bool any_bits = std::is_integral_v<S> && !std::is_same_v<S, bool> && random.chance(0.2);
    for (std::size_t n = 0; n < layout.size; ++n) {
      S value = fill_value<S>(n, number, 0.3 + 1.1 * static_cast<double>(number));
      if constexpr (std::is_integral_v<S>)
        if (any_bits) value = static_cast<S>(random.below(~std::size_t{0}));
      std::memcpy(made.bytes.data() + n * sizeof(S), &value, sizeof(S));
    }
  });
  return made;
}

std::string describe(std::uint64_t seed, const RandomEinsum& call, const std::vector<Operand>& operands, const Options& options) {
  std::string text = "seed " + std::to_string(seed) + " `" + call.text + "`";
  for (const Operand& operand : operands) {
    text += " " + std::string(operand.conjugated ? "conj " : "") + std::string(name_of(operand.dtype)) + "[";
    for (std::size_t i = 0; i < operand.layout.extents.size(); ++i)
      text += (i > 0 ? ", " : "") + std::to_string(operand.layout.extents[i]) + ":" + std::to_string(operand.layout.strides[i]);
    text += "]";
  }
  return text + " isa " + options.isa + " planner " + std::to_string(static_cast<int>(options.planner)) + " threads " + std::to_string(options.threads) +
         (options.broadcast == Broadcast::numpy ? " numpy" : " strict");
}

// Whether a result is as close to alpha * expected + beta * before as its type allows.
template <class T>
bool close(const T& got, const Computed<T>& expected, double magnitude, const Scale& scale, const T& before) {
  using C = Computed<T>;
  if constexpr (std::is_same_v<T, bool>) {
    return got == (expected || (scale.beta != 0 && before));
  } else if constexpr (std::is_integral_v<T>) {
    const auto number = [](double value) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(value)); };
    const std::uint64_t kept = scale.beta == 0 ? 0 : number(scale.beta) * static_cast<std::uint64_t>(before);
    return got == static_cast<T>(number(scale.alpha) * static_cast<std::uint64_t>(expected) + kept);
  } else if constexpr (is_complex_number<T>) {
    using R = typename T::value_type;
    const C kept = scale.beta == 0 ? C(0) : static_cast<R>(scale.beta) * before;
    const double off = static_cast<double>(std::abs(got - (static_cast<R>(scale.alpha) * expected + kept)));
    return off <= tolerance<C> * (std::abs(scale.alpha) * magnitude + static_cast<double>(std::abs(kept))) + static_cast<double>(std::numeric_limits<float>::min());
  } else {
    const double kept = scale.beta == 0 ? 0 : scale.beta * static_cast<double>(before);
    const double wanted = scale.alpha * static_cast<double>(expected) + kept, value = static_cast<double>(got);
    double allowed = tolerance<C> * (std::abs(scale.alpha) * magnitude + std::abs(kept)) + static_cast<double>(std::numeric_limits<float>::min());
    if (std::is_same_v<T, bfloat16>) allowed += 0x1p-8 * std::abs(wanted);
    if (std::is_same_v<T, float16>) {
      allowed += 0x1p-11 * std::abs(wanted) + 0x1p-25;
      if (std::isinf(value)) return std::abs(wanted) + allowed >= 65519 && (value > 0) == (wanted > 0);
    }
    return std::abs(value - wanted) <= allowed;
  }
}

template <class T>
std::string shown(const T& value) {
  if constexpr (is_complex_number<T>) return "(" + std::to_string(value.real()) + ", " + std::to_string(value.imag()) + ")";
  else return std::to_string(value);
}

// Empty when the call is right on every instruction set; else what differs.
template <class T>
std::string check(std::uint64_t seed, const RandomEinsum& call, const std::vector<Operand>& operands) {
  using C = Computed<T>;
  std::vector<std::vector<Held<C>>> numbers;
  std::vector<TensorView<const C>> views;
  std::vector<ArrayRef> refs;
  for (const Operand& operand : operands) {
    numbers.push_back(numbers_of<C>(operand));
    views.emplace_back(address_of<C>(numbers.back()) + operand.layout.first, operand.layout.extents, operand.layout.strides);
    refs.push_back(operand.ref());
  }
  const Reference<C> reference = reference_einsum<C>(call.text, views);
  Random random(seed + 77);
  const Layout place = random_layout(random, reference.extents, false);
  const bool whole = std::is_integral_v<T>;
  Scale scale;
  if (std::is_same_v<T, bool>) scale.beta = random.chance(0.5) ? 1 : 0;
  else if (random.chance(0.5)) scale = whole ? Scale{random.chance(0.5) ? -3.0 : 1.0, random.chance(0.5) ? 5.0 : 0.0} : Scale{random.chance(0.5) ? -1.5 : 1.0, random.chance(0.5) ? 0.5 : 0.0};

  Options options = call.options;
  for (const std::string& isa : this_cpu().isas) {
    options.isa = isa;
    for (const Planner planner : {Planner::automatic, Planner::left_to_right}) {
      options.planner = planner;
      options.threads = 1;
      try {
        const Array<T> result = einsum<T>(call.text, refs, options);
        if (result.extents() != reference.extents) return describe(seed, call, operands, options) + ": wrong shape";
        for (std::size_t n = 0; n < result.size(); ++n)
          if (!close<T>(result[n], static_cast<C>(reference.values[n]), reference.magnitudes[n], {}, T{}))
            return describe(seed, call, operands, options) + ": element " + std::to_string(n) + " is " + shown(result[n]) + ", expected " + shown(static_cast<C>(reference.values[n]));
        options.threads = 2;
        const Array<T> again = einsum<T>(call.text, refs, options);
        if (result.size() > 0 && std::memcmp(result.data(), again.data(), result.size() * sizeof(T)) != 0)
          return describe(seed, call, operands, options) + ": other bits than with one thread";

        std::vector<Held<T>> memory(place.size);
        for (std::size_t n = 0; n < place.size; ++n) memory[n] = fill_value<T>(n, 9, 2.5);
        const std::vector<Held<T>> before = memory;
        std::vector<Shape> shapes;
        Options compiling = options;
        for (const Operand& operand : operands) shapes.push_back(operand.layout.extents), compiling.dtypes.push_back(operand.dtype);
        const Compiled compiled = compile(call.text, shapes, compiling);
        if (compiled.dtype() != dtype_of<T>) return describe(seed, call, operands, options) + ": has another type";
        compiled.run(refs, {address_of<T>(memory) + place.first, dtype_of<T>, place.extents, place.strides}, scale);
        std::vector<char> written(place.size, 0);
        for (std::size_t n = 0; n < reference.values.size(); ++n) {
          auto at = static_cast<Stride>(place.first);
          std::size_t rest = n;
          for (std::size_t label = place.extents.size(); label-- > 0; rest /= static_cast<std::size_t>(place.extents[label]))
            at += place.strides[label] * static_cast<Stride>(rest % static_cast<std::size_t>(place.extents[label]));
          const auto here = static_cast<std::size_t>(at);
          written[here] = 1;
          if (!close<T>(static_cast<T>(memory[here]), static_cast<C>(reference.values[n]), reference.magnitudes[n], scale, static_cast<T>(before[here])))
            return describe(seed, call, operands, options) + ": into: element " + std::to_string(n) + " is " + shown(static_cast<T>(memory[here])) + ", the sum " + shown(static_cast<C>(reference.values[n])) + ", before " + shown(static_cast<T>(before[here])) + ", alpha " + std::to_string(scale.alpha) + " beta " + std::to_string(scale.beta);
        }
        for (std::size_t n = 0; n < place.size; ++n)
          if (written[n] == 0 && std::memcmp(&memory[n], &before[n], sizeof(T)) != 0) return describe(seed, call, operands, options) + ": into: wrote between the elements of the output";
      } catch (const std::exception& fault) {
        return describe(seed, call, operands, options) + ": throws " + fault.what();
      }
    }
  }
  return {};
}

// Reports every failing seed up to a few, so that a run shows whether one cause or many.
template <class PickType, class PickSums>
void check_sums(std::uint64_t first, std::uint64_t count, double points, std::size_t most_operands, PickType pick, PickSums sums) {
  int failures = 0;
  for (std::uint64_t seed = first; seed < first + count && failures < 12; ++seed) {
    RandomEinsum call = random_einsum(seed, points, most_operands);
    Random random(seed + 1000003);
    std::vector<Operand> operands;
    std::vector<DType> dtypes;
    for (const Layout& layout : call.operands) {
      operands.push_back(random_operand(random, layout, pick(random, seed), operands.size()));
      dtypes.push_back(operands.back().dtype);
    }
    const DType result = sums(random, promoted(dtypes));
    if (result != promoted(dtypes)) call.options.accumulate = result;
    const std::string fault = with_type(result, [&](auto zero) { return check<decltype(zero)>(seed, call, operands); });
    if (fault.empty()) continue;
    ++failures;
    UNSCOPED_INFO(fault);
  }
  CHECK(failures == 0);
}

template <class PickType>
void check_seeds(std::uint64_t first, std::uint64_t count, double points, std::size_t most_operands, PickType pick) {
  check_sums(first, count, points, most_operands, pick, [](Random&, DType met) { return met; });
}

DType same_type(Random&, std::uint64_t seed) { return static_cast<DType>(seed % dtype_count); }
DType any_type(Random& random, std::uint64_t) { return static_cast<DType>(random.below(dtype_count)); }
// The pairs that contractions take in as they pack, more often than chance would.
DType packed_type(Random& random, std::uint64_t seed) {
  static const std::vector<DType> groups[] = {{DType::bf16, DType::f32}, {DType::f16, DType::f32}, {DType::bf16, DType::f16}, {DType::c64, DType::f32}, {DType::c128, DType::f64},
                                              {DType::c64, DType::c64}, {DType::c64, DType::f16}, {DType::c128, DType::f32}};
  return random.pick(groups[seed % std::size(groups)]);
}

// Bytes, whose products have sums of 32 bits; and sums of 64 bits among them, which are made in another way.
DType byte_type(Random& random, std::uint64_t seed) { return seed % 3 == 0 ? DType::u8 : seed % 3 == 1 ? DType::i8 : random.pick(std::vector{DType::i8, DType::u8}); }
DType sums_of_bytes(Random& random, DType met) {
  if (random.chance(0.1)) return DType::i64;
  return met == DType::u8 && random.chance(0.5) ? DType::u32 : DType::i32;
}
// Any type that holds the operands' numbers.
DType any_sums(Random& random, DType met) {
  std::vector<DType> all;
  for (std::size_t i = 0; i < dtype_count; ++i)
    if (Accumulate(static_cast<DType>(i)).holds(met)) all.push_back(static_cast<DType>(i));
  return random.pick(all);
}

}  // namespace

TEST_CASE("random einsums with sums of a type that is asked for agree with the loop nest") {
  check_sums(18001, 400, 3000, 3, byte_type, sums_of_bytes);
  check_sums(19001, 60, 4e5, 3, byte_type, sums_of_bytes);
  check_sums(20001, 300, 3000, 3, same_type, any_sums);
  check_sums(21001, 150, 3000, 4, any_type, any_sums);
}

TEST_CASE("random einsums of every element type agree with the loop nest") {
  check_seeds(10001, 450, 3000, 3, same_type);
  check_seeds(11001, 150, 3000, 7, same_type);
}

TEST_CASE("random einsums of operands of different types agree with the loop nest") {
  check_seeds(12001, 500, 3000, 3, any_type);
  check_seeds(13001, 150, 3000, 7, any_type);
}

TEST_CASE("random einsums of halves, and of real beside complex operands, agree with the loop nest") {
  check_seeds(14001, 400, 3000, 4, packed_type);
}

TEST_CASE("random einsums of many types large enough for blocks and threads agree with the loop nest") {
  check_seeds(15001, 30, 4e5, 3, same_type);
  check_seeds(16001, 20, 4e5, 3, any_type);
  check_seeds(17001, 24, 4e5, 3, packed_type);
}
