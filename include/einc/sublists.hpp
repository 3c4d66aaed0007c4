// sublists.hpp: einsum with a list of numbers beside each array in the place of a text, as programs that make up labels like it.
//
//   auto c = einc::einsum(a, {0, 1}, b, {1, 2}, {0, 2});          as "ij,jk->ik"
//   auto c = einc::einsum(a, {0, 1}, b, {1, 2});                  without a last list: the labels that occur once, smallest first
//   auto c = einc::einsum(a, {einc::ellipsis, 0}, {0, einc::ellipsis});
//   einc::einsum_into(out, {1, 0.5}, a, {0, 1}, b, {1, 2}, {0, 2});
//
// A label is any number from 0 to 4294967295. Everything else is as with a text; messages show the lists and name labels by number.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <einc/einsum.hpp>

namespace einc {

struct Ellipsis {};
inline constexpr Ellipsis ellipsis{};  // in a list: the labels that it does not name

// One entry of a list: a label or the ellipsis.
struct ListLabel {
  std::int64_t number = 0;  // as given: whether it may be a label is asked when the lists are read
  bool is_ellipsis = false;

  template <std::integral I>
    requires(!std::is_same_v<I, bool>)
  constexpr ListLabel(I label)  // NOLINT: a number is meant to convert
      : number(std::cmp_greater(label, std::numeric_limits<std::int64_t>::max()) ? std::numeric_limits<std::int64_t>::max()
                                                                                   : static_cast<std::int64_t>(label)) {}
  constexpr ListLabel(Ellipsis) : is_ellipsis(true) {}  // NOLINT: so is the ellipsis
};

// The labels of one array, outermost first: {0, 1}, or a vector of numbers.
struct LabelList {
  std::vector<ListLabel> labels;

  LabelList() = default;
  LabelList(std::initializer_list<ListLabel> list) : labels(list) {}
  template <class I>
    requires std::convertible_to<I, ListLabel>
  LabelList(const std::vector<I>& list) : labels(list.begin(), list.end()) {}  // NOLINT: a vector stands for its list
};

// The labels of the result, or `deduced`: those that occur once, smallest first, after the ellipsis.
struct ResultList : LabelList {
  bool is_deduced = false;

  using LabelList::LabelList;
  ResultList(LabelList list) : LabelList(std::move(list)) {}  // NOLINT
  static ResultList deduced() {
    ResultList list;
    list.is_deduced = true;
    return list;
  }
};

namespace detail {

// Lists as a text: the label 12 is written `[_12]`. Throws Error (bad_label) that shows the lists.
class ListText {
 public:
  ListText(std::span<const LabelList> lists, const ResultList& result);
  std::string_view text() const { return text_; }

  // Runs body, and tells its Errors in terms of the lists.
  template <class Body>
  decltype(auto) run(Body&& body) const {
    try {
      return body();
    } catch (const Error& error) {
      throw_translated(error);
    }
  }

 private:
  struct Place {
    Span text, shown;  // of a label, or of a whole list
  };
  void begin_list();
  void add(const ListLabel& label);
  void end_list();
  [[noreturn]] void throw_translated(const Error& error) const;
  Span shown(Span text) const;

  std::string text_, shown_;
  std::vector<Place> labels_, lists_;
  std::vector<Mark> refused_;  // entries that are no labels
};

template <class... A>
auto einsum_of_lists(std::initializer_list<LabelList> lists, const ResultList& result, const A&... operands) {
  const ListText lists_text({lists.begin(), lists.size()}, result);
  return lists_text.run([&] { return einsum(lists_text.text(), operands...); });
}
template <class Out, class... A>
void einsum_of_lists_into(Out& out, const Scale& scale, std::initializer_list<LabelList> lists, const ResultList& result, const A&... operands) {
  const ListText lists_text({lists.begin(), lists.size()}, result);
  lists_text.run([&] { einsum_into(out, lists_text.text(), scale, operands...); });
}

}  // namespace detail

// The text that stands for some lists, for compile() and explain(): {0, 1}, {1, 2}, {0, 2} are "[_0][_1],[_1][_2]->[_0][_2]".
inline std::string text_of_lists(std::span<const LabelList> lists, const ResultList& result = ResultList::deduced()) {
  return std::string(detail::ListText(lists, result).text());
}
inline std::string text_of_lists(std::initializer_list<LabelList> lists, const ResultList& result = ResultList::deduced()) {
  return text_of_lists(std::span<const LabelList>(lists.begin(), lists.size()), result);
}

// Any number of operands known at run time, each with its list; T is their element type.
template <class T>
  requires is_element<T>
Array<T> einsum(std::span<const ArrayRef> operands, std::span<const LabelList> lists, const ResultList& result = ResultList::deduced(), const Options& options = {}) {
  const detail::ListText text(lists, result);
  return text.run([&] { return einsum<T>(text.text(), operands, options); });
}

// A list in braces has no type that a parameter pack could deduce, so there is an overload for each number of operands.
template <Operand A0>
auto einsum(const A0& a0, const LabelList& l0, const ResultList& result = ResultList::deduced()) {
  return detail::einsum_of_lists({l0}, result, a0);
}
template <Operand A0, Operand A1>
auto einsum(const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const ResultList& result = ResultList::deduced()) {
  return detail::einsum_of_lists({l0, l1}, result, a0, a1);
}
template <Operand A0, Operand A1, Operand A2>
auto einsum(const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const ResultList& result = ResultList::deduced()) {
  return detail::einsum_of_lists({l0, l1, l2}, result, a0, a1, a2);
}
template <Operand A0, Operand A1, Operand A2, Operand A3>
auto einsum(const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const ResultList& result = ResultList::deduced()) {
  return detail::einsum_of_lists({l0, l1, l2, l3}, result, a0, a1, a2, a3);
}
template <Operand A0, Operand A1, Operand A2, Operand A3, Operand A4>
auto einsum(const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const ResultList& result = ResultList::deduced()) {
  return detail::einsum_of_lists({l0, l1, l2, l3, l4}, result, a0, a1, a2, a3, a4);
}
template <Operand A0, Operand A1, Operand A2, Operand A3, Operand A4, Operand A5>
auto einsum(const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const A5& a5, const LabelList& l5, const ResultList& result = ResultList::deduced()) {
  return detail::einsum_of_lists({l0, l1, l2, l3, l4, l5}, result, a0, a1, a2, a3, a4, a5);
}
template <Operand A0, Operand A1, Operand A2, Operand A3, Operand A4, Operand A5, Operand A6>
auto einsum(const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const A5& a5, const LabelList& l5, const A6& a6, const LabelList& l6, const ResultList& result = ResultList::deduced()) {
  return detail::einsum_of_lists({l0, l1, l2, l3, l4, l5, l6}, result, a0, a1, a2, a3, a4, a5, a6);
}
template <Operand A0, Operand A1, Operand A2, Operand A3, Operand A4, Operand A5, Operand A6, Operand A7>
auto einsum(const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const A5& a5, const LabelList& l5, const A6& a6, const LabelList& l6, const A7& a7, const LabelList& l7, const ResultList& result = ResultList::deduced()) {
  return detail::einsum_of_lists({l0, l1, l2, l3, l4, l5, l6, l7}, result, a0, a1, a2, a3, a4, a5, a6, a7);
}

// out = alpha * result + beta * out, into the caller's memory; with the scale or without.
template <Operand Out, Operand A0>
void einsum_into(Out&& out, const A0& a0, const LabelList& l0, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, {}, {l0}, result, a0);
}
template <Operand Out, Operand A0>
void einsum_into(Out&& out, const Scale& scale, const A0& a0, const LabelList& l0, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, scale, {l0}, result, a0);
}
template <Operand Out, Operand A0, Operand A1>
void einsum_into(Out&& out, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, {}, {l0, l1}, result, a0, a1);
}
template <Operand Out, Operand A0, Operand A1>
void einsum_into(Out&& out, const Scale& scale, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, scale, {l0, l1}, result, a0, a1);
}
template <Operand Out, Operand A0, Operand A1, Operand A2>
void einsum_into(Out&& out, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, {}, {l0, l1, l2}, result, a0, a1, a2);
}
template <Operand Out, Operand A0, Operand A1, Operand A2>
void einsum_into(Out&& out, const Scale& scale, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, scale, {l0, l1, l2}, result, a0, a1, a2);
}
template <Operand Out, Operand A0, Operand A1, Operand A2, Operand A3>
void einsum_into(Out&& out, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, {}, {l0, l1, l2, l3}, result, a0, a1, a2, a3);
}
template <Operand Out, Operand A0, Operand A1, Operand A2, Operand A3>
void einsum_into(Out&& out, const Scale& scale, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, scale, {l0, l1, l2, l3}, result, a0, a1, a2, a3);
}
template <Operand Out, Operand A0, Operand A1, Operand A2, Operand A3, Operand A4>
void einsum_into(Out&& out, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, {}, {l0, l1, l2, l3, l4}, result, a0, a1, a2, a3, a4);
}
template <Operand Out, Operand A0, Operand A1, Operand A2, Operand A3, Operand A4>
void einsum_into(Out&& out, const Scale& scale, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, scale, {l0, l1, l2, l3, l4}, result, a0, a1, a2, a3, a4);
}
template <Operand Out, Operand A0, Operand A1, Operand A2, Operand A3, Operand A4, Operand A5>
void einsum_into(Out&& out, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const A5& a5, const LabelList& l5, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, {}, {l0, l1, l2, l3, l4, l5}, result, a0, a1, a2, a3, a4, a5);
}
template <Operand Out, Operand A0, Operand A1, Operand A2, Operand A3, Operand A4, Operand A5>
void einsum_into(Out&& out, const Scale& scale, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const A5& a5, const LabelList& l5, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, scale, {l0, l1, l2, l3, l4, l5}, result, a0, a1, a2, a3, a4, a5);
}
template <Operand Out, Operand A0, Operand A1, Operand A2, Operand A3, Operand A4, Operand A5, Operand A6>
void einsum_into(Out&& out, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const A5& a5, const LabelList& l5, const A6& a6, const LabelList& l6, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, {}, {l0, l1, l2, l3, l4, l5, l6}, result, a0, a1, a2, a3, a4, a5, a6);
}
template <Operand Out, Operand A0, Operand A1, Operand A2, Operand A3, Operand A4, Operand A5, Operand A6>
void einsum_into(Out&& out, const Scale& scale, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const A5& a5, const LabelList& l5, const A6& a6, const LabelList& l6, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, scale, {l0, l1, l2, l3, l4, l5, l6}, result, a0, a1, a2, a3, a4, a5, a6);
}
template <Operand Out, Operand A0, Operand A1, Operand A2, Operand A3, Operand A4, Operand A5, Operand A6, Operand A7>
void einsum_into(Out&& out, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const A5& a5, const LabelList& l5, const A6& a6, const LabelList& l6, const A7& a7, const LabelList& l7, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, {}, {l0, l1, l2, l3, l4, l5, l6, l7}, result, a0, a1, a2, a3, a4, a5, a6, a7);
}
template <Operand Out, Operand A0, Operand A1, Operand A2, Operand A3, Operand A4, Operand A5, Operand A6, Operand A7>
void einsum_into(Out&& out, const Scale& scale, const A0& a0, const LabelList& l0, const A1& a1, const LabelList& l1, const A2& a2, const LabelList& l2, const A3& a3, const LabelList& l3, const A4& a4, const LabelList& l4, const A5& a5, const LabelList& l5, const A6& a6, const LabelList& l6, const A7& a7, const LabelList& l7, const ResultList& result = ResultList::deduced()) {
  detail::einsum_of_lists_into(out, scale, {l0, l1, l2, l3, l4, l5, l6, l7}, result, a0, a1, a2, a3, a4, a5, a6, a7);
}

}  // namespace einc
