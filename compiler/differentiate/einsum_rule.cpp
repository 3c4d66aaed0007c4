// einsum_rule.cpp: a sum of products is linear in each operand, whose cotangent is an einsum of the result's and of the other operands.
// "ij,jk->ik" has "ik,jk->ij" and "ij,ik->jk"; an operand that is read twice gets two parts
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>

#include "differentiate/products.hpp"
#include "differentiate/sweep.hpp"

namespace einc::differentiate {

using ir::holds, ir::NamedTerm, ir::Node, ir::NodeId;

void einsum_rule(Sweep& sweep, NodeId id, const Tensor& cotangent) {
  const Node node = sweep.node(id);
  for (std::size_t place = 0; place < node.arguments.size(); ++place) {
    const NodeId argument = node.arguments[place];
    if (!sweep.wants(argument)) continue;
    std::vector<Factor> factors{{cotangent, cotangent.labels()}};
    NamedTerm all = node.labels;
    for (std::size_t other = 0; other < node.arguments.size(); ++other) {
      if (other == place) continue;
      factors.push_back({sweep.tensor(node.arguments[other]), node.terms[other]});
      all.insert(all.end(), node.terms[other].begin(), node.terms[other].end());
    }
    // The labels of the term once each, and what the argument calls them. A diagonal was read ("ii->i"): off it nothing was.
    const NamedTerm own = sweep.labels(argument), &term = node.terms[place];
    NamedTerm distinct, names;
    std::vector<std::pair<std::string, std::string>> diagonals;
    for (std::size_t i = 0; i < term.size(); ++i) {
      const auto found = std::find(distinct.begin(), distinct.end(), term[i]);
      if (found == distinct.end()) distinct.push_back(term[i]), names.push_back(own[i]);
      else diagonals.emplace_back(names[static_cast<std::size_t>(found - distinct.begin())], own[i]);
    }
    Tensor part = renamed(sum_to(sweep.program(), std::move(factors), all, distinct), distinct, names);
    for (const auto& [one, other] : diagonals) part = where(sweep.program().iota(one) == sweep.program().iota(other), part, 0.0);
    const bool once = std::count(node.arguments.begin(), node.arguments.end(), argument) == 1;
    sweep.give(argument, part, once && diagonals.empty() ? id : Sweep::none);
  }
}

}  // namespace einc::differentiate
