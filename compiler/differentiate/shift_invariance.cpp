// SPDX-License-Identifier: BSD-3-Clause
#include "differentiate/shift_invariance.hpp"

#include <algorithm>
#include <cmath>

namespace einc::differentiate {
namespace {

using ir::Function, ir::holds, ir::NamedTerm, ir::Node, ir::NodeId, ir::NodeKind;

// How a value follows when the extreme grows by d: not at all, by degree * d, by the factor exp(degree * d), or in no such way.
// d varies along some labels; values follow it position by position.
struct Following {
  enum class Kind : std::uint8_t { constant, adds, scales, unknown } kind = Kind::constant;
  double degree = 0;
  NamedTerm labels;  // those d varies along, as this value calls them
};
using Kind = Following::Kind;

const Following constant{}, unknown{Kind::unknown, 0, {}};

Following settled(Following following) { return following.kind != Kind::unknown && following.degree == 0 ? constant : following; }

class Tracing {
 public:
  Tracing(const ir::Program& program, NodeId root, NodeId output) : program_(program), following_(program.nodes.size()), root_(root), output_(output) {}

  bool cancels() {
    NamedTerm labels = program_.nodes[root_].labels;
    std::sort(labels.begin(), labels.end());
    following_[root_] = {Kind::adds, 1, std::move(labels)};
    for (NodeId id = root_ + 1; id <= output_; ++id) {
      const Node& node = program_.nodes[id];
      const bool any = std::any_of(node.arguments.begin(), node.arguments.end(), [&](NodeId argument) { return of(argument).kind != Kind::constant; });
      if (any) following_[id] = settled(follow(node));
    }
    return following_[output_].kind == Kind::constant;
  }

 private:
  const Following& of(NodeId id) const { return following_[id]; }
  const Following& of(const Node& node, std::size_t i) const { return following_[node.arguments[i]]; }
  bool is_number(NodeId id) const { return program_.nodes[id].labels.empty(); }

  Following follow(const Node& node) const {
    switch (node.kind) {
      case NodeKind::map: return follow_map(node);
      case NodeKind::einsum: return follow_einsum(node);
      case NodeKind::reduce: return sums_along(node) ? unknown : of(node, 0);
      case NodeKind::widen: return of(node, 0);
      case NodeKind::view: return follow_view(node);
      default: return unknown;
    }
  }

  // Whether labels that the shift varies along are brought together.
  bool sums_along(const Node& node) const {
    const NamedTerm& labels = of(node, 0).labels;
    return std::any_of(labels.begin(), labels.end(), [&](const std::string& label) { return !holds(node.labels, label); });
  }

  static Following scaled(Following following, double by) {
    following.degree *= by;
    return following;
  }
  static Following become(Following following, Kind from, Kind to, double by = 1) {
    if (following.kind != from) return unknown;
    following.kind = to;
    following.degree *= by;
    return following;
  }
  static bool alike(const Following& x, const Following& y) { return x.kind == y.kind && x.labels == y.labels; }

  Following follow_map(const Node& node) const {
    const Following& x = of(node, 0);
    const Following& y = node.arguments.size() > 1 ? of(node, 1) : constant;
    switch (node.function) {
      case Function::less:
      case Function::less_equal:
      case Function::equal:
      case Function::not_equal:
      case Function::logical_and:
      case Function::logical_or:
      case Function::logical_not:
      case Function::floor: return constant;  // steps have no derivative
      case Function::negative: return x.kind == Kind::adds ? scaled(x, -1) : x;
      case Function::round_f32:
      case Function::round_bf16:
      case Function::conjugate: return x;
      case Function::relu:
      case Function::absolute: return become(x, Kind::scales, Kind::scales);
      case Function::sqrt: return become(x, Kind::scales, Kind::scales, 0.5);
      case Function::rsqrt: return become(x, Kind::scales, Kind::scales, -0.5);
      case Function::exp: return become(x, Kind::adds, Kind::scales);
      case Function::log: return become(x, Kind::scales, Kind::adds);
      case Function::add: return sum(x, y, 1);
      case Function::subtract: return sum(x, y, -1);
      case Function::multiply: return product(node, x, y, 1);
      case Function::divide: return product(node, x, y, -1);
      case Function::minimum:
      case Function::maximum: return alike(x, y) && x.degree == y.degree ? x : unknown;
      case Function::select: return choice(node);
      default: return unknown;
    }
  }

  static Following sum(const Following& x, const Following& y, double sign) {
    if (x.kind == Kind::unknown || y.kind == Kind::unknown) return unknown;
    if (x.kind == Kind::scales || y.kind == Kind::scales) return alike(x, y) && x.degree == y.degree ? x : unknown;
    if (y.kind == Kind::constant) return x;
    if (x.kind == Kind::constant) return scaled(y, sign);
    return x.labels == y.labels ? Following{Kind::adds, x.degree + sign * y.degree, x.labels} : unknown;
  }

  Following product(const Node& node, const Following& x, const Following& y, double power) const {
    if (x.kind == Kind::unknown || y.kind == Kind::unknown) return unknown;
    if (x.kind == Kind::adds || y.kind == Kind::adds) {  // a number may stretch the shift
      const bool first = x.kind == Kind::adds;
      const Node& factor = program_.nodes[node.arguments[first ? 1 : 0]];
      if (factor.kind != NodeKind::constant || (!first && power < 0)) return unknown;
      return scaled(first ? x : y, std::pow(factor.number, power));
    }
    if (y.kind == Kind::constant) return x;
    if (x.kind == Kind::constant) return scaled(y, power);
    return x.labels == y.labels ? Following{Kind::scales, x.degree + power * y.degree, x.labels} : unknown;
  }

  // where(z == number, number, z) guards against one value of z: anywhere else it is z.
  Following choice(const Node& node) const {
    const Following &x = of(node, 1), &y = of(node, 2);
    if (x.kind == y.kind && x.degree == y.degree && x.labels == y.labels) return x;
    const Node& condition = program_.nodes[node.arguments[0]];
    const bool guards = condition.kind == NodeKind::map && condition.function == Function::equal && condition.arguments[0] == node.arguments[2];
    return guards && x.kind == Kind::constant && is_number(node.arguments[1]) ? y : unknown;
  }

  Following follow_einsum(const Node& node) const {
    Following result;
    for (std::size_t i = 0; i < node.arguments.size(); ++i) {
      const Following& x = of(node, i);
      if (x.kind == Kind::constant) continue;
      const NamedTerm& own = program_.nodes[node.arguments[i]].labels;
      NamedTerm labels;  // those the shift varies along, under the names of the einsum, which must keep them
      for (std::size_t at = 0; at < own.size(); ++at) {
        if (!holds(x.labels, own[at])) continue;
        labels.push_back(node.terms[i][at]);
        if (!holds(node.labels, labels.back())) return unknown;
      }
      std::sort(labels.begin(), labels.end());
      const bool only_order = node.arguments.size() == 1 && node.labels.size() == own.size();
      if (x.kind == Kind::unknown || (x.kind == Kind::adds && !only_order) || labels.size() != x.labels.size()) return unknown;
      if (result.kind == Kind::constant) result = {x.kind, 0, labels};
      if (result.labels != labels) return unknown;
      result.degree += x.degree;
    }
    return result;
  }

  Following follow_view(const Node& node) const {
    Following result = of(node, 0);
    for (std::string& label : result.labels)
      for (const ir::NamedGroup& group : node.groups) {
        if (!holds(group.from, label)) continue;
        if (group.from.size() != 1 || group.to.size() != 1) return unknown;
        label = group.to[0];
        break;
      }
    std::sort(result.labels.begin(), result.labels.end());
    return result;
  }

  const ir::Program& program_;
  std::vector<Following> following_;
  NodeId root_, output_;
};

}  // namespace

std::vector<char> shift_invariant(const ir::Program& program, NodeId output) {
  std::vector<char> result(program.nodes.size(), 0), extreme(program.nodes.size(), 0);
  for (NodeId id = 0; id < output; ++id) {
    const Node& node = program.nodes[id];
    extreme[id] = node.kind == NodeKind::reduce;
    if (node.kind == NodeKind::map && (node.function == Function::maximum || node.function == Function::minimum))  // with a sink
      extreme[id] = extreme[node.arguments[0]] || extreme[node.arguments[1]];
    if (extreme[id]) result[id] = Tracing(program, id, output).cancels();
  }
  return result;
}

}  // namespace einc::differentiate
