// recompute: what else reads the scores of a stream, as gradients do, gets them computed once more, tile by tile.
// sum over k of w * x and sum over q of w * y, w made of the scores of q and k   become one region, or two, with scores of their own
// (Dao, Fu, Ermon, Rudra, Ré, arXiv:2205.14135, section 3.1: softmax and its sum are kept for each row, the scores are not.)
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "fuse/fuse.hpp"
#include "fuse/tile_members.hpp"
#include "ir/rewrite.hpp"

namespace einc::fuse {
namespace {

using ir::Function;
using ir::ValueId;

// With fewer combinations of other labels, tiles that must run in order would leave threads idle.
constexpr Extent batches_wanted = 4;

// Thrown inside this pass only: somebody needs the scores as an array.
struct Unmet {};

class Recomputing {
 public:
  Recomputing(ir::Expression& expression, std::size_t stream) : expression_(expression), region_(expression.streams[stream]), large_(expression, region_) {}

  void run() {
    find_levels();
    for (const auto& [level, terminals] : terminals_) make_regions(terminals);
    std::vector<ValueId> by(expression_.values.size());
    for (ValueId id = 0; id < by.size(); ++id) by[id] = id;
    for (const auto& [copy, of] : copies_) by[copy] = of;
    ir::replace(expression_, by);
  }

 private:
  // A contraction that sums what is as large as the scores.
  struct Terminal {
    ValueId value;
    Label over;
  };
  const ir::Value& value(ValueId id) const { return expression_.values[id]; }
  const ir::Term& labels(ValueId id) const { return expression_.values[id].labels; }

  // Contractions that bring large values down, each with the number of such contractions before it: what has the same number needs
  // nothing of one another.
  void find_levels() {
    const std::size_t count = expression_.values.size();
    std::vector<std::size_t> level(count, 0);
    for (ValueId id = 0; id < count; ++id) {
      bool reads_large = false;
      for (ValueId argument : value(id).arguments) {
        level[id] = std::max(level[id], level[argument]);
        reads_large = reads_large || large_.follows(argument);
      }
      if (!reads_large || large_.follows(id) || large_.in_stream(id)) continue;
      if (value(id).op != ir::Op::contract || of_another_stream(id)) throw Unmet{};
      terminals_[level[id]].push_back({id, summed_label(value(id))});
      ++level[id];
    }
    for (const ir::Output& output : expression_.outputs)
      if (large_.follows(output.value)) throw Unmet{};
  }

  bool of_another_stream(ValueId id) const {
    return std::any_of(expression_.streams.begin(), expression_.streams.end(), [&](const ir::Region& stream) {
      return std::any_of(stream.sums.begin(), stream.sums.end(), [&](ValueId sum) { return sum == id; }) ||
             std::any_of(stream.across.begin(), stream.across.end(), [&](ValueId sum) { return sum == id; }) ||
             std::any_of(stream.members.begin(), stream.members.end(), [&](ValueId member) { return member == id; });
    });
  }

  // The label a region runs along: that of the stream if it is summed, else the longest row label that is.
  Label summed_label(const ir::Value& contraction) const {
    const ir::Term lost = ir::without(large_.labels(), contraction.labels);
    if (ir::contains(lost, region_.label)) return region_.label;
    const ir::Term rows = ir::without(lost, ir::without(lost, large_.rows()));
    if (rows.empty()) throw Unmet{};
    return *std::max_element(rows.begin(), rows.end(), [&](Label x, Label y) { return expression_.extents[x] < expression_.extents[y]; });
  }

  void make_regions(const std::vector<Terminal>& terminals) {
    std::map<Label, std::vector<Terminal>> by_label;
    for (const Terminal& terminal : terminals) by_label[terminal.over].push_back(terminal);
    if (by_label.size() == 2 && by_label.count(region_.label) != 0 && many_batches(by_label)) {
      const auto first = by_label.begin(), second = std::next(first);
      const bool swap = first->second.size() < second->second.size();
      make_region(swap ? second->second : first->second, swap ? first->second : second->second);
      return;
    }
    for (const auto& [label, group] : by_label) make_region(group, {});
  }
  bool many_batches(const std::map<Label, std::vector<Terminal>>& by_label) const {
    Extent batches = 1;
    for (Label label : large_.labels())
      if (by_label.count(label) == 0) batches = std::min<Extent>(batches * expression_.extents[label], batches_wanted);
    return batches >= batches_wanted;
  }

  // One region for sums over one label; `across`: sums over another one, to which its tiles add in order.
  void make_region(const std::vector<Terminal>& sums, const std::vector<Terminal>& across) {
    TileMembers members(expression_, large_);
    ir::Region made;
    made.label = sums[0].over;
    bool hides = true;
    for (const Terminal& terminal : sums) made.sums.push_back(make_sum(terminal, members, hides));
    for (const Terminal& terminal : across) made.across.push_back(make_sum(terminal, members, hides));
    if (!across.empty()) made.row = across[0].over;
    made.masked = members.clone(region_.masked);
    made.scores = hides ? members.clone(region_.scores) : made.masked;
    made.members = members.made();
    expression_.streams.push_back(std::move(made));
  }

  // The terminal becomes what is left to do after a sum over one label that keeps the others of the scores.
  ValueId make_sum(const Terminal& terminal, TileMembers& members, bool& hides) {
    const ir::Value contraction = value(terminal.value);
    ir::Value sum = contraction;
    sum.grouped = false;
    sum.arguments.clear();
    sum.labels = ir::without(large_.labels(), {terminal.over});
    std::vector<ValueId> rest;
    ir::Term wanted = contraction.labels;
    bool hidden = false;
    for (ValueId argument : contraction.arguments) {
      hidden = hidden || large_.vanishes(argument);
      if (ir::contains(labels(argument), terminal.over)) {
        sum.arguments.push_back(argument);
      } else {
        rest.push_back(argument);
        wanted = ir::unite(std::move(wanted), labels(argument));
      }
    }
    hides = hides && hidden;
    for (ValueId argument : sum.arguments)
      for (Label label : labels(argument))
        if (label != terminal.over && ir::contains(wanted, label) && !ir::contains(sum.labels, label)) sum.labels.push_back(label);
    sum.arguments = members.in_tile(sum.arguments);
    const ValueId made = ir::add(expression_, std::move(sum));
    ir::Value result = contraction;
    result.factor = 1, result.grouped = false;
    result.arguments = {made};
    result.arguments.insert(result.arguments.end(), rest.begin(), rest.end());
    const bool copies = rest.empty() && labels(made).size() == result.labels.size();
    expression_.values[terminal.value] = std::move(result);
    if (copies) copies_.emplace_back(terminal.value, made);
    return made;
  }

  ir::Expression& expression_;
  const ir::Region region_;
  const LargeValues large_;
  std::map<std::size_t, std::vector<Terminal>> terminals_;
  std::vector<std::pair<ValueId, ValueId>> copies_;  // terminals that nothing is left to do for, and their sums
};

// A region runs as a whole, so what it needs must not need it.
bool runs_in_order(const ir::Expression& expression) {
  const std::size_t count = expression.values.size(), regions = expression.streams.size();
  std::vector<std::size_t> producer(count, regions);
  std::vector<std::vector<std::size_t>> before(count + regions);
  for (std::size_t number = 0; number < regions; ++number) {
    const ir::Region& region = expression.streams[number];
    std::vector<ValueId> results;
    for (const std::vector<ValueId>* group : {&region.sums, &region.across, &region.finish}) results.insert(results.end(), group->begin(), group->end());
    if (region.maximum != ir::no_id) results.push_back(region.maximum);
    for (ValueId id : results) producer[id] = number;
    results.insert(results.end(), region.members.begin(), region.members.end());
    for (ValueId id : results)
      for (ValueId argument : expression.values[id].arguments)
        if (std::find(results.begin(), results.end(), argument) == results.end()) before[count + number].push_back(argument);
  }
  for (ValueId id = 0; id < count; ++id) {
    if (producer[id] != regions) before[id] = {count + producer[id]};
    else before[id].assign(expression.values[id].arguments.begin(), expression.values[id].arguments.end());
  }
  std::vector<std::size_t> waiting(before.size(), 0), ready;
  std::vector<std::vector<std::size_t>> after(before.size());
  for (std::size_t node = 0; node < before.size(); ++node) {
    waiting[node] = before[node].size();
    for (std::size_t earlier : before[node]) after[earlier].push_back(node);
    if (waiting[node] == 0) ready.push_back(node);
  }
  std::size_t done = 0;
  for (; !ready.empty(); ++done) {
    const std::size_t node = ready.back();
    ready.pop_back();
    for (std::size_t later : after[node])
      if (--waiting[later] == 0) ready.push_back(later);
  }
  return done == before.size();
}

}  // namespace

ir::Expression recompute(ir::Expression expression) {
  const std::size_t streams = expression.streams.size();
  for (std::size_t stream = 0; stream < streams; ++stream) {
    ir::Expression attempt = expression;
    try {
      Recomputing(attempt, stream).run();
    } catch (const Unmet&) {
      continue;
    }
    if (attempt.streams.size() == expression.streams.size()) continue;
    const std::size_t made = attempt.streams.size();
    attempt = ir::compact(std::move(attempt));
    if (attempt.streams.size() == made && runs_in_order(attempt)) expression = std::move(attempt);
  }
  return expression;
}

}  // namespace einc::fuse
