// slicing.cpp: sliced executables: whether the loops around one fit it, and who runs it.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include <fmt/format.h>

#include <einc/error.hpp>

#include "ir/executable.hpp"

namespace einc::ir {

void verify_slicing(const Executable& executable) {
  const Slicing& slicing = executable.slicing;
  const auto require = [&](bool holds, std::string_view what) {
    if (!holds) throw InternalError(fmt::format("executable is not well sliced: {}\n{}", what, print(executable)));
  };
  require(executable.beforehand <= executable.code.size() && executable.beforehand_bytes >= 0 && executable.beforehand_bytes % 64 == 0, "more is computed beforehand than there is, or leaves a ragged end");
  for (std::size_t i = 0; i < executable.beforehand; ++i) require(executable.code[i].c.place != Place::output, "a result is written before there is a call");
  require(slicing.once >= executable.beforehand, "what is computed beforehand is not the same for all slices");
  if (!slicing.is_sliced()) {
    Slicing none;
    none.once = executable.beforehand;
    return require(slicing == none, "it is not sliced, and has figures of slices");
  }
  bool summed = false;
  for (const SliceLoop& loop : slicing.loops) {
    require(loop.parts >= 1, "a loop has no parts");
    require(loop.operands.size() == executable.operand_count, "a loop has another number of operands");
    require(loop.outputs.size() == executable.output_count, "a loop has another number of outputs");
    require(loop.summed || !summed, "a summed loop stands around one that is not");
    summed = summed || loop.summed;
  }
  require(slicing.slices_per_task >= 1 && slicing.slices_per_task <= slicing.slices_per_region(), "a task has no slices, or more than a region");
  require(slicing.once <= executable.code.size(), "more instructions are common to all slices than there are");
  require(slicing.once_bytes >= 0 && slicing.once_bytes % 64 == 0, "the common block has a ragged end");
  for (std::size_t i = 0; i < slicing.once; ++i) require(executable.code[i].c.place != Place::output, "an instruction that is common to all slices writes a result");
  require(slicing.has_partials() || slicing.slices_per_region() == 1, "slices add to the caller's outputs");
  require(!slicing.has_partials() || slicing.partials.size() == executable.output_count, "another number of partials than outputs");
  for (const std::int64_t at : slicing.partials) require(at >= 0 && at % 64 == 0 && at <= slicing.partial_bytes, "a partial begins nowhere");
}

Crew crew_for(const Executable& executable, int threads, std::int64_t limit) {
  const auto fit = [&](std::int64_t fixed, std::int64_t each, std::int64_t wanted) {
    if (limit == 0 || each <= 0) return wanted;
    return std::clamp<std::int64_t>((limit - fixed) / each, 1, wanted);
  };
  const std::int64_t once = executable.slicing.once_bytes + executable.beforehand_bytes, own = bytes_of_worker(executable), scratch = executable.scratch_bytes;
  if (executable.slicing.is_sliced()) {
    const std::int64_t workers = fit(once, own + scratch, std::min<std::int64_t>(threads, executable.slicing.tasks()));
    if (2 * workers > threads) return {static_cast<int>(workers), 1};
  }
  return {1, static_cast<int>(fit(once + own, scratch, threads))};
}

}  // namespace einc::ir
