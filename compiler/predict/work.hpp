// work.hpp: what the predictions of all kernel families share: the seconds of one thread by what they go into, and the machine.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>

#include "ir/executable.hpp"
#include "ir/target.hpp"
#include "predict/predict.hpp"

namespace einc::predict {

// The machine, with no figure unknown.
struct Machine {
  ir::Target target;
  ir::Speeds speeds;
  explicit Machine(const ir::Target& given) : target(given), speeds(ir::completed(given.speeds, given.vector_bytes)) { target.speeds = speeds; }
  double lanes(DType dtype) const { return static_cast<double>(target.vector_bytes) / static_cast<double>(bytes_of(dtype)); }
};

// Seconds of an instruction on one thread.
struct Work {
  double start = 0, arithmetic = 0, packing = 0, memory = 0;
  double spread = 1;        // threads could share it, as far as its shape allows
  bool from_memory = false;  // what threads share does not all grow with their number
};

// Fewer multiply-adds are left to one thread, as runtime/contract_partition.hpp has it.
inline constexpr double least_shared = 160'000;

// Two things that a processor does side by side, of which the shorter is not wholly hidden by the longer.
inline double overlapped(double one, double other, double seen = 0.2) { return one > other ? one + seen * other : other + seen * one; }

// Starting an instruction that sorts and merges its loops: figures are of two.
inline double start_of(double seconds, std::size_t loops) { return seconds * (0.4 + 0.3 * static_cast<double>(loops)); }

Work contract_work(const ir::Instruction& instruction, const ir::Executable& executable, const Machine& machine);
Work small_work(const ir::Instruction& instruction, const Machine& machine);
Work interleaved_work(const ir::Instruction& instruction, const Machine& machine);
bool runs_directly(const ir::Executable& executable, const Machine& machine);
Work sums_work(const ir::Instruction& instruction, const Machine& machine);      // dot, matvec, reduce
Work few_work(const ir::Instruction& instruction, const Machine& machine);       // of a tile: what it reads is the stream's
Work multiply_work(const ir::Instruction& instruction, const Machine& machine);
Work permute_work(const ir::Instruction& instruction, const Machine& machine);
Work fill_work(const ir::Instruction& instruction, const Machine& machine);
Work gather_work(const ir::Instruction& instruction, const Machine& machine);
Work map_work(const ir::Instruction& instruction, const ir::Map& map, const Machine& machine);
Work online_work(const ir::Instruction& instruction, const ir::Online& online, const Machine& machine);
Work stream_work(const ir::Stream& stream, const ir::Executable& executable, const Machine& machine);

// The work of any instruction but a stream.
Work plain_work(const ir::Instruction& instruction, const ir::Online* online, const ir::Executable& executable, const Machine& machine);

}  // namespace einc::predict
