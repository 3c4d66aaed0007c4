// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_layouts.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

#include <einc/tensor_view.hpp>

namespace einc::plan {
namespace {

using ir::PlanValue;
using ir::Term;

constexpr int most_rounds = 2;
constexpr std::size_t most_open = 1000;  // of more intermediates, the largest are looked at
constexpr double share_left = 0.02;      // of all the time may stand beside those that are not looked at
constexpr std::size_t most_orders = 4;  // of a value of a tree, those that look best beside the others as they are

// What is no less by more than rounding is no better.
bool less(double one, double other) { return one < other * (1 - 1e-9); }

bool contains(const Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

// The labels of `of` for which `wanted` holds, in the order of `model`.
template <class Wanted>
Term those(const Term& of, const Term& model, Wanted wanted) {
  Term order;
  for (Label label : model)
    if (contains(of, label) && wanted(label)) order.push_back(label);
  return order;
}

class Layouts {
 public:
  Layouts(ir::Plan plan, const ir::Expression& expression, const ContractionSeconds& seconds)
      : plan_(std::move(plan)), expression_(expression), prices_(seconds, plan_.extents, {plan_.dtype, plan_.algebra}), leaves_(plan_.leaves.size()),
        readers_(leaves_ + plan_.steps.size()), open_(readers_.size(), false) {
    for (std::size_t index = 0; index < plan_.steps.size(); ++index)
      for (PlanValue read : ir::reads(plan_.steps[index]))
        if (readers_[read].empty() || readers_[read].back() != index) readers_[read].push_back(index);
    find_open();
    for (const ir::Slice& slice : expression_.slices) slices_ *= static_cast<double>(slice.parts);
    for (PlanValue value = 0; value < readers_.size(); ++value) now_.push_back(lying(value));
    close_cheap();
  }

  ir::Plan run() {
    if (std::none_of(open_.begin(), open_.end(), [](bool open) { return open; })) return std::move(plan_);
    for (int round = 0; round < most_rounds; ++round) {
      const bool each = decide_each(), trees = decide_trees();
      if (!trees && !each) break;
    }
    return std::move(plan_);
  }

 private:
  static bool is_contraction(const ir::Step& step) { return step.kind == ir::StepKind::contract && step.rhs != ir::no_value; }
  ir::Step& maker(PlanValue value) { return plan_.steps[value - leaves_]; }
  PlanValue result_of(std::size_t index) const { return static_cast<PlanValue>(leaves_ + index); }

  void find_open() {
    for (PlanValue value = result_of(0); value < readers_.size(); ++value) {
      const auto contracts = [&](std::size_t reader) { return is_contraction(plan_.steps[reader]); };
      open_[value] = is_contraction(maker(value)) && maker(value).out.size() > 1 && std::all_of(readers_[value].begin(), readers_[value].end(), contracts);
    }
    for (const ir::PlanResult& result : plan_.results) open_[result.value] = false;
  }

  // Only what time is spent beside is worth a choice.
  void close_cheap() {
    std::vector<PlanValue> all;
    for (PlanValue value = 0; value < readers_.size(); ++value)
      if (open_[value]) all.push_back(value);
    const auto keep = [&](std::size_t count) {
      for (std::size_t i = count; i < all.size(); ++i) open_[all[i]] = false;
      all.resize(std::min(all.size(), count));
    };
    if (all.size() > most_open) {
      const auto elements = [&](PlanValue value) { return ir::elements(plan_.labels(value), plan_.extents); };
      std::stable_sort(all.begin(), all.end(), [&](PlanValue x, PlanValue y) { return elements(x) > elements(y); });
      keep(most_open);
    }
    std::vector<double> seconds(readers_.size(), 0);
    double left = 0;
    for (PlanValue value : all) left += seconds[value] = around(value);
    std::stable_sort(all.begin(), all.end(), [&](PlanValue x, PlanValue y) { return seconds[x] > seconds[y]; });
    const double enough = share_left * left;
    std::size_t count = 0;
    while (count < all.size() && left > enough) left -= seconds[all[count++]];
    keep(count);
  }

  InMemory dense(const Term& labels) const {
    std::vector<Extent> extents;
    for (Label label : labels) extents.push_back(plan_.extents[label]);
    return {labels, row_major(extents)};
  }

  InMemory lying(PlanValue value) const {
    if (value < leaves_) {
      const ir::Value& operand = expression_.values[plan_.leaves[value].value];
      if (operand.op != ir::Op::operand) return dense(plan_.leaves[value].labels);
      return {operand.labels, operand.strides, operand.dtype == plan_.dtype ? std::nullopt : std::optional(operand.dtype), operand.conjugated};
    }
    for (std::size_t number = 0; number < plan_.results.size(); ++number) {
      const ir::Output& output = expression_.outputs[number];
      if (plan_.results[number].value == value && output.labels.size() == plan_.results[number].labels.size()) return {output.labels, output.strides, output.dtype};
    }
    return dense(plan_.labels(value));
  }

  double price(std::size_t index, const InMemory& lhs, const InMemory& rhs, const InMemory& out) {
    return prices_(lhs, rhs, out) * (index < plan_.once ? 1 : slices_);
  }

  // ---- orders worth a try ----

  // The first is that which the value has.
  std::vector<InMemory> orders_of(PlanValue value) const {
    std::vector<InMemory> orders{now_[value]};
    const Term& all = now_[value].labels;
    const auto add = [&](std::initializer_list<const Term*> groups) {
      Term order;
      for (const Term* group : groups) order.insert(order.end(), group->begin(), group->end());
      const auto same = [&](const InMemory& other) { return other.labels == order; };
      if (std::none_of(orders.begin(), orders.end(), same)) orders.push_back(dense(order));
    };
    // Who makes it would write rows of one operand's labels, each of them a run of the other's.
    const ir::Step& maker = plan_.steps[value - leaves_];
    const Term &lhs = now_[maker.lhs].labels, &rhs = now_[maker.rhs].labels;
    const Term both = those(all, lhs, [&](Label label) { return contains(rhs, label); });
    const Term m = those(all, lhs, [&](Label label) { return !contains(rhs, label); });
    const Term n = those(all, rhs, [&](Label label) { return !contains(lhs, label); });
    add({&both, &m, &n}), add({&both, &n, &m});
    // Who reads it would have the labels of each role together, as they stand in its other arrays.
    for (std::size_t reader : readers_[value]) {
      const ir::Step& step = plan_.steps[reader];
      const Term &other = now_[step.lhs == value ? step.rhs : step.lhs].labels, &out = now_[result_of(reader)].labels;
      const Term batch = those(all, out, [&](Label label) { return contains(other, label); });
      const Term free = those(all, out, [&](Label label) { return !contains(other, label); });
      const Term summed = those(all, other, [&](Label label) { return !contains(out, label); });
      if (batch.size() + free.size() + summed.size() != all.size()) continue;  // read twice by one step
      add({&batch, &free, &summed}), add({&batch, &summed, &free});
      if (!batch.empty()) add({&free, &summed, &batch}), add({&summed, &free, &batch});
    }
    return orders;
  }

  void put(PlanValue value, const InMemory& order) {
    now_[value] = order;
    maker(value).out = order.labels;
  }

  // ---- trees ----

  bool in_tree(PlanValue value) const {
    if (!open_[value] || readers_[value].size() != 1) return false;
    const ir::Step& reader = plan_.steps[readers_[value][0]];
    return reader.lhs != reader.rhs;
  }

  struct Best {
    double seconds = std::numeric_limits<double>::infinity();
    std::size_t lhs = 0, rhs = 0;  // which of their orders
  };

  // The first is that which the value has.
  std::vector<InMemory> best_orders_of(PlanValue value) {
    std::vector<InMemory> orders = orders_of(value);
    if (orders.size() <= most_orders) return orders;
    std::vector<std::pair<double, std::size_t>> by_seconds;
    for (std::size_t order = 1; order < orders.size(); ++order) {
      now_[value] = orders[order];
      by_seconds.emplace_back(around(value), order);
    }
    now_[value] = orders[0];
    std::sort(by_seconds.begin(), by_seconds.end());
    std::vector<InMemory> best{orders[0]};
    for (std::size_t i = 0; i + 1 < most_orders; ++i) best.push_back(std::move(orders[by_seconds[i].second]));
    return best;
  }

  // Whether anything changed.
  bool decide_trees() {
    std::vector<std::vector<InMemory>> orders(readers_.size());
    for (PlanValue value = 0; value < readers_.size(); ++value) orders[value] = in_tree(value) ? best_orders_of(value) : std::vector<InMemory>{now_[value]};
    std::vector<std::vector<Best>> best(readers_.size());  // of each value in each order, where it hangs in a tree or is the root of one
    const auto beneath = [&](PlanValue value, std::size_t order) { return in_tree(value) ? best[value][order].seconds : 0; };
    for (std::size_t index = 0; index < plan_.steps.size(); ++index) {
      const ir::Step& step = plan_.steps[index];
      if (!is_contraction(step) || (!in_tree(result_of(index)) && !in_tree(step.lhs) && !in_tree(step.rhs))) continue;
      for (const InMemory& out : orders[result_of(index)]) {
        Best least;
        for (std::size_t lhs = 0; lhs < orders[step.lhs].size(); ++lhs) {
          for (std::size_t rhs = 0; rhs < orders[step.rhs].size(); ++rhs) {
            const double before = beneath(step.lhs, lhs) + beneath(step.rhs, rhs);
            if (!less(before, least.seconds)) continue;
            const double seconds = before + price(index, orders[step.lhs][lhs], orders[step.rhs][rhs], out);
            if (less(seconds, least.seconds)) least = {seconds, lhs, rhs};
          }
        }
        best[result_of(index)].push_back(least);
      }
    }
    bool changed = false;
    std::vector<std::size_t> chosen(readers_.size(), 0);
    for (std::size_t index = plan_.steps.size(); index-- > 0;) {
      const PlanValue value = result_of(index);
      if (best[value].empty()) continue;
      chosen[plan_.steps[index].lhs] = best[value][chosen[value]].lhs;
      chosen[plan_.steps[index].rhs] = best[value][chosen[value]].rhs;
      if (chosen[value] == 0) continue;
      put(value, orders[value][chosen[value]]);
      changed = true;
    }
    return changed;
  }

  // ---- one value beside the others ----

  double around(PlanValue value) {
    double seconds = 0;
    const auto add = [&](std::size_t index) {
      const ir::Step& step = plan_.steps[index];
      seconds += price(index, now_[step.lhs], now_[step.rhs], now_[result_of(index)]);
    };
    add(value - leaves_);
    for (std::size_t reader : readers_[value]) add(reader);
    return seconds;
  }

  bool decide_each() {
    bool changed = false;
    for (PlanValue value = result_of(0); value < readers_.size(); ++value) {
      if (!open_[value]) continue;
      const std::vector<InMemory> orders = orders_of(value);
      if (orders.size() == 1) continue;
      double least = around(value);
      std::size_t best = 0;
      for (std::size_t order = 1; order < orders.size(); ++order) {
        now_[value] = orders[order];
        const double seconds = around(value);
        if (less(seconds, least)) least = seconds, best = order;
      }
      put(value, orders[best]);
      changed = changed || best != 0;
    }
    return changed;
  }

  ir::Plan plan_;
  const ir::Expression& expression_;
  LayoutPrices prices_;
  std::size_t leaves_;
  std::vector<std::vector<std::size_t>> readers_;  // of each value, in ascending order
  std::vector<bool> open_;                         // of each value: its order is free
  double slices_ = 1;
  std::vector<InMemory> now_;  // of each value
};

}  // namespace

ir::Plan choose_layouts(ir::Plan plan, const ir::Expression& expression, const ContractionSeconds& seconds) {
  constexpr double most_elements = 1e17;  // of an array that has strides; nobody will run the others
  for (const ir::Step& step : plan.steps)
    if (ir::elements(step.out, plan.extents) > most_elements) return plan;
  if (std::find(plan.extents.begin(), plan.extents.end(), 0) != plan.extents.end()) return plan;
  return Layouts(std::move(plan), expression, seconds).run();
}

}  // namespace einc::plan
