// lower.hpp: a plan becomes an executable for one machine: every step gets strides, roles, a kernel, tiles and a buffer.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/executable.hpp"
#include "ir/plan.hpp"
#include "ir/target.hpp"

namespace einc::lower {

// What explain() wants to know of an instruction besides the instruction.
struct Note {
  static constexpr std::size_t no_step = ~std::size_t{0};
  std::size_t step = no_step;  // of the plan; no_step for what lowering added
  std::string reason;          // why this kernel and these tiles
  bool elementwise = false;    // no array has a unit stride: the kernel goes element by element
  std::size_t then = no_step;  // the map that is the instruction's epilogue
  bool operator==(const Note&) const = default;
};

struct Lowered {
  ir::Executable executable;
  std::vector<Note> notes;  // one an instruction
};

// Whether long sums with few results are cut into slices, which takes some memory for the results of each.
enum class LongSums { sliced, whole };

// The predicted seconds of an instruction on one thread, so that what is chosen by them is the same for any number of threads; `map`: what a map computes.
using InstructionSeconds = std::function<double(const ir::Instruction&, const ir::Map* map)>;

// The expression says where operands and the output lie in memory; the plan says what to do in which order.
// `seconds`: whom to ask whether arrays had better be copied into another order first, which takes memory; null: none is.
// Throws Error (memory_limit) when an intermediate has more bytes than 64 bits can count.
Lowered lower(const ir::Expression& expression, const ir::Plan& plan, const ir::Target& target, LongSums long_sums = LongSums::sliced, const InstructionSeconds* seconds = nullptr);

}  // namespace einc::lower
