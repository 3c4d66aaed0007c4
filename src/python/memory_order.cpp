// memory_order.cpp: how a result lies in memory under numpy's argument `order`.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/memory_order.hpp"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace einc::python {
namespace {

constexpr std::size_t most_places = 64;

// The loops of numpy's iterator: the places of the result, then the summed labels; of each operand its stride along each, 0 where it
// does not vary. numpy compares loops two by two, so this table is all that counts.
class Loops {
 public:
  Loops(std::string_view text, const Subscripts& subscripts, const Operands& operands, std::span<const Extent> extents) : operands_(operands.size()) {
    // The labels an ellipsis covers stand in the result where its ellipsis stands: last of them last.
    std::size_t written = 0;
    for (const Subscript& subscript : subscripts.output.subscripts) written += subscript.ellipsis ? 0 : 1;
    covered_ = extents.size() - written;
    for (const Subscript& subscript : subscripts.output.subscripts) {
      if (subscript.ellipsis)
        for (std::size_t i = 0; i < covered_; ++i) add({true, static_cast<std::uint32_t>(covered_ - 1 - i)});
      else
        add({false, subscript.name});
    }
    results_ = count_;
    for (const SubscriptTerm& term : subscripts.operands)
      for (const Subscript& subscript : term.subscripts)
        if (!subscript.ellipsis && find({false, subscript.name}) == count_) add({false, subscript.name});
    // Summed labels as numpy sorts them, by their letters; numbers, which are written `_12`, by their size.
    std::sort(loops_ + results_, loops_ + count_, [&](const Loop& x, const Loop& y) {
      const auto name = [&](const Loop& loop) { return text.substr(subscripts.names[loop.name].begin, subscripts.names[loop.name].end - subscripts.names[loop.name].begin); };
      return name(x).size() != name(y).size() ? name(x).size() < name(y).size() : name(x) < name(y);
    });
    strides_.assign(count_ * operands_, 0);
    for (std::size_t number = 0; number < operands_; ++number) fill(number, subscripts.operands[number], operands.refs()[number]);
  }

  bool overflowed() const { return overflowed_; }

  // Loops from the innermost outwards, sorted by insertion as numpy does: a loop goes inside another when an operand that varies along
  // both has the smaller stride along it, the first operand that says so deciding, none of them contradicting.
  MemoryOrder sorted() const {
    int sorted[2 * most_places];
    for (std::size_t i = 0; i < count_; ++i) sorted[i] = static_cast<int>(count_ - 1 - i);
    for (std::size_t from = 1; from < count_; ++from) {
      const int moved = sorted[from];
      std::size_t to = from;
      for (std::size_t beside = from; beside-- > 0;) {
        const Order order = compare(static_cast<std::size_t>(sorted[beside]), static_cast<std::size_t>(moved));
        if (order == Order::open) continue;
        if (order == Order::stays) break;
        to = beside;
      }
      std::move_backward(sorted + to, sorted + from, sorted + from + 1);
      sorted[to] = moved;
    }
    MemoryOrder result;
    for (std::size_t i = count_; i-- > 0;)
      if (static_cast<std::size_t>(sorted[i]) < results_) result.places[result.count++] = sorted[i];
    bool row_major = true;
    for (std::size_t i = 0; i < result.count; ++i) row_major = row_major && result.places[i] == static_cast<int>(i);
    if (row_major) result.count = 0;
    return result;
  }

 private:
  struct Loop {
    bool of_ellipsis;
    std::uint32_t name;  // of an ellipsis: counted from its last label
    bool operator==(const Loop&) const = default;
  };
  enum class Order { stays, swaps, open };

  void add(const Loop& loop) {
    if (count_ == 2 * most_places) {
      overflowed_ = true;
      return;
    }
    loops_[count_++] = loop;
  }
  std::size_t find(const Loop& loop) const { return static_cast<std::size_t>(std::find(loops_, loops_ + count_, loop) - loops_); }

  void fill(std::size_t number, const SubscriptTerm& term, const ArrayRef& ref) {
    std::size_t written = 0, at = 0;
    for (const Subscript& subscript : term.subscripts) written += subscript.ellipsis ? 0 : 1;
    const std::size_t own = ref.extents.size() - written;  // labels its ellipsis covers
    const auto take = [&](const Loop& loop) {
      const std::size_t place = find(loop);
      if (place < count_ && ref.extents[at] != 1) strides_[place * operands_ + number] += ref.strides[at];
      ++at;
    };
    for (const Subscript& subscript : term.subscripts) {
      if (subscript.ellipsis)
        for (std::size_t i = 0; i < own; ++i) take({true, static_cast<std::uint32_t>(own - 1 - i)});
      else
        take({false, subscript.name});
    }
  }

  // Whether `moved`, which lies further out now, goes inside `beside`.
  Order compare(std::size_t beside, std::size_t moved) const {
    Order order = Order::open;
    for (std::size_t number = 0; number < operands_; ++number) {
      const Stride x = std::abs(strides_[moved * operands_ + number]), y = std::abs(strides_[beside * operands_ + number]);
      if (x == 0 || y == 0) continue;
      if (y <= x) order = Order::stays;
      else if (order == Order::open) order = Order::swaps;
    }
    return order;
  }

  Loop loops_[2 * most_places];
  std::size_t count_ = 0, results_ = 0, covered_ = 0, operands_;
  bool overflowed_ = false;
  std::vector<Stride> strides_;  // [loop][operand]
};

// Whether an operand lies column-major without gaps, a label that it has twice counted once, as its diagonal.
bool is_column_major(const SubscriptTerm& term, const ArrayRef& ref) {
  struct Place {
    const Subscript* label;  // null of an ellipsis
    Extent extent;
    Stride stride;
  };
  std::vector<Place> places;
  std::size_t written = 0, at = 0;
  for (const Subscript& subscript : term.subscripts) written += subscript.ellipsis ? 0 : 1;
  for (const Subscript& subscript : term.subscripts) {
    const std::size_t count = subscript.ellipsis ? ref.extents.size() - written : 1;
    for (std::size_t i = 0; i < count; ++i, ++at) {
      const auto same = std::find_if(places.begin(), places.end(), [&](const Place& place) { return !subscript.ellipsis && place.label != nullptr && place.label->name == subscript.name; });
      if (same == places.end()) places.push_back({subscript.ellipsis ? nullptr : &subscript, ref.extents[at], ref.strides[at]});
      else same->stride += ref.strides[at];
    }
  }
  Stride next = 1;
  for (const Place& place : places)
    if (place.extent == 0) return true;
  for (const Place& place : places) {
    if (place.extent != 1 && place.stride != next) return false;
    next *= place.extent;
  }
  return true;
}

// Named ellipses are no notation of numpy's: results that have them are row-major.
bool has_several_ellipses(const Subscripts& subscripts) {
  std::optional<std::uint32_t> first;
  for (const SubscriptTerm& term : subscripts.operands)
    for (const Subscript& subscript : term.subscripts)
      if (subscript.ellipsis) {
        if (first && *first != subscript.name) return true;
        first = subscript.name;
      }
  return false;
}

}  // namespace

MemoryOrder memory_order(NPY_ORDER order, std::string_view text, const Subscripts& subscripts, const Operands& operands, std::span<const Extent> extents) {
  MemoryOrder result;
  if (extents.size() < 2 || order == NPY_CORDER || subscripts.operands.size() != operands.size()) return result;
  if (order == NPY_ANYORDER) {
    for (std::size_t i = 0; i < operands.size(); ++i)
      if (!is_column_major(subscripts.operands[i], operands.refs()[i])) return result;
    order = NPY_FORTRANORDER;
  }
  if (order == NPY_FORTRANORDER) {
    for (std::size_t i = extents.size(); i-- > 0;) result.places[result.count++] = static_cast<int>(i);
    return result;
  }
  if (has_several_ellipses(subscripts)) return result;
  const Loops loops(text, subscripts, operands, extents);
  return loops.overflowed() ? result : loops.sorted();
}

bool is_view(const Subscripts& subscripts) {
  if (subscripts.fault.code != ErrorCode::none || subscripts.operands.size() != 1) return false;
  const auto times = [](const SubscriptTerm& term, const Subscript& wanted) {
    return std::count_if(term.subscripts.begin(), term.subscripts.end(),
                         [&](const Subscript& subscript) { return subscript.ellipsis == wanted.ellipsis && (wanted.ellipsis || subscript.name == wanted.name); });
  };
  for (const Subscript& subscript : subscripts.operands[0].subscripts)
    if (times(subscripts.output, subscript) != 1) return false;
  for (const Subscript& subscript : subscripts.output.subscripts)
    if (times(subscripts.output, subscript) != 1) return false;
  return true;
}

}  // namespace einc::python
