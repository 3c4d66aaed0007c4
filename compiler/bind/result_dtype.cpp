// result_dtype.cpp: in which type the operands of a call meet, and what type their sums have.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <einc/element_types.hpp>
#include <einc/error.hpp>

#include "bind/bind.hpp"

namespace einc::bind {
namespace {

std::string listed(std::span<const DType> dtypes) {
  std::vector<std::string_view> names;
  for (DType dtype : dtypes) names.push_back(name_of(dtype));
  return fmt::format("{}", fmt::join(names, ", "));
}

[[noreturn]] void fail_semiring(const Options& options, std::span<const DType> operands, std::string_view taken, std::string_view hint) {
  throw Error(ErrorCode::unsupported_dtype, fmt::format("the semiring {} takes {}, the operands are {}", name_of(options.semiring.algebra), taken, listed(operands)), {}, {},
              std::string(hint));
}

// The type of the sums, where `takes` says that the arithmetic has it.
template <class Takes>
DType sums_of(DType met, Accumulate accumulate, std::span<const DType> operands, const Options& options, Takes&& takes) {
  const DType sums = accumulate.of(met);
  const std::string_view asked = name_of(sums);
  if (!accumulate.holds(met))
    throw Error(ErrorCode::unsupported_dtype, fmt::format("sums in {} do not hold the numbers of operands of {}", asked, operands.empty() ? std::string(name_of(met)) : listed(operands)), {}, {},
                fmt::format("a type that does is {}, the one they all meet in; to lose digits on purpose, convert the operands or the result", name_of(promoted(met, sums))));
  if (!takes(sums))
    throw Error(ErrorCode::unsupported_dtype, fmt::format("the semiring {} has no sums in {}", name_of(options.semiring.algebra), asked), {}, {},
                "leave `accumulate` out: the sums have the type of the semiring then");
  return sums;
}

}  // namespace

DType result_dtype(std::span<const DType> operands, const Options& options) {
  const DType met = operands.empty() ? options.dtype : promoted(operands);
  const auto sums = [&](Accumulate accumulate, auto&& takes) { return sums_of(met, accumulate, operands, options, takes); };
  switch (options.semiring.algebra) {
    case Algebra::plus_times: return sums(options.accumulate, [](DType) { return true; });
    case Algebra::or_and:
      if (met != DType::boolean) fail_semiring(options, operands, "bool", "compare the array with something first: `a != 0`");
      return sums(options.accumulate == Accumulate::wide ? Accumulate::same : options.accumulate, [](DType dtype) { return dtype == DType::boolean; });
    case Algebra::count:
      if (met != DType::boolean && !is_integer(met)) fail_semiring(options, operands, "bool and integers", "compare the array with something first: `a != 0`");
      return sums(options.accumulate == Accumulate::same ? Accumulate::wide : options.accumulate, is_integer);
    default: break;
  }
  if (met != DType::f32 && met != DType::f64) fail_semiring(options, operands, "f32 and f64", "convert the arrays: infinity is one of its numbers");
  return sums(options.accumulate, [](DType dtype) { return dtype == DType::f32 || dtype == DType::f64; });
}

}  // namespace einc::bind
