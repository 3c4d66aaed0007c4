#include "ir/scalar_code.hpp"

#include <cmath>
#include <cstddef>
#include <limits>

#include <fmt/format.h>

namespace einc::ir {
namespace {

struct Entry {
  Function function;
  std::string_view name;
  int inputs;
};

constexpr Entry entries[] = {
    {Function::argument, "argument", 0},   {Function::constant, "constant", 0},
    {Function::negative, "negative", 1},   {Function::absolute, "abs", 1},
    {Function::exp, "exp", 1},             {Function::log, "log", 1},
    {Function::sqrt, "sqrt", 1},           {Function::rsqrt, "rsqrt", 1},
    {Function::tanh, "tanh", 1},           {Function::sigmoid, "sigmoid", 1},
    {Function::relu, "relu", 1},           {Function::gelu, "gelu", 1},
    {Function::erf, "erf", 1},             {Function::sin, "sin", 1},
    {Function::cos, "cos", 1},             {Function::floor, "floor", 1},
    {Function::logical_not, "not", 1},     {Function::round_f32, "round_f32", 1},
    {Function::round_bf16, "round_bf16", 1}, {Function::conjugate, "conj", 1},
    {Function::add, "add", 2},
    {Function::subtract, "subtract", 2},   {Function::multiply, "multiply", 2},
    {Function::divide, "divide", 2},       {Function::minimum, "min", 2},
    {Function::maximum, "max", 2},         {Function::less, "less", 2},
    {Function::less_equal, "less_equal", 2}, {Function::equal, "equal", 2},
    {Function::not_equal, "not_equal", 2}, {Function::logical_and, "and", 2},
    {Function::logical_or, "or", 2},       {Function::select, "where", 3},
};

const Entry& entry_of(Function function) { return entries[static_cast<std::size_t>(function)]; }

// To the nearest of the numbers with eight significant bits, ties to even.
double to_bf16(double x) {
  const auto single = static_cast<float>(x);
  if (std::isnan(single)) return single;
  const auto bits = __builtin_bit_cast(std::uint32_t, single);
  const std::uint32_t rounded = (bits + 0x7FFFu + ((bits >> 16) & 1u)) & 0xFFFF0000u;
  return __builtin_bit_cast(float, rounded);
}

double larger(double x, double y) { return std::isnan(x) ? x : std::isnan(y) || y > x ? y : x; }
double smaller(double x, double y) { return std::isnan(x) ? x : std::isnan(y) || y < x ? y : x; }

std::string print_from(std::span<const ScalarOp> code, std::size_t at) {
  const ScalarOp& op = code[at];
  if (op.function == Function::argument) return fmt::format("${}", op.in[0]);
  if (op.function == Function::constant) {
    if (std::isinf(op.value)) return op.value < 0 ? "-infinity" : "infinity";
    return fmt::format("{}", op.value);
  }
  std::string text = fmt::format("{}(", name_of(op.function));
  for (int i = 0; i < input_count(op.function); ++i) {
    const std::uint32_t from = op.in[static_cast<std::size_t>(i)];
    text += fmt::format("{}{}", i == 0 ? "" : ", ", from < at ? print_from(code, from) : "?");
  }
  return text + ")";
}

}  // namespace

int input_count(Function function) { return entry_of(function).inputs; }
std::string_view name_of(Function function) { return entry_of(function).name; }

Function function_named(std::string_view name, bool& found) {
  for (const Entry& entry : entries) {
    if (entry.name != name || entry.inputs == 0) continue;
    found = true;
    return entry.function;
  }
  found = false;
  return Function::constant;
}

double apply(Function function, double x, double y, double z) {
  switch (function) {
    case Function::argument:
    case Function::constant: return x;
    case Function::negative: return -x;
    case Function::absolute: return std::fabs(x);
    case Function::exp: return std::exp(x);
    case Function::log: return std::log(x);
    case Function::sqrt: return std::sqrt(x);
    case Function::rsqrt: return 1 / std::sqrt(x);
    case Function::tanh: return std::tanh(x);
    case Function::sigmoid: return 1 / (1 + std::exp(-x));
    case Function::relu: return x > 0 || std::isnan(x) ? x : 0;
    case Function::gelu: return 0.5 * x * (1 + std::erf(x * 0.70710678118654752440));
    case Function::erf: return std::erf(x);
    case Function::sin: return std::sin(x);
    case Function::cos: return std::cos(x);
    case Function::floor: return std::floor(x);
    case Function::logical_not: return x == 0 ? 1 : 0;
    case Function::round_f32: return static_cast<double>(static_cast<float>(x));
    case Function::round_bf16: return to_bf16(x);
    case Function::conjugate: return x;  // of a real number
    case Function::add: return x + y;
    case Function::subtract: return x - y;
    case Function::multiply: return x * y;
    case Function::divide: return x / y;
    case Function::minimum: return smaller(x, y);
    case Function::maximum: return larger(x, y);
    case Function::less: return x < y ? 1 : 0;
    case Function::less_equal: return x <= y ? 1 : 0;
    case Function::equal: return x == y ? 1 : 0;
    case Function::not_equal: return x != y ? 1 : 0;
    case Function::logical_and: return x != 0 && y != 0 ? 1 : 0;
    case Function::logical_or: return x != 0 || y != 0 ? 1 : 0;
    case Function::select: return x != 0 ? y : z;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

double evaluate(std::span<const ScalarOp> code, std::span<const double> arguments) {
  std::vector<double> results;
  results.reserve(code.size());
  for (const ScalarOp& op : code) {
    if (op.function == Function::argument) results.push_back(arguments[op.in[0]]);
    else if (op.function == Function::constant) results.push_back(op.value);
    else {
      double in[3] = {0, 0, 0};
      for (std::size_t i = 0; i < static_cast<std::size_t>(input_count(op.function)); ++i) in[i] = results[op.in[i]];
      results.push_back(apply(op.function, in[0], in[1], in[2]));
    }
  }
  return results.back();
}

std::optional<std::uint32_t> masked_argument(const ScalarCode& code) {
  const ScalarOp& last = code.back();
  if (last.function != Function::select || code[last.in[1]].function != Function::argument) return {};
  const ScalarOp& hidden = code[last.in[2]];
  if (hidden.function != Function::constant || hidden.value != -std::numeric_limits<double>::infinity()) return {};
  return code[last.in[1]].in[0];
}

std::string print(std::span<const ScalarOp> code) { return code.empty() ? "nothing" : print_from(code, code.size() - 1); }

}  // namespace einc::ir
