// counting.cpp: colourings, independent sets, dimers and models of formulas as networks of whole numbers, against counting them.
// SPDX-License-Identifier: BSD-3-Clause
#include "support/tensor_network.hpp"

#include <algorithm>
#include <cstdlib>
#include <numbers>

using namespace einc;
using namespace einc::testing;

namespace {

using Whole = std::int64_t;
using Network = TensorNetwork<Whole>;

// 1 where both ends differ.
std::vector<Whole> different(std::size_t colours) {
  std::vector<Whole> values(colours * colours, 1);
  for (std::size_t n = 0; n < colours; ++n) values[n * (colours + 1)] = 0;
  return values;
}

// 1 where all of `labels` labels agree: a vertex handed to each of its edges.
std::vector<Whole> copies(std::size_t labels, std::size_t colours) {
  std::vector<Whole> values(static_cast<std::size_t>(std::llround(std::pow(colours, labels))), 0);
  std::size_t step = 0;
  for (std::size_t n = 0, power = 1; n < labels; ++n, power *= colours) step += power;
  for (std::size_t n = 0; n < colours; ++n) values[n * step] = 1;
  return values;
}

enum class Vertices { labels, tensors };  // a hyperedge that all edges hold, or a tensor with a label for each edge

// A tensor of each edge, between the vertices it joins. Vertices without edges are labels of a vector of ones.
Network on_edges(const Graph& graph, std::size_t colours, const std::vector<Whole>& edge, Vertices vertices) {
  Network network;
  std::vector<std::vector<Wire>> ends(graph.vertices);
  std::vector<Wire> own(graph.vertices);
  for (Wire& wire : own) wire = network.label(static_cast<Extent>(colours));
  const auto end = [&](std::size_t vertex) {
    ends[vertex].push_back(vertices == Vertices::labels ? own[vertex] : network.label(static_cast<Extent>(colours)));
    return ends[vertex].back();
  };
  for (const auto& [a, b] : graph.edges) {
    const Wire from = end(a), to = end(b);
    network.add({from, to}, edge);
  }
  for (std::size_t vertex = 0; vertex < graph.vertices; ++vertex) {
    if (vertices == Vertices::labels) {
      network.add({own[vertex]}, std::vector<Whole>(colours, 1));
    } else {
      std::vector<Wire> labels = ends[vertex];
      labels.push_back(own[vertex]);
      network.add(labels, copies(labels.size(), colours));
    }
  }
  return network;
}

Whole colourings(const Graph& graph, std::size_t colours) {
  Whole count = 0;
  for_each_colouring(graph.vertices, colours, [&](const std::vector<std::size_t>& of) {
    for (const auto& [a, b] : graph.edges)
      if (of[a] == of[b]) return;
    ++count;
  });
  return count;
}

Graph cycle(std::size_t vertices) {
  Graph graph{vertices, {}};
  for (std::size_t n = 0; n < vertices; ++n) graph.edges.emplace_back(n, (n + 1) % vertices);
  return graph;
}
Graph petersen() {
  Graph graph{10, {}};
  for (std::size_t n = 0; n < 5; ++n) {
    graph.edges.emplace_back(n, (n + 1) % 5);
    graph.edges.emplace_back(n, n + 5);
    graph.edges.emplace_back(n + 5, (n + 2) % 5 + 5);
  }
  return graph;
}

// A label of each edge, taken or not; a vertex is 1 where exactly one of its edges is taken.
Network dimers(const Graph& graph) {
  Network network;
  std::vector<std::vector<Wire>> ends(graph.vertices);
  for (const auto& [a, b] : graph.edges) {
    const Wire edge = network.label();
    ends[a].push_back(edge), ends[b].push_back(edge);
  }
  for (const std::vector<Wire>& edges : ends) {
    std::vector<Whole> values(std::size_t{1} << edges.size(), 0);
    for (std::size_t n = 0; n < edges.size(); ++n) values[std::size_t{1} << n] = 1;
    network.add(edges, values);
  }
  return network;
}

// Kasteleyn, and Temperley and Fisher, 1961.
Whole dimers_of_grid(std::size_t rows, std::size_t columns) {
  double product = 1;
  for (std::size_t j = 1; j <= rows; ++j)
    for (std::size_t k = 1; k <= columns; ++k) {
      const double x = 2 * std::cos(std::numbers::pi * static_cast<double>(j) / static_cast<double>(rows + 1));
      const double y = 2 * std::cos(std::numbers::pi * static_cast<double>(k) / static_cast<double>(columns + 1));
      product *= std::pow(x * x + y * y, 0.25);
    }
  return std::llround(product);
}

// Variables from 1 on, negative where negated.
struct Formula {
  std::size_t variables = 0;
  std::vector<std::vector<int>> clauses;
};
Formula random_formula(std::size_t variables, std::size_t clauses, Dice& dice) {
  Formula formula{variables, {}};
  while (formula.clauses.size() < clauses) {
    std::vector<int> clause;
    while (clause.size() < 3) {
      const int variable = static_cast<int>(roll(dice, variables)) + 1;
      if (std::none_of(clause.begin(), clause.end(), [&](int other) { return std::abs(other) == variable; })) clause.push_back(roll(dice, 2) == 0 ? variable : -variable);
    }
    formula.clauses.push_back(clause);
  }
  return formula;
}
bool holds(const Formula& formula, const std::vector<std::size_t>& values) {
  return std::all_of(formula.clauses.begin(), formula.clauses.end(), [&](const std::vector<int>& clause) {
    return std::any_of(clause.begin(), clause.end(), [&](int literal) { return (values[static_cast<std::size_t>(std::abs(literal)) - 1] == 1) == (literal > 0); });
  });
}
Whole models(const Formula& formula) {
  Whole count = 0;
  for_each_colouring(formula.variables, 2, [&](const std::vector<std::size_t>& values) { count += holds(formula, values); });
  return count;
}

// A clause is false at one of eight places. Variables are labels of all their clauses, or tensors that copy them.
template <class T>
TensorNetwork<T> of_formula(const Formula& formula, Vertices variables) {
  TensorNetwork<T> network;
  std::vector<Wire> own(formula.variables);
  for (Wire& wire : own) wire = network.label();
  std::vector<std::vector<Wire>> ends(formula.variables);
  for (const std::vector<int>& clause : formula.clauses) {
    std::vector<Wire> labels;
    std::size_t refused = 0;
    for (const int literal : clause) {
      const std::size_t variable = static_cast<std::size_t>(std::abs(literal)) - 1;
      ends[variable].push_back(variables == Vertices::labels ? own[variable] : network.label());
      labels.push_back(ends[variable].back());
      refused = 2 * refused + (literal > 0 ? 0 : 1);
    }
    std::vector<Held<T>> values(std::size_t{1} << clause.size(), 1);
    values[refused] = 0;
    network.add(labels, values);
  }
  for (std::size_t variable = 0; variable < formula.variables; ++variable) {
    std::vector<Wire> labels = ends[variable];
    if (variables == Vertices::labels || labels.empty()) labels = {own[variable]};
    std::vector<Held<T>> values(std::size_t{1} << labels.size(), 0);
    values.front() = values.back() = 1;
    network.add(labels, values);
  }
  return network;
}

}  // namespace

TEST_CASE("proper colourings are counted") {
  for (const auto& [graph, colours] : std::vector<std::pair<Graph, std::size_t>>{{cycle(5), 3}, {petersen(), 3}, {random_graph(9, 14, 1), 3}, {random_graph(7, 6, 2), 4}}) {
    const Whole expected = colourings(graph, colours);
    CHECK(expected > 0);
    for (const Vertices vertices : {Vertices::labels, Vertices::tensors})
      check_every_way<Whole>(on_edges(graph, colours, different(colours), vertices), std::vector<Whole>{expected}, 0, {.as_written = vertices == Vertices::labels});
  }
}

TEST_CASE("colourings of cycles and of Petersen's graph are known") {
  check_every_way<Whole>(on_edges(petersen(), 3, different(3), Vertices::labels), std::vector<Whole>{120}, 0, {.best = true});
  // (q - 1)^n + (-1)^n (q - 1)
  check_every_way<Whole>(on_edges(cycle(10), 4, different(4), Vertices::tensors), std::vector<Whole>{59049 + 3}, 0, {.exact = true, .as_written = false});
  check_every_way<Whole>(on_edges(cycle(39), 3, different(3), Vertices::labels), std::vector<Whole>{(Whole{1} << 39) - 2}, 0, {.exact = true, .as_written = false});
}

TEST_CASE("kept vertices tell how many colourings each of their colours has") {
  const Graph graph = random_graph(8, 12, 3);
  std::vector<Whole> expected(9, 0);
  for_each_colouring(8, 3, [&](const std::vector<std::size_t>& of) {
    for (const auto& [a, b] : graph.edges)
      if (of[a] == of[b]) return;
    ++expected[3 * of[6] + of[2]];
  });
  for (const Vertices vertices : {Vertices::labels, Vertices::tensors}) {
    Network network = on_edges(graph, 3, different(3), vertices);
    network.kept = {6, 2};  // a vertex's own label has its number
    check_every_way<Whole>(network, expected, 0, {.as_written = vertices == Vertices::labels});
  }
}

TEST_CASE("independent sets of grids are counted") {
  const std::vector<Whole> not_both = {1, 1, 1, 0};
  // OEIS A006506.
  const auto [side, expected] = GENERATE(table<std::size_t, Whole>({{1, 2}, {2, 7}, {3, 63}, {4, 1234}, {6, 5598861}, {8, 660647962955}}));
  const Graph grid = grid_graph(side, side);
  check_every_way<Whole>(on_edges(grid, 2, not_both, Vertices::labels), std::vector<Whole>{expected}, 0, {.exact = side <= 2, .as_written = side <= 4});
  if (side <= 4) check_every_way<Whole>(on_edges(grid, 2, not_both, Vertices::tensors), std::vector<Whole>{expected}, 0, {.exact = side <= 2, .as_written = side <= 3});
}

TEST_CASE("perfect matchings of grids are counted") {
  // OEIS A004003 and Fibonacci numbers.
  const auto [rows, columns, expected] = GENERATE(table<std::size_t, std::size_t, Whole>({{2, 2, 2}, {3, 4, 11}, {3, 3, 0}, {4, 4, 36}, {6, 6, 6728}, {8, 8, 12988816}, {2, 30, 1346269}}));
  if (expected > 0) CHECK(dimers_of_grid(rows, columns) == expected);
  check_every_way<Whole>(dimers(grid_graph(rows, columns)), std::vector<Whole>{expected}, 0, {.exact = rows * columns <= 16, .as_written = rows > 2 && rows < 8, .best = rows == 4});
}

TEST_CASE("models of random formulas are counted") {
  Dice dice(3);
  for (const auto& [variables, clauses] : {std::pair<std::size_t, std::size_t>{6, 7}, {12, 13}, {13, 36}, {9, 70}}) {
    const Formula formula = random_formula(variables, clauses, dice);
    const Whole expected = models(formula);
    CAPTURE(variables, clauses);
    check_every_way<Whole>(of_formula<Whole>(formula, Vertices::labels), std::vector<Whole>{expected}, 0);
    // Tensors that copy a variable to many clauses make orders hard.
    if (clauses <= 13) check_every_way<Whole>(of_formula<Whole>(formula, Vertices::tensors), std::vector<Whole>{expected}, 0, {.as_written = clauses < 10});
  }
}

TEST_CASE("a variable that no clause has doubles the models") {
  Dice dice(4);
  Formula formula = random_formula(7, 8, dice);
  const Whole expected = models(formula);
  CHECK(expected > 0);
  formula.variables += 2;
  for (const Vertices form : {Vertices::labels, Vertices::tensors})
    check_every_way<Whole>(of_formula<Whole>(formula, form), std::vector<Whole>{4 * expected}, 0);
}

TEST_CASE("truths are counted in 64 bits") {
  Dice dice(5);
  const Formula formula = random_formula(13, 24, dice);
  const Whole expected = models(formula);
  CHECK(expected > 255);
  Options options;
  options.semiring = semiring::count;
  check_every_way<Whole>(of_formula<bool>(formula, Vertices::labels), std::vector<Whole>{expected}, 0, {}, options);
}
