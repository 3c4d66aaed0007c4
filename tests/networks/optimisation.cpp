// optimisation.cpp: the best of all choices as an einsum in another semiring, against trying all of them.
// SPDX-License-Identifier: BSD-3-Clause
#include "support/tensor_network.hpp"

#include <algorithm>
#include <limits>

using namespace einc;
using namespace einc::testing;

namespace {

constexpr double none = std::numeric_limits<double>::infinity();

Options in(const Semiring& semiring) {
  Options options;
  options.semiring = semiring;
  return options;
}

// Weights are whole numbers, so that every order of sums gives the same.
template <class T>
std::vector<T> weights(std::size_t count, Dice& dice) {
  std::vector<T> values(count);
  for (T& value : values) value = static_cast<T>(static_cast<int>(roll(dice, 41)) - 20);
  return values;
}

// A road from each town of a stage to some of the next.
std::vector<std::vector<double>> roads(std::size_t stages, std::size_t towns, Dice& dice) {
  std::vector<std::vector<double>> made;
  for (std::size_t stage = 0; stage < stages; ++stage) {
    std::vector<double> lengths(towns * towns, none);
    for (double& length : lengths)
      if (roll(dice, 3) == 0) length = static_cast<double>(1 + roll(dice, 50));
    made.push_back(lengths);
  }
  return made;
}

}  // namespace

TEST_CASE("a chain of stages gives the shortest ways between its ends") {
  Dice dice(1);
  constexpr std::size_t stages = 12, towns = 7;
  const auto lengths = roads(stages, towns, dice);
  // Bellman's recursion, from every town.
  std::vector<double> expected(towns * towns, none);
  for (std::size_t from = 0; from < towns; ++from) {
    std::vector<double> reached(towns, none);
    reached[from] = 0;
    for (const auto& stage : lengths) {
      std::vector<double> next(towns, none);
      for (std::size_t a = 0; a < towns; ++a)
        for (std::size_t b = 0; b < towns; ++b) next[b] = std::min(next[b], reached[a] + stage[a * towns + b]);
      reached = next;
    }
    std::copy(reached.begin(), reached.end(), expected.begin() + static_cast<std::ptrdiff_t>(from * towns));
  }
  CHECK(std::any_of(expected.begin(), expected.end(), [](double length) { return length < none; }));

  TensorNetwork<double> network;
  std::vector<Wire> stops = {network.label(towns)};
  for (const auto& stage : lengths) {
    stops.push_back(network.label(towns));
    network.add({stops[stops.size() - 2], stops.back()}, stage);
  }
  network.kept = {stops.front(), stops.back()};
  check_every_way<double>(network, expected, 0, {.exact = true, .best = true}, in(semiring::min_plus));
}

TEMPLATE_TEST_CASE("the heaviest independent set is found", "", float, double) {
  Dice dice(2);
  const Graph graph = GENERATE(as<Graph>(), grid_graph(3, 4), random_graph(13, 20, 1), random_graph(10, 30, 2));
  const std::vector<TestType> weight = weights<TestType>(graph.vertices, dice);
  constexpr TestType never = -std::numeric_limits<TestType>::infinity();
  double best = 0;
  std::vector<double> with(2, -none);  // without and with vertex 3
  for_each_colouring(graph.vertices, 2, [&](const std::vector<std::size_t>& taken) {
    double sum = 0;
    for (const auto& [a, b] : graph.edges)
      if (taken[a] + taken[b] == 2) return;
    for (std::size_t vertex = 0; vertex < graph.vertices; ++vertex) sum += taken[vertex] == 1 ? static_cast<double>(weight[vertex]) : 0;
    best = std::max(best, sum);
    with[taken[3]] = std::max(with[taken[3]], sum);
  });
  CHECK(best > 0);

  TensorNetwork<TestType> network;
  for (std::size_t vertex = 0; vertex < graph.vertices; ++vertex) network.add({network.label()}, {0, weight[vertex]});
  for (const auto& [a, b] : graph.edges) network.add({a, b}, {0, 0, 0, never});
  check_every_way<TestType>(network, std::vector<double>{best}, 0, {}, in(semiring::max_plus));
  network.kept = {3};
  check_every_way<TestType>(network, with, 0, {}, in(semiring::max_plus));
}

TEST_CASE("the lowest energy of a spin glass is found") {
  Dice dice(3);
  const Graph graph = grid_graph(4, 4);
  const std::vector<double> coupling = weights<double>(graph.edges.size(), dice), field = weights<double>(graph.vertices, dice);
  double lowest = none;
  for_each_colouring(graph.vertices, 2, [&](const std::vector<std::size_t>& up) {
    double energy = 0;
    for (std::size_t n = 0; n < graph.edges.size(); ++n) energy += up[graph.edges[n].first] == up[graph.edges[n].second] ? coupling[n] : -coupling[n];
    for (std::size_t n = 0; n < graph.vertices; ++n) energy += up[n] == 1 ? field[n] : -field[n];
    lowest = std::min(lowest, energy);
  });
  TensorNetwork<double> network;
  for (std::size_t n = 0; n < graph.vertices; ++n) network.add({network.label()}, {-field[n], field[n]});
  for (std::size_t n = 0; n < graph.edges.size(); ++n) network.add({graph.edges[n].first, graph.edges[n].second}, {coupling[n], -coupling[n], -coupling[n], coupling[n]});
  check_every_way<double>(network, std::vector<double>{lowest}, 0, {.best = true}, in(semiring::min_plus));
}

TEST_CASE("whether a graph can be coloured is found") {
  std::size_t could = 0;
  constexpr std::size_t rounds = 6;
  for (std::size_t round = 0; round < rounds; ++round) {
    const Graph graph = random_graph(8, 12 + 2 * round, round);
    bool expected = false;
    for_each_colouring(graph.vertices, 3, [&](const std::vector<std::size_t>& of) {
      expected = expected || std::all_of(graph.edges.begin(), graph.edges.end(), [&](const auto& edge) { return of[edge.first] != of[edge.second]; });
    });
    could += expected;
    TensorNetwork<bool> network;
    for (std::size_t vertex = 0; vertex < graph.vertices; ++vertex) network.label(3);
    for (const auto& [a, b] : graph.edges) network.add({a, b}, {0, 1, 1, 1, 0, 1, 1, 1, 0});
    check_every_way<bool>(network, std::vector<std::uint8_t>{expected}, 0, {}, in(semiring::or_and));
  }
  CHECK(could > 0);
  CHECK(could < rounds);
}
