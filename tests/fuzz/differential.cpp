// differential.cpp: random einsums and programs from bytes, through every choice the compiler has, against plain loops.
// SPDX-License-Identifier: BSD-3-Clause
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "fuzz/fuzz.hpp"
#include "support/fill.hpp"
#include "support/random_einsum.hpp"
#include "support/random_program.hpp"
#include "support/reference_einsum.hpp"
#include "support/passes.hpp"

namespace {

using namespace einc;
using namespace einc::testing;

Options read_options(Random& random, Options options, DType dtype) {
  options.dtype = dtype;
  options.isa = random.pick(this_cpu().isas);
  options.planner = static_cast<Planner>(random.below(4));
  options.effort = static_cast<Effort>(random.below(2));
  options.threads = 1 + static_cast<int>(random.below(3));
  return options;
}

// Whether a number is as far from the reference as rounding explains; integers and truth values must be equal.
template <class T>
bool differs(const T& expected, double magnitude, const T& got) {
  if constexpr (std::is_integral_v<T>) {
    return expected != got;
  } else {
    const double allowed = tolerance<T> * magnitude + static_cast<double>(std::numeric_limits<float>::min());
    return !(static_cast<double>(std::abs(got - expected)) <= allowed);
  }
}

template <class T>
T scaled(const Scale& scale, const T& result, const T& old) {
  if (scale.alpha == 1 && scale.beta == 0) return result;
  if constexpr (std::is_same_v<T, bool>) {
    return result || (scale.beta != 0 && old);
  } else if constexpr (std::is_integral_v<T>) {  // modulo 2^64, and so modulo any power of two below
    const auto times = [](double factor, T value) { return static_cast<std::uint64_t>(static_cast<std::int64_t>(factor)) * static_cast<std::uint64_t>(value); };
    return static_cast<T>(times(scale.alpha, result) + times(scale.beta, old));
  } else {
    using Real = decltype(std::abs(result));
    const auto alpha = static_cast<Real>(scale.alpha), beta = static_cast<Real>(scale.beta);
    return scale.beta == 0 ? alpha * result : alpha * result + beta * old;
  }
}
template <class T>
Held<T> garbage(std::size_t n) {
  if constexpr (is_complex_number<T>) return {std::numeric_limits<typename T::value_type>::quiet_NaN(), 1};
  else if constexpr (std::is_integral_v<T>) return fill_value<T>(n, 9, 2.5);
  else return std::numeric_limits<T>::quiet_NaN();
}
template <class T>
std::string shown(T value) {
  if constexpr (is_complex_number<T>) return "(" + std::to_string(value.real()) + ", " + std::to_string(value.imag()) + ")";
  else return std::to_string(value);
}

// The place in memory of element n, counted in row-major order.
std::size_t place_of(const Layout& layout, std::size_t n) {
  auto place = static_cast<Stride>(layout.first);
  for (std::size_t at = layout.extents.size(); at-- > 0; n /= static_cast<std::size_t>(layout.extents[at]))
    place += layout.strides[at] * static_cast<Stride>(n % static_cast<std::size_t>(layout.extents[at]));
  return static_cast<std::size_t>(place);
}

std::string describe(const RandomEinsum& call, const Options& options) {
  std::string text = "`" + call.text + "` " + std::string(name_of(options.dtype)) + " isa " + options.isa + " planner " +
                     std::to_string(static_cast<int>(options.planner)) + " threads " + std::to_string(options.threads);
  for (const Layout& layout : call.operands) {
    text += " [";
    for (std::size_t i = 0; i < layout.extents.size(); ++i) text += " " + std::to_string(layout.extents[i]) + ":" + std::to_string(layout.strides[i]);
    text += " ]";
  }
  return text;
}

// out = alpha * result + beta * out, into memory of any layout, whose other places must stay as they are.
template <class T>
void check_einsum(Random random) {
  const RandomEinsum call = random_einsum(random, 1000, 6);
  const Options options = read_options(random, call.options, dtype_of<T>);
  constexpr std::size_t most_elements = 1'000'000;  // of an array with its gaps: what is tested is not how much memory there is
  std::vector<std::vector<Held<T>>> memory;
  std::vector<TensorView<const T>> views;
  std::vector<ArrayRef> refs;
  for (const Layout& layout : call.operands) {
    if (layout.size > most_elements) return;
    std::vector<Held<T>>& values = memory.emplace_back(layout.size);
    for (std::size_t n = 0; n < layout.size; ++n) values[n] = fill_value<T>(n, memory.size() - 1, 0.3 + 1.1 * static_cast<double>(memory.size()));
    views.emplace_back(address_of<T>(values) + layout.first, layout.extents, layout.strides);
  }
  for (const auto& view : views) refs.push_back({view.data(), dtype_of<T>, view.extents(), view.strides()});
  const Reference<T> reference = reference_einsum<T>(call.text, views);
  if (reference.values.size() > 100'000) return;

  const Layout layout = random_layout(random, reference.extents, false);
  if (layout.size > most_elements) return;
  Scale scale = random.chance(0.5) ? Scale{} : Scale{random.chance(0.5) ? -2.0 : 0.0, random.chance(0.5) ? 3.0 : 0.0};
  if (std::is_same_v<T, bool>) scale = {1, scale.beta == 0 ? 0.0 : 1.0};
  std::vector<Held<T>> before(layout.size);
  for (std::size_t n = 0; n < layout.size; ++n) before[n] = scale.beta == 0 ? garbage<T>(n) : fill_value<T>(n, 9, 2.5);
  std::vector<Held<T>> got = before;
  std::vector<Shape> shapes;
  for (const Layout& operand : call.operands) shapes.push_back(operand.extents);
  const Compiled compiled = compile(call.text, shapes, options);
  if (compiled.shape() != reference.extents) fuzz::fail("the result has another shape: " + describe(call, options));
  compiled.run(refs, {address_of<T>(got) + layout.first, dtype_of<T>, layout.extents, layout.strides}, scale);

  std::vector<char> written(layout.size, 0);
  for (std::size_t n = 0; n < reference.values.size(); ++n) {
    const std::size_t place = place_of(layout, n);
    written[place] = 1;
    const T expected = scaled<T>(scale, static_cast<T>(reference.values[n]), static_cast<T>(before[place]));
    double old = 0;
    if constexpr (!std::is_integral_v<T>) old = scale.beta == 0 ? 0 : std::abs(scale.beta) * static_cast<double>(std::abs(before[place]));
    if (differs<T>(expected, std::abs(scale.alpha) * reference.magnitudes[n] + old, static_cast<T>(got[place])))
      fuzz::fail("element " + std::to_string(n) + " is " + shown(static_cast<T>(got[place])) + ", expected " + shown(expected) + ": " + describe(call, options));
  }
  for (std::size_t n = 0; n < layout.size; ++n)
    if (written[n] == 0 && std::memcmp(static_cast<const void*>(&got[n]), static_cast<const void*>(&before[n]), sizeof(T)) != 0) fuzz::fail("wrote between the elements of the output: " + describe(call, options));
}

// Values of programs go through functions that may enlarge an error, so that one bound serves all.
template <class T>
constexpr double program_tolerance = sizeof(T) == 4 ? 5e-2 : 1e-8;

template <class T>
void check_program(Random random) {
  Options options = read_options(random, {}, dtype_of<T>);
  options.stream = random.chance(0.5) ? Stream::allow : Stream::forbid;
  const RandomProgram made = ProgramGenerator(random).generate();
  const auto expected = interpret(test::expression_of(made.program, made.shapes), made.operands);
  const Compiled compiled = compile(made.program, made.shapes, options);
  std::vector<Array<T>> arrays, results;
  std::vector<ArrayRef> refs;
  std::vector<OutputRef> outs;
  for (std::size_t i = 0; i < made.shapes.size(); ++i) {
    arrays.emplace_back(made.shapes[i]);
    for (std::size_t n = 0; n < made.operands[i].size(); ++n) arrays[i][n] = static_cast<T>(made.operands[i][n]);
  }
  for (const Shape& shape : compiled.shapes()) results.emplace_back(shape);
  for (const Array<T>& array : arrays) refs.push_back({array.data(), dtype_of<T>, array.extents(), array.strides()});
  for (Array<T>& result : results) outs.push_back({result.data(), dtype_of<T>, result.extents(), result.strides()});
  compiled.run(refs, outs);
  std::vector<std::vector<double>> got;
  for (const Array<T>& result : results) got.emplace_back(result.data(), result.data() + result.size());
  if (const double apart = test::distance(expected, got); !(apart < program_tolerance<T>)) {
    std::string shapes;
    for (const Shape& shape : made.shapes) {
      shapes += " [";
      for (const Extent extent : shape) shapes += std::to_string(extent) + " ";
      shapes += "]";
    }
    fuzz::fail("off by " + std::to_string(apart) + ", isa " + options.isa + ", threads " + std::to_string(options.threads) + ", " +
               std::string(name_of(options.dtype)) + (options.stream == Stream::allow ? ", streamed" : "") + ", shapes" + shapes + "\n" + made.program.text());
  }
}

// What is checked for an element type; a new type is one more line.
using Check = void (*)(Random);
constexpr Check checks[] = {
    check_einsum<float>,        check_einsum<double>,        check_program<double>,     check_program<float>,
    check_einsum<std::complex<float>>, check_einsum<std::complex<double>>, check_einsum<std::int8_t>, check_einsum<std::uint16_t>,
    check_einsum<std::int32_t>, check_einsum<std::uint64_t>, check_einsum<bool>,
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  fuzz::Bytes bytes(data, size);
  const std::size_t which = bytes.below(std::size(checks));
  checks[which](Random(bytes.rest()));
  return 0;
}
