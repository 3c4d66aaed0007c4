// fuse_labels: labels that always travel together, one behind the other in memory too, are one label.
// "abc,abd->cd" with dense operands   is   "xc,xd->cd" with x = (a b)
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "simplify/simplify.hpp"

namespace einc::simplify {
namespace {

// Every place where labels stand in order: operands and outputs with strides, contractions without.
struct Place {
  ir::Term* labels;
  Strides* strides;  // null where memory is not decided yet
};

std::vector<Place> places_of(ir::Expression& expression) {
  std::vector<Place> places;
  for (ir::Value& value : expression.values)
    places.push_back({&value.labels, value.op == ir::Op::operand ? &value.strides : nullptr});
  for (ir::Output& output : expression.outputs) places.push_back({&output.labels, &output.strides});
  return places;
}

// Labels that stand for themselves somewhere: positions are counted along them, or a view reads them otherwise.
std::vector<char> find_fixed(const ir::Expression& expression) {
  std::vector<char> fixed(expression.extents.size(), 0);
  for (const ir::Value& value : expression.values) {
    if (value.op == ir::Op::iota || value.op == ir::Op::concat) fixed[value.op == ir::Op::iota ? value.labels[0] : value.joined] = 1;
    for (Label label : value.parts) fixed[label] = 1;
    for (const ir::ViewGroup& group : value.groups) {
      for (Label label : group.from) fixed[label] = 1;
      for (Label label : group.to) fixed[label] = 1;
    }
  }
  for (const ir::Region& stream : expression.streams) {
    fixed[stream.label] = 1;
    if (!stream.across.empty()) fixed[stream.row] = 1;
  }
  return fixed;
}

// For every label: the one that follows it directly in every place it occurs in, or `none`.
constexpr Label none = ~Label{0};

std::vector<Label> find_followers(const std::vector<Place>& places, const std::vector<Extent>& extents, const std::vector<char>& fixed) {
  std::vector<Label> follower(extents.size(), none);
  std::vector<char> seen(extents.size(), 0), broken = fixed;
  std::vector<std::size_t> count(extents.size(), 0);
  for (const Place& place : places) {
    const ir::Term& labels = *place.labels;
    for (std::size_t i = 0; i < labels.size(); ++i) {
      const Label label = labels[i];
      ++count[label];
      const Label next = i + 1 < labels.size() ? labels[i + 1] : none;
      const bool adjacent = next != none && next != label && (!place.strides || (*place.strides)[i] == extents[next] * (*place.strides)[i + 1]);
      if (!adjacent || (seen[label] && follower[label] != next)) broken[label] = 1;
      seen[label] = 1;
      follower[label] = next;
    }
  }
  for (Label label = 0; label < extents.size(); ++label) {
    // The follower must occur nowhere else; equal counts and adjacency everywhere make the two sets of places equal.
    const bool together = !broken[label] && follower[label] != none && !fixed[follower[label]] && count[label] == count[follower[label]];
    if (!together) follower[label] = none;
  }
  return follower;
}

}  // namespace

ir::Expression fuse_labels(ir::Expression expression) {
  const std::vector<Place> places = places_of(expression);
  const std::vector<Label> follower = find_followers(places, expression.extents, find_fixed(expression));
  std::vector<char> follows(follower.size(), 0);
  for (Label next : follower)
    if (next != none) follows[next] = 1;

  std::map<Label, Label> fused;  // the first label of a chain -> its fused label
  for (Label first = 0; first < follower.size(); ++first) {
    if (follows[first] || follower[first] == none) continue;
    ir::Term parts;
    Extent extent = 1;
    bool countable = true;
    for (Label label = first; label != none; label = follower[label]) {
      parts.push_back(label);
      countable = countable && !__builtin_mul_overflow(extent, expression.extents[label], &extent);
    }
    if (!countable) continue;
    fused[first] = static_cast<Label>(expression.extents.size());
    expression.extents.push_back(extent);
    expression.made_of.push_back(std::move(parts));
  }
  for (const Place& place : places) {
    ir::Term labels;
    Strides strides;
    for (std::size_t i = 0; i < place.labels->size();) {
      const auto found = fused.find((*place.labels)[i]);
      const std::size_t parts = found == fused.end() ? 1 : expression.made_of[found->second].size();
      labels.push_back(found == fused.end() ? (*place.labels)[i] : found->second);
      if (place.strides) strides.push_back((*place.strides)[i + parts - 1]);
      i += parts;
    }
    *place.labels = std::move(labels);
    if (place.strides) *place.strides = std::move(strides);
  }
  return expression;
}

}  // namespace einc::simplify
