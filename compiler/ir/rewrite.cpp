#include "ir/rewrite.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include <einc/element_types.hpp>

namespace einc::ir {

Term unite(Term one, const Term& other) {
  for (Label label : other)
    if (!contains(one, label)) one.push_back(label);
  return one;
}

Term without(Term term, const Term& others) {
  std::erase_if(term, [&](Label label) { return contains(others, label); });
  return term;
}

DType computed_type(const Expression& expression) {
  for (const Value& value : expression.values)
    if (value.op != Op::operand) return value.dtype;
  return computed_in(expression.values[expression.outputs[0].value].dtype);
}

ValueId add(Expression& expression, Value value) {
  expression.values.push_back(std::move(value));
  return static_cast<ValueId>(expression.values.size() - 1);
}

ValueId add_constant(Expression& expression, double number, DType dtype) {
  Value value;
  value.op = Op::constant;
  value.dtype = dtype;
  value.number = number;
  return add(expression, std::move(value));
}

ValueId add_map(Expression& expression, Function function, std::vector<ValueId> arguments) {
  Value value;
  value.op = Op::map;
  value.dtype = computed_type(expression);
  ScalarOp last{.function = function};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    value.labels = unite(std::move(value.labels), expression.values[arguments[i]].labels);
    value.code.push_back({.function = Function::argument, .in = {static_cast<std::uint32_t>(i), 0, 0}});
    last.in[i] = static_cast<std::uint32_t>(i);
  }
  value.code.push_back(last);
  value.arguments = std::move(arguments);
  return add(expression, std::move(value));
}

std::optional<OneFunction> one_function(const Expression& expression, ValueId id) {
  const Value& value = expression.values[id];
  if (value.op != Op::map) return {};
  const ScalarOp& last = value.code.back();
  OneFunction result{last.function, {}};
  const auto inputs = static_cast<std::size_t>(input_count(last.function));
  if (inputs == 0) return {};
  for (std::size_t i = 0; i < inputs; ++i) {
    const ScalarOp& source = value.code[last.in[i]];
    if (source.function != Function::argument) return {};
    result.inputs.push_back(value.arguments[source.in[0]]);
  }
  return result;
}

bool is_constant(const Expression& expression, ValueId id, double number) {
  return expression.values[id].op == Op::constant && expression.values[id].number == number;
}

bool depends(const Expression& expression, ValueId value, ValueId on) {
  std::vector<bool> seen(expression.values.size(), false);
  std::vector<ValueId> open{value};
  while (!open.empty()) {
    const ValueId next = open.back();
    open.pop_back();
    if (next == on) return true;
    if (seen[next]) continue;
    seen[next] = true;
    const std::vector<ValueId>& arguments = expression.values[next].arguments;
    open.insert(open.end(), arguments.begin(), arguments.end());
  }
  return false;
}

std::vector<std::uint32_t> count_uses(const Expression& expression) {
  std::vector<std::uint32_t> uses(expression.values.size(), 0);
  std::vector<bool> seen(expression.values.size(), false);
  std::vector<ValueId> open;
  const auto use = [&](ValueId value) {
    ++uses[value];
    if (seen[value]) return;
    seen[value] = true;
    open.push_back(value);
  };
  for (const Output& output : expression.outputs) use(output.value);
  while (!open.empty()) {
    const ValueId value = open.back();
    open.pop_back();
    for (ValueId argument : expression.values[value].arguments) use(argument);
  }
  return uses;
}

void replace(Expression& expression, const std::vector<ValueId>& by) {
  const auto resolve = [&](ValueId& value) {
    while (value < by.size() && by[value] != value) value = by[value];
  };
  for (Value& value : expression.values)
    for (ValueId& argument : value.arguments) resolve(argument);
  for (Output& output : expression.outputs) resolve(output.value);
}

namespace {

// What the outputs need, in the order of their numbers as far as arguments allow.
std::vector<ValueId> order_of(const Expression& expression) {
  const std::vector<std::uint32_t> uses = count_uses(expression);
  const std::size_t count = expression.values.size();
  std::vector<std::size_t> waiting(count, 0);
  std::vector<std::vector<ValueId>> users(count);
  std::priority_queue<ValueId, std::vector<ValueId>, std::greater<>> ready;
  for (ValueId value = 0; value < count; ++value) {
    if (uses[value] == 0) continue;
    const std::vector<ValueId>& arguments = expression.values[value].arguments;
    waiting[value] = arguments.size();
    for (ValueId argument : arguments) users[argument].push_back(value);
    if (arguments.empty()) ready.push(value);
  }
  std::vector<ValueId> order;
  while (!ready.empty()) {
    const ValueId value = ready.top();
    ready.pop();
    order.push_back(value);
    for (ValueId user : users[value])
      if (--waiting[user] == 0) ready.push(user);
  }
  return order;
}

}  // namespace

Expression compact(Expression expression) {
  const std::size_t count = expression.values.size();
  const std::vector<ValueId> order = order_of(expression);
  std::vector<ValueId> moved(count, no_id);
  std::vector<Value> values;
  for (ValueId value : order) {
    moved[value] = static_cast<ValueId>(values.size());
    values.push_back(std::move(expression.values[value]));
    for (ValueId& argument : values.back().arguments) argument = moved[argument];
  }
  expression.values = std::move(values);
  for (Output& output : expression.outputs) output.value = moved[output.value];
  const auto move_all = [&](std::vector<ValueId>& ids) {
    for (ValueId& id : ids) id = moved[id];
    std::erase(ids, no_id);
    std::sort(ids.begin(), ids.end());
  };
  for (Region& stream : expression.streams) {
    for (ValueId* id : {&stream.scores, &stream.masked, &stream.maximum, &stream.reference, &stream.weights}) *id = *id == no_id ? no_id : moved[*id];
    move_all(stream.sums), move_all(stream.across), move_all(stream.members), move_all(stream.finish);
  }
  std::erase_if(expression.streams, [](const Region& stream) { return stream.masked == no_id || (stream.online() && stream.weights == no_id) || stream.sums.empty(); });
  for (Refusal& refusal : expression.refusals) refusal.maximum = refusal.maximum == no_id ? no_id : moved[refusal.maximum];
  return expression;
}

}  // namespace einc::ir
