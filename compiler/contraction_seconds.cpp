// SPDX-License-Identifier: BSD-3-Clause
#include "contraction_seconds.hpp"

#include <optional>
#include <utility>
#include <vector>

#include "lower/arrange_loops.hpp"
#include "lower/make_instruction.hpp"
#include "predict/work.hpp"

namespace einc::compiler {
namespace {

lower::Strided array_of(const plan::LaidContraction& contraction, int bit, Stride plan::LabelGroup::*stride, std::optional<DType> dtype, bool conjugated) {
  lower::Strided array;
  array.buffer.dtype = dtype;
  array.conjugated = conjugated;
  for (std::size_t group = 0; group < contraction.groups.size(); ++group) {
    if ((contraction.groups[group].in & bit) == 0) continue;
    array.labels.push_back(static_cast<Label>(group));
    array.strides.push_back(contraction.groups[group].*stride);
  }
  return array;
}

}  // namespace

plan::ContractionSeconds contraction_seconds(const ir::Target& target) {
  ir::Target alone = target;
  alone.threads = 1;
  return [machine = predict::Machine(alone)](const plan::LaidContraction& contraction) {
    const lower::Strided lhs = array_of(contraction, 1, &plan::LabelGroup::lhs, contraction.lhs, contraction.lhs_conjugated);
    const lower::Strided rhs = array_of(contraction, 2, &plan::LabelGroup::rhs, contraction.rhs, contraction.rhs_conjugated);
    const lower::Strided out = array_of(contraction, 4, &plan::LabelGroup::out, contraction.out, false);
    std::vector<Extent> extents;
    for (const plan::LabelGroup& group : contraction.groups) extents.push_back(group.extent);
    lower::Made made = lower::make_contraction(lhs, &rhs, out, extents, contraction.kind, machine.target);
    lower::arrange_loops(made, contraction.kind, machine.target);
    const predict::Work work = predict::plain_work(made.instruction, nullptr, {}, machine);
    return work.start + work.arithmetic + work.packing + work.memory;
  };
}

lower::InstructionSeconds instruction_seconds(const ir::Target& target) {
  ir::Target alone = target;
  alone.threads = 1;
  return [machine = predict::Machine(alone)](const ir::Instruction& instruction, const ir::Map* map) {
    const predict::Work work = map != nullptr ? predict::map_work(instruction, *map, machine) : predict::plain_work(instruction, nullptr, {}, machine);
    return work.start + work.arithmetic + work.packing + work.memory;
  };
}

}  // namespace einc::compiler
