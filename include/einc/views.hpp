// views.hpp: other labels for the same memory: permutations and diagonals without a copy.
//
//   auto diagonal = einc::einsum_view("ii->i", a);          a TensorView, or of xtensor arrays an xtensor strided view
//   auto turned = einc::einsum_view<"...ij->...ji">(a);     checked while compiling
//
// A view lies in the array's own memory: it may be written where the array may, and ends with it. What needs arithmetic or more
// places than the array has is refused: several operands, sums, a label twice in the result.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <einc/einsum.hpp>

namespace einc {

namespace detail {

// Why a text is no view, with the place; none when it is one, as far as the text alone tells.
enum class NoView : std::uint8_t { none, several_operands, sum, repeated_label };
struct ViewFault {
  NoView why = NoView::none;
  Subscript at{};  // of sum and repeated_label: the label
};

constexpr ViewFault find_view_fault(const Subscripts& subscripts) {
  if (subscripts.operands.size() > 1) return {NoView::several_operands, {}};
  std::vector<char> kept(subscripts.names.size(), 0);
  for (const Subscript& subscript : subscripts.output.subscripts) {
    if (kept[subscript.name] != 0) return {NoView::repeated_label, subscript};
    kept[subscript.name] = 1;
  }
  for (const Subscript& subscript : subscripts.operands[0].subscripts)
    if (!subscript.ellipsis && kept[subscript.name] == 0) return {NoView::sum, subscript};
  return {};
}

struct ViewLayout {
  Shape extents;
  Strides strides;
};

// The view's layout, from that of the array. Throws Error: no_view, and what einsum throws for text and shape.
ViewLayout view_layout(std::string_view text, std::span<const Extent> extents, std::span<const Stride> strides);

// Kinds of arrays that say themselves what a view of them is.
template <class A>
concept MakesViews = requires(A& array, const ViewLayout& layout) { ArrayTraits<std::remove_const_t<A>>::make_view(array, layout.extents, layout.strides); };

template <class A>
concept HasMembers = requires(A& array) {
  { array.extents() } -> std::convertible_to<const Shape&>;
  { array.strides() } -> std::convertible_to<const Strides&>;
  TensorView(array.data(), array.extents(), array.strides());
};

template <class A>
inline constexpr bool is_tensor_view = false;
template <class T>
inline constexpr bool is_tensor_view<TensorView<T>> = true;

// An array whose memory outlives the call: a named one, or raw memory.
template <class A>
concept Viewable = Operand<A> && (MakesViews<std::remove_reference_t<A>> || HasMembers<std::remove_reference_t<A>>) &&
                   (std::is_lvalue_reference_v<A> || is_tensor_view<std::remove_cvref_t<A>>);

template <class A>
auto view_of(std::string_view text, A& array) {
  const BorrowOf<A&> borrowed(array);
  const ArrayRef ref = borrowed.ref();
  const ViewLayout layout = view_layout(text, ref.extents, ref.strides);
  if constexpr (MakesViews<A>) return ArrayTraits<std::remove_const_t<A>>::make_view(array, layout.extents, layout.strides);
  else return TensorView(array.data(), layout.extents, layout.strides);
}

}  // namespace detail

// The array under other labels. Throws Error (no_view) with carets when that is not all the text asks for.
template <class A>
  requires detail::Viewable<A>
auto einsum_view(std::string_view text, A&& array) {
  return detail::view_of(text, array);
}

// The same with a text that is checked while compiling.
template <detail::FixedText text, class A>
  requires detail::Viewable<A>
auto einsum_view(A&& array) {
  using Checked = detail::CheckedText<text>;
  if constexpr (Checked::good) {
    constexpr detail::NoView why = detail::find_view_fault(parse_subscripts(text.view())).why;
    static_assert(why != detail::NoView::several_operands, "a view has one operand");
    static_assert(why != detail::NoView::sum, "a view sums nothing: every label is in the result");
    static_assert(why != detail::NoView::repeated_label, "a view has no place for a label twice in the result");
    static_assert(why != detail::NoView::none || Checked::rank_fits(0, ArrayTraits<std::remove_cvref_t<A>>::rank), "an operand's rank does not fit its term");
    return detail::view_of(text.view(), array);
  }
}

}  // namespace einc
