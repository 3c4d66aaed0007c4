// scalar.hpp: einsums whose result is one number, as that number.
//
//   double s = einc::einsum_scalar("ij,ij->", a, b);       a text whose result has labels is refused
//   double t = einc::einsum_scalar<"ii->">(a);             while compiling
//   int n = einc::einsum_scalar(einc::acc<int>(), "i,i->", bytes, bytes);    sums in a type of your own
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include <einc/einsum.hpp>

namespace einc {

namespace detail {
void require_no_labels(std::string_view text);  // throws Error (no_scalar); other faults are einsum's to tell
}

// The one element of the result, of the type of the operands or the one sums are asked for in. The text alone must show that there is one:
// an ellipsis in the result is refused as labels are. Throws Error with carets: no_scalar, and what einsum throws.
template <class T, Operand... A>
  requires(sizeof...(A) > 0)
T einsum_scalar(detail::SumsIn<T>, std::string_view text, const A&... operands) {
  detail::require_no_labels(text);
  T result{};
  const TensorView out(&result, {});
  detail::einsum_into_of(out, text, detail::sums_in<T, A...>(), Scale{}, operands...);
  return result;
}
template <Operand... A>
  requires(sizeof...(A) > 0)
auto einsum_scalar(std::string_view text, const A&... operands) {
  return einsum_scalar(acc<detail::ElementOf<A...>>(), text, operands...);
}

// The same with a text that is checked while compiling.
template <detail::FixedText text, class T, Operand... A>
  requires(sizeof...(A) > 0)
auto einsum_scalar(detail::SumsIn<T> sums, const A&... operands) {
  using Checked = detail::CheckedText<text>;
  static_assert(!Checked::good || Checked::result_rank() == 0, "the result has labels: a scalar has none");
  static_assert(!Checked::good || Checked::operand_count() == sizeof...(A), "the text has another number of operands than the call");
  if constexpr (Checked::good) return einsum_scalar(sums, text.view(), operands...);
}
template <detail::FixedText text, Operand... A>
  requires(sizeof...(A) > 0)
auto einsum_scalar(const A&... operands) {
  return einsum_scalar<text>(acc<detail::ElementOf<A...>>(), operands...);
}

}  // namespace einc
