// sums.hpp: einsums whose sums, and with them the result, have a type of the caller's own.
//
//   auto c = einc::einsum(einc::acc<std::int32_t>(), "ij,jk->ik", a, b);       8-bit integers that do not wrap around at 8 bits
//   auto c = einc::einsum<"ij,jk->ik">(einc::acc<std::int32_t>(), a, b);       while compiling
//
// The type holds all numbers of the type the operands meet in: operands of i8 may be summed in any wider signed integer, f64, c128 ...
// Where they do not, an Error (unsupported_dtype) says which type would. einsum_into() asks by the type of its output, Options::accumulate
// for compile(). Of integers sums wrap around modulo a power of two of the bits of T, not before.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include <einc/einsum.hpp>

namespace einc {

// An array of T with the shape einsum() gives. Throws Error: unsupported_dtype where T does not hold the numbers of the operands, with a
// type that does, or where the arithmetic has no such numbers; and what einsum() throws.
template <class T, Operand... A>
  requires(sizeof...(A) > 0)
auto einsum(detail::SumsIn<T>, std::string_view text, const A&... operands) {
  return detail::einsum_of<-1, T>(text, detail::sums_in<T, A...>(), operands...);
}

// The same with a text that is checked while compiling.
template <detail::FixedText text, class T, Operand... A>
  requires(sizeof...(A) > 0)
auto einsum(detail::SumsIn<T>, const A&... operands) {
  return detail::einsum_checked<text, T>(detail::sums_in<T, A...>(), operands...);
}

// The first form under another name.
template <class T, Operand... A>
  requires(sizeof...(A) > 0 && is_element<T>)
auto einsum_as(std::string_view text, const A&... operands) {
  return einsum(acc<T>(), text, operands...);
}

}  // namespace einc
