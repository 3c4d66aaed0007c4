// tensor_network.hpp: networks of given numbers, computed in every way an order of contraction can be found.
// Knows no network in particular, and of the results only what the test says they are.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cmath>
#include <complex>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <random>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <einc/sublists.hpp>

#include "support/catch.hpp"
#include "support/fill.hpp"

namespace einc::testing {

using Wire = std::size_t;  // the number of a label of a TensorNetwork

// Tensors with labels; a label may be in one, two or any number of them.
template <class T>
struct TensorNetwork {
  struct Tensor {
    std::vector<Wire> labels;
    std::vector<Held<T>> values;  // row-major
    bool conjugated = false;
  };
  std::vector<Extent> extents;
  std::vector<Tensor> tensors;
  std::vector<Wire> kept;

  Wire label(Extent extent = 2) {
    extents.push_back(extent);
    return extents.size() - 1;
  }
  void add(std::vector<Wire> labels, std::vector<Held<T>> values, bool conjugated = false) {
    tensors.push_back({std::move(labels), std::move(values), conjugated});
    if (tensors.back().values.size() != positions(tensors.back().labels)) throw std::logic_error("a tensor of another size than its labels say");
  }
  std::size_t positions(const std::vector<Wire>& labels) const {
    std::size_t count = 1;
    for (const Wire wire : labels) count *= static_cast<std::size_t>(extents.at(wire));
    return count;
  }
  Shape shape(const std::vector<Wire>& labels) const {
    Shape made;
    for (const Wire wire : labels) made.push_back(extents.at(wire));
    return made;
  }
};

// Elements of T computed with `options`; R is what the result holds (i64 where truths are counted).
template <class R, class T>
std::vector<Held<R>> computed(const TensorNetwork<T>& network, Options options) {
  std::vector<LabelList> lists;
  std::vector<Shape> shapes;
  std::vector<Strides> strides;
  for (const auto& tensor : network.tensors) {
    lists.emplace_back(tensor.labels);
    shapes.push_back(network.shape(tensor.labels));
    strides.push_back(row_major(shapes.back()));
    options.conjugate.push_back(tensor.conjugated);
  }
  options.dtype = dtype_of<T>;
  const Compiled compiled = compile(text_of_lists(lists, ResultList(LabelList(network.kept))), shapes, options);
  std::vector<ArrayRef> refs;
  for (std::size_t n = 0; n < shapes.size(); ++n) refs.push_back({address_of<T>(network.tensors[n].values), dtype_of<T>, shapes[n], strides[n]});
  std::vector<Held<R>> result(network.positions(network.kept));
  const Shape shape = network.shape(network.kept);
  compiled.run(refs, {address_of<R>(result), dtype_of<R>, shape, row_major(shape)});
  return result;
}

// Who plans a network beside the greedy planner and the automatic one. The exact one does not end soon on all networks, as
// written some grow beyond memory, and the best effort takes a second.
struct Planners {
  bool exact = false, as_written = true, best = false;
};

struct Way {
  std::string name;
  Planner planner = Planner::automatic;
  Effort effort = Effort::fast;
};
inline std::vector<Way> ways(const Planners& planners) {
  std::vector<Way> all = {{"fast", Planner::automatic, Effort::fast}, {"balanced", Planner::automatic, Effort::balanced}, {"greedy", Planner::greedy, Effort::fast}};
  if (planners.exact) all.push_back({"exact", Planner::exact, Effort::fast});
  if (planners.as_written) all.push_back({"as written", Planner::left_to_right, Effort::fast});
  if (planners.best) all.push_back({"best", Planner::automatic, Effort::best});
  return all;
}

// Whether a number is near what it should be: integers, truths and infinities are equal.
template <class R, class E>
bool near(const R& got, const E& expected, double allowed) {
  if constexpr (is_complex_number<R>) {
    return std::abs(std::complex<double>(got) - std::complex<double>(expected)) <= allowed;
  } else if constexpr (std::is_floating_point_v<R>) {
    return static_cast<double>(got) == static_cast<double>(expected) || std::abs(static_cast<double>(got) - static_cast<double>(expected)) <= allowed;
  } else {
    return got == static_cast<R>(expected);
  }
}

// Every planner, with one thread and with two: the same bits from both, and from each the numbers expected.
template <class R, class T, class E>
void check_every_way(const TensorNetwork<T>& network, const std::vector<E>& expected, double allowed, const Planners& planners = {}, const Options& base = {}) {
  for (const Way& way : ways(planners)) {
    CAPTURE(way.name, network.tensors.size(), network.extents.size());
    Options options = base;
    options.planner = way.planner;
    options.effort = way.effort;
    options.threads = 1;
    const std::vector<Held<R>> one = computed<R>(network, options);
    options.threads = 2;
    const std::vector<Held<R>> two = computed<R>(network, options);
    REQUIRE(one.size() == expected.size());
    CHECK(std::memcmp(one.data(), two.data(), one.size() * sizeof(one[0])) == 0);
    for (std::size_t n = 0; n < one.size(); ++n) {
      CAPTURE(n, one[n], expected[n]);
      CHECK(near(one[n], expected[n], allowed));
    }
  }
}

// ---- numbers and graphs that are the same everywhere ------------------------------------------------------------------

using Dice = std::mt19937_64;
inline std::size_t roll(Dice& dice, std::size_t sides) { return static_cast<std::size_t>(dice() % sides); }
inline double uniform(Dice& dice, double low = 0, double high = 1) { return low + (high - low) * static_cast<double>(dice() >> 11) * 0x1p-53; }

struct Graph {
  std::size_t vertices = 0;
  std::vector<std::pair<std::size_t, std::size_t>> edges;
};
inline Graph random_graph(std::size_t vertices, std::size_t edges, std::uint64_t seed) {
  Dice dice(seed);
  Graph graph{vertices, {}};
  std::vector<std::vector<bool>> joined(vertices, std::vector<bool>(vertices, false));
  while (graph.edges.size() < edges) {
    const std::size_t a = roll(dice, vertices), b = roll(dice, vertices);
    if (a >= b || joined[a][b]) continue;
    joined[a][b] = true;
    graph.edges.emplace_back(a, b);
  }
  return graph;
}
inline Graph grid_graph(std::size_t rows, std::size_t columns) {
  Graph graph{rows * columns, {}};
  for (std::size_t row = 0; row < rows; ++row)
    for (std::size_t column = 0; column < columns; ++column) {
      const std::size_t at = row * columns + column;
      if (column + 1 < columns) graph.edges.emplace_back(at, at + 1);
      if (row + 1 < rows) graph.edges.emplace_back(at, at + columns);
    }
  return graph;
}

// Calls body(colours) for every way to give each of `count` things one of `colours` colours.
template <class Body>
void for_each_colouring(std::size_t count, std::size_t colours, Body&& body) {
  std::vector<std::size_t> of(count, 0);
  while (true) {
    body(std::as_const(of));
    std::size_t at = 0;
    while (at < count && ++of[at] == colours) of[at++] = 0;
    if (at == count) return;
  }
}

}  // namespace einc::testing
