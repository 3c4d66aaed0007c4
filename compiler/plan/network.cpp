// network.cpp: replaying orders, finding connected parts, joining them.
// SPDX-License-Identifier: BSD-3-Clause
#include "plan/network.hpp"

#include <algorithm>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

namespace einc::plan {

double product(const ir::Term& term, const std::vector<double>& extents) {
  double result = 1;
  for (Label label : term) result = std::min(result * extents[label], largest_product);
  return result;
}

Contraction::Contraction(const Network& network)
    : network_(network), tensors_(network.tensors), constant_(network.constant), holders_(network.extents.size(), 0) {
  for (const ir::Term& tensor : tensors_) {
    for (Label label : tensor) ++holders_[label];
  }
  for (Label label : network.kept) ++holders_[label];
  tensors_.reserve(2 * tensors_.size());
}

Loops Contraction::contract(Pair pair) {
  const ir::Term& lhs = tensors_[pair.lhs];
  const ir::Term& rhs = tensors_[pair.rhs];
  Loops loops;
  ir::Term out;
  auto take = [&](double& loop, Label label) { loop = std::min(loop * network_.extents[label], largest_product); };
  auto left = lhs.begin(), right = rhs.begin();
  while (left != lhs.end() || right != rhs.end()) {
    if (right == rhs.end() || (left != lhs.end() && *left < *right)) {
      take(loops.m, *left);
      out.push_back(*left++);
    } else if (left == lhs.end() || *right < *left) {
      take(loops.n, *right);
      out.push_back(*right++);
    } else {
      const bool last = --holders_[*left] == 1;  // two holders become one: their product, which nobody else needs
      take(last ? loops.k : loops.batch, *left);
      if (last) {
        --holders_[*left];
      } else {
        out.push_back(*left);
      }
      ++left, ++right;
    }
  }
  tensors_.push_back(std::move(out));
  if (!constant_.empty()) {
    constant_.push_back(constant_[pair.lhs] && constant_[pair.rhs]);
    if (constant_.back()) loops.weight = constant_weight;
  }
  return loops;
}

std::vector<std::vector<std::uint32_t>> connected_parts(const Network& network) {
  std::vector<std::uint32_t> parent(network.tensors.size());
  std::iota(parent.begin(), parent.end(), 0U);
  auto root = [&](std::uint32_t tensor) {
    while (parent[tensor] != tensor) tensor = parent[tensor] = parent[parent[tensor]];
    return tensor;
  };
  constexpr std::uint32_t nobody = ~0U;
  std::vector<std::uint32_t> first(network.extents.size(), nobody);
  for (std::uint32_t tensor = 0; tensor < parent.size(); ++tensor) {
    for (Label label : network.tensors[tensor]) {
      if (first[label] == nobody) first[label] = tensor;
      const std::uint32_t one = root(first[label]), other = root(tensor);
      parent[std::max(one, other)] = std::min(one, other);
    }
  }
  std::vector<std::vector<std::uint32_t>> parts;
  std::vector<std::size_t> part_of(parent.size());
  for (std::uint32_t tensor = 0; tensor < parent.size(); ++tensor) {
    const std::uint32_t first_tensor = root(tensor);  // never above tensor, so its part exists already or starts here
    if (first_tensor == tensor) {
      part_of[tensor] = parts.size();
      parts.emplace_back();
    }
    parts[part_of[first_tensor]].push_back(tensor);
  }
  return parts;
}

void join_parts(std::vector<Part> open, std::uint32_t tensor_count, Order& order) {
  auto larger = [](const Part& one, const Part& other) {
    return std::pair{one.elements, one.tensor} > std::pair{other.elements, other.tensor};
  };
  std::priority_queue<Part, std::vector<Part>, decltype(larger)> queue(larger, std::move(open));
  while (queue.size() > 1) {
    const Part one = queue.top();
    queue.pop();
    const Part other = queue.top();
    queue.pop();
    const std::uint32_t joined = tensor_count + static_cast<std::uint32_t>(order.size());
    order.push_back({std::min(one.tensor, other.tensor), std::max(one.tensor, other.tensor)});
    queue.push({std::min(one.elements * other.elements, largest_product), joined});
  }
}

}  // namespace einc::plan
