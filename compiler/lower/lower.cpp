#include "lower/lower.hpp"

#include <algorithm>
#include <cstdlib>

#include <fmt/format.h>

#include <einc/error.hpp>
#include <einc/tensor_view.hpp>

#include "lower/assign_roles.hpp"
#include "lower/choose_tiles.hpp"
#include "lower/place_buffers.hpp"

namespace einc::lower {
namespace {

using ir::Kernel;
using ir::Role;

// The kernel family of a step on two arrays, and why.
std::pair<Kernel, std::string> kernel_for(const ContractExtents& extents) {
  if (extents.k == 1) return {Kernel::multiply, extents.m > 1 && extents.n > 1 ? "an outer product: nothing is summed" : "an elementwise product: nothing is summed"};
  if (extents.m == 1 && extents.n == 1) return {Kernel::dot, "both arrays are summed away: a dot product, bound by reading"};
  if (extents.n == 1) return {Kernel::matvec, "one free side only: each element of the larger array is used once, so it is read in place"};
  return {Kernel::contract, {}};
}

bool unit_stride_somewhere(const ir::Instruction& instruction) {
  if (instruction.loops.empty()) return true;
  return std::any_of(instruction.loops.begin(), instruction.loops.end(), [&](const ir::Loop& loop) {
    return std::abs(loop.a) == 1 || std::abs(loop.b) == 1 || std::abs(loop.c) == 1;
  });
}

class Lowering {
 public:
  Lowering(const ir::Expression& expression, const ir::Plan& plan, const ir::Target& target)
      : expression_(expression), plan_(plan), target_(target) {}

  Lowered lower() {
    lowered_.executable.operand_count = operand_count();
    lowered_.executable.output_count = 1;
    const ir::Output& output = expression_.outputs[0];
    if (has_zero_extent(output.labels)) return std::move(lowered_);  // the result has no elements: nothing to do
    if (sums_nothing()) {
      emit_fill("a label has extent 0, so every sum is empty and the result is zero");
      return std::move(lowered_);
    }
    if (repeats(output.labels)) emit_fill("the result repeats a label: all but its diagonal is zero");
    for (std::size_t step = 0; step < plan_.steps.size(); ++step) emit_step(step);
    if (plan_.steps.empty()) emit_copy();
    place();
    return std::move(lowered_);
  }

 private:
  std::uint32_t operand_count() const {
    std::uint32_t count = 0;
    for (const ir::Value& value : expression_.values)
      if (value.op == ir::Op::operand) count = std::max(count, value.operand + 1);
    return count;
  }
  bool has_zero_extent(const ir::Term& labels) const {
    return std::any_of(labels.begin(), labels.end(), [&](Label label) { return plan_.extents[label] == 0; });
  }
  bool sums_nothing() const {
    return std::any_of(plan_.leaves.begin(), plan_.leaves.end(), [&](const ir::Leaf& leaf) { return has_zero_extent(leaf.labels); });
  }
  static bool repeats(ir::Term labels) {
    std::sort(labels.begin(), labels.end());
    return std::adjacent_find(labels.begin(), labels.end()) != labels.end();
  }

  Strided leaf(std::size_t id) const {
    const ir::Value& value = expression_.values[plan_.leaves[id].value];
    return {value.labels, value.strides, {ir::Place::operand, value.operand, 0}};
  }
  // The caller's array by label; a repeated label steps along the diagonal.
  Strided output() const {
    Strided result{{}, {}, {ir::Place::output, 0, 0}};
    const ir::Output& output = expression_.outputs[0];
    for (std::size_t i = 0; i < output.labels.size(); ++i) {
      const auto found = std::find(result.labels.begin(), result.labels.end(), output.labels[i]);
      if (found == result.labels.end()) {
        result.labels.push_back(output.labels[i]);
        result.strides.push_back(output.strides[i]);
      } else {
        result.strides[static_cast<std::size_t>(found - result.labels.begin())] += output.strides[i];
      }
    }
    return result;
  }
  // A dense array for the result of a step, in the plan's order of labels.
  Strided intermediate(std::size_t step) const {
    const ir::Term& labels = plan_.steps[step].out;
    if (ir::elements(labels, plan_.extents) * static_cast<double>(bytes_of(plan_.dtype)) > 4.6e18)
      throw Error(ErrorCode::memory_limit, fmt::format("the intermediate of step {} has more bytes than 64 bits can count", step + 1));
    Shape shape;
    for (Label label : labels) shape.push_back(plan_.extents[label]);
    return {labels, row_major(shape), {ir::Place::arena, static_cast<std::uint32_t>(lives_.size()), 0}};
  }
  const Strided& array_of(ir::PlanValue value) {
    if (value < plan_.leaves.size()) {
      leaf_ = leaf(value);
      return leaf_;
    }
    return results_[value - plan_.leaves.size()];
  }

  ir::Write write_of(const Strided& out) const {
    if (out.buffer.place != ir::Place::output) return ir::Write::store;
    return repeats(expression_.outputs[0].labels) ? ir::Write::add_into : ir::Write::scale_into;
  }

  void emit_step(std::size_t number) {
    const ir::Step& step = plan_.steps[number];
    const bool last = plan_.result == plan_.leaves.size() + number;
    const Strided out = last ? output() : intermediate(number);
    if (!last) {
      Shape shape;
      Extent count = 1;
      for (Label label : out.labels) count *= plan_.extents[label];
      lives_.push_back({count * static_cast<std::int64_t>(bytes_of(plan_.dtype)), lowered_.executable.code.size(), lowered_.executable.code.size()});
    }
    const Strided lhs = array_of(step.lhs);
    const Strided rhs = step.rhs == ir::no_value ? Strided{} : array_of(step.rhs);
    for (const Strided* read : {&lhs, &rhs})
      if (read->buffer.place == ir::Place::arena && (read == &lhs || step.rhs != ir::no_value))
        lives_[read->buffer.index].dies = lowered_.executable.code.size();
    results_.push_back(out);

    Roles roles = assign_roles(lhs, step.rhs == ir::no_value ? nullptr : &rhs, out, plan_.extents);
    ir::Instruction instruction{};
    instruction.dtype = plan_.dtype;
    instruction.a = roles.swapped ? rhs.buffer : lhs.buffer;
    instruction.b = roles.swapped ? lhs.buffer : rhs.buffer;
    instruction.c = out.buffer;
    instruction.loops = std::move(roles.loops);
    instruction.write = write_of(out);
    std::string reason;
    const ContractExtents by_role = extents_by_role(instruction.loops);
    if (step.rhs == ir::no_value) {
      instruction.kernel = by_role.k > 1 ? Kernel::reduce : Kernel::permute;
      instruction.b = {};
      reason = instruction.kernel == Kernel::reduce ? "a sum over one array, bound by reading" : "a copy into another order of labels";
    } else {
      std::tie(instruction.kernel, reason) = kernel_for(by_role);
      if (instruction.kernel == Kernel::contract) {
        const std::optional<TileChoice> small = choose_small_tiles(instruction.loops, plan_.dtype, target_);
        const TileChoice choice = small ? *small : choose_tiles(by_role, plan_.dtype, target_);
        if (small) instruction.kernel = Kernel::small;
        instruction.tiling = choice.tiling;
        lowered_.executable.scratch_bytes = std::max(lowered_.executable.scratch_bytes, choice.scratch_bytes);
        reason = choice.reason;
      }
    }
    emit(std::move(instruction), number, std::move(reason));
  }

  // A plan without steps: the result is an operand, in the caller's order.
  void emit_copy() {
    const Strided from = leaf(plan_.result), to = output();
    ir::Instruction instruction{};
    instruction.kernel = Kernel::permute;
    instruction.dtype = plan_.dtype;
    instruction.a = from.buffer;
    instruction.c = to.buffer;
    instruction.loops = assign_roles(from, nullptr, to, plan_.extents).loops;
    instruction.write = write_of(to);
    emit(std::move(instruction), Note::no_step, "the result is an operand: copied, since results never alias operands");
  }

  // The whole of the caller's array, every place once.
  void emit_fill(std::string reason) {
    const ir::Output& output = expression_.outputs[0];
    ir::Instruction instruction{};
    instruction.kernel = Kernel::fill;
    instruction.dtype = plan_.dtype;
    instruction.c = {ir::Place::output, 0, 0};
    for (std::size_t i = 0; i < output.labels.size(); ++i)
      instruction.loops.push_back({Role::m, plan_.extents[output.labels[i]], 0, 0, output.strides[i]});
    instruction.write = ir::Write::scale_into;
    emit(std::move(instruction), Note::no_step, std::move(reason));
  }

  void emit(ir::Instruction instruction, std::size_t step, std::string reason) {
    const bool contracts = instruction.kernel == Kernel::contract || instruction.kernel == Kernel::small;
    const bool elementwise = !contracts && !unit_stride_somewhere(instruction);
    lowered_.notes.push_back({step, std::move(reason), elementwise});
    lowered_.executable.code.push_back(std::move(instruction));
  }

  void place() {
    Placement placement = place_buffers(lives_);
    lowered_.executable.buffers = std::move(placement.buffers);
    lowered_.executable.arena_bytes = placement.arena_bytes;
  }

  const ir::Expression& expression_;
  const ir::Plan& plan_;
  const ir::Target& target_;
  Lowered lowered_;
  std::vector<Strided> results_;  // of each step so far
  std::vector<Life> lives_;       // of each intermediate so far
  Strided leaf_;
};

}  // namespace

Lowered lower(const ir::Expression& expression, const ir::Plan& plan, const ir::Target& target) {
  return Lowering(expression, plan, target).lower();
}

}  // namespace einc::lower
