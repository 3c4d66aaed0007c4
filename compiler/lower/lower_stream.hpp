// lower_stream: the plan of one tile becomes instructions on tile buffers, in one variant for each size of the last tiles.
// "scores, mask | online | sums" a tile, then what finishes: see ir::Stream.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ir/executable.hpp"
#include "ir/plan.hpp"
#include "ir/target.hpp"
#include "lower/assign_roles.hpp"
#include "lower/make_instruction.hpp"

namespace einc::lower {

struct StreamPlaces {
  std::vector<MapSource> leaves;     // where each leaf of the stream lies
  std::vector<Strided> results;      // where each result goes
  std::vector<ir::Write> writes;     // and how
};

struct LoweredStream {
  ir::Stream stream;
  std::int64_t scratch_bytes = 0;  // of one thread: tiles and what the kernels of the tile instructions need behind them
  std::string reason;
};

// Maps and gathers of tile instructions are appended to those of `executable`.
LoweredStream lower_stream(const ir::Expression& expression, const ir::Plan& plan, const ir::StreamPlan& stream, const StreamPlaces& places,
                           const ir::Target& target, ir::Executable& executable);

// The code of a map step on its inputs: what the value computes, and how it is folded.
struct MapCode {
  ir::ScalarCode code;
  ir::Fold fold = ir::Fold::none;
};
MapCode map_code(const ir::Value& value);

}  // namespace einc::lower
