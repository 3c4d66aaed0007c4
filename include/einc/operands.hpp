// operands.hpp: arrays of any kind as the operands of one call: their element type, the kind of its result, and their memory.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <span>
#include <type_traits>

#include <einc/element_types.hpp>
#include <einc/tensor_view.hpp>

namespace einc::detail {

// The element type of a call: the one its operands meet in (element_types.hpp).
template <class... A>
constexpr DType met_in() {
  const DType dtypes[] = {dtype_of<typename ArrayTraits<std::remove_cvref_t<A>>::element>...};
  return promoted(std::span<const DType>(dtypes));
}

// The kind of result: that of the operand kind with the highest priority.
template <class... Kinds>
struct HighestPriority;
template <class Kind>
struct HighestPriority<Kind> {
  using type = Kind;
};
template <class First, class Second, class... Rest>
struct HighestPriority<First, Second, Rest...>
    : HighestPriority<std::conditional_t<(Second::priority > First::priority), Second, First>, Rest...> {};

template <class... A>
using ElementOf = element_of<met_in<A...>()>;
template <class... A>
using ResultsOf = typename HighestPriority<typename ArrayTraits<std::remove_cvref_t<A>>::Results...>::type;

template <class A>
using BorrowOf = typename ArrayTraits<std::remove_cvref_t<A>>::template Borrow<std::remove_reference_t<A>>;

// Hands the operands as ArrayRefs to body(span); what is borrowed lives until body returns.
template <class Body, class... A>
decltype(auto) with_operands(Body&& body, const A&... arrays) {
  return [&](const auto&... borrowed) -> decltype(auto) {
    const std::array<ArrayRef, sizeof...(A)> refs{borrowed.ref()...};
    return body(std::span<const ArrayRef>(refs));
  }(BorrowOf<const A>(arrays)...);
}

}  // namespace einc::detail
