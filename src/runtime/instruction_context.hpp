// instruction_context.hpp: what the driver of one kernel family is handed: resolved pointers, scalars, scratch and threads.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>

#include "ir/executable.hpp"
#include "kernels/kernel_table.hpp"

namespace einc::runtime {

// An input of a map where it begins for this run of the instruction: an array, or a position.
template <class T>
struct MapSource {
  const T* array = nullptr;
  Stride position = 0;
};

// A map over a contraction while blocks of it are in cache: c = alpha * map + beta * c. Source 0 is the contraction itself.
template <class T>
struct EpilogueContext {
  const ir::Map& map;
  const MapSource<T>* sources;
  T alpha, beta;
};

// Of the rows of a tile that is partly hidden, what each sees: positions begins[row] up to ends[row] along the streamed loop.
struct RowLimits {
  Extent begins[ir::most_narrow_rows], ends[ir::most_narrow_rows];
};

// What some of these rows see: from the first position to the last, nothing if first is not below last.
struct Seen {
  Extent first, last;
};
inline Seen seen_by(const RowLimits& limits, Extent begin, Extent end) {
  Seen seen{std::numeric_limits<Extent>::max(), 0};
  for (Extent row = begin; row < end; ++row)
    if (limits.begins[row] < limits.ends[row]) seen = {std::min(seen.first, limits.begins[row]), std::max(seen.last, limits.ends[row])};
  return seen.last == 0 ? Seen{0, 0} : seen;
}

template <class T>
struct InstructionContext {
  const ir::Instruction& instruction;
  const kernels::KernelTable& table;
  const T* a;  // element at index 0 of every loop, offset applied; null when the family has no use for it
  const T* b;
  T* c;
  T alpha, beta;              // c = alpha * what the kernel computes + beta * c; the instruction's factor is in alpha
  std::byte* scratch;         // thread t owns [t * scratch_bytes, (t + 1) * scratch_bytes)
  std::size_t scratch_bytes;
  int threads;
  Extent rows_together = 1;   // of a contraction inside a stream: so many calls, one behind the other, meet the same b:
  bool finds_kept = false;    // scratch begins with ir::kept_state_bytes, and is as the last of these calls left it if this is not the first
  const T* next_b = nullptr;  // b of the next streamed tile, if it is to be asked for: by this call the part
  Extent together = 0;        // of that number among those of all calls
  ir::Narrow narrow = ir::Narrow::none;  // inside a stream: what these limits, if there are any, leave out
  const RowLimits* limits = nullptr;
  const EpilogueContext<T>* epilogue = nullptr;  // of a contraction: then beta above is 0, and alpha scales what the map reads
};

// A copy that leaves every element as it is.
struct CopyContext {
  const ir::Instruction& instruction;
  const kernels::KernelTable& table;
  const void* a;
  void* c;
  int threads;
};

// The state of an online instruction. `columns` of accumulators are in the instruction's description.
template <class T>
struct OnlineState {
  static constexpr std::size_t most_accumulators = 8;
  const ir::Online& online;
  bool first;  // tile along the streamed loop: nothing is there yet
  T* maximum;
  T* sum;      // null without
  T* accumulators[most_accumulators];
};

// One driver a kernel family; each in its own file.
template <class T>
void run_contract(const InstructionContext<T>& context) noexcept;  // contract.cpp
template <class T>
void run_small(const InstructionContext<T>& context) noexcept;     // small.cpp
template <class T>
void run_interleaved(const InstructionContext<T>& context) noexcept;  // interleaved.cpp
template <class T>
struct Pages;  // gather_index.hpp
template <class T>
void run_few(const InstructionContext<T>& context, const Pages<T>* pages) noexcept;  // few.cpp; pages: where b lies, null: by its strides
template <class T>
void run_matvec(const InstructionContext<T>& context) noexcept;    // matvec.cpp
template <class T>
void run_dot(const InstructionContext<T>& context) noexcept;       // dot.cpp
template <class T>
void run_multiply(const InstructionContext<T>& context) noexcept;  // multiply.cpp
template <class T>
void run_permute(const InstructionContext<T>& context) noexcept;   // permute.cpp
void run_copy(const CopyContext& context, std::size_t element_bytes) noexcept;  // permute.cpp
template <class T>
void run_reduce(const InstructionContext<T>& context) noexcept;    // reduce.cpp
template <class T>
void run_fill(const InstructionContext<T>& context) noexcept;      // fill.cpp
template <class T>
void run_map(const InstructionContext<T>& context, const ir::Map& map, const MapSource<T>* sources) noexcept;  // map.cpp
template <class T>
void run_gather(const InstructionContext<T>& context, const ir::Gather& gather) noexcept;                      // gather.cpp
template <class T>
void run_online(const InstructionContext<T>& context, const OnlineState<T>& state) noexcept;                   // online.cpp
// The state of rows after what either has seen, into the first; the other is overwritten.
template <class T>
void join_online(const kernels::KernelTable& table, const OnlineState<T>& state, const OnlineState<T>& other, Extent rows) noexcept;

}  // namespace einc::runtime
