// networks.hpp: expressions for tests of the planners, and their meaning in plain loops.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "ir/expression.hpp"
#include "ir/plan.hpp"
#include "ir/target.hpp"
#include "plan/network.hpp"

namespace einc::testing {

inline ir::Target test_target() {
  ir::Target target;
  target.isa = "avx512";
  target.vector_bytes = 64;
  target.l1_bytes = 48 << 10, target.l2_bytes = 2 << 20, target.l3_bytes = 32 << 20;
  target.tiles = {{DType::f32, 6, 64}, {DType::f64, 6, 32}};
  target.speeds = {176e9, 88e9, 21e9, 79e9, 50e-9, 1e-6};
  return target;
}

inline ir::Expression empty_expression(std::vector<Extent> extents) {
  ir::Expression expression;
  expression.extents = std::move(extents);
  expression.made_of.resize(expression.extents.size());
  return expression;
}

inline ir::ValueId add_operand(ir::Expression& expression, ir::Term labels) {
  const auto operand = static_cast<std::uint32_t>(
      std::count_if(expression.values.begin(), expression.values.end(), [](const ir::Value& v) { return v.op == ir::Op::operand; }));
  ir::Value value;
  value.operand = operand;
  value.strides.assign(labels.size(), 1);  // row-major
  for (std::size_t i = labels.size(); i-- > 1;) value.strides[i - 1] = value.strides[i] * expression.extents[labels[i]];
  value.labels = std::move(labels);
  expression.values.push_back(std::move(value));
  return static_cast<ir::ValueId>(expression.values.size() - 1);
}

inline ir::ValueId add_contract(ir::Expression& expression, std::vector<ir::ValueId> arguments, ir::Term labels) {
  ir::Value value;
  value.op = ir::Op::contract;
  value.arguments = std::move(arguments);
  value.labels = std::move(labels);
  expression.values.push_back(std::move(value));
  return static_cast<ir::ValueId>(expression.values.size() - 1);
}

inline void add_output(ir::Expression& expression, ir::ValueId value, ir::Term labels) {
  expression.outputs.push_back({value, labels, Strides(labels.size(), 1)});
}

// "ab,bc->ac": letters in alphabetical order are labels 0, 1, 2 ... with these extents.
inline ir::Expression expression_of(const std::string& text, const std::vector<Extent>& extents) {
  ir::Expression expression = empty_expression(extents);
  std::map<char, Label> labels;
  for (char c : text) {
    if (c >= 'a' && c <= 'z') labels[c] = 0;
  }
  Label next = 0;
  for (auto& [letter, label] : labels) label = next++;
  std::vector<ir::Term> terms(1);
  for (char c : text) {
    if (c == ',' || c == '-') terms.emplace_back();
    if (labels.count(c)) terms.back().push_back(labels[c]);
  }
  std::vector<ir::ValueId> arguments;
  for (std::size_t term = 0; term + 1 < terms.size(); ++term) arguments.push_back(add_operand(expression, terms[term]));
  const ir::ValueId value = add_contract(expression, arguments, terms.back());
  add_output(expression, value, terms.back());
  return expression;
}

inline ir::Expression chain(Label count, Extent extent) {
  ir::Expression expression = empty_expression(std::vector<Extent>(count + 1, extent));
  std::vector<ir::ValueId> arguments;
  for (Label label = 0; label < count; ++label) arguments.push_back(add_operand(expression, {label, label + 1}));
  add_output(expression, add_contract(expression, arguments, {count, 0}), {count, 0});
  return expression;
}

// ---- random ones: small whole numbers everywhere, so that sums are exact in any order ---------------------------------

using Random = std::mt19937_64;
inline std::uint64_t below(Random& random, std::uint64_t limit) { return random() % limit; }

inline ir::Term random_term(Random& random, Label labels, std::uint64_t most) {
  ir::Term all(labels), term;
  for (Label label = 0; label < labels; ++label) all[label] = label;
  for (std::uint64_t left = below(random, most + 1); left > 0 && !all.empty(); --left) {
    const auto pick = static_cast<std::ptrdiff_t>(below(random, all.size()));
    term.push_back(all[static_cast<std::size_t>(pick)]);
    all.erase(all.begin() + pick);
  }
  return term;
}

// Some of the labels of the arguments, in any order.
inline ir::Term random_result(Random& random, const ir::Expression& expression, const std::vector<ir::ValueId>& arguments, std::uint64_t keep_one_in) {
  ir::Term seen, result;
  for (ir::ValueId argument : arguments) {
    for (Label label : expression.values[argument].labels) {
      if (std::find(seen.begin(), seen.end(), label) == seen.end()) seen.push_back(label);
    }
  }
  for (Label label : seen) {
    if (below(random, keep_one_in) != 0) continue;
    result.insert(result.begin() + static_cast<std::ptrdiff_t>(below(random, result.size() + 1)), label);
  }
  return result;
}

// One n-ary contraction: hyperedges, lone labels, scalars, extents of 0 and 1, disconnected parts all occur.
inline ir::Expression random_expression(std::uint64_t seed) {
  Random random(seed);
  const Label labels = static_cast<Label>(1 + below(random, 6));
  ir::Expression expression = empty_expression({});
  for (Label label = 0; label < labels; ++label) {
    expression.extents.push_back(below(random, 20) == 0 ? 0 : static_cast<Extent>(1 + below(random, 3)));
  }
  expression.made_of.resize(labels);
  std::vector<ir::ValueId> arguments;
  for (std::uint64_t left = 1 + below(random, 6); left > 0; --left) {
    arguments.push_back(add_operand(expression, random_term(random, labels, 3)));
  }
  const ir::Term result = random_result(random, expression, arguments, 3);
  const ir::ValueId value = add_contract(expression, arguments, result);
  ir::Term output = result;
  if (!output.empty() && below(random, 4) == 0) output.push_back(output.front());  // i->ii
  add_output(expression, value, output);
  return expression;
}

// A DAG of contractions that share values and reuse labels in other scopes.
inline ir::Expression random_contractions(std::uint64_t seed) {
  Random random(seed + 1000);
  ir::Expression expression = empty_expression({2, 3, 2, 2});
  std::vector<ir::ValueId> values;
  for (int operand = 0; operand < 3; ++operand) values.push_back(add_operand(expression, random_term(random, 4, 3)));
  for (std::uint64_t left = 1 + below(random, 5); left > 0; --left) {
    std::vector<ir::ValueId> arguments;
    for (std::uint64_t count = 1 + below(random, 3); count > 0; --count) arguments.push_back(values[below(random, values.size())]);
    if (below(random, 2) == 0) arguments.back() = values.back();
    values.push_back(add_contract(expression, arguments, random_result(random, expression, arguments, 2)));
  }
  const ir::Term labels = expression.values[values.back()].labels;
  add_output(expression, values.back(), labels);
  return expression;
}

// A few arrays in many places, now and then transposed, in contractions that have something in common; several outputs.
inline ir::Expression random_repeated(std::uint64_t seed) {
  Random random(seed);
  const Label labels = 7;
  ir::Expression expression = empty_expression(std::vector<Extent>(labels, static_cast<Extent>(1 + below(random, 3))));
  if (below(random, 4) == 0) expression.extents[below(random, labels)] += 1;
  std::vector<ir::ValueId> values;
  for (std::uint64_t left = 3 + below(random, 6); left > 0; --left) {
    ir::Term term = random_term(random, labels, 3);
    ir::ValueId value = add_operand(expression, term);
    const std::uint32_t array = static_cast<std::uint32_t>(below(random, 2));
    const auto same = std::find_if(values.begin(), values.end(), [&](ir::ValueId other) {
      const ir::Value& there = expression.values[other];
      if (there.operand % 2 != array || there.labels.size() != term.size()) return false;
      for (std::size_t i = 0; i < term.size(); ++i)
        if (expression.extents[there.labels[i]] != expression.extents[term[i]]) return false;
      return true;
    });
    if (same != values.end()) {
      const ir::Value there = expression.values[*same];
      expression.values[value].operand = there.operand, expression.values[value].strides = there.strides;
      const bool square = term.size() == 2 && expression.extents[term[0]] == expression.extents[term[1]];
      if (square && below(random, 3) == 0) std::swap(expression.values[value].labels[0], expression.values[value].labels[1]);
    }
    values.push_back(value);
  }
  for (std::uint64_t left = 1 + below(random, 3); left > 0; --left) {
    std::vector<ir::ValueId> arguments;
    for (ir::ValueId value : values)
      if (below(random, 4) != 0) arguments.push_back(value);
    if (arguments.empty()) arguments.push_back(values[0]);
    const ir::ValueId value = add_contract(expression, arguments, random_result(random, expression, arguments, 4));
    if (below(random, 5) == 0) expression.values[value].factor = 2;
    if (below(random, 3) == 0) values.push_back(value);
    add_output(expression, value, expression.values[value].labels);
  }
  return expression;
}

// w x h tensors, each with a label to its right and to its lower neighbour.
inline plan::Network lattice(std::uint32_t width, std::uint32_t height, double extent) {
  plan::Network network;
  network.tensors.resize(width * height);
  auto join = [&](std::uint32_t one, std::uint32_t other) {
    for (std::uint32_t tensor : {one, other}) network.tensors[tensor].push_back(static_cast<Label>(network.extents.size()));
    network.extents.push_back(extent);
  };
  for (std::uint32_t y = 0; y < height; ++y) {
    for (std::uint32_t x = 0; x < width; ++x) {
      if (x + 1 < width) join(y * width + x, y * width + x + 1);
      if (y + 1 < height) join(y * width + x, (y + 1) * width + x);
    }
  }
  return network;
}

// Tensors of `degree` labels each, every label between two of them; connected.
inline plan::Network regular_network(std::uint64_t seed, std::uint32_t tensors, std::uint32_t degree, double extent) {
  Random random(seed);
  while (true) {
    std::vector<std::uint32_t> ends;
    for (std::uint32_t end = 0; end < tensors * degree; ++end) ends.push_back(end % tensors);
    for (std::size_t at = ends.size() - 1; at > 0; --at) std::swap(ends[at], ends[below(random, at + 1)]);
    plan::Network network;
    network.extents.assign(ends.size() / 2, extent);
    network.tensors.resize(tensors);
    bool loops = false;
    for (std::size_t at = 0; at + 1 < ends.size(); at += 2) {
      loops |= ends[at] == ends[at + 1];
      for (std::uint32_t tensor : {ends[at], ends[at + 1]}) network.tensors[tensor].push_back(static_cast<Label>(at / 2));
    }
    if (!loops && plan::connected_parts(network).size() == 1) return network;
  }
}

// Labels between random tensors, some of three and some kept; the parts may be one or many.
inline plan::Network random_network(std::uint64_t seed, std::size_t tensors, Label labels, bool connected) {
  Random random(seed);
  while (true) {
    plan::Network network;
    network.tensors.resize(tensors);
    for (Label label = 0; label < labels; ++label) {
      network.extents.push_back(static_cast<double>(std::uint64_t{1} << below(random, 7)) + static_cast<double>(below(random, 3)));
      const bool kept = below(random, 6) == 0;
      if (kept) network.kept.push_back(label);
      ir::Term holders;
      for (std::uint64_t left = (kept ? 1 : 2) + (below(random, 4) == 0 ? 1 : 0); left > 0; --left) {
        const auto tensor = static_cast<std::uint32_t>(below(random, tensors));
        if (!std::count(holders.begin(), holders.end(), tensor)) holders.push_back(tensor);
      }
      if (holders.size() == 1 && !kept) holders.push_back((holders[0] + 1) % static_cast<std::uint32_t>(tensors));
      for (std::uint32_t tensor : holders) network.tensors[tensor].push_back(label);
    }
    if (!connected || plan::connected_parts(network).size() == 1) return network;
  }
}

inline plan::Network chain_network(std::uint32_t tensors, double extent) {
  plan::Network network;
  network.extents.assign(tensors + 1, extent);
  for (std::uint32_t tensor = 0; tensor < tensors; ++tensor) network.tensors.push_back({tensor, tensor + 1});
  network.kept = {0, tensors};
  return network;
}

// No tensor, one, two; scalars; parts apart; a label everywhere; extents of 1; extents beyond all memory.
inline std::vector<plan::Network> degenerate_networks() {
  const plan::Network apart{{2, 3, 4, 5, 6}, {{0}, {0, 1}, {2}, {2, 3}, {4}, {}, {1}, {3}}, {4}};
  plan::Network everywhere = chain_network(20, 3);
  for (ir::Term& tensor : everywhere.tensors) tensor.push_back(21);
  everywhere.extents.push_back(7);
  return {{{}, {}, {}}, {{4}, {{0}}, {0}}, {{4}, {{0}, {0}}, {}}, {{}, std::vector<ir::Term>(30), {}}, apart, everywhere, lattice(6, 6, 1), lattice(6, 6, 1e18)};
}

// Every tensor and every result but the last is used once, after it exists.
inline bool is_valid(const plan::Order& order, std::size_t tensors) {
  std::vector<bool> used(2 * tensors - 1, false);
  if (order.size() + 1 != tensors) return false;
  for (std::size_t step = 0; step < order.size(); ++step) {
    for (std::uint32_t tensor : {order[step].lhs, order[step].rhs}) {
      if (tensor >= tensors + step || used[tensor]) return false;
      used[tensor] = true;
    }
  }
  return true;
}

// ---- meaning -----------------------------------------------------------------------------------------------------------

// A tensor as a table from positions (one for each label, in ascending order of labels) to numbers.
struct Table {
  ir::Term labels;  // ascending
  std::map<std::vector<Extent>, double> numbers;
  bool operator==(const Table&) const = default;
};

template <class Visit>
void for_all_positions(const ir::Term& labels, const std::vector<Extent>& extents, Visit visit) {
  std::vector<Extent> position(labels.size(), 0);
  for (Label label : labels) {
    if (extents[label] == 0) return;
  }
  while (true) {
    visit(position);
    std::size_t axis = labels.size();
    while (axis > 0 && ++position[axis - 1] == extents[labels[axis - 1]]) position[--axis] = 0;
    if (axis == 0) return;
  }
}

inline ir::Term sorted(ir::Term term) {
  std::sort(term.begin(), term.end());
  return term;
}

// Small whole numbers that depend on the operand and the address.
inline Table operand_table(const ir::Value& operand, const std::vector<Extent>& extents) {
  Table table{sorted(operand.labels), {}};
  for_all_positions(operand.labels, extents, [&](const std::vector<Extent>& position) {
    std::uint64_t address = 0;
    std::map<Label, Extent> at;
    for (std::size_t i = 0; i < position.size(); ++i) {
      address += static_cast<std::uint64_t>(position[i] * operand.strides[i]);
      at[operand.labels[i]] = position[i];
    }
    std::vector<Extent> key;
    for (const auto& [label, part] : at) key.push_back(part);
    table.numbers[key] = static_cast<double>((operand.operand * 7919U + (address + 3) * (address + 3) * 31U + 17U) % 5U) - 1;
  });
  return table;
}

// The sum of products of tables over the labels that `kept` lacks.
inline Table contract_tables(const std::vector<const Table*>& factors, const ir::Term& kept, const std::vector<Extent>& extents) {
  ir::Term all;
  for (const Table* factor : factors) all.insert(all.end(), factor->labels.begin(), factor->labels.end());
  all = sorted(all);
  all.erase(std::unique(all.begin(), all.end()), all.end());
  Table result{sorted(kept), {}};
  for_all_positions(result.labels, extents, [&](const std::vector<Extent>& position) { result.numbers[position] = 0; });
  auto pick = [&](const std::vector<Extent>& position, const ir::Term& labels) {
    std::vector<Extent> part;
    for (Label label : labels) part.push_back(position[static_cast<std::size_t>(std::lower_bound(all.begin(), all.end(), label) - all.begin())]);
    return part;
  };
  for_all_positions(all, extents, [&](const std::vector<Extent>& position) {
    double value = 1;
    for (const Table* factor : factors) value *= factor->numbers.at(pick(position, factor->labels));
    result.numbers[pick(position, result.labels)] += value;
  });
  return result;
}

inline Table evaluate(const ir::Expression& expression, std::size_t output = 0) {
  std::vector<Table> tables;
  tables.reserve(expression.values.size());
  for (const ir::Value& value : expression.values) {
    if (value.op == ir::Op::operand) {
      tables.push_back(operand_table(value, expression.extents));
      continue;
    }
    std::vector<const Table*> factors;
    for (ir::ValueId argument : value.arguments) factors.push_back(&tables[argument]);
    tables.push_back(contract_tables(factors, value.labels, expression.extents));
    for (auto& [position, number] : tables.back().numbers) number *= value.factor;
  }
  return tables[expression.outputs[output].value];
}

// The same table under other names of its labels.
inline Table renamed(const Table& table, const std::vector<std::pair<Label, Label>>& names) {
  std::map<Label, std::size_t> at;  // where each new label stood
  for (const auto& [from, to] : names) at[to] = static_cast<std::size_t>(std::lower_bound(table.labels.begin(), table.labels.end(), from) - table.labels.begin());
  Table result;
  for (const auto& [label, place] : at) result.labels.push_back(label);
  for (const auto& [position, number] : table.numbers) {
    std::vector<Extent> key;
    for (const auto& [label, place] : at) key.push_back(position[place]);
    result.numbers[key] = number;
  }
  return result;
}

inline Table evaluate(const ir::Plan& plan, const ir::Expression& expression, std::size_t output = 0) {
  std::vector<Table> tables;
  tables.reserve(plan.leaves.size() + plan.steps.size());
  for (const ir::Leaf& leaf : plan.leaves) tables.push_back(operand_table(expression.values[leaf.value], plan.extents));
  for (const ir::Step& step : plan.steps) {
    if (step.kind == ir::StepKind::rename) {
      tables.push_back(renamed(tables[step.lhs], step.names));
      continue;
    }
    std::vector<const Table*> factors{&tables[step.lhs]};
    if (step.rhs != ir::no_value) factors.push_back(&tables[step.rhs]);
    tables.push_back(contract_tables(factors, step.out, plan.extents));
    for (auto& [position, number] : tables.back().numbers) number *= step.factor;
  }
  return tables[plan.results[output].value];
}

}  // namespace einc::testing
