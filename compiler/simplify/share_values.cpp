// share_values: what is written twice is computed once.   exp(s) + exp(s)   has one exponential
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <string>

#include "ir/rewrite.hpp"
#include "simplify/simplify.hpp"

namespace einc::simplify {
namespace {

// Everything a value is, as bytes: equal values have equal keys.
class Key {
 public:
  template <class T>
  void number(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(value));
  }
  template <class Range>
  void numbers(const Range& range) {
    number(range.size());
    for (const auto& value : range) number(value);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

std::string key_of(const ir::Value& value) {
  Key key;
  key.number(value.op);
  key.number(value.dtype);
  key.numbers(value.labels);
  key.numbers(value.arguments);
  key.number(value.operand);
  key.number(value.conjugated);
  key.numbers(value.strides);
  key.number(value.offset);
  key.number(value.number);
  key.number(value.code.size());
  for (const ir::ScalarOp& op : value.code) {
    key.number(op.function);
    key.numbers(op.in);
    key.number(op.value);
  }
  key.number(value.extreme);
  key.number(value.groups.size());
  for (const ir::ViewGroup& group : value.groups) {
    key.numbers(group.from);
    key.numbers(group.to);
    key.number(group.begin);
    key.number(group.step);
  }
  key.numbers(value.parts);
  key.number(value.joined);
  key.number(value.factor);
  key.number(value.grouped);
  return key.bytes();
}

}  // namespace

ir::Expression share_values(ir::Expression expression) {
  const auto computed = std::count_if(expression.values.begin(), expression.values.end(), [](const ir::Value& value) { return value.op != ir::Op::operand; });
  if (computed < 2) return expression;
  std::map<std::string, ir::ValueId> first;
  std::vector<ir::ValueId> by(expression.values.size());
  bool changed = false;
  for (ir::ValueId id = 0; id < by.size(); ++id) {
    ir::Value& value = expression.values[id];
    for (ir::ValueId& argument : value.arguments) argument = by[argument];
    by[id] = first.try_emplace(key_of(value), id).first->second;
    changed = changed || by[id] != id;
  }
  if (!changed) return expression;
  ir::replace(expression, by);
  return ir::compact(std::move(expression));
}

}  // namespace einc::simplify
