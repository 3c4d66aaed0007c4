// sharing.hpp: which values of a plan are the same numbers under other names of their labels, so that one of them is enough.
// Knows how values are made of each other; not costs, orders, or what + and * are.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "ir/plan.hpp"
#include "plan/network.hpp"

namespace einc::plan {

// Values of one number are equal: label i of the one is label i of the other.
struct Identity {
  std::uint32_t number = 0;
  ir::Term labels;
  bool operator==(const Identity&) const = default;
};

// A contraction that has been planned: others may follow its order as far as they have its tensors.
struct Planned {
  std::vector<Identity> tensors;  // without lone labels, which are summed first
  Order order;
  double cost = 0;  // of the order, had nothing been computed before
};

class Sharing {
 public:
  explicit Sharing(const ir::Expression& expression) : expression_(expression) {}

  // Of a value that is in the plan. What no contraction made is equal to nothing else, but for operands and their renamed views.
  const Identity& of(const ir::Plan& plan, ir::PlanValue value);

  // Of the sum of the product of two values, and of the sum of one, over all labels that `out` does not have.
  Identity contract(const Identity& lhs, const Identity& rhs, const ir::Term& out);
  Identity sum(const Identity& of, const ir::Term& out);

  // Whether a product is its own transpose: of a value with itself, where exchanging both changes nothing but the places of labels.
  bool is_symmetric(const Identity& lhs, const Identity& rhs, const ir::Term& out) const;

  // Which value of the plan is there already; and that this one is.
  std::optional<ir::PlanValue> find(const Identity& identity) const;
  void keep(ir::PlanValue value, const Identity& identity);
  void forget(ir::PlanValue value);  // it has been changed since

  std::vector<Planned> planned;  // in order

 private:
  using Key = std::vector<std::int64_t>;
  std::uint32_t number_of(Key key);
  Identity unique(const ir::Term& labels) { return {next_++, labels}; }
  Identity of_operand(const ir::Value& operand);
  Identity of_view(const ir::Value& view, const ir::Term& labels, Identity from);

  const ir::Expression& expression_;
  std::map<Key, std::uint32_t> numbers_;
  std::uint32_t next_ = 0;
  std::map<ir::PlanValue, Identity> known_;
  std::map<std::uint32_t, ir::PlanValue> places_;
};

// Whether any contraction may find something to share: an operand is read in more places than one.
bool may_share(const ir::Expression& expression);

}  // namespace einc::plan
