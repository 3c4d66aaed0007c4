// map_nest.hpp: the loops of a map in a fixed-size table, with strides of c and of every input; a point in them; runs.
// Knows extents and strides; not what is computed. Allocates nothing.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdlib>

#include "ir/executable.hpp"
#include "runtime/loop_nest.hpp"

namespace einc::runtime {

// Array 0 is c, array i + 1 is input i. A position is an array too: its element is its offset.
struct MapNest {
  static constexpr int most_arrays = static_cast<int>(ir::most_map_inputs) + 1;
  int loops = 0, arrays = 1;
  Extent extents[max_loops];
  Stride strides[max_loops][most_arrays];  // outermost first

  MapNest() {}  // only what is in use is ever written or read

  template <class StrideOf>
  void push(Extent extent, StrideOf stride_of) {
    extents[loops] = extent;
    for (int array = 0; array < arrays; ++array) strides[loops][array] = stride_of(array);
    ++loops;
  }

  // Sorts by falling weight(loop); stable.
  template <class Weight>
  void sort(Weight weight) {
    for (int i = 1; i < loops; ++i) {
      for (int j = i; j > 0 && weight(strides[j]) > weight(strides[j - 1]); --j) {
        std::swap(extents[j], extents[j - 1]);
        std::swap_ranges(strides[j], strides[j] + arrays, strides[j - 1]);
      }
    }
  }

  // Joins neighbours that step like one loop through all arrays. Leaves at least one loop.
  void merge() {
    if (loops == 0) push(1, [](int) { return Stride{0}; });
    int last = 0;
    for (int i = 1; i < loops; ++i) {
      bool joined = true;
      for (int array = 0; array < arrays; ++array) joined &= strides[last][array] == strides[i][array] * extents[i];
      if (!joined) ++last;
      extents[last] = joined ? extents[last] * extents[i] : extents[i];
      std::copy_n(strides[i], arrays, strides[last]);
    }
    loops = last + 1;
  }

  void append(const MapNest& inner) {
    for (int i = 0; i < inner.loops; ++i) push(inner.extents[i], [&](int array) { return inner.strides[i][array]; });
  }

  Extent iterations() const {
    Extent product = 1;
    for (int i = 0; i < loops; ++i) product *= extents[i];
    return product;
  }
  Extent innermost() const { return extents[loops - 1]; }
  Stride stride(int array) const { return strides[loops - 1][array]; }

  bool constant(int array) const {
    for (int i = 0; i < loops; ++i)
      if (strides[i][array] != 0) return false;
    return true;
  }
  // Whether all iterations together are one run of adjacent elements.
  bool dense(int array) const {
    Stride expected = 1;
    for (int i = loops - 1; i >= 0; --i) {
      if (strides[i][array] != expected) return false;
      expected *= extents[i];
    }
    return true;
  }
};

// One iteration of a nest and where it is in every array.
struct MapPoint {
  Extent index[max_loops];
  Stride at[MapNest::most_arrays];

  MapPoint() {}
  // `base` is where iteration 0 is in every array; null: at 0.
  MapPoint(const MapNest& nest, const Stride* base, Extent iteration) {
    for (int array = 0; array < nest.arrays; ++array) at[array] = base == nullptr ? 0 : base[array];
    std::fill_n(index, nest.loops, Extent{0});
    if (iteration != 0) advance(nest, iteration);
  }

  void advance(const MapNest& nest, Extent count) {
    for (int i = nest.loops - 1; count != 0 && i >= 0; --i) {
      const Extent reached = index[i] + count, extent = nest.extents[i];
      count = reached < extent ? 0 : reached < 2 * extent ? 1 : reached / extent;  // runs end with a loop: no division
      const Extent now = reached - count * extent, moved = now - index[i];
      index[i] = now;
      for (int array = 0; array < nest.arrays; ++array) at[array] += moved * nest.strides[i][array];
    }
  }

  // Calls body(offset, stride, done, rows, length) for the next `count` iterations: whole innermost loops, `stride` apart, as far as the
  // loop around them goes, and what is less than one.
  template <class Body>
  void for_rows(const MapNest& nest, int array, Extent count, Body&& body) const {
    const int last = nest.loops - 1;
    const Extent length = nest.extents[last];
    MapPoint here;
    std::copy_n(index, nest.loops, here.index);
    std::copy_n(at, nest.arrays, here.at);
    for (Extent done = 0; done < count;) {
      const Extent left = count - done, inner = here.index[last];
      const Extent rows = inner > 0 || last == 0 ? 0 : std::min(left / length, nest.extents[last - 1] - here.index[last - 1]);
      const Extent now = rows > 0 ? rows * length : std::min(left, length - inner);
      body(here.at[array], last > 0 ? nest.strides[last - 1][array] : Stride{0}, done, std::max<Extent>(rows, 1), rows > 0 ? length : now);
      here.advance(nest, now);
      done += now;
    }
  }

  // Calls body(offset, done, length) for the pieces of the next `count` iterations that lie in one innermost loop each.
  template <class Body>
  void for_runs(const MapNest& nest, int array, Extent count, Body&& body) const {
    Extent now[max_loops];
    std::copy_n(index, nest.loops, now);
    Stride offset = at[array];
    const int last = nest.loops - 1;
    for (Extent done = 0; done < count;) {
      const Extent length = std::min(nest.extents[last] - now[last], count - done);
      body(offset, done, length);
      done += length;
      now[last] += length;
      offset += length * nest.strides[last][array];
      for (int i = last; i > 0 && now[i] == nest.extents[i]; --i) {
        offset += nest.strides[i - 1][array] - now[i] * nest.strides[i][array];
        now[i] = 0;
        ++now[i - 1];
      }
    }
  }
};

}  // namespace einc::runtime
