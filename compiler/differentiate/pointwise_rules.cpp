// pointwise_rules.cpp: derivatives of functions, and of extremes over labels. Where a function has none, one is chosen: ties of
// extremes share evenly, the derivative of relu and abs at 0 is 0, steps (comparisons, floor) have 0, rounding has 1.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cmath>

#include "differentiate/products.hpp"
#include "differentiate/sweep.hpp"

namespace einc::differentiate {

using ir::Function, ir::holds, ir::NamedTerm, ir::Node, ir::NodeId;

namespace {

class Pointwise {
 public:
  Pointwise(Sweep& sweep, NodeId id, const Tensor& cotangent) : sweep_(sweep), id_(id), node_(sweep.node(id)), cotangent_(cotangent) {}

  void run() {
    switch (ir::input_count(node_.function)) {
      case 1: return one();
      case 2: return two();
      case 3: return choice();
      default: return;
    }
  }

 private:
  Tensor argument(std::size_t i) const { return sweep_.tensor(node_.arguments[i]); }
  // The argument gets a product, summed over the labels that it lacks.
  void give(std::size_t i, const std::vector<Tensor>& factors, NodeId linear = Sweep::none) {
    const NodeId to = node_.arguments[i];
    if (sweep_.wants(to)) sweep_.give(to, sum_to(sweep_.program(), factors, node_.labels, sweep_.labels(to)), linear);
  }

  void one() {
    if (!sweep_.wants(node_.arguments[0])) return;
    const Tensor x = argument(0), y = sweep_.tensor(id_), &c = cotangent_;
    switch (node_.function) {
      case Function::negative: return give(0, {-c});
      case Function::absolute: return give(0, {where(x > 0.0, c, where(x < 0.0, -c, 0.0))});
      case Function::exp: return give(0, {c, y});
      case Function::log: return give(0, {c / x});
      case Function::sqrt: return give(0, {c * 0.5 / y});
      case Function::rsqrt: return give(0, {c, y * y * y * -0.5});
      case Function::tanh: return give(0, {c, 1.0 - y * y});
      case Function::sigmoid: return give(0, {c, y * (1.0 - y)});
      case Function::relu: return give(0, {where(x > 0.0, c, 0.0)});
      case Function::gelu:  // Phi(x) + x phi(x), of the normal distribution
        return give(0, {c, 0.5 * (1.0 + erf(x * std::sqrt(0.5))) + x * exp(x * x * -0.5) * std::sqrt(0.5 / M_PI)});
      case Function::erf: return give(0, {c, exp(-(x * x)) * (2 / std::sqrt(M_PI))});
      case Function::sin: return give(0, {c, cos(x)});
      case Function::cos: return give(0, {c, -sin(x)});
      case Function::round_f32:
      case Function::round_bf16:
      case Function::conjugate: return give(0, {c});
      default: return;  // steps
    }
  }

  void two() {
    const bool twice = node_.arguments[0] == node_.arguments[1];
    const NodeId linear = twice ? Sweep::none : id_;
    const Tensor& c = cotangent_;
    switch (node_.function) {
      case Function::add: return give(0, {c}), give(1, {c});
      case Function::subtract: return give(0, {c}), give(1, {-c});
      case Function::multiply: return give(0, {c, argument(1)}, linear), give(1, {c, argument(0)}, linear);
      case Function::divide: return divide(linear);
      case Function::minimum:
      case Function::maximum: {
        const bool larger = node_.function == Function::maximum;
        for (std::size_t i = 0; i < 2; ++i) {
          if (!sweep_.wants(node_.arguments[i])) continue;
          const Tensor x = argument(i), y = argument(1 - i);
          give(i, {c, where(x == y, 0.5, larger ? x > y : x < y)});
        }
        return;
      }
      default: return;  // comparisons and logic
    }
  }

  // y = a / b: of b it is -(sum of c * y) / b, since b does not vary along what is summed.
  void divide(NodeId linear) {
    const NodeId divisor = node_.arguments[1];
    const Tensor b = argument(1);
    if (sweep_.wants(node_.arguments[0])) {
      // One reciprocal a row is cheaper than a quotient an element.
      const NamedTerm rows = b.labels(), all = cotangent_.labels();
      const bool fewer = std::any_of(all.begin(), all.end(), [&](const std::string& label) { return !holds(rows, label); });
      if (rows.empty()) sweep_.give(node_.arguments[0], sum_to(sweep_.program(), {cotangent_}, node_.labels, sweep_.labels(node_.arguments[0])) / b, linear);
      else if (fewer) give(0, {cotangent_, 1.0 / b}, linear);
      else give(0, {cotangent_ / b}, linear);
    }
    if (sweep_.wants(divisor)) sweep_.give(divisor, -sweep_.weighed(id_, sweep_.labels(divisor)) / b);
  }

  void choice() {
    give(1, {where(argument(0), cotangent_, 0.0)});
    give(2, {where(argument(0), 0.0, cotangent_)});
  }

  Sweep& sweep_;
  NodeId id_;
  Node node_;
  const Tensor& cotangent_;
};

}  // namespace

void pointwise_rule(Sweep& sweep, NodeId id, const Tensor& cotangent) { Pointwise(sweep, id, cotangent).run(); }

void extreme_rule(Sweep& sweep, NodeId id, const Tensor& cotangent) {
  const NodeId argument = sweep.node(id).arguments[0];
  const Tensor x = sweep.tensor(argument), best = x == sweep.tensor(id);
  NamedTerm over;
  for (const std::string& label : sweep.labels(argument))
    if (!holds(sweep.labels(id), label)) over.push_back(label);
  sweep.give(argument, where(best, cotangent / sum(best, ir::written(over)), 0.0));
}

}  // namespace einc::differentiate
