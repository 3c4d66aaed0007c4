// sublists.cpp: lists of numbers become a text, and faults of that text are told with the lists.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/sublists.hpp>

#include <algorithm>
#include <limits>
#include <map>

#include <fmt/format.h>

namespace einc::detail {
namespace {

std::uint32_t end_of(const std::string& text) { return static_cast<std::uint32_t>(text.size()); }

// `[_0][_1],[_2]->[_0]` as `{0, 1}, {2} -> {0}`; one label alone as `0`, unless a list is meant.
std::string as_lists(std::string_view text, bool list) {
  std::string shown;
  std::size_t labels = 0;
  bool begins = true, several = false;
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == ',' || text.substr(at, 2) == "->") {
      shown += begins ? "{}" : "}";
      shown += text[at] == ',' ? ", " : " -> ";
      at += text[at] == ',' ? 1 : 2;
      begins = several = true;
      continue;
    }
    const bool name = text[at] == '[';
    const std::size_t end = name ? text.find(']', at) + 1 : at + 3;
    shown += begins ? "{" : ", ";
    shown += name ? text.substr(at + 2, end - at - 3) : text.substr(at, 3);
    begins = false;
    ++labels;
    at = end;
  }
  shown += begins ? "{}" : "}";
  return labels == 1 && !several && !list ? shown.substr(1, shown.size() - 2) : shown;
}

// Every piece of the text in a sentence, between back quotes, as lists.
std::string translated(std::string_view sentence) {
  std::string result;
  while (true) {
    const std::size_t open = sentence.find('`');
    const std::size_t close = open == std::string_view::npos ? open : sentence.find('`', open + 1);
    if (close == std::string_view::npos) return result + std::string(sentence);
    const std::string_view piece = sentence.substr(open + 1, close - open - 1);
    result += sentence.substr(0, open + 1);
    const bool names_list = result.ends_with("term `") || result.ends_with("result `");
    const bool cut = piece.find(' ') != std::string_view::npos;  // a long piece, of which the middle is left out
    const bool of_lists = !cut && (piece.find("[_") != std::string_view::npos || (names_list && (piece.empty() || piece == "...")));
    result += of_lists ? as_lists(piece, names_list) : std::string(piece);
    result += '`';
    sentence.remove_prefix(close + 1);
  }
}

}  // namespace

ListText::ListText(std::span<const LabelList> lists, const ResultList& result) {
  std::map<std::int64_t, int> count;
  bool has_ellipsis = false;
  for (const LabelList& list : lists) {
    if (&list != lists.data()) text_ += ',', shown_ += ", ";
    begin_list();
    for (const ListLabel& label : list.labels) {
      add(label);
      if (label.is_ellipsis) has_ellipsis = true;
      else ++count[label.number];
    }
    end_list();
  }
  text_ += "->";
  if (!result.is_deduced) shown_ += " -> ";
  begin_list();
  if (result.is_deduced) {
    if (has_ellipsis) text_ += "...";
    for (const auto& [number, times] : count)
      if (times == 1) text_ += fmt::format("[_{}]", number);
    shown_.pop_back();  // nobody wrote this list
    lists_.pop_back();
  } else {
    for (const ListLabel& label : result.labels) add(label);
    end_list();
  }
  if (!refused_.empty())
    throw Error(ErrorCode::bad_label, "a label of a list is a number from 0 to 4294967295", shown_, refused_, "number the labels from 0; `einc::ellipsis` stands for those not named");
}

void ListText::begin_list() {
  lists_.push_back({{end_of(text_), 0}, {end_of(shown_), 0}});
  shown_ += '{';
}

void ListText::add(const ListLabel& label) {
  if (shown_.back() != '{') shown_ += ", ";
  Place place{{end_of(text_), 0}, {end_of(shown_), 0}};
  const bool good = label.is_ellipsis || (label.number >= 0 && label.number <= std::numeric_limits<std::uint32_t>::max());
  text_ += label.is_ellipsis ? "..." : fmt::format("[_{}]", label.number);
  shown_ += label.is_ellipsis ? "..." : fmt::format("{}", label.number);
  place.text.end = end_of(text_), place.shown.end = end_of(shown_);
  if (!good && refused_.size() < 3) refused_.push_back({place.shown, {}});
  labels_.push_back(place);
}

void ListText::end_list() {
  shown_ += '}';
  lists_.back().text.end = end_of(text_), lists_.back().shown.end = end_of(shown_);
}

// A span of one label is that label; any other is all lists it touches.
Span ListText::shown(Span text) const {
  for (const Place& label : labels_)
    if (label.text == text) return label.shown;
  Span all{std::numeric_limits<std::uint32_t>::max(), 0};
  for (const Place& list : lists_) {
    if (list.text.end < text.begin || list.text.begin > text.end) continue;
    const bool neighbour = list.text != text && text.begin < text.end && (list.text.end == text.begin || list.text.begin == text.end);
    if (neighbour) continue;
    all = {std::min(all.begin, list.shown.begin), std::max(all.end, list.shown.end)};
  }
  return all.begin < all.end ? all : Span{0, end_of(shown_)};
}

void ListText::throw_translated(const Error& error) const {
  if (error.text() != text_) throw error;
  std::vector<Mark> marks = error.marks();
  for (Mark& mark : marks) mark = {shown(mark.span), translated(mark.note)};
  std::string hint = translated(error.hint());
  if (error.code() == ErrorCode::ellipsis_dropped) hint = "put `einc::ellipsis` into the last list to keep them, or set the option `sum_ellipsis` to sum them";
  if (error.code() == ErrorCode::rank_mismatch && hint.find("...") != std::string::npos) hint = "put `einc::ellipsis` into the list for labels that it does not name";
  if (error.code() == ErrorCode::bad_ellipsis) hint = "one `einc::ellipsis` stands for all labels that the list does not name";
  throw Error(error.code(), translated(error.sentence()), shown_, std::move(marks), std::move(hint));
}

}  // namespace einc::detail
