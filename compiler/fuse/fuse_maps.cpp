// fuse_maps: a map that one other map or extreme reads becomes part of it: one pass over memory instead of two.
// exp(s - m) with the difference never written; max over k of (s * 0.125) with the product never written
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>

#include "fuse/fuse.hpp"
#include "ir/constants.hpp"
#include "ir/rewrite.hpp"

namespace einc::fuse {
namespace {

using ir::Function;
using ir::ValueId;

constexpr std::size_t most_code = 96, most_arguments = 12;

bool holds(const std::vector<ValueId>& values, ValueId value) { return std::find(values.begin(), values.end(), value) != values.end(); }

// Functions cheap enough to be done again along a label the producer lacks: comparisons and arithmetic, no exponentials.
bool is_cheap(const ir::ScalarCode& code) {
  std::size_t functions = 0;
  for (const ir::ScalarOp& op : code) {
    if (ir::input_count(op.function) == 0) continue;
    ++functions;
    const bool simple = op.function == Function::negative || op.function == Function::absolute || op.function == Function::relu || op.function >= Function::add ||
                        op.function == Function::logical_not || op.function == Function::floor;
    if (!simple || op.function == Function::divide) return false;
  }
  return functions <= 6;
}

// Code of a consumer with code of its producers written into it.
class Merge {
 public:
  std::uint32_t argument(ValueId value) {
    const auto found = std::find(arguments.begin(), arguments.end(), value);
    const auto number = static_cast<std::uint32_t>(found - arguments.begin());
    if (found == arguments.end()) arguments.push_back(value);
    return push({.function = Function::argument, .in = {number, 0, 0}});
  }
  std::uint32_t push(const ir::ScalarOp& op) {
    const auto same = std::find(code.begin(), code.end(), op);
    if (same != code.end()) return static_cast<std::uint32_t>(same - code.begin());
    code.push_back(op);
    return static_cast<std::uint32_t>(code.size() - 1);
  }
  ir::ScalarCode code;
  std::vector<ValueId> arguments;
};

class Fusion {
 public:
  explicit Fusion(ir::Expression expression)
      : expression_(std::move(expression)), uses_(ir::count_uses(expression_)), readers_(uses_.size(), 0), constant_(ir::constant_values(expression_)) {
    for (const ir::Value& value : expression_.values)
      for (ValueId argument : value.arguments) readers_[argument] += value.op == ir::Op::map;
  }

  ir::Expression run() {
    bool changed = false;
    for (ValueId id = 0; id < expression_.values.size(); ++id) {  // producers come first, so they are merged already
      const ir::Op op = expression_.values[id].op;
      if (op == ir::Op::map) changed = fuse(id) || changed;
    }
    uses_ = ir::count_uses(expression_);  // what has become part of its reader counts no more
    for (const ir::Region& stream : expression_.streams)
      for (ValueId id : stream.finish) changed = multiply_instead(id) || changed;
    return changed ? ir::compact(std::move(expression_)) : std::move(expression_);
  }

 private:
  bool fuse(ValueId id) {
    const ir::Value& consumer = expression_.values[id];
    const bool any = std::any_of(consumer.arguments.begin(), consumer.arguments.end(), [&](ValueId argument) { return may_enter(argument, id); });
    if (!any) return false;
    Merge merge;
    std::uint32_t last = 0;
    std::vector<std::uint32_t> at;
    for (const ir::ScalarOp& op : consumer.code) {
      if (op.function == Function::argument && may_enter(consumer.arguments[op.in[0]], id)) last = write_in(merge, expression_.values[consumer.arguments[op.in[0]]]);
      else if (op.function == Function::argument) last = merge.argument(consumer.arguments[op.in[0]]);
      else last = merge.push(moved(op, at));
      at.push_back(last);
    }
    if (merge.code.size() > most_code || merge.arguments.size() > most_arguments) return false;
    if (last + 1 != merge.code.size()) return false;  // the result is not the last operation: nothing was gained
    ir::Value& value = expression_.values[id];
    std::vector<ValueId> repeated;  // whose other readers do the same once more
    for (ValueId argument : value.arguments)
      if (may_enter(argument, id) && expression_.values[argument].op == ir::Op::map && uses_[argument] > 1) repeated.push_back(argument);
    for (ValueId argument : repeated) {
      --uses_[argument], --readers_[argument];
      for (ValueId read : expression_.values[argument].arguments) ++uses_[read], ++readers_[read];
    }
    value.code = std::move(merge.code);
    value.arguments = std::move(merge.arguments);
    return true;
  }
  // x[rows, c] / y[rows] at the end of a stream, on its own or in a larger map: one division a row, then products.
  bool multiply_instead(ValueId id) {
    if (expression_.values[id].op != ir::Op::map || uses_[id] == 0) return false;
    bool changed = false;
    for (std::uint32_t at = 0; at < expression_.values[id].code.size(); ++at) {
      const ir::ScalarOp& op = expression_.values[id].code[at];
      if (op.function != Function::argument || !divides_only(expression_.values[id].code, at)) continue;
      const ValueId y = expression_.values[id].arguments[op.in[0]];
      ir::Value& divisor = expression_.values[y];
      if (divisor.op != ir::Op::map || uses_[y] != 1 || !finishes(y) || divisor.labels.size() >= expression_.values[id].labels.size()) continue;
      const auto last = static_cast<std::uint32_t>(divisor.code.size() - 1);
      divisor.code.push_back({.function = Function::constant, .in = {}, .value = 1});
      divisor.code.push_back({.function = Function::divide, .in = {last + 1, last, 0}});
      for (ir::ScalarOp& each : expression_.values[id].code)
        if (each.function == Function::divide && each.in[1] == at) each.function = Function::multiply;
      changed = true;
    }
    return changed;
  }
  // Whether what is at this place of the code is used, and as a divisor alone.
  static bool divides_only(const ir::ScalarCode& code, std::uint32_t at) {
    bool used = false;
    for (const ir::ScalarOp& op : code)
      for (int i = 0; i < ir::input_count(op.function); ++i) {
        if (op.in[static_cast<std::size_t>(i)] != at) continue;
        if (op.function != Function::divide || i != 1) return false;
        used = true;
      }
    return used;
  }
  static ir::ScalarOp moved(ir::ScalarOp op, const std::vector<std::uint32_t>& at) {
    for (int i = 0; i < ir::input_count(op.function); ++i) op.in[static_cast<std::size_t>(i)] = at[op.in[static_cast<std::size_t>(i)]];
    return op;
  }
  std::uint32_t write_in(Merge& merge, const ir::Value& producer) const {
    if (producer.op == ir::Op::constant) return merge.push({.function = Function::constant, .in = {}, .value = producer.number});
    std::vector<std::uint32_t> at;
    for (const ir::ScalarOp& op : producer.code)
      at.push_back(op.function == Function::argument ? merge.argument(producer.arguments[op.in[0]]) : merge.push(moved(op, at)));
    return at.back();
  }

  bool may_enter(ValueId id, ValueId user) const {
    const ir::Value &producer = expression_.values[id], &consumer = expression_.values[user];
    if (producer.op == ir::Op::constant) return true;
    if (producer.op != ir::Op::map || producer.code.size() > most_code / 2) return false;
    const bool free = producer.arguments.empty() || is_free(producer) || is_passed_on(id);
    if (constant_[id] && !constant_[user]) return false;  // computed once, before any call
    if (!may_cross(id, user)) return false;
    if (uses_[id] != 1 && !free) return false;
    return producer.labels.size() == consumer.labels.size() || (is_cheap(producer.code) && !finishes(id)) || is_mask(user);
  }
  // At the end of a stream what has fewer labels stays in a tile of its own: nothing is saved by doing it again for every element.
  bool finishes(ValueId id) const {
    return std::any_of(expression_.streams.begin(), expression_.streams.end(), [&](const ir::Region& stream) { return holds(stream.finish, id); });
  }
  // The mask of a stream is worked out tile by tile in any case, and only what is part of it tells which tiles are hidden.
  bool is_mask(ValueId user) const {
    return std::any_of(expression_.streams.begin(), expression_.streams.end(), [&](const ir::Region& stream) { return user == stream.masked && user != stream.scores; });
  }
  // Made of positions and numbers: nothing is read, so doing it again costs little.
  bool is_free(const ir::Value& producer) const {
    return is_cheap(producer.code) && std::all_of(producer.arguments.begin(), producer.arguments.end(), [&](ValueId argument) {
             return expression_.values[argument].op == ir::Op::iota;
           });
  }

  // One array and what does not vary along its rows, worked out cheaply for maps alone, x - mean(x) for instance: reading the array again
  // takes no longer than reading the result, which then is never written. What a contraction hands its map costs nothing to write.
  bool is_passed_on(ValueId id) const {
    const ir::Value& producer = expression_.values[id];
    if (!is_cheap(producer.code) || readers_[id] != uses_[id] || is_streamed(id)) return false;
    std::size_t whole = 0;
    for (ValueId argument : producer.arguments) {
      const ir::Value& given = expression_.values[argument];
      if (given.labels.size() < producer.labels.size()) continue;
      const bool adjacent = given.op == ir::Op::operand ? !given.strides.empty() && given.strides.back() == 1 : given.op == ir::Op::map || given.op == ir::Op::contract;
      if (!adjacent || (given.op == ir::Op::contract && uses_[argument] == 1)) return false;
      ++whole;
    }
    return whole == 1;
  }
  bool is_streamed(ValueId id) const {
    return finishes(id) || std::any_of(expression_.streams.begin(), expression_.streams.end(), [&](const ir::Region& stream) { return holds(stream.members, id); });
  }

  // Streams keep what they know by number, and what they hand out; the scores stay apart from their mask.
  bool may_cross(ValueId id, ValueId user) const {
    for (const ir::Region& stream : expression_.streams) {
      if (user == stream.weights) return false;
      for (ValueId kept : {stream.scores, stream.masked, stream.maximum, stream.weights})
        if (id == kept) return false;
      if (holds(stream.members, id) && !holds(stream.members, user)) return false;
      if (holds(stream.finish, id) && !holds(stream.finish, user)) return false;
    }
    return true;
  }

  ir::Expression expression_;
  std::vector<std::uint32_t> uses_;
  std::vector<std::uint32_t> readers_;  // of each value, as many as there are maps
  std::vector<bool> constant_;
};

}  // namespace

ir::Expression fuse_maps(ir::Expression expression) {
  const bool maps = std::any_of(expression.values.begin(), expression.values.end(), [](const ir::Value& value) { return value.op == ir::Op::map; });
  return maps ? Fusion(std::move(expression)).run() : expression;
}

}  // namespace einc::fuse
