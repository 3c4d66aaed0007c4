// scalar_code.hpp: one scalar function of several numbers, as straight-line code: what a map computes at every position.
// Knows numbers; no labels, no arrays, no vectors.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace einc::ir {

// Truth is a number: comparisons and logic give 1 or 0, and anything but 0 is true.
enum class Function : std::uint8_t {
  argument, constant,                                                       // sources
  negative, absolute, exp, log, sqrt, rsqrt, tanh, sigmoid, relu, gelu, erf, sin, cos, floor, logical_not, round_f32, round_bf16, conjugate,
  add, subtract, multiply, divide, minimum, maximum, less, less_equal, equal, not_equal, logical_and, logical_or,
  select,                                                                   // in[0] is true: in[1], else in[2]
};

// One operation. Its inputs are results of earlier ones.
struct ScalarOp {
  Function function = Function::constant;
  std::array<std::uint32_t, 3> in{};  // results; of `argument`: in[0] is which argument of the map
  double value = 0;                   // of `constant`
  bool operator==(const ScalarOp& other) const {  // constants by their bits: a NaN equals itself
    return function == other.function && in == other.in &&
           __builtin_bit_cast(std::uint64_t, value) == __builtin_bit_cast(std::uint64_t, other.value);
  }
};

using ScalarCode = std::vector<ScalarOp>;  // the last one's result is the result

int input_count(Function function);            // results an operation reads: 0 to 3
std::string_view name_of(Function function);   // as programs spell it: "exp", "add", "select"
Function function_named(std::string_view name, bool& found);

// What the operation gives, in f64: the meaning every kernel must meet. minimum and maximum pass on NaN.
double apply(Function function, double x, double y = 0, double z = 0);
double evaluate(std::span<const ScalarOp> code, std::span<const double> arguments);

// Of select(condition, $0, -inf), what a mask is, the argument: 0.
std::optional<std::uint32_t> masked_argument(const ScalarCode& code);

// "exp(subtract($0, $1))"
std::string print(std::span<const ScalarOp> code);

}  // namespace einc::ir
