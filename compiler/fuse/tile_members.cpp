// SPDX-License-Identifier: BSD-3-Clause
#include "fuse/tile_members.hpp"

#include <algorithm>

#include "ir/rewrite.hpp"

namespace einc::fuse {

using ir::Function;
using ir::Op;
using ir::ValueId;

namespace {

bool holds(const std::vector<ValueId>& values, ValueId value) { return std::find(values.begin(), values.end(), value) != values.end(); }
bool within(const ir::Term& labels, const ir::Term& all) { return ir::without(labels, all).empty(); }

}  // namespace

LargeValues::LargeValues(const ir::Expression& expression, const ir::Region& stream) : expression_(expression), stream_(stream) {
  const auto labels_of = [&](ValueId id) { return expression.values[id].labels; };
  labels_ = labels_of(stream.masked);
  rows_ = ir::without(labels_, {stream.label});
  for (ValueId sum : stream.sums)
    for (ValueId argument : expression.values[sum].arguments)
      if (argument != stream.weights && !(within(labels_, labels_of(argument)) && within(labels_of(argument), labels_))) rows_ = ir::without(rows_, labels_of(argument));
  in_stream_.assign(expression.values.size(), 0);
  for (const std::vector<ValueId>* group : {&stream.members, &stream.sums, &stream.finish})
    for (ValueId id : *group) in_stream_[id] = 1;
  for (ValueId id : {stream.maximum, stream.reference, stream.weights})
    if (id != ir::no_id) in_stream_[id] = 1;
  find_followers();
  find_vanishing();
}

bool LargeValues::is_large(ValueId id) const {
  const ir::Term& labels = expression_.values[id].labels;
  if (!ir::contains(labels, stream_.label)) return false;
  return std::any_of(rows_.begin(), rows_.end(), [&](Label row) { return ir::contains(labels, row); });
}

// A map, or a contraction that sums no label of the scores.
bool LargeValues::tileable(ValueId id) const {
  const ir::Value& value = expression_.values[id];
  if (!is_large(id) || !within(labels_, value.labels)) return false;
  return value.op == Op::map || value.op == Op::contract;
}

// Followers begin with the members that read an array: those made of positions alone are no secret of the stream's.
void LargeValues::find_followers() {
  const std::size_t count = expression_.values.size();
  std::vector<char> reads(count, 0);
  follows_.assign(count, 0);
  for (ValueId id = 0; id < count; ++id) {
    const ir::Value& value = expression_.values[id];
    reads[id] = value.op != Op::constant && value.op != Op::iota && value.op != Op::map;
    bool after = false;
    for (ValueId argument : value.arguments) {
      reads[id] = reads[id] || reads[argument];
      after = after || follows_[argument];
    }
    if (id == stream_.weights || holds(stream_.sums, id) || id == stream_.maximum) continue;
    follows_[id] = reads[id] && tileable(id) && (after || holds(stream_.members, id));
  }
}

bool LargeValues::is_visible(ValueId condition) const { return holds(conditions_, condition); }

void LargeValues::find_vanishing() {
  const std::size_t count = expression_.values.size();
  vanishes_.assign(count, 0);
  minus_infinity_.assign(count, 0);
  if (stream_.masked == stream_.scores) return;
  const auto mask = ir::one_function(expression_, stream_.masked);
  if (!mask || mask->function != Function::select) return;
  conditions_ = {mask->inputs[0]};
  for (std::size_t i = 0; i < conditions_.size(); ++i)
    if (const auto both = ir::one_function(expression_, conditions_[i]); both && both->function == Function::logical_and)
      conditions_.insert(conditions_.end(), both->inputs.begin(), both->inputs.end());
  minus_infinity_[stream_.masked] = 1;
  for (ValueId id = 0; id < count; ++id) {
    if (expression_.values[id].op == Op::contract) {
      const ir::Value& value = expression_.values[id];
      vanishes_[id] = within(labels_, value.labels) && std::any_of(value.arguments.begin(), value.arguments.end(), [&](ValueId argument) { return vanishes_[argument] != 0; });
    }
    const auto map = ir::one_function(expression_, id);
    if (!map) continue;
    const auto in = [&](std::size_t i) { return map->inputs[i]; };
    const auto zero = [&](ValueId value) { return vanishes_[value] || ir::is_constant(expression_, value, 0); };
    switch (map->function) {
      case Function::exp: vanishes_[id] = minus_infinity_[in(0)]; break;
      case Function::add: minus_infinity_[id] = minus_infinity_[in(0)] || minus_infinity_[in(1)]; break;
      case Function::subtract: minus_infinity_[id] = minus_infinity_[in(0)]; break;
      case Function::multiply: vanishes_[id] = vanishes_[in(0)] || vanishes_[in(1)]; break;
      case Function::divide:
      case Function::negative: vanishes_[id] = vanishes_[in(0)]; break;
      case Function::select: vanishes_[id] = (zero(in(1)) || !is_large(in(1))) && zero(in(2)) && (vanishes_[in(1)] || is_visible(in(0))); break;
      default: break;
    }
  }
}

TileMembers::TileMembers(ir::Expression& expression, const LargeValues& large)
    : expression_(expression), large_(large), originals_(large.count()), uses_(ir::count_uses(expression)) {}

std::vector<ValueId> TileMembers::made() const {
  std::vector<ValueId> all;
  for (const auto& [original, copy] : copy_) all.push_back(copy);
  for (const auto& [original, copy] : rescaled_)
    if (copy != ir::no_id) all.push_back(copy);
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  return all;
}

// Small values, and large ones that are arrays, are read from outside.
ValueId TileMembers::clone(ValueId id) {
  const auto found = copy_.find(id);
  if (found != copy_.end()) return found->second;
  if (!is_large(id)) return id;
  const ir::Op op = expression_.values[id].op;
  if (op != Op::map && op != Op::contract) return id;
  if (op == Op::contract && !large_.tileable(id)) return id;
  ValueId made = op == Op::map ? clone_map(id) : ir::no_id;
  if (made == ir::no_id) {
    ir::Value copy = expression_.values[id];
    for (ValueId& argument : copy.arguments) argument = clone(argument);
    made = ir::add(expression_, std::move(copy));
  }
  return copy_[id] = made;
}

// A map that a tile can do with less: no_id when it is to be copied as it is.
ValueId TileMembers::clone_map(ValueId id) {
  const auto map = ir::one_function(expression_, id);
  if (!map) return ir::no_id;
  // What vanishes where the score is hidden need not be hidden again.
  if (map->function == Function::select && large_.is_visible(map->inputs[0]) && large_.vanishes(map->inputs[1]) && ir::is_constant(expression_, map->inputs[2], 0))
    return clone(map->inputs[1]);
  const bool divides = map->function == Function::divide;
  if (!divides && map->function != Function::multiply) return ir::no_id;
  for (std::size_t large = 0; large < (divides ? 1u : 2u); ++large) {
    const ValueId x = map->inputs[large], other = map->inputs[1 - large];
    if (!is_large(x) || is_large(other) || !within(expression_.values[id].labels, expression_.values[x].labels)) continue;
    const ValueId factor = divides ? reciprocal(other) : other;
    if (expression_.values[x].op == Op::contract && uses_[x] == 1 && large_.tileable(x))
      if (const ValueId made = rescaled(x, factor); made != ir::no_id) return made;
    if (!divides) return ir::no_id;
    const ir::Term labels = expression_.values[id].labels;
    const ValueId made = ir::add_map(expression_, Function::multiply, {clone(x), factor});
    expression_.values[made].labels = labels;
    return made;
  }
  return ir::no_id;
}

// The contraction with one of its small arguments multiplied.
ValueId TileMembers::rescaled(ValueId contraction, ValueId factor) {
  const auto found = rescaled_.find({contraction, factor});
  if (found != rescaled_.end()) return found->second;
  ir::Value copy = expression_.values[contraction];
  const auto taker = std::find_if(copy.arguments.begin(), copy.arguments.end(), [&](ValueId argument) {
    return !is_large(argument) && within(expression_.values[factor].labels, expression_.values[argument].labels);
  });
  ValueId made = ir::no_id;
  if (taker != copy.arguments.end() && expression_.values[factor].op != Op::constant) {
    *taker = scaled(*taker, factor);
    for (ValueId& argument : copy.arguments) argument = clone(argument);
    made = ir::add(expression_, std::move(copy));
  }
  rescaled_[{contraction, factor}] = made;
  return made;
}

ValueId TileMembers::scaled(ValueId small, ValueId factor) {
  const auto [found, fresh] = scaled_.try_emplace({small, factor}, ir::no_id);
  if (!fresh) return found->second;
  const ir::Term labels = expression_.values[small].labels;
  const ValueId made = ir::add_map(expression_, Function::multiply, {small, factor});
  expression_.values[made].labels = labels;
  return scaled_[{small, factor}] = made;
}

ValueId TileMembers::reciprocal(ValueId small) {
  const auto found = reciprocal_.find(small);
  if (found != reciprocal_.end()) return found->second;
  const DType dtype = ir::computed_type(expression_);
  const ValueId one = ir::add_constant(expression_, 1, dtype);
  // The program may have it already.
  for (ValueId id = 0; id < originals_; ++id) {
    const auto map = ir::one_function(expression_, id);
    if (map && map->function == Function::divide && map->inputs[1] == small && ir::is_constant(expression_, map->inputs[0], 1)) return reciprocal_[small] = id;
  }
  const ir::Term labels = expression_.values[small].labels;
  const ValueId made = ir::add_map(expression_, Function::divide, {one, small});
  expression_.values[made].labels = labels;
  return reciprocal_[small] = made;
}

std::vector<ValueId> TileMembers::in_tile(std::vector<ValueId> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    for (;;) {
      const auto map = ir::one_function(expression_, arguments[i]);
      if (!is_large(arguments[i]) || !map || (map->function != Function::multiply && map->function != Function::divide)) break;
      const bool second = map->function == Function::multiply && is_large(map->inputs[1]) && !is_large(map->inputs[0]);
      const ValueId x = map->inputs[second ? 1 : 0], other = map->inputs[second ? 0 : 1];
      if (!is_large(x) || is_large(other) || expression_.values[x].labels.size() != expression_.values[arguments[i]].labels.size()) break;
      const ValueId factor = map->function == Function::divide ? reciprocal(other) : other;
      const auto taker = std::find_if(arguments.begin(), arguments.end(), [&](ValueId argument) {
        return !is_large(argument) && within(expression_.values[factor].labels, expression_.values[argument].labels);
      });
      if (taker == arguments.end()) break;
      *taker = scaled(*taker, factor);
      arguments[i] = x;
    }
    arguments[i] = clone(arguments[i]);
  }
  const auto is_small = [&](ValueId argument) { return !copied(argument) && !is_large(argument); };
  for (std::size_t i = 0; i < arguments.size(); ++i) {  // small ones meet outside of the tiles too
    const auto taker = std::find_if(arguments.begin(), arguments.end(), [&](ValueId argument) {
      return argument != arguments[i] && is_small(argument) && is_small(arguments[i]) && within(expression_.values[arguments[i]].labels, expression_.values[argument].labels);
    });
    if (taker == arguments.end()) continue;
    *taker = scaled(*taker, arguments[i]);
    arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(i--));
  }
  return arguments;
}

}  // namespace einc::fuse
