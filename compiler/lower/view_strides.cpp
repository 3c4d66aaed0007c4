// SPDX-License-Identifier: BSD-3-Clause
#include "lower/view_strides.hpp"

#include <algorithm>

namespace einc::lower {
namespace {

// Strides of the labels `group.from`, which leave the array.
Strides take(Strided& array, const ir::ViewGroup& group) {
  Strides strides;
  for (Label label : group.from) {
    const auto found = std::find(array.labels.begin(), array.labels.end(), label);
    if (found == array.labels.end()) {
      strides.push_back(0);  // the array does not vary along it
      continue;
    }
    const auto at = found - array.labels.begin();
    strides.push_back(array.strides[static_cast<std::size_t>(at)]);
    array.labels.erase(found);
    array.strides.erase(array.strides.begin() + at);
  }
  return strides;
}

void add(Strided& array, Label label, Stride stride) {
  const auto found = std::find(array.labels.begin(), array.labels.end(), label);
  if (found != array.labels.end()) {
    array.strides[static_cast<std::size_t>(found - array.labels.begin())] += stride;  // a diagonal
    return;
  }
  array.labels.push_back(label);
  array.strides.push_back(stride);
}

}  // namespace

ir::Term order_for_view(const ir::Term& labels, const ir::Value& view) {
  ir::Term order;
  for (const ir::ViewGroup& group : view.groups) order.insert(order.end(), group.from.begin(), group.from.end());
  ir::Term rest;
  for (Label label : labels)
    if (std::find(order.begin(), order.end(), label) == order.end()) rest.push_back(label);
  rest.insert(rest.end(), order.begin(), order.end());
  return rest;
}

Strided renamed(Strided array, std::span<const std::pair<Label, Label>> names) {
  for (Label& label : array.labels)
    label = std::find_if(names.begin(), names.end(), [&](const auto& name) { return name.first == label; })->second;
  return array;
}

std::optional<Strided> view_strides(const Strided& array, const ir::Value& view, std::span<const Extent> extents) {
  Strided result = array;
  std::vector<Strides> taken;
  for (const ir::ViewGroup& group : view.groups) taken.push_back(take(result, group));
  for (std::size_t i = 0; i < view.groups.size(); ++i) {
    const ir::ViewGroup& group = view.groups[i];
    const Strides& strides = taken[i];
    if (group.from.size() == 1 && group.to.size() <= 1) {
      result.buffer.offset += group.begin * strides[0];
      if (!group.to.empty()) add(result, group.to[0], strides[0] * group.step);
      continue;
    }
    const bool empty = ir::elements(group.from, extents) == 0;  // then strides say nothing
    for (std::size_t at = 0; at + 1 < group.from.size() && !empty; ++at)
      if (strides[at] != extents[group.from[at + 1]] * strides[at + 1] && extents[group.from[at]] > 1) return {};
    Stride stride = strides.empty() ? 0 : strides.back();
    Strides inner(group.to.size());
    for (std::size_t at = group.to.size(); at-- > 0;) inner[at] = stride, stride *= extents[group.to[at]];
    for (std::size_t at = 0; at < group.to.size(); ++at) add(result, group.to[at], inner[at]);
  }
  return result;
}

}  // namespace einc::lower
