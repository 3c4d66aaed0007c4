// defer_division: what does not vary along the summed labels is applied after the sum.
// sum over k of (e / l) * v   is   (sum over k of e * v) / l:   the rewrite R1 that lets softmax be streamed, and divides less
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "fuse/fuse.hpp"
#include "ir/rewrite.hpp"

namespace einc::fuse {
namespace {

using ir::Function;

// An exponential, or one that products, quotients and choices have been applied to.
bool is_weight(const ir::Expression& expression, ir::ValueId id) {
  for (;;) {
    const auto map = ir::one_function(expression, id);
    if (!map) return false;
    switch (map->function) {
      case Function::exp: return true;
      case Function::divide: id = map->inputs[0]; break;
      case Function::select: id = map->inputs[2]; break;
      case Function::multiply:
        if (is_weight(expression, map->inputs[1])) return true;
        id = map->inputs[0];
        break;
      default: return false;
    }
  }
}

class Deferral {
 public:
  explicit Deferral(ir::Expression expression) : expression_(std::move(expression)) {}

  ir::Expression run() {
    bool changed = false;
    for (ir::ValueId id = 0; id < expression_.values.size(); ++id)
      while (expression_.values[id].op == ir::Op::contract && step(id)) changed = true;
    return changed ? ir::compact(std::move(expression_)) : std::move(expression_);
  }

 private:
  const ir::Term& labels(ir::ValueId id) const { return expression_.values[id].labels; }

  // The labels the contraction does not keep.
  ir::Term summed(const ir::Value& contraction) const {
    ir::Term all;
    for (ir::ValueId argument : contraction.arguments) all = ir::unite(std::move(all), labels(argument));
    return ir::without(std::move(all), contraction.labels);
  }
  bool varies(ir::ValueId id, const ir::Term& along) const { return ir::without(along, labels(id)).size() != along.size(); }
  bool depends(ir::ValueId id, ir::ValueId on) const { return ir::depends(expression_, id, on); }

  bool step(ir::ValueId id) {
    const ir::Value contraction = expression_.values[id];
    const ir::Term sum = summed(contraction);
    for (std::size_t i = 0; i < contraction.arguments.size(); ++i) {
      const ir::ValueId argument = contraction.arguments[i];
      if (!is_weight(expression_, argument)) continue;
      const auto map = ir::one_function(expression_, argument);
      if (map->function == Function::divide && !varies(map->inputs[1], sum)) return rewrite(id, contraction, i, map->inputs[0], Function::divide, map->inputs[1]);
      if (map->function == Function::multiply) {
        const bool second = is_weight(expression_, map->inputs[1]);
        const ir::ValueId weight = map->inputs[second ? 1 : 0], other = map->inputs[second ? 0 : 1];
        if (!varies(other, sum)) return rewrite(id, contraction, i, weight, Function::multiply, other);
        if (depends(other, weight)) continue;  // no stream of the weight could take a factor that waits for its sums
        return absorb(id, contraction, i, weight, other);
      }
      if (map->function == Function::select && !varies(map->inputs[0], sum) && expression_.values[map->inputs[1]].op == ir::Op::constant)
        return choose(id, contraction, i, *map, sum);
    }
    return false;
  }

  // The contraction with `by` in the place of argument i; it keeps what its arguments still have.
  ir::ValueId contract_with(const ir::Value& contraction, std::size_t i, std::vector<ir::ValueId> by) {
    ir::Value result = contraction;
    result.arguments.erase(result.arguments.begin() + static_cast<std::ptrdiff_t>(i));
    result.arguments.insert(result.arguments.begin() + static_cast<std::ptrdiff_t>(i), by.begin(), by.end());
    ir::Term all;
    for (ir::ValueId argument : result.arguments) all = ir::unite(std::move(all), labels(argument));
    std::erase_if(result.labels, [&](Label label) { return !ir::contains(all, label); });
    return ir::add(expression_, std::move(result));
  }

  // The new value takes the place of the old one; labels only `other` has come back by broadcast.
  void become(ir::ValueId id, ir::ValueId made) {
    const ir::Term kept = labels(id);
    expression_.values[id] = expression_.values[made];
    if (expression_.values[id].op == ir::Op::map) expression_.values[id].labels = kept;
  }

  bool rewrite(ir::ValueId id, const ir::Value& contraction, std::size_t i, ir::ValueId weight, Function function, ir::ValueId other) {
    const ir::ValueId inner = contract_with(contraction, i, {weight});
    become(id, ir::add_map(expression_, function, {inner, other}));
    return true;
  }

  // A factor that varies along the sum is one more argument of the product.
  bool absorb(ir::ValueId id, const ir::Value& contraction, std::size_t i, ir::ValueId weight, ir::ValueId other) {
    const ir::ValueId made = contract_with(contraction, i, {weight, other});
    expression_.values[id] = expression_.values[made];
    return true;
  }

  // where(p, number, w): the sum of the number times the others, or the sum with w.
  bool choose(ir::ValueId id, const ir::Value& contraction, std::size_t i, const ir::OneFunction& map, const ir::Term& sum) {
    const ir::ValueId weighted = contract_with(contraction, i, {map.inputs[2]});
    double number = expression_.values[map.inputs[1]].number * contraction.factor;
    ir::Term rest;
    for (std::size_t other = 0; other < contraction.arguments.size(); ++other)
      if (other != i) rest = ir::unite(std::move(rest), labels(contraction.arguments[other]));
    for (Label label : sum)
      if (!ir::contains(rest, label)) number *= static_cast<double>(expression_.extents[label]);
    ir::ValueId plain = ir::add_constant(expression_, number, contraction.dtype);
    if (contraction.arguments.size() > 1) {
      const ir::ValueId others = contract_with(contraction, i, {});
      expression_.values[others].factor = 1;
      plain = ir::add_map(expression_, Function::multiply, {others, plain});
    }
    become(id, ir::add_map(expression_, Function::select, {map.inputs[0], plain, weighted}));
    return true;
  }

  ir::Expression expression_;
};

}  // namespace

ir::Expression defer_division(ir::Expression expression) { return Deferral(std::move(expression)).run(); }

}  // namespace einc::fuse
