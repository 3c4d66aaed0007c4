// SPDX-License-Identifier: BSD-3-Clause
#include "plan/layout_prices.hpp"

#include <algorithm>
#include <cstddef>

namespace einc::plan {
namespace {

// Of one kind of labels, those that lie farthest apart first, in the first array that has them.
bool goes_before(const LabelGroup& one, const LabelGroup& other) {
  if (one.in != other.in) return one.in < other.in;
  if (one.lhs != other.lhs) return one.lhs > other.lhs;
  if (one.rhs != other.rhs) return one.rhs > other.rhs;
  if (one.out != other.out) return one.out > other.out;
  return one.extent > other.extent;
}

bool as_one(const LabelGroup& outer, const LabelGroup& inner) {
  return outer.in == inner.in && outer.lhs == inner.extent * inner.lhs && outer.rhs == inner.extent * inner.rhs && outer.out == inner.extent * inner.out;
}

}  // namespace

std::size_t LayoutPrices::Hash::operator()(const LaidContraction& contraction) const {
  std::uint64_t hash = 0;
  const auto add = [&](std::int64_t word) { hash = (hash ^ static_cast<std::uint64_t>(word)) * 0x9e3779b97f4a7c15ULL, hash ^= hash >> 29; };
  for (const LabelGroup& group : contraction.groups) add(group.in), add(group.extent), add(group.lhs), add(group.rhs), add(group.out);
  return hash;
}

void LayoutPrices::mark(const InMemory& array, std::uint8_t bit, Stride LabelGroup::*stride) {
  for (std::size_t i = 0; i < array.labels.size(); ++i) {
    const Label label = array.labels[i];
    if (extents_[label] == 1) continue;
    if (place_[label] == 0) {
      asked_.groups.push_back({.extent = extents_[label]});
      place_[label] = static_cast<std::uint32_t>(asked_.groups.size());
    }
    LabelGroup& group = asked_.groups[place_[label] - 1];
    group.*stride = array.strides[i];
    group.in = static_cast<std::uint8_t>(group.in | bit);
  }
}

double LayoutPrices::operator()(const InMemory& lhs, const InMemory& rhs, const InMemory& out) {
  if (place_.empty()) place_.resize(extents_.size(), 0);
  std::vector<LabelGroup>& groups = asked_.groups;
  groups.clear();
  mark(lhs, 1, &LabelGroup::lhs), mark(rhs, 2, &LabelGroup::rhs), mark(out, 4, &LabelGroup::out);
  for (const InMemory* array : {&lhs, &rhs, &out})
    for (Label label : array->labels) place_[label] = 0;
  std::sort(groups.begin(), groups.end(), goes_before);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < groups.size(); ++i) {
    LabelGroup inner = groups[i];
    if (kept > 0 && as_one(groups[kept - 1], inner)) {
      inner.extent *= groups[kept - 1].extent;
      groups[kept - 1] = inner;
    } else {
      groups[kept++] = inner;
    }
  }
  groups.resize(kept);
  asked_.lhs = lhs.dtype, asked_.rhs = rhs.dtype, asked_.out = out.dtype;
  asked_.lhs_conjugated = lhs.conjugated, asked_.rhs_conjugated = rhs.conjugated;
  const auto found = known_.find(asked_);
  if (found != known_.end()) return found->second;
  return known_.emplace(asked_, seconds_(asked_)).first->second;
}

}  // namespace einc::plan
