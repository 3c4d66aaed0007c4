// fill.hpp: what arrays of tests hold: formulas of the flat index, so that expected numbers need no input files.
#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace einc::testing {

template <class T>
inline constexpr bool is_complex_number = false;
template <class T>
inline constexpr bool is_complex_number<std::complex<T>> = true;

// What a vector holds for elements of T: truths as the bytes they are, since a vector of bool has no address.
template <class T>
using Held = std::conditional_t<std::is_same_v<T, bool>, std::uint8_t, T>;
template <class T>
const T* address_of(const std::vector<Held<T>>& values) {
  return reinterpret_cast<const T*>(values.data());
}
template <class T>
T* address_of(std::vector<Held<T>>& values) {
  return reinterpret_cast<T*>(values.data());
}

// Element `n` in row-major order of operand number `operand`, as the conformance files mean it. `phase` moves the sine,
// so that no two operands are equal; integers and truth values are told apart by the operand's number instead.
template <class T>
T fill_value(std::size_t n, std::size_t operand, double phase) {
  const auto position = static_cast<double>(n);
  const double angle = 0.7 * position + 0.013 * position * position + phase;
  if constexpr (is_complex_number<T>) {
    using Real = typename T::value_type;
    return {static_cast<Real>(std::sin(angle)), static_cast<Real>(std::sin(angle + 1))};
  } else if constexpr (std::is_same_v<T, bool>) {
    return (n * n + operand) % 3 == 0;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<T>(static_cast<std::int64_t>((7 * n + 3 * operand) % 11) - 5);
  } else if constexpr (std::is_floating_point_v<T>) {
    return static_cast<T>(std::sin(angle));
  } else {
    return T(static_cast<float>(std::sin(angle)));  // a half
  }
}

}  // namespace einc::testing
