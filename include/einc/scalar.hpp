// scalar.hpp: einsums whose result is one number, as that number.
//
//   double s = einc::einsum_scalar("ij,ij->", a, b);       a text whose result has labels is refused
//   double t = einc::einsum_scalar<"ii->">(a);             while compiling
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include <einc/einsum.hpp>

namespace einc {

namespace detail {
void require_no_labels(std::string_view text);  // throws Error (no_scalar); other faults are einsum's to tell
}

// The one element of the result. The text alone must show that there is one: an ellipsis in the result is refused as labels are.
// Throws Error with carets: no_scalar, and what einsum throws.
template <Operand... A>
  requires(sizeof...(A) > 0)
auto einsum_scalar(std::string_view text, const A&... operands) {
  detail::require_no_labels(text);
  detail::ElementOf<A...> result{};
  einsum_into(TensorView(&result, {}), text, operands...);
  return result;
}

// The same with a text that is checked while compiling.
template <detail::FixedText text, Operand... A>
  requires(sizeof...(A) > 0)
auto einsum_scalar(const A&... operands) {
  using Checked = detail::CheckedText<text>;
  static_assert(!Checked::good || Checked::result_rank() == 0, "the result has labels: a scalar has none");
  static_assert(!Checked::good || Checked::operand_count() == sizeof...(A), "the text has another number of operands than the call");
  if constexpr (Checked::good) return einsum_scalar(text.view(), operands...);
}

}  // namespace einc
