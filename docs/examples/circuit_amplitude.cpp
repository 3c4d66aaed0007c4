// circuit_amplitude.cpp: how likely a quantum computer answers 0110, from its circuit: gates are operands, wires are labels.
//
// A gate of one qubit is a matrix [after, before]. CZ only changes the sign of states where both qubits are 1, so it needs no new
// labels: a matrix [one, other] on two wires that go on through it. Such labels have more than two operands, and orders of
// contraction that know this are far cheaper than those that do not.
#include <cmath>
#include <complex>
#include <cstdio>
#include <utility>
#include <vector>

#include <einc/sublists.hpp>

namespace {

using Complex = std::complex<double>;
constexpr std::size_t qubits = 4, layers = 5;

// cos(angle / 2), -sin(angle / 2), sin(angle / 2), cos(angle / 2): a turn of one qubit.
std::vector<Complex> turn(double angle) {
  const double c = std::cos(angle / 2), s = std::sin(angle / 2);
  return {c, -s, s, c};
}
double angle_of(std::size_t layer, std::size_t qubit) { return 0.3 + 0.7 * static_cast<double>(layer) + 1.1 * static_cast<double>(qubit); }

// The circuit as einc takes it: each operand's numbers and the list of its labels.
class Network {
 public:
  int label() { return next_++; }
  void add(std::vector<Complex> values, std::vector<int> labels) {
    shapes_.emplace_back(labels.size(), 2);
    values_.push_back(std::move(values));
    lists_.emplace_back(labels);
  }
  Complex contract() const {
    std::vector<einc::ArrayRef> operands;
    std::vector<einc::Strides> strides;
    strides.reserve(shapes_.size());
    for (std::size_t n = 0; n < shapes_.size(); ++n) {
      strides.push_back(einc::row_major(shapes_[n]));
      operands.push_back({values_[n].data(), einc::DType::c128, shapes_[n], strides[n]});
    }
    return einc::einsum<Complex>(operands, lists_, einc::ResultList{})[0];
  }

 private:
  int next_ = 0;
  std::vector<std::vector<Complex>> values_;
  std::vector<einc::Shape> shapes_;
  std::vector<einc::LabelList> lists_;
};

Complex amplitude(const std::vector<int>& answer) {
  Network network;
  std::vector<int> wires(qubits);
  for (int& wire : wires) network.add({1, 0}, {wire = network.label()});
  for (std::size_t layer = 0; layer < layers; ++layer) {
    for (std::size_t qubit = 0; qubit < qubits; ++qubit) {
      const int after = network.label();
      network.add(turn(angle_of(layer, qubit)), {after, wires[qubit]});
      wires[qubit] = after;
    }
    for (std::size_t qubit = layer % 2; qubit + 1 < qubits; qubit += 2) network.add({1, 1, 1, -1}, {wires[qubit], wires[qubit + 1]});
  }
  for (std::size_t qubit = 0; qubit < qubits; ++qubit) network.add({answer[qubit] == 0 ? 1.0 : 0.0, answer[qubit] == 1 ? 1.0 : 0.0}, {wires[qubit]});
  return network.contract();
}

// The same by keeping all 16 amplitudes and applying gate after gate: what a network of 50 qubits has no memory for.
std::vector<Complex> simulated() {
  std::vector<Complex> state(1 << qubits, 0);
  state[0] = 1;
  const auto mask = [](std::size_t qubit) { return std::size_t{1} << (qubits - 1 - qubit); };
  for (std::size_t layer = 0; layer < layers; ++layer) {
    for (std::size_t qubit = 0; qubit < qubits; ++qubit) {
      const std::vector<Complex> gate = turn(angle_of(layer, qubit));
      for (std::size_t at = 0; at < state.size(); ++at) {
        if ((at & mask(qubit)) != 0) continue;
        const Complex zero = state[at], one = state[at | mask(qubit)];
        state[at] = gate[0] * zero + gate[1] * one;
        state[at | mask(qubit)] = gate[2] * zero + gate[3] * one;
      }
    }
    for (std::size_t qubit = layer % 2; qubit + 1 < qubits; qubit += 2)
      for (std::size_t at = 0; at < state.size(); ++at)
        if ((at & mask(qubit)) != 0 && (at & mask(qubit + 1)) != 0) state[at] = -state[at];
  }
  return state;
}

}  // namespace

int main() {
  const Complex found = amplitude({0, 1, 1, 0}), expected = simulated()[0b0110];
  std::printf("amplitude of 0110: %+.6f %+.6fi, so it is the answer of one run in %.0f\n", found.real(), found.imag(), 1 / std::norm(found));
  const bool right = std::abs(found - expected) < 1e-12 && std::abs(expected) > 1e-3;
  std::puts(right ? "the simulation of the whole state says the same" : "WRONG: the simulation says otherwise");
  return right ? 0 : 1;
}
