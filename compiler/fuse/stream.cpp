// stream: a softmax and what sums it become one region that is computed tile by tile along the softmax's label.
// max -> exp(s - m) -> sums   runs with the state (m, sums): sums are multiplied by exp(old m - new m) when m rises
// The rewrites R1 and R2 of online softmax (Milakov, Gimelshein, arXiv:1805.02867; Rabe, Staats, arXiv:2112.05682), found by
// algebra instead of by a pattern of attention: any scores and any number of sums will do.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <limits>
#include <optional>
#include <string>

#include "fuse/fuse.hpp"
#include "ir/rewrite.hpp"
#include "ir/streamed_gather.hpp"

namespace einc::fuse {
namespace {

using ir::Function;
using ir::ValueId;

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

bool holds(const std::vector<ValueId>& values, ValueId value) { return std::find(values.begin(), values.end(), value) != values.end(); }

// A condition that does not hold: thrown inside this pass only, never past it.
struct Unmet {
  std::string condition;
};

class Streaming {
 public:
  Streaming(ir::Expression& expression, ValueId maximum) : expression_(expression) { region_.maximum = maximum; }

  ir::Region run() {
    find_label();
    find_weights();
    find_sums();
    drop_copies();
    find_mask();
    find_members();
    find_finish();
    return std::move(region_);
  }

 private:
  const ir::Value& value(ValueId id) const { return expression_.values[id]; }
  const ir::Term& labels(ValueId id) const { return expression_.values[id].labels; }
  bool varies(ValueId id) const { return ir::contains(labels(id), region_.label); }
  [[noreturn]] static void refuse(std::string condition) { throw Unmet{std::move(condition)}; }

  // C1: one label, the same for the maximum and every sum.
  void find_label() {
    const ir::Value& maximum = value(region_.maximum);
    const ir::Term lost = ir::without(labels(maximum.arguments[0]), maximum.labels);
    if (lost.size() != 1) refuse("the softmax runs over several labels: merge them into one first (C1)");
    region_.label = lost[0];
    region_.masked = maximum.arguments[0];
  }

  // exp(s - r), r made of the maximum and what does not vary along the label (C3).
  void find_weights() {
    for (ValueId id = 0; id < expression_.values.size(); ++id) {
      const auto map = ir::one_function(expression_, id);
      if (!map || map->function != Function::exp) continue;
      const auto difference = ir::one_function(expression_, map->inputs[0]);
      if (!difference || difference->function != Function::subtract || difference->inputs[0] != region_.masked) continue;
      if (varies(difference->inputs[1]) || !depends(difference->inputs[1], region_.maximum)) continue;
      exponentials_.push_back({id, difference->inputs[1]});
    }
    if (exponentials_.empty()) refuse("no exponential of the scores less their maximum: it must be taken of the final scores (C3)");
  }

  bool depends(ValueId id, ValueId on) const { return ir::depends(expression_, id, on); }

  // select(m == -inf, 0, m): with it weights of an empty row are zero instead of NaN, and the sums need no repair.
  bool is_reference(ValueId id) const {
    const auto choice = ir::one_function(expression_, id);
    if (!choice || choice->function != Function::select || choice->inputs[2] != region_.maximum || !ir::is_constant(expression_, choice->inputs[1], 0)) return false;
    const auto test = ir::one_function(expression_, choice->inputs[0]);
    return test && test->function == Function::equal && test->inputs[0] == region_.maximum && ir::is_constant(expression_, test->inputs[1], minus_infinity);
  }
  void make_reference() {
    const DType dtype = value(region_.maximum).dtype;
    const ValueId empty = ir::add_map(expression_, Function::equal, {region_.maximum, ir::add_constant(expression_, minus_infinity, dtype)});
    region_.reference = ir::add_map(expression_, Function::select, {empty, ir::add_constant(expression_, 0, dtype), region_.maximum});
    expression_.values[region_.reference].labels = labels(region_.maximum);
  }

  // Contractions of the weights that sum the label (C4). Each becomes a sum that keeps every other label of the weights.
  void find_sums() {
    for (const auto& [weights, reference] : exponentials_)
      if (is_reference(reference)) region_.reference = reference;
    if (region_.reference == ir::no_id) make_reference();
    region_.weights = ir::add_map(expression_, Function::subtract, {region_.masked, region_.reference});
    ir::Value& weights = expression_.values[region_.weights];
    weights.code.push_back({.function = Function::exp, .in = {2, 0, 0}});

    const std::size_t count = expression_.values.size();
    for (ValueId id = 0; id < count; ++id) {
      if (value(id).op != ir::Op::contract || ir::contains(value(id).labels, region_.label)) continue;
      for (const auto& [exponential, reference] : exponentials_)
        if (std::count(value(id).arguments.begin(), value(id).arguments.end(), exponential) == 1 && !waits(id, exponential)) make_sum(id, exponential, reference);
    }
    if (region_.sums.empty()) refuse("nothing sums the weights over the label, or they are not used linearly (C4)");
  }

  // What it is summed with is made of the maximum, or of sums that need it: it has to wait for another stream (see recompute).
  bool waits(ValueId id, ValueId exponential) const {
    const std::vector<ValueId>& arguments = value(id).arguments;
    return std::any_of(arguments.begin(), arguments.end(), [&](ValueId argument) { return argument != exponential && varies(argument) && depends(argument, region_.maximum); });
  }

  void make_sum(ValueId id, ValueId exponential, ValueId reference) {
    const ir::Value contraction = value(id);
    ir::Value sum = contraction;
    sum.factor = 1;
    sum.arguments = {region_.weights};
    sum.labels = ir::without(labels(region_.weights), {region_.label});
    std::vector<ValueId> rest;
    for (ValueId argument : contraction.arguments) {
      if (argument == exponential) continue;
      (varies(argument) ? sum.arguments : rest).push_back(argument);
    }
    ir::Term wanted = contraction.labels;
    for (ValueId argument : rest) wanted = ir::unite(std::move(wanted), labels(argument));
    for (ValueId argument : sum.arguments)
      for (Label label : labels(argument))
        if (label != region_.label && ir::contains(wanted, label) && !ir::contains(sum.labels, label)) sum.labels.push_back(label);
    ValueId made = find_equal(sum);
    if (made == ir::no_id) {
      made = ir::add(expression_, std::move(sum));
      region_.sums.push_back(made);
    }
    if (reference != region_.reference) made = repair(made, reference);
    ir::Value result = contraction;  // whatever is left: the other arguments, labels of the weights that are summed too, the factor
    result.arguments = {made};
    result.arguments.insert(result.arguments.end(), rest.begin(), rest.end());
    expression_.values[id] = std::move(result);
    rewritten_.push_back(id);
  }
  ValueId find_equal(const ir::Value& sum) const {
    for (ValueId id : region_.sums)
      if (value(id) == sum) return id;
    return ir::no_id;
  }

  // A contraction of one argument that neither sums nor scales is its argument.
  void drop_copies() {
    std::vector<ValueId> by(expression_.values.size());
    for (ValueId id = 0; id < by.size(); ++id) {
      const ir::Value& made = value(id);
      const bool copies = holds(rewritten_, id) && made.arguments.size() == 1 && made.factor == 1 && labels(made.arguments[0]).size() == made.labels.size();
      by[id] = copies ? made.arguments[0] : id;
    }
    ir::replace(expression_, by);
  }

  // exp(s - r) = exp(s - reference) * exp(reference - r): R2. Along an empty row the exponent is taken of m itself, so that -inf
  // less -inf stays NaN where the program asks for it.
  ValueId repair(ValueId sum, ValueId reference) {
    const ValueId difference = ir::add_map(expression_, Function::subtract, {region_.maximum, reference});
    const ValueId factor = ir::add_map(expression_, Function::exp, {difference});
    return ir::add_map(expression_, Function::multiply, {sum, factor});
  }

  // where(visible, x, -inf), once or several times over: the mask, which may hide whole tiles (C7).
  void find_mask() {
    region_.scores = region_.masked;
    std::vector<ValueId> conditions;
    ValueId inner = region_.masked;
    for (;;) {
      const auto choice = ir::one_function(expression_, inner);
      if (!choice || choice->function != Function::select || !ir::is_constant(expression_, choice->inputs[2], minus_infinity)) break;
      if (labels(choice->inputs[1]).size() != labels(region_.masked).size()) break;  // the mask has labels of its own
      conditions.push_back(choice->inputs[0]);
      inner = choice->inputs[1];
    }
    const ir::Op op = value(inner).op;
    if (conditions.empty() || (op != ir::Op::map && op != ir::Op::contract)) return;
    ValueId visible = conditions.back();
    for (std::size_t i = conditions.size() - 1; i-- > 0;) visible = ir::add_map(expression_, Function::logical_and, {visible, conditions[i]});
    const ValueId hidden = ir::one_function(expression_, region_.masked)->inputs[2];
    const ir::Term order = labels(region_.masked);
    const ValueId masked = ir::add_map(expression_, Function::select, {visible, inner, hidden});
    expression_.values[region_.masked] = value(masked);
    expression_.values[region_.masked].labels = order;
    region_.scores = inner;
  }

  // C2: the scores at one position depend on nothing at others.
  void find_members() {
    const ir::Term rows = find_rows();
    std::vector<ValueId> open{region_.masked};
    for (ValueId sum : region_.sums)
      for (ValueId argument : value(sum).arguments)
        if (argument != region_.weights) open.push_back(argument);
    std::vector<bool> seen(expression_.values.size(), false);
    while (!open.empty()) {
      const ValueId id = open.back();
      open.pop_back();
      if (seen[id]) continue;
      seen[id] = true;
      if (take_gather(id, rows)) continue;
      if (!belongs(id, rows)) continue;
      if (id == region_.maximum) refuse("the scores depend on their own maximum (C2)");
      region_.members.push_back(id);
      for (ValueId argument : value(id).arguments) open.push_back(argument);
    }
    region_.members.push_back(region_.weights);
    if (!holds(region_.members, region_.masked)) refuse("the scores are an array already: there is nothing to save by computing them in tiles");
    if (!holds(region_.members, region_.scores)) region_.scores = region_.masked;
    for (ValueId id : region_.members)
      if (id != region_.weights && depends(id, region_.maximum)) refuse("the scores depend on their own maximum (C2)");
  }

  // What a gather along the label brings together for contractions, the same for all rows, is looked up tile by tile, where its blocks
  // lie: it never lies in memory whole. What the index varies along besides has to be a loop around the tiles.
  bool take_gather(ValueId id, const ir::Term& rows) {
    const auto found = ir::streamed_gather(expression_, id, region_.label);
    if (!found || ir::without(labels(id), rows).size() != labels(id).size()) return false;
    const ir::Term index = ir::without(labels(value(found->gather).arguments[1]), {found->entry});
    if (!ir::without(index, labels(region_.weights)).empty()) return false;
    for (const ir::Value& user : expression_.values)
      if (user.op != ir::Op::contract && holds(user.arguments, id)) return false;
    for (ValueId member : {id, found->gather})
      if (!holds(region_.members, member)) region_.members.push_back(member);
    return true;
  }

  // Computed in the tile: what varies along the label and along rows, so that it would be as large as the scores.
  bool belongs(ValueId id, const ir::Term& rows) const {
    const ir::Value& made = value(id);
    if (made.op != ir::Op::map && made.op != ir::Op::contract) return false;
    if (!varies(id)) return false;
    if (id == region_.masked) return true;
    if (made.op == ir::Op::contract) {  // a sum over a label of the weights needs all of it, and a tile has a part (C11)
      ir::Term all;
      for (ValueId argument : made.arguments) all = ir::unite(std::move(all), labels(argument));
      const ir::Term summed = ir::without(std::move(all), made.labels);
      if (ir::without(summed, labels(region_.weights)).size() != summed.size()) return false;
    }
    const bool has_row = std::any_of(rows.begin(), rows.end(), [&](Label row) { return ir::contains(made.labels, row); });
    return rows.empty() ? ir::without(made.labels, labels(region_.masked)).empty() : has_row;
  }

  // Labels of the weights that the arrays summed with them (values, in attention) do not have. An array with just the labels of
  // the weights, such as a dropout mask, says nothing about that.
  ir::Term find_rows() const {
    ir::Term rows = ir::without(labels(region_.weights), {region_.label});
    for (ValueId sum : region_.sums)
      for (ValueId argument : value(sum).arguments) {
        const bool alike = ir::without(labels(argument), labels(region_.weights)).empty() && ir::without(labels(region_.weights), labels(argument)).empty();
        if (argument != region_.weights && !alike) rows = ir::without(std::move(rows), labels(argument));
      }
    return rows;
  }

  // Maps over what the stream gives and what it does not need: applied to a tile before it leaves the cache.
  void find_finish() {
    const std::size_t count = expression_.values.size();
    std::vector<bool> produced(count, false), downstream(count, false);
    for (ValueId sum : region_.sums) produced[sum] = true;
    produced[region_.maximum] = true;
    for (bool changed = true; changed;) {
      changed = false;
      for (ValueId id = 0; id < count; ++id) {
        const ir::Value& made = value(id);
        if (produced[id] || holds(region_.members, id)) continue;
        bool below = false, closed = true, some = false;
        for (ValueId argument : made.arguments) {
          below = below || downstream[argument] || produced[argument];
          some = some || produced[argument];
          closed = closed && (produced[argument] || (!downstream[argument] && !holds(region_.members, argument)));
        }
        const bool fits = made.op == ir::Op::map && some && closed && !varies(id) && !of_other_stream(id) && ir::without(labels(region_.maximum), made.labels).empty();
        if (fits && !downstream[id]) {
          produced[id] = true;
          region_.finish.push_back(id);
          changed = true;
        } else if (below && !downstream[id]) {
          downstream[id] = true;
          changed = true;
        }
      }
    }
    // A value found to be downstream late may have been taken for an input of a finish map before.
    for (bool changed = true; changed;) {
      changed = false;
      for (std::size_t i = 0; i < region_.finish.size(); ++i) {
        const ValueId id = region_.finish[i];
        const bool bad = std::any_of(value(id).arguments.begin(), value(id).arguments.end(), [&](ValueId argument) {
          return holds(region_.members, argument) || (!produced[argument] && (reaches(argument) || waits_for_this(argument)));
        });
        if (!bad) continue;
        produced[id] = false;
        region_.finish.erase(region_.finish.begin() + static_cast<std::ptrdiff_t>(i));
        changed = true;
        break;
      }
    }
    if (!holds(region_.finish, region_.reference)) region_.finish.push_back(region_.reference);
    std::sort(region_.finish.begin(), region_.finish.end());
    std::sort(region_.members.begin(), region_.members.end());
    std::sort(region_.sums.begin(), region_.sums.end());
    for (ValueId id : region_.members)
      for (ValueId argument : value(id).arguments)
        if (id != region_.weights && !holds(region_.members, argument) && reaches(argument)) refuse("what the scores are made of depends on the softmax itself (C2)");
    for (const auto* inside : {&region_.members, &region_.sums})
      for (ValueId id : *inside)
        if (waits_for_this(id)) refuse("another softmax needs a part of this one and gives a part to it: neither can run first (C2)");
  }
  bool reaches(ValueId id) const {
    if (depends(id, region_.maximum)) return true;
    return std::any_of(region_.sums.begin(), region_.sums.end(), [&](ValueId sum) { return depends(id, sum); });
  }

  // A value that another stream gives is computed by it alone.
  bool of_other_stream(ValueId id) const {
    return std::any_of(expression_.streams.begin(), expression_.streams.end(), [&](const ir::Region& other) {
      return id == other.maximum || holds(other.sums, id) || holds(other.members, id) || holds(other.finish, id);
    });
  }
  // Whether a value is made of another stream that needs something of this one: a stream runs as a whole, so this one cannot
  // wait for it.
  bool waits_for_this(ValueId id) const {
    const auto inputs_reach = [&](const std::vector<ValueId>& inside) {
      return std::any_of(inside.begin(), inside.end(), [&](ValueId value) { return reaches(value); });
    };
    return std::any_of(expression_.streams.begin(), expression_.streams.end(), [&](const ir::Region& other) {
      const bool needs_other = depends(id, other.maximum) || std::any_of(other.sums.begin(), other.sums.end(), [&](ValueId sum) { return depends(id, sum); });
      return needs_other && (inputs_reach(other.members) || inputs_reach(other.finish));
    });
  }

  struct Exponential {
    ValueId weights, reference;
  };
  ir::Expression& expression_;
  ir::Region region_;
  std::vector<Exponential> exponentials_;
  std::vector<ValueId> rewritten_;
};

}  // namespace

ir::Expression stream(ir::Expression expression) {
  const std::size_t count = expression.values.size();
  std::vector<ValueId> maxima;
  for (ValueId id = 0; id < count; ++id) {
    const ir::Value& value = expression.values[id];
    if (value.op != ir::Op::reduce || value.extreme != ir::Extreme::maximum) continue;
    // Of one position there is nothing to stream.
    if (value.labels.size() < expression.values[value.arguments[0]].labels.size()) maxima.push_back(id);
  }
  if (std::find(expression.extents.begin(), expression.extents.end(), 0) != expression.extents.end()) return expression;  // sums over nothing: nothing to save
  for (ValueId maximum : maxima) {
    ir::Expression attempt = expression;
    try {
      ir::Region region = Streaming(attempt, maximum).run();
      attempt.streams.push_back(std::move(region));
      expression = std::move(attempt);
    } catch (const Unmet& unmet) {
      expression.refusals.push_back({maximum, unmet.condition});
    }
  }
  return maxima.empty() ? expression : ir::compact(std::move(expression));
}

}  // namespace einc::fuse
