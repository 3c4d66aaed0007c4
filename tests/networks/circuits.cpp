// circuits.cpp: quantum circuits as networks of their gates, against a simulation of the state gate by gate.
// SPDX-License-Identifier: BSD-3-Clause
#include "support/tensor_network.hpp"

#include <numbers>

using namespace einc;
using namespace einc::testing;

namespace {

using Complex = std::complex<double>;

// One or two qubits and a matrix [out, in]; of two qubits the first is the more significant.
struct Gate {
  std::vector<std::size_t> qubits;
  std::vector<Complex> matrix;
  bool is_diagonal = false;
};
struct Circuit {
  std::size_t qubits = 0;
  std::vector<Gate> gates;
};

Gate turn(std::size_t qubit, Dice& dice) {
  const double angle = uniform(dice, 0, std::numbers::pi), first = uniform(dice, -3, 3), second = uniform(dice, -3, 3);
  const Complex c = std::cos(angle), s = std::sin(angle), p = std::polar(1.0, first), q = std::polar(1.0, second);
  return {{qubit}, {c * p, s * q, -s * std::conj(q), c * std::conj(p)}};
}
Gate phase(std::size_t a, std::size_t b, Dice& dice) {
  Gate gate{{a, b}, std::vector<Complex>(16), true};
  for (std::size_t n = 0; n < 4; ++n) gate.matrix[5 * n] = std::polar(1.0, uniform(dice, -3, 3));
  return gate;
}
// Moves excitations between two qubits, as fSim gates do.
Gate swing(std::size_t a, std::size_t b, Dice& dice) {
  const double angle = uniform(dice, 0, std::numbers::pi);
  const Complex c = std::cos(angle), s = Complex(0, -1) * std::sin(angle), p = std::polar(1.0, uniform(dice, -3, 3));
  return {{a, b}, {1, 0, 0, 0, 0, c, s, 0, 0, s, c, 0, 0, 0, 0, p}};
}

// A layer turns every qubit and joins some pairs of neighbours on a grid, half of them by diagonal gates.
Circuit random_circuit(std::size_t rows, std::size_t columns, std::size_t layers, std::uint64_t seed) {
  Dice dice(seed);
  Circuit circuit{rows * columns, {}};
  const Graph grid = grid_graph(rows, columns);
  for (std::size_t layer = 0; layer < layers; ++layer) {
    for (std::size_t qubit = 0; qubit < circuit.qubits; ++qubit) circuit.gates.push_back(turn(qubit, dice));
    for (const auto& [a, b] : grid.edges) {
      if ((a / columns + a % columns + (b == a + 1 ? 0 : 2)) % 4 != layer % 4) continue;
      circuit.gates.push_back(roll(dice, 2) == 0 ? phase(a, b, dice) : swing(a, b, dice));
    }
  }
  return circuit;
}

std::size_t bit(std::size_t state, std::size_t qubit, std::size_t qubits) { return state >> (qubits - 1 - qubit) & 1; }

// The state after the circuit, from all qubits 0; qubit 0 is the most significant bit.
std::vector<Complex> simulated(const Circuit& circuit) {
  std::vector<Complex> state(std::size_t{1} << circuit.qubits, 0);
  state[0] = 1;
  for (const Gate& gate : circuit.gates) {
    const std::size_t size = std::size_t{1} << gate.qubits.size();
    std::vector<Complex> next(state.size(), 0);
    for (std::size_t at = 0; at < state.size(); ++at) {
      std::size_t in = 0;
      for (const std::size_t qubit : gate.qubits) in = 2 * in + bit(at, qubit, circuit.qubits);
      for (std::size_t out = 0; out < size; ++out) {
        std::size_t to = at;
        for (std::size_t n = 0; n < gate.qubits.size(); ++n) {
          const std::size_t mask = std::size_t{1} << (circuit.qubits - 1 - gate.qubits[n]);
          to = (out >> (gate.qubits.size() - 1 - n) & 1) != 0 ? to | mask : to & ~mask;
        }
        next[to] += gate.matrix[out * size + in] * state[at];
      }
    }
    state = std::move(next);
  }
  return state;
}

template <class T>
std::vector<T> as(const std::vector<Complex>& values) {
  return {values.begin(), values.end()};
}

enum class Diagonals { as_matrices, as_hyperedges };

// The circuit's tensors, on the wires of its end. With `hyperedges` a diagonal gate joins labels that go on through it.
template <class T>
std::vector<Wire> add_circuit(TensorNetwork<T>& network, const Circuit& circuit, Diagonals diagonals, bool conjugated = false) {
  std::vector<Wire> wires(circuit.qubits);
  for (Wire& wire : wires) network.add({wire = network.label()}, {1, 0});
  for (const Gate& gate : circuit.gates) {
    std::vector<Wire> in, out;
    for (const std::size_t qubit : gate.qubits) in.push_back(wires[qubit]);
    if (gate.is_diagonal && diagonals == Diagonals::as_hyperedges) {
      std::vector<T> diagonal;
      for (std::size_t n = 0; n < 4; ++n) diagonal.push_back(T(gate.matrix[5 * n]));
      network.add(in, diagonal, conjugated);
      continue;
    }
    for (const std::size_t qubit : gate.qubits) out.push_back(wires[qubit] = network.label());
    out.insert(out.end(), in.begin(), in.end());
    network.add(out, as<T>(gate.matrix), conjugated);
  }
  return wires;
}

template <class T>
TensorNetwork<T> amplitude(const Circuit& circuit, std::size_t outcome, Diagonals diagonals) {
  TensorNetwork<T> network;
  const std::vector<Wire> wires = add_circuit(network, circuit, diagonals);
  for (std::size_t qubit = 0; qubit < circuit.qubits; ++qubit) {
    const bool one = bit(outcome, qubit, circuit.qubits) != 0;
    network.add({wires[qubit]}, {T(one ? 0 : 1), T(one ? 1 : 0)});
  }
  return network;
}

template <class T>
constexpr double rounding = std::is_same_v<T, std::complex<float>> ? 2e-6 : 1e-13;

}  // namespace

TEMPLATE_TEST_CASE("one amplitude of a circuit is that of the state", "", std::complex<float>, std::complex<double>) {
  const auto [rows, columns, layers] = GENERATE(table<std::size_t, std::size_t, std::size_t>({{1, 2, 3}, {1, 8, 6}, {3, 3, 5}}));
  const Circuit circuit = random_circuit(rows, columns, layers, 10 * rows + columns);
  const std::vector<Complex> state = simulated(circuit);
  const std::size_t outcome = state.size() * 5 / 7;
  for (const Diagonals diagonals : {Diagonals::as_matrices, Diagonals::as_hyperedges})
    check_every_way<TestType>(amplitude<TestType>(circuit, outcome, diagonals), std::vector<Complex>{state[outcome]}, rounding<TestType>);
}

TEST_CASE("the exact planner computes the amplitudes of small circuits") {
  const Circuit circuit = random_circuit(1, 4, 3, 4);
  const std::vector<Complex> state = simulated(circuit);
  for (std::size_t outcome = 0; outcome < state.size(); outcome += 5)
    for (const Diagonals diagonals : {Diagonals::as_matrices, Diagonals::as_hyperedges})
      check_every_way<Complex>(amplitude<Complex>(circuit, outcome, diagonals), std::vector<Complex>{state[outcome]}, 1e-13, {.exact = true});
}

TEST_CASE("kept wires give all amplitudes at once") {
  const Circuit circuit = random_circuit(2, 3, 4, 5);
  const std::vector<Complex> state = simulated(circuit);
  for (const Diagonals diagonals : {Diagonals::as_matrices, Diagonals::as_hyperedges}) {
    TensorNetwork<Complex> network;
    network.kept = add_circuit(network, circuit, diagonals);
    check_every_way<Complex>(network, state, 1e-13);
  }
}

TEST_CASE("a label that the state and its conjugate share gives the probabilities of some qubits") {
  const Circuit circuit = random_circuit(2, 3, 4, 6);
  const std::vector<Complex> state = simulated(circuit);
  std::vector<Complex> expected(4, 0);
  for (std::size_t at = 0; at < state.size(); ++at) expected[2 * bit(at, 4, 6) + bit(at, 1, 6)] += std::norm(state[at]);
  for (const Diagonals diagonals : {Diagonals::as_matrices, Diagonals::as_hyperedges}) {
    TensorNetwork<Complex> network;
    const std::vector<Wire> ket = add_circuit(network, circuit, diagonals), bra = add_circuit(network, circuit, diagonals, true);
    for (std::size_t qubit = 0; qubit < 6; ++qubit) network.add({ket[qubit], bra[qubit]}, {1, 0, 0, 1});
    network.kept = {ket[4], ket[1]};
    check_every_way<Complex>(network, expected, 1e-13);
  }
}

TEST_CASE("the mean of a product of observables is that of the state") {
  const Circuit circuit = random_circuit(1, 6, 4, 7);
  const std::vector<Complex> state = simulated(circuit);
  // Z on qubit 2 and X on qubit 3.
  Complex expected = 0;
  for (std::size_t at = 0; at < state.size(); ++at) {
    const std::size_t flipped = at ^ (std::size_t{1} << (6 - 1 - 3));
    expected += std::conj(state[flipped]) * state[at] * (bit(at, 2, 6) != 0 ? -1.0 : 1.0);
  }
  TensorNetwork<Complex> network;
  const std::vector<Wire> ket = add_circuit(network, circuit, Diagonals::as_hyperedges), bra = add_circuit(network, circuit, Diagonals::as_hyperedges, true);
  for (std::size_t qubit = 0; qubit < 6; ++qubit) {
    if (qubit == 2) network.add({bra[qubit], ket[qubit]}, {1, 0, 0, -1});
    else if (qubit == 3) network.add({bra[qubit], ket[qubit]}, {0, 1, 1, 0});
    else network.add({bra[qubit], ket[qubit]}, {1, 0, 0, 1});
  }
  CHECK(std::abs(expected) > 1e-3);  // zero would not be noticed
  check_every_way<Complex>(network, std::vector<Complex>{expected}, 1e-13, {.best = true});
}
