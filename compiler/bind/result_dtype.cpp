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

}  // namespace

DType result_dtype(std::span<const DType> operands, const Options& options) {
  const DType met = operands.empty() ? options.dtype : promoted(operands);
  const bool sums_wide = options.accumulate == Accumulate::wide;
  switch (options.semiring.algebra) {
    case Algebra::plus_times: return sums_wide ? wide(met) : met;
    case Algebra::or_and:
      if (met != DType::boolean) fail_semiring(options, operands, "bool", "compare the array with something first: `a != 0`");
      return met;
    case Algebra::count:
      if (met != DType::boolean && !is_integer(met)) fail_semiring(options, operands, "bool and integers", "compare the array with something first: `a != 0`");
      return wide(met);
    default: break;
  }
  if (met != DType::f32 && met != DType::f64) fail_semiring(options, operands, "f32 and f64", "convert the arrays: infinity is one of its numbers");
  return sums_wide ? wide(met) : met;
}

}  // namespace einc::bind
