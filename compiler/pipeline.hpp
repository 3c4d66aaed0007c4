// pipeline.hpp: the one way down, from text to executable: an ordered table of passes, each verified, timed and shown.
// A single call and a whole program take the same way.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <einc/options.hpp>

#include "bind/bind.hpp"
#include "ir/executable.hpp"
#include "ir/expression.hpp"
#include "ir/plan.hpp"
#include "ir/program.hpp"
#include "ir/target.hpp"
#include "lower/lower.hpp"
#include "plan/search_control.hpp"
#include "predict/predict.hpp"
#include "slicing/given_slices.hpp"

namespace einc::compiler {

// How long one pass took.
struct PassTime {
  std::string_view name;
  double seconds;
};

// Everything a compilation found out; explain() reads it, the runtime takes the executable.
struct Compilation {
  std::string text;
  bool is_program = false;
  std::vector<Shape> shapes;         // of the outputs
  std::vector<Shape> operand_shapes;
  std::vector<DType> operand_dtypes;
  std::vector<bool> conjugated;      // of the operands
  std::vector<std::uint32_t> same;   // of the operands: Request::same
  std::vector<bool> constant;        // of the operands
  std::vector<std::uint32_t> constants;  // Options::constants
  DType dtype = DType::f32;          // of the outputs
  std::vector<std::string> input_names, output_names;  // of a program
  std::vector<std::string> unused;                     // inputs no output needs
  std::vector<std::string> names;    // how to write each label of the text; fused labels are written from their parts
  ir::Expression expression;         // simplified; where it is sliced, that of one slice
  ir::Plan plan;
  ir::Executable executable;
  ir::Executable combine;            // where it is sliced, with partials: adds the results of a task to the outputs
  double slicing_overhead = 1;       // flops, as many times as those of a plan that is not cut
  double most_shared = slicing::GivenSlices{}.most_shared;  // elements of a result that is kept for all slices
  Objective objective = Objective::seconds;                  // that the plan was made for
  std::vector<lower::Note> notes;    // one an instruction
  predict::Predicted predicted;      // of the executable
  std::string speeds_from;           // by which it was planned and predicted
  std::vector<PassTime> times;
};

// Called after every pass with its name and the printed result.
using Observer = std::function<void(std::string_view pass, const std::string& printed)>;

// What a saved plan has decided.
struct KeptPlan {
  std::vector<ir::ContractionOrder> orders = {};
  std::optional<Objective> objective = {};  // nothing: that of the options
  slicing::GivenSlices slices = {};
  bool operator==(const KeptPlan&) const = default;
};

// What is compiled: a text or a program, and the shapes and strides it meets. Results are dense and row-major unless their strides are
// given.
struct Request {
  std::string_view text;
  std::span<const bind::Layout> operands;
  std::span<const Strides> result_strides = {};
  const ir::Program* program = nullptr;  // then the text is only what explain() calls it
  const plan::SearchControl* control = nullptr;  // threads for the search of an order, and who watches it
  const KeptPlan* kept = nullptr;  // of a saved plan: nothing is searched
  std::span<const std::uint32_t> same = {};  // of every operand: the first one at the same address, itself or one before; empty: all differ
};

// Throws Error for faults of the input, InternalError for ours.
Compilation compile(const Request& request, const Options& options, const ir::Target& target, const Observer& observe = {});

// The first two stages alone: what a text says of arrays of these shapes. Throws Error as compile() does.
bind::Bound bind_text(std::string_view text, std::span<const bind::Layout> operands, const Options& options);

// The names of all passes, in order.
std::vector<std::string> pass_names();

}  // namespace einc::compiler
