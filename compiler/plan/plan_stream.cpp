// SPDX-License-Identifier: BSD-3-Clause
#include "plan/plan_stream.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <einc/error.hpp>

#include "ir/rewrite.hpp"
#include "ir/streamed_gather.hpp"
#include "plan/choose_base.hpp"
#include "plan/stream_frame.hpp"

namespace einc::plan {
namespace {

bool contains(const ir::Term& term, Label label) { return std::find(term.begin(), term.end(), label) != term.end(); }

constexpr Extent rows_together = 1024;
// Of few rows, all heads beside each other: keys are read once for sixteen rows of eight heads. 16384 keys of 64, 16 queries 8.0 -> 6.7 ms, 32 queries
// 13.7 -> 12.0 with twice the rows; four times level (Emerald Rapids, one thread, 2026-11).
constexpr Extent few_rows_wanted = 128;
// Where rows come in order, what is added across them is read and written once for each row tile, and does not lie in the tile.
constexpr Extent rows_in_order_wanted = 128, rows_in_order_together = 512;

// Tasks that a stream is cut into where its parts are worth it, tasks that row tiles together leave, and what is worth a task: some 20 us of multiplications, and of elements read at so many each.
constexpr Extent tasks_wanted = 32, tasks_together = 8;
constexpr double element_work = 12, part_work = 2e6;

// Contractions of a tile have two operands, or follow the planner.
ValueContext without_orders(ValueContext context) {
  context.given = nullptr;
  return context;
}

class Planner {
 public:
  Planner(const ir::Expression& expression, std::uint32_t number, const StreamMembers& members, const std::vector<ir::ValueId>& wanted,
          const ir::Target& target, const ValueContext& context)
      : expression_(expression), stream_(expression.streams[number]), number_(number), members_(members), wanted_(wanted), target_(target),
        context_(without_orders(context)), frame_(expression, number, members), place_(expression.values.size(), ir::no_value) {}

  ir::StreamPlan run() {
    const Frame frame = frame_.choose();
    Extent rows = stream_.across.empty() ? rows_wanted : rows_in_order_wanted, streamed = streamed_wanted;
    if (frame.few) rows = few_rows_wanted, streamed = frame_.streamed_of_few(frame);
    if (frame.all) rows = rows_wanted * streamed_wanted;
    for (;;) {
      set_tiles(frame, rows, streamed);
      plan_body();
      choose_part();
      choose_together();
      const double limit = static_cast<double>(target_.l2_bytes) / 2;
      if (plan_.tile_bytes <= limit || (rows <= 4 && streamed <= 16)) return std::move(plan_);
      (streamed > 64 || rows <= 4 ? streamed : rows) /= 2;
    }
  }

 private:
  // Where there are few tasks, parts of the streamed label are tasks too. How many depends on the problem, not on the threads, so that sums are the same.
  void choose_part() {
    if (!stream_.online() || plan_.rows_in_order) return;
    Extent tasks = 1;
    for (std::size_t i = 0; i + 1 < plan_.frame.size(); ++i) tasks *= tiles_along(i);
    const double tiles = static_cast<double>(tiles_along(plan_.frame.size() - 1));
    double work = 0;  // of a tile
    for (std::size_t i = 0; i < plan_.finish; ++i)
      if (const ir::Step& step = plan_.steps[i]; step.rhs != ir::no_value) {
        ir::Term all = plan_.labels(step.lhs);
        const ir::Term more = ir::without(plan_.labels(step.rhs), all);
        all.insert(all.end(), more.begin(), more.end());
        work += ir::elements(all, plan_.extents);
      }
    for (const ir::Step& step : plan_.steps)
      if (step.kind == ir::StepKind::gather) work += ir::elements(step.out, plan_.extents) * element_work;
    for (const ir::Leaf& leaf : plan_.leaves)
      if (contains(leaf.labels, stream_.label)) work += ir::elements(leaf.labels, plan_.extents) * element_work;
    const double parts = std::min(std::floor(static_cast<double>(tasks_wanted) / static_cast<double>(std::max<Extent>(tasks, 1))), std::floor(tiles * work / part_work));
    if (parts >= 2) plan_.part = static_cast<Extent>(std::ceil(tiles / parts));
    if (plan_.part >= static_cast<Extent>(tiles)) plan_.part = 0;
  }

  Extent tiles_along(std::size_t loop) const {
    return std::max<Extent>(1, (expression_.extents[plan_.frame[loop]] + plan_.tiles[loop] - 1) / plan_.tiles[loop]);
  }

  // As many row tiles as a quarter of the second-level cache has room for the states of, and threads can spare. Which they are changes no result.
  void choose_together() {
    plan_.together = 1;
    if (plan_.row < 0) return;
    Extent others = 1, row_tiles = 1;
    for (std::size_t i = 0; i + 1 < plan_.frame.size(); ++i) (static_cast<std::int32_t>(i) == plan_.row ? row_tiles : others) *= tiles_along(i);
    if (plan_.part > 0) others *= (tiles_along(plan_.frame.size() - 1) + plan_.part - 1) / plan_.part;
    const Extent for_threads = plan_.rows_in_order ? row_tiles : std::max<Extent>(1, others * row_tiles / tasks_together);
    const auto for_cache = static_cast<Extent>(static_cast<double>(target_.l2_bytes) / 4 / std::max(1.0, state_bytes_));
    plan_.together = std::clamp<Extent>(std::min({row_tiles, for_threads, for_cache, (plan_.rows_in_order ? rows_in_order_together : rows_together) / plan_.tiles[static_cast<std::size_t>(plan_.row)]}), 1, ir::most_together);
    plan_.tile_bytes += static_cast<double>(plan_.together - 1) * state_bytes_;
  }

  const ir::Term& labels(ir::ValueId value) const { return expression_.values[value].labels; }
  bool inside(ir::ValueId value) const { return members_.inside(number_, value); }

  void set_tiles(const Frame& frame, Extent rows, Extent streamed) {
    plan_ = {};
    plan_.extents = expression_.extents;
    plan_.rows_in_order = !stream_.across.empty();
    const auto add = [&](Label label, Extent tile) {
      plan_.frame.push_back(label);
      plan_.tiles.push_back(tile);
      plan_.extents[label] = tile;
    };
    for (Label label : frame.batch) add(label, 1);
    for (Label label : frame.single) add(label, 1);
    rows_ = frame.batch;
    rows_.insert(rows_.end(), frame.single.begin(), frame.single.end());
    rows_.insert(rows_.end(), frame.whole.begin(), frame.whole.end());
    if (frame.has_tiled) {
      Extent whole = 1;
      for (Label label : frame.whole) whole *= std::max<Extent>(1, expression_.extents[label]);
      plan_.row = static_cast<std::int32_t>(plan_.frame.size());
      add(frame.tiled, even_tile(expression_.extents[frame.tiled], std::max<Extent>(1, rows / whole)));
      rows_.push_back(frame.tiled);
    }
    add(stream_.label, frame_.streamed_tile(streamed));
  }

  // Values the wanted ones need, inside the stream.
  std::vector<bool> needed() const {
    std::vector<bool> result(expression_.values.size(), false);
    for (ir::ValueId value : wanted_) result[value] = true;
    if (stream_.online()) result[stream_.masked] = result[stream_.scores] = result[stream_.weights] = result[stream_.maximum] = true;
    for (std::size_t value = result.size(); value-- > 0;) {
      if (!result[value] || value == stream_.weights || !inside(static_cast<ir::ValueId>(value))) continue;  // the online step knows its reference
      for (ir::ValueId argument : expression_.values[value].arguments) result[argument] = true;
    }
    return result;
  }

  void plan_body() {
    std::fill(place_.begin(), place_.end(), ir::no_value);
    const std::vector<bool> need = needed();
    ir::Plan body;  // of one tile, so that the planner of contractions can work on it
    body.dtype = expression_.values[stream_.masked].dtype;
    body.extents = plan_.extents;
    for (ir::ValueId value : members_.inputs(number_)) {
      if (!need[value] || place_[value] != ir::no_value) continue;
      place_[value] = static_cast<ir::PlanValue>(body.leaves.size());
      body.leaves.push_back({value, labels(value)});
    }
    for (ir::ValueId value = 0; value < need.size(); ++value)
      if (need[value] && inside(value) && !contains(stream_.finish, value)) add(body, value);
    plan_.finish = body.steps.size();
    for (ir::ValueId value = 0; value < need.size(); ++value)
      if (need[value] && inside(value) && contains(stream_.finish, value)) place_[value] = plan_value(body, context_, value, place_);
    add_results(body);
    for (ir::Step& step : body.steps) order(step);
    plan_.leaves = std::move(body.leaves);
    plan_.steps = std::move(body.steps);
    choose_base(plan_, expression_, stream_.maximum);
    count_bytes(bytes_of(body.dtype));
  }

  void add(ir::Plan& body, ir::ValueId value) {
    if (value == stream_.maximum) {
      const ir::PlanValue scores = in_tile(body, place_[stream_.masked]);
      plan_.online = body.steps.size();
      place_[stream_.weights] = append(body, {.kind = ir::StepKind::online, .lhs = scores, .out = labels(stream_.weights)});
      place_[value] = append(body, {.kind = ir::StepKind::part, .lhs = place_[stream_.weights], .out = labels(value), .value = value});
      return;
    }
    if (value == stream_.weights || value == stream_.reference) return;
    if (const auto gather = ir::streamed_gather(expression_, value, stream_.label)) {
      const std::vector<ir::ValueId>& from = expression_.values[gather->gather].arguments;
      place_[value] = append(body, {.kind = ir::StepKind::gather, .out = labels(value), .arguments = {place_[from[0]], place_[from[1]]}, .value = value});
      return;
    }
    if (expression_.values[value].op == ir::Op::gather) return;  // seen through the view that merges its blocks
    const bool is_across = contains(stream_.across, value), is_sum = contains(stream_.sums, value) || is_across;
    const ir::Value& made = expression_.values[value];
    if (is_sum && made.arguments.size() == 1 && made.arguments[0] == stream_.weights && made.factor == 1) {
      place_[value] = append(body, {.kind = ir::StepKind::part, .lhs = place_[stream_.weights], .out = labels(value), .value = value});
      return;
    }
    if (made.op == ir::Op::contract && !is_sum && contracted_away(value)) return;
    place_[value] = plan_value(body, context_, value, place_);
    if (made.op == ir::Op::map && value == stream_.masked && stream_.masked != stream_.scores) body.steps.back().mask_only = true;
    if (is_sum) (is_across ? body.steps.back().across : body.steps.back().accumulates) = true;
  }

  // Scores as the online step takes them, row by row in a tile: those that are only a look at an array are copied there.
  ir::PlanValue in_tile(ir::Plan& body, ir::PlanValue scores) const {
    const std::size_t leaves = body.leaves.size();
    if (scores >= leaves && body.steps[scores - leaves].kind != ir::StepKind::view && body.steps[scores - leaves].kind != ir::StepKind::part) return scores;
    return append(body, {.kind = ir::StepKind::permute, .lhs = scores, .out = labels(stream_.masked)});
  }

  // A member that its only user has unfolded into its own sum of products.
  bool contracted_away(ir::ValueId value) const {
    for (ir::ValueId user = value + 1; user < expression_.values.size(); ++user) {
      if (!inside(user)) continue;
      const std::vector<ir::ValueId>& direct = expression_.values[user].arguments;
      if (!contains(direct, value)) continue;
      if (expression_.values[user].op != ir::Op::contract || contains(arguments_of(context_, user), value)) return false;
    }
    return true;
  }

  // What others want is written by a step of its own after the last tile: a map that nothing here reads, or a copy.
  void add_results(ir::Plan& body) {
    for (ir::ValueId value : wanted_) {
      ir::PlanValue made = place_[value];
      bool read = made < body.leaves.size() + plan_.finish && !contains(stream_.across, value);
      for (const ir::Step& step : body.steps) {
        const std::vector<ir::PlanValue> all = ir::reads(step);
        read = read || std::find(all.begin(), all.end(), made) != all.end();
      }
      if (read) made = append(body, {.kind = ir::StepKind::permute, .lhs = made, .out = labels(value)});
      plan_.values.push_back(value);
      plan_.results.push_back(made);
    }
  }

  // Rows, then the streamed label, then the rest as it comes: scores lie row by row, sums too.
  void order(ir::Step& step) const {
    ir::Term out;
    for (Label label : rows_)
      if (contains(step.out, label)) out.push_back(label);
    if (contains(step.out, stream_.label)) out.push_back(stream_.label);
    for (Label label : step.out)
      if (!contains(out, label)) out.push_back(label);
    step.out = std::move(out);
  }

  void count_bytes(std::size_t element) {
    plan_.tile_bytes = 0;
    if (!stream_.online()) return count_live(static_cast<double>(element));
    state_bytes_ = 0;
    for (const ir::Step& step : plan_.steps) {
      const double bytes = ir::elements(step.out, plan_.extents) * static_cast<double>(element);
      plan_.tile_bytes += bytes;
      if (step.kind == ir::StepKind::part || step.accumulates) state_bytes_ += bytes;
    }
  }

  // The most that lives at once, sums all the time; a map writes over what it reads last.
  void count_live(double element) {
    const std::size_t leaves = plan_.leaves.size();
    std::vector<std::size_t> last(plan_.steps.size(), 0);
    for (std::size_t i = 0; i < plan_.steps.size(); ++i)
      for (ir::PlanValue read : ir::reads(plan_.steps[i]))
        if (read >= leaves) last[read - leaves] = i;
    const auto size = [&](std::size_t step) { return ir::elements(plan_.steps[step].out, plan_.extents) * element; };
    double live = 0, sums = 0;
    for (std::size_t i = 0; i < plan_.finish; ++i) {
      const ir::Step& step = plan_.steps[i];
      if (step.accumulates) sums += size(i);
      else if (!step.across) live += size(i);
      const bool overwrites = step.kind == ir::StepKind::map;
      if (!overwrites) plan_.tile_bytes = std::max(plan_.tile_bytes, live);
      for (std::size_t earlier = 0; earlier < i; ++earlier)
        if (last[earlier] == i && !plan_.steps[earlier].accumulates && !plan_.steps[earlier].across) live -= size(earlier);
      plan_.tile_bytes = std::max(plan_.tile_bytes, live);
    }
    plan_.tile_bytes += sums;
    state_bytes_ = sums;
  }

  const ir::Expression& expression_;
  const ir::Region& stream_;
  std::uint32_t number_;
  const StreamMembers& members_;
  const std::vector<ir::ValueId>& wanted_;
  const ir::Target& target_;
  ValueContext context_;
  StreamFrame frame_;
  std::vector<ir::PlanValue> place_;  // of each value, inside the tile
  ir::Term rows_;
  ir::StreamPlan plan_;
  double state_bytes_ = 0;  // of what one row tile carries from streamed tile to streamed tile
};

}  // namespace

StreamMembers::StreamMembers(const ir::Expression& expression)
    : producer_(expression.values.size(), none), inside_(expression.streams.size()), inputs_(expression.streams.size()) {
  for (std::uint32_t number = 0; number < expression.streams.size(); ++number) {
    const ir::Region& stream = expression.streams[number];
    inside_[number].assign(expression.values.size(), false);
    for (const std::vector<ir::ValueId>* group : {&stream.members, &stream.sums, &stream.across, &stream.finish})
      for (ir::ValueId value : *group) inside_[number][value] = true;
    if (stream.online()) inside_[number][stream.maximum] = true, producer_[stream.maximum] = number;
    for (const std::vector<ir::ValueId>* group : {&stream.sums, &stream.across, &stream.finish})
      for (ir::ValueId value : *group) producer_[value] = number;
    std::vector<bool> input(expression.values.size(), false);
    for (ir::ValueId value = 0; value < expression.values.size(); ++value)
      if (inside_[number][value])
        for (ir::ValueId argument : expression.values[value].arguments)
          if (!inside_[number][argument]) input[argument] = true;
    for (ir::ValueId value = 0; value < input.size(); ++value)
      if (input[value]) inputs_[number].push_back(value);
  }
}

bool StreamMembers::inside(std::uint32_t stream, ir::ValueId value) const { return inside_[stream][value]; }

ir::StreamPlan plan_stream(const ir::Expression& expression, std::uint32_t stream, const StreamMembers& members,
                           const std::vector<ir::ValueId>& wanted, const ir::Target& target, const ValueContext& context) {
  return Planner(expression, stream, members, wanted, target, context).run();
}

}  // namespace einc::plan
