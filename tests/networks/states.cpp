// states.cpp: states as trains, sheets and trees of tensors: their products and norms against plain loops over all positions.
// SPDX-License-Identifier: BSD-3-Clause
#include "support/tensor_network.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

using Complex = std::complex<double>;

template <class T>
std::vector<T> random_values(std::size_t count, Dice& dice) {
  std::vector<T> values(count);
  for (T& value : values) {
    if constexpr (is_complex_number<T>) {
      const double real = uniform(dice, -1, 1), imaginary = uniform(dice, -1, 1);
      value = T(static_cast<typename T::value_type>(real), static_cast<typename T::value_type>(imaginary));
    } else {
      value = static_cast<T>(uniform(dice, -1, 1));
    }
  }
  return values;
}

// A train: tensor [left, physical, right] at each site, with bonds of 1 at both ends.
template <class T>
struct Train {
  std::size_t physical = 0;
  std::vector<std::size_t> bonds;  // one more than sites
  std::vector<std::vector<T>> sites;
};
template <class T>
Train<T> random_train(std::size_t sites, std::size_t physical, std::size_t bond, Dice& dice) {
  Train<T> train{physical, std::vector<std::size_t>(sites + 1, bond), {}};
  train.bonds.front() = train.bonds.back() = 1;
  for (std::size_t n = 0; n < sites; ++n) train.sites.push_back(random_values<T>(train.bonds[n] * physical * train.bonds[n + 1], dice));
  return train;
}

// <x|y>, site by site, by loops.
template <class T>
Complex product(const Train<T>& x, const Train<T>& y) {
  std::vector<Complex> carried = {1};  // [bond of x, bond of y]
  for (std::size_t n = 0; n < x.sites.size(); ++n) {
    std::vector<Complex> next(x.bonds[n + 1] * y.bonds[n + 1], 0);
    for (std::size_t a = 0; a < x.bonds[n]; ++a)
      for (std::size_t b = 0; b < y.bonds[n]; ++b)
        for (std::size_t s = 0; s < x.physical; ++s)
          for (std::size_t c = 0; c < x.bonds[n + 1]; ++c)
            for (std::size_t d = 0; d < y.bonds[n + 1]; ++d)
              next[c * y.bonds[n + 1] + d] += carried[a * y.bonds[n] + b] * std::conj(Complex(x.sites[n][(a * x.physical + s) * x.bonds[n + 1] + c])) *
                                              Complex(y.sites[n][(b * y.physical + s) * y.bonds[n + 1] + d]);
    carried = next;
  }
  return carried[0];
}

template <class T>
void add_train(TensorNetwork<T>& network, const Train<T>& train, const std::vector<Wire>& physical, bool conjugated) {
  Wire left = network.label(1);
  for (std::size_t n = 0; n < train.sites.size(); ++n) {
    const Wire right = network.label(static_cast<Extent>(train.bonds[n + 1]));
    network.add({left, physical[n], right}, train.sites[n], conjugated);
    left = right;
  }
}
template <class T>
TensorNetwork<T> sandwich(const Train<T>& x, const Train<T>& y) {
  TensorNetwork<T> network;
  std::vector<Wire> physical;
  for (std::size_t n = 0; n < x.sites.size(); ++n) physical.push_back(network.label(static_cast<Extent>(x.physical)));
  add_train(network, x, physical, true);
  add_train(network, y, physical, false);
  return network;
}

// A sheet: a tensor [bonds, physical] at each vertex of a graph.
struct Sheet {
  Graph graph;
  std::size_t physical = 2, bond = 2;
  std::vector<std::vector<std::size_t>> bonds;  // of each vertex: its edges
  std::vector<std::vector<Complex>> tensors;
};
Sheet random_sheet(const Graph& graph, std::size_t physical, std::size_t bond, Dice& dice) {
  Sheet sheet{graph, physical, bond, std::vector<std::vector<std::size_t>>(graph.vertices), {}};
  for (std::size_t edge = 0; edge < graph.edges.size(); ++edge) {
    sheet.bonds[graph.edges[edge].first].push_back(edge);
    sheet.bonds[graph.edges[edge].second].push_back(edge);
  }
  for (const auto& edges : sheet.bonds) {
    std::size_t size = physical;
    for (std::size_t n = 0; n < edges.size(); ++n) size *= bond;
    sheet.tensors.push_back(random_values<Complex>(size, dice));
  }
  return sheet;
}

// The whole state: the sum over all bonds of the product of all tensors, for all physical positions.
std::vector<Complex> state_of(const Sheet& sheet) {
  std::vector<Complex> state(static_cast<std::size_t>(std::llround(std::pow(sheet.physical, sheet.graph.vertices))), 0);
  for_each_colouring(sheet.graph.edges.size(), sheet.bond, [&](const std::vector<std::size_t>& bond) {
    std::vector<Complex> products = {1};
    for (std::size_t vertex = 0; vertex < sheet.graph.vertices; ++vertex) {
      std::size_t row = 0;
      for (const std::size_t edge : sheet.bonds[vertex]) row = row * sheet.bond + bond[edge];
      std::vector<Complex> next;
      for (const Complex& value : products)
        for (std::size_t s = 0; s < sheet.physical; ++s) next.push_back(value * sheet.tensors[vertex][row * sheet.physical + s]);
      products = std::move(next);
    }
    for (std::size_t n = 0; n < state.size(); ++n) state[n] += products[n];
  });
  return state;
}
void add_sheet(TensorNetwork<Complex>& network, const Sheet& sheet, const std::vector<Wire>& physical, bool conjugated) {
  std::vector<Wire> bonds;
  for (std::size_t n = 0; n < sheet.graph.edges.size(); ++n) bonds.push_back(network.label(static_cast<Extent>(sheet.bond)));
  for (std::size_t vertex = 0; vertex < sheet.graph.vertices; ++vertex) {
    std::vector<Wire> labels;
    for (const std::size_t edge : sheet.bonds[vertex]) labels.push_back(bonds[edge]);
    labels.push_back(physical[vertex]);
    network.add(labels, sheet.tensors[vertex], conjugated);
  }
}
std::vector<Wire> physical_labels(TensorNetwork<Complex>& network, const Sheet& sheet) {
  std::vector<Wire> made;
  for (std::size_t n = 0; n < sheet.graph.vertices; ++n) made.push_back(network.label(static_cast<Extent>(sheet.physical)));
  return made;
}
double norm_of(const std::vector<Complex>& state) {
  double sum = 0;
  for (const Complex& value : state) sum += std::norm(value);
  return sum;
}

// Vertex n hangs on vertex (n - 1) / 2.
Graph binary_tree(std::size_t vertices) {
  Graph graph{vertices, {}};
  for (std::size_t n = 1; n < vertices; ++n) graph.edges.emplace_back((n - 1) / 2, n);
  return graph;
}

}  // namespace

TEMPLATE_TEST_CASE("products of trains are those of loops from site to site", "", float, double, std::complex<float>, Complex) {
  Dice dice(1);
  const double precision = std::is_same_v<TestType, double> || std::is_same_v<TestType, Complex> ? 1e-12 : 1e-4;
  const Train<TestType> x = random_train<TestType>(14, 2, 5, dice), y = random_train<TestType>(14, 2, 7, dice);
  const double scale = std::sqrt(std::abs(product(x, x)) * std::abs(product(y, y)));
  const Complex expected = product(x, y);
  CHECK(std::abs(expected) > 1e-3 * scale);
  if constexpr (is_complex_number<TestType>) {
    check_every_way<TestType>(sandwich(x, y), std::vector<Complex>{expected}, precision * scale);
    check_every_way<TestType>(sandwich(y, x), std::vector<Complex>{std::conj(expected)}, precision * scale);
  } else {
    check_every_way<TestType>(sandwich(x, y), std::vector<double>{expected.real()}, precision * scale);
  }
}

TEST_CASE("the norm of a long train is that of loops, with the exact planner too") {
  Dice dice(2);
  const Train<Complex> x = random_train<Complex>(12, 2, 4, dice);
  const Complex expected = product(x, x);
  check_every_way<Complex>(sandwich(x, x), std::vector<Complex>{expected}, 1e-12 * expected.real(), {.exact = true, .best = true});
  const Train<Complex> longer = random_train<Complex>(60, 2, 6, dice);
  const Complex of_longer = product(longer, longer);
  check_every_way<Complex>(sandwich(longer, longer), std::vector<Complex>{of_longer}, 1e-12 * of_longer.real(), {.as_written = false});
}

TEST_CASE("sheets and trees are the states their tensors say") {
  Dice dice(3);
  for (const Graph& graph : {grid_graph(2, 3), binary_tree(7)}) {
    const Sheet sheet = random_sheet(graph, 2, 3, dice);
    const std::vector<Complex> state = state_of(sheet);
    TensorNetwork<Complex> network;
    network.kept = physical_labels(network, sheet);
    add_sheet(network, sheet, network.kept, false);
    check_every_way<Complex>(network, state, 1e-12 * norm_of(state), {.exact = true});
  }
}

TEST_CASE("norms of sheets and trees are those of their states") {
  Dice dice(4);
  for (const Graph& graph : {grid_graph(3, 3), binary_tree(11), random_graph(8, 11, 5)}) {
    const Sheet sheet = random_sheet(graph, 2, 2, dice);
    const double expected = norm_of(state_of(sheet));
    TensorNetwork<Complex> network;
    const std::vector<Wire> physical = physical_labels(network, sheet);
    add_sheet(network, sheet, physical, true);
    add_sheet(network, sheet, physical, false);
    check_every_way<Complex>(network, std::vector<double>{expected}, 1e-12 * expected, {.best = graph.vertices == 9});
    // A kept physical label: the density along it.
    const std::vector<Complex> state = state_of(sheet);
    const std::size_t last = graph.vertices - 1;
    std::vector<double> density(2, 0);
    for (std::size_t n = 0; n < state.size(); ++n) density[n % 2] += std::norm(state[n]);
    network.kept = {physical[last]};
    check_every_way<Complex>(network, density, 1e-12 * expected);
  }
}
