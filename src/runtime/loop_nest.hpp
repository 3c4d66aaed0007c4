// loop_nest.hpp: the loops of one instruction in a fixed-size array: flipped, sorted, merged, walked. Allocates nothing.
// Knows extents and strides; not what is computed.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdlib>

#include "ir/executable.hpp"

namespace einc::runtime {

// Loops of extent 1 are dropped, and 2^63 iterations are never reached, so that 64 loops are always enough.
inline constexpr int max_loops = 64;

// Elements from the first element of a, b and c.
struct Offset {
  Stride a = 0, b = 0, c = 0;
};

struct Loop {
  Extent extent = 1;
  Stride a = 0, b = 0, c = 0;
};

struct LoopNest {
  int count = 0;
  Loop loops[max_loops];  // outermost first

  LoopNest() {}  // loops stay as they are: a nest has few loops, and clearing 64 would cost more than most calls

  void push(const Loop& loop) {
    if (loop.extent != 1) loops[count++] = loop;
  }
  Loop take(int index) {
    const Loop taken = loops[index];
    std::copy(loops + index + 1, loops + count, loops + index);
    --count;
    return taken;
  }
  Extent iterations() const {
    Extent product = 1;
    for (int i = 0; i < count; ++i) product *= loops[i].extent;
    return product;
  }

  // Insertion sort: few elements, and stable.
  template <class Before>
  void sort(Before before) {
    for (int i = 1; i < count; ++i)
      for (int j = i; j > 0 && before(loops[j], loops[j - 1]); --j) std::swap(loops[j], loops[j - 1]);
  }

  // Joins neighbours that step like one loop through all three arrays.
  void merge() {
    int last = 0;
    for (int i = 1; i < count; ++i) {
      const Loop inner = loops[i];
      Loop& outer = loops[last];
      if (outer.a == inner.a * inner.extent && outer.b == inner.b * inner.extent && outer.c == inner.c * inner.extent)
        outer = {outer.extent * inner.extent, inner.a, inner.b, inner.c};
      else loops[++last] = inner;
    }
    if (count > 0) count = last + 1;
  }
};

// Runs a loop backwards: the same elements from the other end.
inline void flip(Loop& loop, Offset& start) {
  start.a += loop.a * (loop.extent - 1);
  start.b += loop.b * (loop.extent - 1);
  start.c += loop.c * (loop.extent - 1);
  loop.a = -loop.a;
  loop.b = -loop.b;
  loop.c = -loop.c;
}

// Cuts [0, loop.extent) into blocks: the loop over blocks. The last block may be short.
inline Loop blocks_of(const Loop& loop, Extent block) {
  return {(loop.extent + block - 1) / block, loop.a * block, loop.b * block, loop.c * block};
}

// Calls body(offset, index of every loop) for the iterations [begin, end) of the nest, in row-major order.
template <class Body>
void walk(const LoopNest& nest, Offset start, Extent begin, Extent end, Body&& body) {
  Extent index[max_loops];
  Extent rest = begin;
  for (int i = nest.count - 1; i >= 0; --i) {
    index[i] = 0;
    if (rest == 0) continue;  // mostly: a division is dear beside the smallest bodies
    const Loop& loop = nest.loops[i];
    index[i] = rest % loop.extent;
    rest /= loop.extent;
    start.a += index[i] * loop.a;
    start.b += index[i] * loop.b;
    start.c += index[i] * loop.c;
  }
  for (Extent iteration = begin; iteration < end; ++iteration) {
    body(start, index);
    for (int i = nest.count - 1; i >= 0; --i) {
      const Loop& loop = nest.loops[i];
      start.a += loop.a;
      start.b += loop.b;
      start.c += loop.c;
      if (++index[i] < loop.extent) break;
      index[i] = 0;
      start.a -= loop.a * loop.extent;
      start.b -= loop.b * loop.extent;
      start.c -= loop.c * loop.extent;
    }
  }
}

// Of memory: addresses are looked up page by page, and bytes come line by line; outputs of more than stream_bytes are written around the caches.
inline constexpr Extent page_bytes = ir::page_bytes, line_bytes = 64;
inline constexpr std::int64_t stream_bytes = ir::stream_bytes;

// How the runtime cuts work. Chosen from extents alone, never from the number of threads.
inline constexpr std::int64_t task_bytes = 256 << 10;    // memory traffic of one task: some 10 us of one core
inline constexpr std::int64_t most_tasks = 512;          // of one instruction: stores around the caches drain at the end of each
inline constexpr std::int64_t thread_bytes = 128 << 10;  // less traffic than this is not worth waking a thread

}  // namespace einc::runtime
