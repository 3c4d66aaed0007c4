// SPDX-License-Identifier: BSD-3-Clause
#include "plan/sharing.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace einc::plan {
namespace {

bool contains(const ir::Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

// How the labels of two terms meet, with labels counted as they come; and which of them are left.
struct Meeting {
  std::vector<std::int64_t> pattern;
  ir::Term left;
};

Meeting meet(const ir::Term& lhs, const ir::Term& rhs, const ir::Term& out) {
  Meeting meeting;
  for (Label label : lhs) {
    meeting.pattern.push_back(contains(out, label));
    if (contains(out, label)) meeting.left.push_back(label);
  }
  for (Label label : rhs) {
    const auto at = std::find(lhs.begin(), lhs.end(), label);
    meeting.pattern.push_back(at != lhs.end() ? 2 + (at - lhs.begin()) : contains(out, label));
    if (at == lhs.end() && contains(out, label)) meeting.left.push_back(label);
  }
  return meeting;
}

// A view that gives labels other names, one by one.
bool only_renames(const ir::Value& view) {
  return std::all_of(view.groups.begin(), view.groups.end(),
                     [](const ir::ViewGroup& group) { return group.from.size() == 1 && group.to.size() == 1 && group.begin == 0 && group.step == 1; });
}

}  // namespace

std::uint32_t Sharing::number_of(Key key) {
  const auto [at, fresh] = numbers_.try_emplace(std::move(key), next_);
  if (fresh) ++next_;
  return at->second;
}

// Labels by falling stride: an array and its transposed view are equal. A label that repeats is a diagonal, and stays what it is.
Identity Sharing::of_operand(const ir::Value& operand) {
  std::vector<std::size_t> order(operand.labels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  const auto extent = [&](std::size_t i) { return expression_.extents[operand.labels[i]]; };
  std::stable_sort(order.begin(), order.end(), [&](std::size_t one, std::size_t other) {
    return std::pair{operand.strides[one], extent(one)} > std::pair{operand.strides[other], extent(other)};
  });
  Identity identity;
  Key key{-1, operand.operand, static_cast<std::int64_t>(operand.dtype), operand.conjugated, operand.offset};
  for (std::size_t i : order) {
    key.push_back(operand.strides[i]), key.push_back(extent(i));
    identity.labels.push_back(operand.labels[i]);
  }
  identity.number = number_of(std::move(key));
  return identity;
}

Identity Sharing::of_view(const ir::Value& view, const ir::Term& labels, Identity from) {
  ir::Term seen;
  for (Label& label : from.labels) {
    for (const ir::ViewGroup& group : view.groups) {
      if (group.from[0] != label) continue;
      label = group.to[0];
      break;
    }
    if (contains(seen, label)) return unique(labels);  // a diagonal
    seen.push_back(label);
  }
  return from;
}

const Identity& Sharing::of(const ir::Plan& plan, ir::PlanValue value) {
  if (const auto known = known_.find(value); known != known_.end()) return known->second;
  Identity identity;
  if (value < plan.leaves.size()) {
    const ir::Value& leaf = expression_.values[plan.leaves[value].value];
    identity = leaf.op == ir::Op::operand ? of_operand(leaf) : unique(plan.labels(value));
  } else {
    const ir::Step& step = plan.steps[value - plan.leaves.size()];
    const bool renames = step.kind == ir::StepKind::view && only_renames(expression_.values[step.value]);
    identity = renames ? of_view(expression_.values[step.value], step.out, of(plan, step.lhs)) : unique(step.out);
  }
  return known_.emplace(value, std::move(identity)).first->second;
}

Identity Sharing::contract(const Identity& lhs, const Identity& rhs, const ir::Term& out) {
  // The product is the same from either side: the smaller key counts.
  const auto key_of = [](const Identity& one, const Identity& other, const Meeting& meeting) {
    Key key{-2, one.number, other.number};
    key.insert(key.end(), meeting.pattern.begin(), meeting.pattern.end());
    return key;
  };
  Meeting meeting = meet(lhs.labels, rhs.labels, out), turned = meet(rhs.labels, lhs.labels, out);
  Key key = key_of(lhs, rhs, meeting), other = key_of(rhs, lhs, turned);
  if (other < key) std::swap(key, other), std::swap(meeting, turned);
  return {number_of(std::move(key)), std::move(meeting.left)};
}

Identity Sharing::sum(const Identity& of, const ir::Term& out) {
  Meeting meeting = meet(of.labels, {}, out);
  if (meeting.left.size() == of.labels.size()) return of;
  Key key{-3, of.number};
  key.insert(key.end(), meeting.pattern.begin(), meeting.pattern.end());
  return {number_of(std::move(key)), std::move(meeting.left)};
}

bool Sharing::is_symmetric(const Identity& lhs, const Identity& rhs, const ir::Term& out) const {
  if (lhs.number != rhs.number || lhs.labels == rhs.labels) return false;
  for (std::size_t i = 0; i < lhs.labels.size(); ++i) {
    const Label one = lhs.labels[i], other = rhs.labels[i];
    if (one == other) continue;
    if (contains(rhs.labels, one) || contains(lhs.labels, other) || !contains(out, one) || !contains(out, other)) return false;
  }
  return true;
}

std::optional<ir::PlanValue> Sharing::find(const Identity& identity) const {
  const auto found = places_.find(identity.number);
  return found == places_.end() ? std::nullopt : std::optional(found->second);
}

void Sharing::keep(ir::PlanValue value, const Identity& identity) {
  known_[value] = identity;
  places_.try_emplace(identity.number, value);
}

void Sharing::forget(ir::PlanValue value) {
  const auto known = known_.find(value);
  if (known == known_.end()) return;
  if (const auto place = places_.find(known->second.number); place != places_.end() && place->second == value) places_.erase(place);
  known_.erase(known);
}

bool may_share(const ir::Expression& expression) {
  std::vector<std::uint32_t> places;  // of each operand
  for (const ir::Value& value : expression.values) {
    if (value.op == ir::Op::operand) {
      if (value.operand >= places.size()) places.resize(value.operand + 1, 0);
      if (++places[value.operand] > 1) return true;
    }
  }
  std::vector<std::uint32_t> readers(expression.values.size(), 0);
  for (const ir::Value& value : expression.values) {
    if (value.op != ir::Op::contract && value.op != ir::Op::view) continue;
    for (ir::ValueId argument : value.arguments)
      if (++readers[argument] > 1) return true;
  }
  return false;
}

}  // namespace einc::plan
