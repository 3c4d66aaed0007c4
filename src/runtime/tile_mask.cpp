// tile_mask.cpp: what a mask says of a whole tile, by interval arithmetic over its code; and what its bounds hide of each row.
// Knows ranges of positions and of values; never looks along the streamed loop.
// SPDX-License-Identifier: BSD-3-Clause
#include "runtime/tile_mask.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "ir/scalar_code.hpp"
#include "runtime/loop_nest.hpp"
#include "runtime/read_element.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {
namespace {

// All values an operation gives in a tile lie between. The ends are rounded to T as the kernels round: rounding keeps order.
template <class T>
struct Interval {
  T low = 0, high = 0;
  bool known = false;

  bool exact() const { return known && low == high; }
  bool never() const { return exact() && low == T(0); }
  bool always() const { return known && (low > T(0) || high < T(0)); }
};

template <class T>
Interval<T> between(T low, T high) {
  if (std::isnan(low) || std::isnan(high)) return {};
  return {low, high, true};
}

template <class T>
Interval<T> answer(bool always, bool never) {
  return {always ? T(1) : T(0), never ? T(0) : T(1), true};
}

template <class T>
Interval<T> of_position(const ir::MapInput& input, const MapSource<T>& source, const Extent* extents, std::size_t loops) {
  Stride low = source.position, high = source.position;
  for (std::size_t i = 0; i < loops; ++i) {
    const Stride far = input.strides[i] * (extents[i] - 1);
    (far < 0 ? low : high) += far;
  }
  return {static_cast<T>(low), static_cast<T>(high), true};
}

// An array that varies along rows only is looked through; one that varies along the streamed loop is not.
template <class T>
Interval<T> of_array(const ir::MapInput& input, const MapSource<T>& source, const Extent* extents, std::size_t loops) {
  if (loops > 0 && input.strides[loops - 1] != 0 && extents[loops - 1] > 1) return {};
  LoopNest rows;
  for (std::size_t i = 0; i + 1 < loops; ++i)
    if (input.strides[i] != 0) rows.push({extents[i], input.strides[i], 0, 0});
  const T first = read_element(input.array, source.array, 0);
  Interval<T> range = between(first, first);
  walk(rows, {}, 0, rows.iterations(), [&](const Offset& offset, const Extent*) {
    const T value = read_element(input.array, source.array, offset.a);
    if (std::isnan(value)) range.known = false;
    range.low = std::min(range.low, value), range.high = std::max(range.high, value);
  });
  return range;
}

template <class T>
Interval<T> of_corners(ir::Function function, const Interval<T>& x, const Interval<T>& y) {
  const auto at = [&](T p, T q) { return static_cast<T>(ir::apply(function, static_cast<double>(p), static_cast<double>(q))); };
  const T corners[] = {at(x.low, y.low), at(x.low, y.high), at(x.high, y.low), at(x.high, y.high)};
  for (T corner : corners)
    if (std::isnan(corner)) return {};
  return {*std::min_element(corners, corners + 4), *std::max_element(corners, corners + 4), true};
}

template <class T>
Interval<T> of_logic(ir::Function function, const Interval<T>& x, const Interval<T>& y, const Interval<T>& z) {
  using ir::Function;
  switch (function) {
    case Function::logical_not: return answer<T>(x.never(), x.always());
    case Function::logical_and: return answer<T>(x.always() && y.always(), x.never() || y.never());
    case Function::logical_or: return answer<T>(x.always() || y.always(), x.never() && y.never());
    default: break;
  }
  if (x.always() || x.never()) return x.always() ? y : z;
  if (!y.known || !z.known) return {};
  return {std::min(y.low, z.low), std::max(y.high, z.high), true};
}

template <class T>
Interval<T> of_comparison(ir::Function function, const Interval<T>& x, const Interval<T>& y) {
  using ir::Function;
  if (!x.known || !y.known) return answer<T>(false, false);
  const bool apart = x.high < y.low || y.high < x.low, same = x.exact() && y.exact() && x.low == y.low;
  switch (function) {
    case Function::less: return answer<T>(x.high < y.low, x.low >= y.high);
    case Function::less_equal: return answer<T>(x.high <= y.low, x.low > y.high);
    case Function::equal: return answer<T>(same, apart);
    default: return answer<T>(apart, same);
  }
}

template <class T>
Interval<T> of_operation(ir::Function function, const Interval<T>& x, const Interval<T>& y, const Interval<T>& z) {
  using ir::Function;
  switch (function) {
    case Function::logical_not:
    case Function::logical_and:
    case Function::logical_or:
    case Function::select: return of_logic(function, x, y, z);
    case Function::less:
    case Function::less_equal:
    case Function::equal:
    case Function::not_equal: return of_comparison(function, x, y);
    default: break;
  }
  const int inputs = ir::input_count(function);
  if (!x.known || (inputs > 1 && !y.known)) return {};
  switch (function) {
    case Function::negative: return {-x.high, -x.low, true};
    case Function::floor: return between(std::floor(x.low), std::floor(x.high));
    case Function::divide:
      if (y.low <= T(0) && y.high >= T(0)) return {};
      [[fallthrough]];
    case Function::add:
    case Function::subtract:
    case Function::multiply:
    case Function::minimum:
    case Function::maximum: return of_corners(function, x, y);
    default: return {};
  }
}

}  // namespace

template <class T>
Sight sight_through(const ir::TileMask& mask, const Extent* extents, const MapSource<T>* sources) noexcept {
  Interval<T> held[ir::most_map_operations];
  for (std::size_t i = 0; i < mask.visible.size(); ++i) {
    const ir::ScalarOp& op = mask.visible[i];
    if (op.function == ir::Function::constant) {
      held[i] = between(static_cast<T>(op.value), static_cast<T>(op.value));
    } else if (op.function == ir::Function::argument) {
      const ir::MapInput& input = mask.inputs[op.in[0]];
      const auto range = input.position ? &of_position<T> : &of_array<T>;
      held[i] = range(input, sources[op.in[0]], extents, mask.extents.size());
    } else {
      held[i] = of_operation(op.function, held[op.in[0]], held[op.in[1]], held[op.in[2]]);
    }
  }
  const Interval<T>& result = held[mask.visible.size() - 1];
  return result.never() ? Sight::hidden : result.always() ? Sight::visible : Sight::partial;
}

namespace {

// The rows of a tile one behind the other, and where each is in the inputs of the mask.
struct RowWalk {
  const ir::TileMask& mask;
  const Extent* extents;
  Extent index[max_loops] = {};

  void next() {
    for (std::size_t loop = mask.extents.size() - 1; loop-- > 0;) {
      if (++index[loop] < extents[loop]) return;
      index[loop] = 0;
    }
  }
  Stride offset(const ir::MapInput& input) const {
    Stride sum = 0;
    for (std::size_t loop = 0; loop + 1 < mask.extents.size(); ++loop) sum += index[loop] * input.strides[loop];
    return sum;
  }
};

template <class T>
T limit_of(const ir::ScalarCode& code, const RowWalk& row, const MapSource<T>* sources) {
  T held[ir::most_map_operations];
  for (std::size_t i = 0; i < code.size(); ++i) {
    const ir::ScalarOp& op = code[i];
    if (op.function == ir::Function::constant) {
      held[i] = static_cast<T>(op.value);
    } else if (op.function == ir::Function::argument) {
      const ir::MapInput& input = row.mask.inputs[op.in[0]];
      const MapSource<T>& source = sources[op.in[0]];
      held[i] = input.position ? static_cast<T>(source.position + row.offset(input)) : read_element(input.array, source.array, row.offset(input));
    } else {
      held[i] = static_cast<T>(ir::apply(op.function, static_cast<double>(held[op.in[0]]), static_cast<double>(held[op.in[1]]), static_cast<double>(held[op.in[2]])));
    }
  }
  return held[code.size() - 1];
}

// Of the positions first, first + 1, ... `count` of them: how many compare like the first of them do, in T as the kernels compare.
// A limit that is no number hides them all.
template <class T>
Extent split(const ir::MaskBound& bound, T limit, Stride first, Extent count) {
  const auto below = [&](Extent i) {  // of the limit: visible where the bound is an end, hidden where it is a beginning
    const T key = static_cast<T>(first + i);
    return bound.from == bound.strict ? key <= limit : key < limit;
  };
  if (std::isnan(limit)) return bound.from ? count : 0;
  Extent low = 0, high = count;
  const double guess = static_cast<double>(limit) - static_cast<double>(first);
  if (guess >= 0 && guess < static_cast<double>(count)) {
    const auto at = static_cast<Extent>(guess);
    low = std::max<Extent>(at - 1, 0), high = std::min<Extent>(at + 2, count);
    if (low > 0 && !below(low - 1)) low = 0;
    if (high < count && below(high)) high = count;
  }
  while (low < high) {
    const Extent middle = low + (high - low) / 2;
    if (below(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

// Sums of positions and whole numbers, all of them exact in T: from row to row such a limit goes as far as from the first to the second.
template <class T>
bool goes_evenly(const ir::ScalarCode& limit, const RowWalk& row, const MapSource<T>* sources) {
  constexpr double most = static_cast<double>(Extent{1} << (std::numeric_limits<T>::digits - 4));
  double reach = 0;
  for (const ir::ScalarOp& op : limit) {
    if (op.function == ir::Function::constant) {
      if (op.value != std::floor(op.value)) return false;
      reach += std::abs(op.value);
    } else if (op.function == ir::Function::argument) {
      const ir::MapInput& input = row.mask.inputs[op.in[0]];
      if (!input.position) return false;
      reach += std::abs(static_cast<double>(sources[op.in[0]].position));
      for (std::size_t loop = 0; loop + 1 < row.mask.extents.size(); ++loop) reach += static_cast<double>(row.extents[loop] * std::abs(input.strides[loop]));
    } else if (op.function != ir::Function::add && op.function != ir::Function::subtract) {
      return false;
    }
  }
  return limit.size() <= 4 && reach < most;  // three additions: at most eight times the reach
}

// What a bound leaves of each of `rows` rows along the innermost loop, beginning with `row`.
template <class T>
void narrow(const ir::MaskBound& bound, RowWalk row, Extent rows, Extent columns, const MapSource<T>* sources, Extent* begins, Extent* ends) {
  const Stride first = sources[bound.key].position;
  const auto take = [&](Extent i, Extent at) {
    if (bound.from) begins[i] = std::max(begins[i], at);
    else ends[i] = std::min(ends[i], at);
  };
  if (rows > 1 && goes_evenly(bound.limit, row, sources)) {
    const auto limit = static_cast<Stride>(limit_of(bound.limit, row, sources));
    RowWalk second = row;
    second.next();
    const Stride step = static_cast<Stride>(limit_of(bound.limit, second, sources)) - limit, after = limit - first + (bound.from == bound.strict ? 1 : 0);
    for (Extent i = 0; i < rows; ++i) take(i, std::clamp<Extent>(after + i * step, 0, columns));
    return;
  }
  for (Extent i = 0; i < rows; ++i, row.next()) take(i, split(bound, limit_of(bound.limit, row, sources), first, columns));
}

// body(row, first position it sees, end) for each row of a tile.
template <class T, class Body>
void for_rows(const ir::TileMask& mask, const Extent* extents, const MapSource<T>* sources, Body&& body) {
  constexpr Extent most_rows = 64;
  Extent begins[most_rows], ends[most_rows];
  const std::size_t loops = mask.extents.size();
  const Extent columns = extents[loops - 1], run = loops > 1 ? extents[loops - 2] : 1;
  Extent left = run, at = 0;
  for (std::size_t loop = 0; loop + 2 < loops; ++loop) left *= extents[loop];
  RowWalk row{mask, extents};
  for (Extent in_run = 0; left > 0; in_run %= run) {
    const Extent rows = std::min(most_rows, run - in_run);
    std::fill_n(begins, rows, Extent{0});
    std::fill_n(ends, rows, columns);
    for (const ir::MaskBound& bound : mask.bounds) narrow(bound, row, rows, columns, sources, begins, ends);
    for (Extent i = 0; i < rows; ++i, row.next()) body(at++, begins[i], std::max(begins[i], ends[i]));
    in_run += rows, left -= rows;
  }
}

}  // namespace

template <class T>
void find_limits(const ir::TileMask& mask, const Extent* extents, const MapSource<T>* sources, RowLimits& limits) noexcept {
  for_rows(mask, extents, sources, [&](Extent row, Extent begin, Extent end) { limits.begins[row] = begin, limits.ends[row] = end; });
}

template <class T>
void hide_beyond(const ir::TileMask& mask, const Extent* extents, const MapSource<T>* sources, const kernels::KernelTable& table, T* scores) noexcept {
  const auto& vectors = vector_kernels<T>(table);
  const Extent columns = extents[mask.extents.size() - 1];
  for_rows(mask, extents, sources, [&](Extent row, Extent begin, Extent end) {
    T* const at = scores + row * mask.extents.back();
    if (begin > 0) vectors.fill(at, begin, -std::numeric_limits<T>::infinity(), false);
    if (end < columns) vectors.fill(at + end, columns - end, -std::numeric_limits<T>::infinity(), false);
  });
}

template void find_limits<float>(const ir::TileMask&, const Extent*, const MapSource<float>*, RowLimits&) noexcept;
template void find_limits<double>(const ir::TileMask&, const Extent*, const MapSource<double>*, RowLimits&) noexcept;
template void hide_beyond<float>(const ir::TileMask&, const Extent*, const MapSource<float>*, const kernels::KernelTable&, float*) noexcept;
template void hide_beyond<double>(const ir::TileMask&, const Extent*, const MapSource<double>*, const kernels::KernelTable&, double*) noexcept;

template Sight sight_through<float>(const ir::TileMask&, const Extent*, const MapSource<float>*) noexcept;
template Sight sight_through<double>(const ir::TileMask&, const Extent*, const MapSource<double>*) noexcept;

}  // namespace einc::runtime
