// SPDX-License-Identifier: BSD-3-Clause
#include "plan/given_order.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <span>
#include <string>
#include <utility>

#include <einc/error.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace einc::plan {
namespace {

// The tensors that are left, in their order: finds the n-th and the place of one, and forgets one, each in logarithmic time.
class Left {
 public:
  Left(std::size_t tensors, std::size_t results) : sums_(tensors + results + 1, 0), count_(tensors) {
    for (std::size_t tensor = 0; tensor < tensors; ++tensor) add(tensor, 1);
  }
  std::size_t count() const { return count_; }
  std::uint32_t at(std::size_t place) const {
    std::size_t found = 0, step = 1;
    while (step * 2 < sums_.size()) step *= 2;
    for (auto rest = static_cast<std::int64_t>(place); step > 0; step /= 2) {
      if (found + step >= sums_.size() || sums_[found + step] > rest) continue;
      found += step;
      rest -= sums_[found];
    }
    return static_cast<std::uint32_t>(found);
  }
  std::uint32_t place(std::uint32_t tensor) const {
    std::int64_t before = 0;
    for (std::size_t i = tensor; i > 0; i -= i & (~i + 1)) before += sums_[i];
    return static_cast<std::uint32_t>(before);
  }
  void take(std::uint32_t tensor) { add(tensor, -1), --count_; }
  void put(std::uint32_t tensor) { add(tensor, 1), ++count_; }

 private:
  void add(std::size_t tensor, std::int64_t change) {
    for (std::size_t i = tensor + 1; i < sums_.size(); i += i & (~i + 1)) sums_[i] += change;
  }
  std::vector<std::int64_t> sums_;  // a Fenwick tree over 0 and 1
  std::size_t count_;
};

[[noreturn]] void refuse(std::string sentence) {
  throw Error(ErrorCode::bad_option, std::move(sentence), {}, {},
              "an order is that of numpy.einsum_path, for three operands `(1,2),(0,1)`: places count from 0 in the list of what is left; "
              "what a step takes leaves the list, and its result goes to the end");
}

std::string spell(std::size_t number, const std::vector<std::uint32_t>& step) {
  constexpr std::size_t most = 8;
  const std::span<const std::uint32_t> shown(step.data(), std::min(step.size(), most));
  return fmt::format("step {} of the order, ({}{}),", number + 1, fmt::join(shown, ", "), step.size() > most ? ", ..." : "");
}

std::string operands(std::size_t count) { return count == 1 ? "1 operand" : fmt::format("{} operands", count); }

void check_step(std::size_t number, const std::vector<std::uint32_t>& step, std::size_t left) {
  if (left == 1) refuse(fmt::format("{} has nothing to contract: after step {} only the result is left", spell(number, step), number));
  if (step.size() < 2) refuse(fmt::format("{} takes {}; a step contracts two or more", spell(number, step), operands(step.size())));
  std::vector<std::uint32_t> sorted = step;
  std::sort(sorted.begin(), sorted.end());
  if (sorted.back() >= left) refuse(fmt::format("{} names operand {} where {} are left, 0 to {}", spell(number, step), sorted.back(), left, left - 1));
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) refuse(fmt::format("{} names operand {} twice", spell(number, step), *twice));
}

// Replays an order: which labels every tensor has, and how many need each label.
class Replay {
 public:
  explicit Replay(const Network& network) : network_(network), labels_(network.tensors), holders_(network.extents.size(), 0) {
    for (const ir::Term& tensor : network.tensors) count(tensor, 1);
    count(network.kept, 1);
  }

  // The tensors as a network of their own; its labels are numbered anew, and `names` says what they were.
  Network part(const std::vector<std::uint32_t>& tensors, ir::Term& names) const {
    std::map<Label, Label> numbers;
    std::map<Label, std::uint32_t> inside;
    for (std::uint32_t tensor : tensors)
      for (Label label : labels_[tensor]) ++inside[label];
    Network part;
    for (const auto& [label, times] : inside) {
      const auto number = static_cast<Label>(names.size());
      numbers[label] = number;
      names.push_back(label);
      part.extents.push_back(network_.extents[label]);
      if (holders_[label] > times) part.kept.push_back(number);
    }
    for (std::uint32_t tensor : tensors) {
      part.tensors.emplace_back();
      for (Label label : labels_[tensor]) part.tensors.back().push_back(numbers[label]);
    }
    return part;
  }

  void contract(const std::vector<std::uint32_t>& tensors) {
    ir::Term names, result;
    for (Label kept : part(tensors, names).kept) result.push_back(names[kept]);
    for (std::uint32_t tensor : tensors) count(labels_[tensor], -1);
    count(result, 1);
    labels_.push_back(std::move(result));
  }

 private:
  void count(const ir::Term& term, int change) {
    for (Label label : term) holders_[label] += static_cast<std::uint32_t>(change);
  }
  const Network& network_;
  std::vector<ir::Term> labels_;
  std::vector<std::uint32_t> holders_;
};

}  // namespace

Steps take_order(const std::vector<std::vector<std::uint32_t>>& places, std::size_t operands_given) {
  Steps steps;
  if (operands_given == 1 && places.size() == 1 && places[0] == std::vector<std::uint32_t>{0}) return steps;
  Left left(operands_given, places.size());
  for (std::size_t i = 0; i < places.size(); ++i) {
    check_step(i, places[i], left.count());
    std::vector<std::uint32_t>& step = steps.emplace_back();
    for (std::uint32_t place : places[i]) step.push_back(left.at(place));
    for (std::uint32_t tensor : step) left.take(tensor);
    left.put(static_cast<std::uint32_t>(operands_given + i));
  }
  if (left.count() > 1) refuse(fmt::format("the order ends with {} left; its last step takes all that are", operands(left.count())));
  return steps;
}

std::vector<std::vector<std::uint32_t>> places_of(const Order& order, std::size_t tensors) {
  std::vector<std::vector<std::uint32_t>> places;
  Left left(tensors, order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    places.push_back({left.place(order[i].lhs), left.place(order[i].rhs)});
    left.take(order[i].lhs), left.take(order[i].rhs);
    left.put(static_cast<std::uint32_t>(tensors + i));
  }
  return places;
}

Choice pairs_of(const Network& network, const Steps& steps, const std::function<Choice(const Network&)>& choose) {
  const std::size_t tensors = network.tensors.size();
  Choice choice;
  std::vector<std::uint32_t> numbers(tensors);  // of every tensor and step, in the order that is made
  std::iota(numbers.begin(), numbers.end(), 0u);
  const bool all_pairs = std::all_of(steps.begin(), steps.end(), [](const auto& step) { return step.size() == 2; });
  Replay replay(network);
  for (const std::vector<std::uint32_t>& step : steps) {
    if (step.size() == 2) {
      choice.order.push_back({numbers[step[0]], numbers[step[1]]});
    } else {
      ir::Term names;
      Choice inner = choose(replay.part(step, names));
      const auto first = static_cast<std::uint32_t>(tensors + choice.order.size());
      const auto count = static_cast<std::uint32_t>(step.size());
      const auto number = [&](std::uint32_t tensor) { return tensor < count ? numbers[step[tensor]] : first + tensor - count; };
      for (const Pair& pair : inner.order) choice.order.push_back({number(pair.lhs), number(pair.rhs)});
      choice.method = std::move(inner.method);
    }
    if (!all_pairs) replay.contract(step);
    numbers.push_back(static_cast<std::uint32_t>(tensors + choice.order.size() - 1));
  }
  return choice;
}

Steps GivenOrders::next(const std::vector<ir::ValueId>& arguments) {
  if (!options_.order.empty()) return take_order(options_.order, arguments.size());  // one for each operand, in the order of the text
  if (saved_ == nullptr) return {};
  const auto differs = [&](std::string sentence) {
    throw Error(ErrorCode::bad_plan, std::move(sentence), {}, {}, "make the plan anew: other options, or another release, lead to other contractions");
  };
  if (next_ == saved_->size()) differs(fmt::format("the plan has the orders of {} contractions, and there are more", saved_->size()));
  const ir::ContractionOrder& order = (*saved_)[next_++];
  if (order.arguments != arguments.size())
    differs(fmt::format("`orders[{}]` of the plan is of {}, and that contraction has {}", next_ - 1, operands(order.arguments), arguments.size()));
  try {
    return take_order(order.places, arguments.size());
  } catch (const Error& error) {
    throw Error(ErrorCode::bad_plan, fmt::format("`orders[{}]` of the plan: {}", next_ - 1, error.sentence()), {}, {}, error.hint());
  }
}

void GivenOrders::finish() const {
  if (saved_ == nullptr || next_ == saved_->size()) return;
  throw Error(ErrorCode::bad_plan, fmt::format("the plan has the orders of {} contractions, and there are {}", saved_->size(), next_), {}, {},
              "make the plan anew: other options, or another release, lead to other contractions");
}

}  // namespace einc::plan
