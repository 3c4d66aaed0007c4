// map_work.cpp: maps function by function, their folds, and the weights of an online softmax.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "predict/traffic.hpp"

namespace einc::predict {
namespace {

constexpr double rows_of_run = 10;       // short rows that are copied while one is brought into a chunk, or folded
constexpr double chunk = 512;            // positions of one call of a kernel, as runtime/map_code.hpp
constexpr double least_shared_bytes = 128 << 10;

double bytes_of_input(const ir::Instruction& instruction, const ir::MapInput& input) {
  const auto element = static_cast<double>(bytes_of(input.array.dtype.value_or(instruction.dtype)));
  std::vector<Walk> walks;
  for (std::size_t i = 0; i < instruction.loops.size() && i < input.strides.size(); ++i)
    walks.push_back({static_cast<double>(instruction.loops[i].extent), static_cast<double>(input.strides[i]) * element});
  return lines_of(std::move(walks), element) * line_bytes;
}

Stride stride_of(const ir::MapInput& input, std::size_t loop) { return loop < input.strides.size() ? input.strides[loop] : Stride{0}; }

// The loops of a map as the runtime goes through them, the innermost first: those of the result as they stand, what is folded inside; or, where terms of
// neighbouring results are neighbours in more arrays than terms of one, a row of results first, and the terms of each behind.
std::vector<std::size_t> innermost_first(const ir::Instruction& instruction, const ir::Map& map) {
  constexpr Extent least_down = 16;  // as runtime/map.cpp
  std::vector<std::size_t> kept, order;
  for (std::size_t i = instruction.loops.size(); i-- > 0;) (instruction.loops[i].role == ir::Role::k ? order : kept).push_back(i);
  if (instruction.kernel == ir::Kernel::map && map.fold != ir::Fold::none && !order.empty() && !kept.empty()) {
    const auto reach = [&](std::size_t loop) {
      Stride sum = 0;
      for (const ir::MapInput& input : map.inputs)
        if (!input.position) sum += std::abs(stride_of(input, loop));
      return sum;
    };
    const auto nearer = [&](std::size_t x, std::size_t y) { return reach(x) < reach(y); };
    std::stable_sort(kept.begin(), kept.end(), nearer);
    std::stable_sort(order.begin(), order.end(), nearer);
    int along = 0, beside = 0;
    for (const ir::MapInput& input : map.inputs) {
      along += !input.position && std::abs(stride_of(input, order[0])) == 1 ? 1 : 0;
      beside += !input.position && std::abs(stride_of(input, kept[0])) == 1 ? 1 : 0;
    }
    if (beside >= along && beside > 0 && instruction.loops[kept[0]].extent >= least_down) {
      order.insert(order.begin(), kept[0]);
      kept.erase(kept.begin());
    }
  }
  order.insert(order.end(), kept.begin(), kept.end());
  return order;
}

// Elements that lie apart: what their lines cost beyond a first reading.
double apart(const ir::Instruction& instruction, const ir::MapInput& input, const std::vector<std::size_t>& loops, const Machine& machine) {
  const auto element = static_cast<double>(bytes_of(input.array.dtype.value_or(instruction.dtype)));
  std::vector<Walk> order;
  for (const std::size_t i : loops) order.push_back({static_cast<double>(instruction.loops[i].extent), static_cast<double>(stride_of(input, i)) * element});
  const double bytes = bytes_of_input(instruction, input);
  const double lines = lines_fetched(order, element, static_cast<double>(machine.target.l2_bytes)) - bytes / line_bytes;
  return seconds_of_lines(machine.speeds.row_line_seconds, std::max(0.0, lines), 2 * bytes, machine);
}

// The loops that a map goes over: behind a contraction, those of its results.
std::vector<std::size_t> loops_of_map(const ir::Instruction& instruction) {
  std::vector<std::size_t> loops;
  for (std::size_t i = 0; i < instruction.loops.size(); ++i) {
    const bool summed = instruction.loops[i].role == ir::Role::k && instruction.kernel == ir::Kernel::contract;
    if (!summed && instruction.loops[i].extent > 1) loops.push_back(i);
  }
  return loops;
}

// Short rows that are copied while the runs are brought into chunks, of all inputs that do not lie in the order of the loops without a gap or a
// repetition. A run ends where the loops do not go on as one in all inputs; short ones go several at a time.
// Of 65536 numbers, a row of 4, 16 and 64 for all rows: 1.2, 1.7, 3 ns a run; a number for each: 3.5, 4, 7 (Emerald Rapids, 2026-11).
double rows_brought(const ir::Instruction& instruction, const ir::Map& map, double positions) {
  const std::vector<std::size_t> loops = loops_of_map(instruction);
  const auto goes_on = [&](const ir::MapInput& input, std::size_t i) {
    return stride_of(input, loops[i]) == stride_of(input, loops[i + 1]) * instruction.loops[loops[i + 1]].extent;
  };
  double run = 1;
  for (std::size_t i = loops.size(); i-- > 0;) {
    if (i + 1 < loops.size() && !std::all_of(map.inputs.begin(), map.inputs.end(), [&](const ir::MapInput& input) { return goes_on(input, i); })) break;
    run *= static_cast<double>(instruction.loops[loops[i]].extent);
  }
  const auto in_order = [&](const ir::MapInput& input) {
    for (std::size_t i = 0; i + 1 < loops.size(); ++i)
      if (!goes_on(input, i)) return false;
    return loops.empty() || stride_of(input, loops.back()) == 1;
  };
  const double short_run = static_cast<double>(map.code.size() > ir::short_map_code ? std::max(ir::repeated_map_loop, ir::short_loop_of(map)) : ir::short_loop_of(map));
  double rows = 0;  // of a run, for all inputs
  for (const ir::MapInput& input : map.inputs) {
    if (in_order(input)) continue;
    const bool adjacent = stride_of(input, loops.back()) == 1;
    rows += run >= short_run ? rows_of_run : std::min(rows_of_run, (adjacent ? 0.7 : 1.5) + 0.02 * run);
  }
  return rows * positions / run;
}

double function_cost(const ir::ScalarOp& op, const Machine& machine) { return machine.speeds.function_seconds[static_cast<std::size_t>(op.function)]; }

}  // namespace

Work map_work(const ir::Instruction& instruction, const ir::Map& map, const Machine& machine) {
  const ir::Speeds& speeds = machine.speeds;
  const double lanes = machine.lanes(instruction.dtype);
  double positions = 1, kept = 1;
  for (const ir::Loop& loop : instruction.loops) {
    if (loop.role == ir::Role::k && instruction.kernel == ir::Kernel::contract) continue;  // an epilogue goes over c
    positions *= static_cast<double>(loop.extent);
    if (loop.role != ir::Role::k) kept *= static_cast<double>(loop.extent);
  }
  const double vectors = positions / lanes;
  Work work;
  work.start = speeds.map_seconds;
  std::size_t operations = 0;
  const std::vector<std::size_t> order = innermost_first(instruction, map);
  for (const ir::ScalarOp& op : map.code) {
    if (op.function == ir::Function::constant) continue;
    if (op.function == ir::Function::argument) {
      const ir::MapInput& input = map.inputs[op.in[0]];
      const Stride inner = order.empty() ? 0 : stride_of(input, order[0]);
      if (input.array.dtype) work.arithmetic += vectors * speeds.take_seconds;
      if (!input.position && inner != 0 && inner != 1) work.packing += positions * 2 * speeds.element_seconds + apart(instruction, input, order, machine);
      continue;
    }
    ++operations;
    work.arithmetic += vectors * function_cost(op, machine);
  }
  if (operations == 0) work.arithmetic += vectors * speeds.pack_seconds / 2;
  if (map.fold != ir::Fold::none) work.arithmetic += vectors * static_cast<double>(machine.target.vector_bytes) / speeds.read_bytes[0] + kept * rows_of_run * speeds.row_seconds;
  if (instruction.c.dtype) work.arithmetic += kept / lanes * speeds.take_seconds;
  work.arithmetic += rows_brought(instruction, map, positions) * speeds.row_seconds;
  work.arithmetic += std::ceil(positions / chunk) * static_cast<double>(map.code.size()) * speeds.row_seconds;
  double read = 0, written = 0;
  for (const ir::MapInput& input : map.inputs)
    if (!input.position) read += bytes_of_input(instruction, input);
  std::vector<Walk> walks;
  const auto element = static_cast<double>(bytes_of(instruction.c.dtype.value_or(instruction.dtype)));
  for (const ir::Loop& loop : instruction.loops) walks.push_back({static_cast<double>(loop.extent), static_cast<double>(loop.c) * element});
  written = lines_of(std::move(walks), element) * line_bytes;
  const double together = read + written;
  const double memory = seconds_at(speeds.read_bytes, read, together, machine) + seconds_at(speeds.write_bytes, written, together, machine);
  work.memory = overlapped(work.arithmetic + work.packing, memory, 0.5) - work.arithmetic - work.packing;
  work.spread = together < least_shared_bytes ? 1 : machine.target.threads;
  work.from_memory = together > static_cast<double>(machine.target.l2_bytes);
  return work;
}

Work online_work(const ir::Instruction& instruction, const ir::Online& online, const Machine& machine) {
  const ir::Speeds& speeds = machine.speeds;
  double positions = 1, rows = 1;
  for (const ir::Loop& loop : instruction.loops) {
    positions *= static_cast<double>(loop.extent);
    if (loop.role == ir::Role::m) rows *= static_cast<double>(loop.extent);
  }
  const double vectors = positions / machine.lanes(instruction.dtype);
  const auto of = [&](ir::Function function) { return speeds.function_seconds[static_cast<std::size_t>(function)]; };
  Work work;
  work.start = speeds.instruction_seconds;
  // The largest of each row, the exponentials, their sum; now and then what was summed before is scaled.
  work.arithmetic = vectors * (of(ir::Function::exp) + of(ir::Function::maximum) + of(ir::Function::add)) + 4 * rows * speeds.row_seconds;
  for (const ir::Online::Accumulator& accumulator : online.accumulators)
    work.arithmetic += 0.3 * rows * static_cast<double>(accumulator.columns) / machine.lanes(instruction.dtype) * of(ir::Function::multiply);
  return work;
}

}  // namespace einc::predict
