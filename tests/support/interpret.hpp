// interpret.hpp: the meaning of an Expression by plain loops in double, one value after the other: slow and easy to believe.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "ir/expression.hpp"

namespace einc::testing {

// A value in memory: row-major over its labels, each of them once.
struct DenseValue {
  ir::Term labels;
  std::vector<double> data;
};

class Interpreter {
 public:
  Interpreter(const ir::Expression& expression, const std::vector<std::vector<double>>& operands)
      : expression_(expression), operands_(operands), position_(expression.extents.size(), 0) {}

  // Every output, dense and row-major in its own labels; off the diagonal of a repeated label it is 0.
  std::vector<std::vector<double>> outputs() {
    for (const ir::Value& value : expression_.values) values_.push_back(evaluate(value));
    std::vector<std::vector<double>> results;
    for (const ir::Output& output : expression_.outputs) {
      std::vector<double> result(count(output.labels), 0.0);
      for_each(distinct(output.labels), [&] { result[index(output.labels)] = read(output.value); });
      results.push_back(std::move(result));
    }
    return results;
  }
  const std::vector<DenseValue>& values() const { return values_; }

 private:
  Extent extent(Label label) const { return expression_.extents[label]; }
  static ir::Term distinct(const ir::Term& labels) {
    ir::Term result;
    for (const Label label : labels)
      if (std::find(result.begin(), result.end(), label) == result.end()) result.push_back(label);
    return result;
  }
  std::size_t count(const ir::Term& labels) const {
    std::size_t product = 1;
    for (const Label label : labels) product *= static_cast<std::size_t>(extent(label));
    return product;
  }
  // Where the present position lies in a row-major array over these labels.
  std::size_t index(const ir::Term& labels) const {
    std::size_t at = 0;
    for (const Label label : labels) at = at * static_cast<std::size_t>(extent(label)) + static_cast<std::size_t>(position_[label]);
    return at;
  }
  double read(ir::ValueId id) const { return values_[id].data[index(values_[id].labels)]; }

  // Visits every position of the labels, which are left at 0.
  template <class Body>
  void for_each(const ir::Term& labels, const Body& body) {
    if (count(labels) == 0) return;
    for (const Label label : labels) position_[label] = 0;
    for (;;) {
      body();
      std::size_t i = labels.size();
      while (i > 0 && ++position_[labels[i - 1]] == extent(labels[i - 1])) position_[labels[--i]] = 0;
      if (i == 0) return;
    }
  }

  DenseValue evaluate(const ir::Value& value) {
    DenseValue result{distinct(value.labels), {}};
    const auto fill = [&](const auto& at_position) {
      result.data.assign(count(result.labels), 0.0);
      for_each(result.labels, [&] { result.data[index(result.labels)] = at_position(); });
    };
    switch (value.op) {
      case ir::Op::operand: fill([&] { return read_operand(value); }); break;
      case ir::Op::constant: fill([&] { return value.number; }); break;
      case ir::Op::iota: fill([&] { return static_cast<double>(position_[value.labels[0]]); }); break;
      case ir::Op::view: fill([&] { return read_view(value); }); break;
      case ir::Op::map: {
        std::vector<double> arguments(value.arguments.size());
        fill([&] {
          for (std::size_t i = 0; i < arguments.size(); ++i) arguments[i] = read(value.arguments[i]);
          return ir::evaluate(value.code, arguments);
        });
        break;
      }
      case ir::Op::contract: contract(value, result); break;
      case ir::Op::reduce: reduce(value, result); break;
      case ir::Op::concat: fill([&] { return read_concat(value); }); break;
      case ir::Op::gather: fill([&] { return read_gather(value); }); break;
    }
    return result;
  }

  double read_operand(const ir::Value& value) const {
    Stride at = value.offset;
    for (std::size_t i = 0; i < value.labels.size(); ++i) at += value.strides[i] * position_[value.labels[i]];
    return operands_.at(value.operand).at(static_cast<std::size_t>(at));
  }

  // The position of the argument is worked out on the side: labels may change places.
  double read_view(const ir::Value& value) {
    std::vector<Extent> inner = position_;
    for (const ir::ViewGroup& group : value.groups) {
      auto at = static_cast<Extent>(index(group.to));
      at = group.begin + at * group.step;
      for (std::size_t i = group.from.size(); i-- > 0;) {
        inner[group.from[i]] = at % extent(group.from[i]);
        at /= extent(group.from[i]);
      }
      if (at != 0) throw std::logic_error("a view reads beyond its argument");
    }
    std::swap(inner, position_);
    const double number = read(value.arguments[0]);
    std::swap(inner, position_);
    return number;
  }

  ir::Term lost_labels(const ir::Value& value) const {
    ir::Term lost;
    for (const ir::ValueId argument : value.arguments)
      for (const Label label : values_[argument].labels)
        if (std::find(value.labels.begin(), value.labels.end(), label) == value.labels.end()) lost.push_back(label);
    return distinct(lost);
  }

  void contract(const ir::Value& value, DenseValue& result) {
    result.data.assign(count(result.labels), 0.0);
    ir::Term all = result.labels;
    for (const Label label : lost_labels(value)) all.push_back(label);
    for_each(all, [&] {
      double product = value.factor;
      for (const ir::ValueId argument : value.arguments) product *= read(argument);
      result.data[index(result.labels)] += product;
    });
  }

  void reduce(const ir::Value& value, DenseValue& result) {
    const bool largest = value.extreme == ir::Extreme::maximum;
    const double none = std::numeric_limits<double>::infinity();
    result.data.assign(count(result.labels), largest ? -none : none);
    ir::Term all = result.labels;
    for (const Label label : lost_labels(value)) all.push_back(label);
    for_each(all, [&] {
      double& best = result.data[index(result.labels)];
      best = ir::apply(largest ? ir::Function::maximum : ir::Function::minimum, best, read(value.arguments[0]));
    });
  }

  double read_concat(const ir::Value& value) {
    Extent at = position_[value.joined];
    for (std::size_t i = 0; i < value.arguments.size(); ++i) {
      const Extent here = extent(value.parts[i]);
      if (at < here) return read_at(value.arguments[i], value.parts[i], at);
      at -= here;
    }
    throw std::logic_error("a concatenation is shorter than its label");
  }

  double read_gather(const ir::Value& value) {
    const double place = read(value.arguments[1]);
    const Label along = value.parts[0];
    if (!(place >= 0 && place < static_cast<double>(extent(along)))) return 0;
    return read_at(value.arguments[0], along, static_cast<Extent>(place));
  }

  // A value at the present position, but with one label elsewhere.
  double read_at(ir::ValueId id, Label label, Extent at) {
    const Extent before = std::exchange(position_[label], at);
    const double number = read(id);
    position_[label] = before;
    return number;
  }

  const ir::Expression& expression_;
  const std::vector<std::vector<double>>& operands_;
  std::vector<Extent> position_;  // of every label
  std::vector<DenseValue> values_;
};

inline std::vector<std::vector<double>> interpret(const ir::Expression& expression, const std::vector<std::vector<double>>& operands) {
  return Interpreter(expression, operands).outputs();
}

}  // namespace einc::testing
