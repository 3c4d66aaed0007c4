#include "bind/bind.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <einc/tensor_view.hpp>

namespace einc::bind {
namespace {

std::string shown(std::span<const Extent> shape) { return fmt::format("[{}]", fmt::join(shape, ", ")); }
std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

// One label of the expression while its extent is being found out.
struct Binding {
  Extent extent = 1;
  bool seen = false;
  std::size_t operand = 0;  // who gave the extent
  Span span{};              // and where that is written
};

class Binder {
 public:
  Binder(std::string_view text, const Subscripts& subscripts, std::span<const Layout> operands, const Options& options,
         const Strides* result_strides)
      : text_(text), subscripts_(subscripts), operands_(operands), options_(options), result_strides_(result_strides) {}

  Bound bind() {
    check_counts();
    measure_ellipses();
    number_labels();
    for (std::size_t i = 0; i < operands_.size(); ++i) bind_operand(i);
    for (const Binding& binding : bindings_) bound_.expression.extents.push_back(binding.extent);
    bound_.expression.made_of.resize(bindings_.size());
    for (std::size_t i = 0; i < operands_.size(); ++i) add_operand(i);
    add_output();
    return std::move(bound_);
  }

 private:
  [[noreturn]] void fail(ErrorCode code, std::string sentence, std::vector<Mark> marks, std::string hint = {}) const {
    throw Error(code, std::move(sentence), std::string(text_), std::move(marks), std::move(hint));
  }
  std::string operand_note(std::size_t i) const { return fmt::format("operand {}, shape {}", i, shown(operands_[i].extents)); }
  std::string_view written(Span span) const { return text_.substr(span.begin, span.end - span.begin); }
  const SubscriptTerm& term(std::size_t i) const { return subscripts_.operands[i]; }
  static std::size_t label_count(const SubscriptTerm& term) {
    return static_cast<std::size_t>(std::count_if(term.subscripts.begin(), term.subscripts.end(), [](const Subscript& s) { return !s.ellipsis; }));
  }
  static std::size_t ellipsis_count(const SubscriptTerm& term) { return term.subscripts.size() - label_count(term); }

  void check_counts() const {
    const std::size_t terms = subscripts_.operands.size(), given = operands_.size();
    if (terms > given) {
      std::vector<Mark> marks;
      for (std::size_t i = given; i < std::min(terms, given + 3); ++i) marks.push_back({term(i).span, "no array for this term"});
      fail(ErrorCode::operand_count, fmt::format("the text has {}, the call has {}", counted(terms, "operand"), counted(given, "array")),
           std::move(marks), "give one array for each term before `->`");
    }
    if (terms < given) {
      const Span all{term(0).span.begin, term(terms - 1).span.end};
      fail(ErrorCode::operand_count, fmt::format("the text has {}, the call has {}", counted(terms, "operand"), counted(given, "array")),
           {{all, fmt::format("no term for array {}, shape {}", terms, shown(operands_[terms].extents))}},
           "write one term for each array, separated by `,`");
    }
  }

  // How many labels each named ellipsis covers: what its operands leave over, the largest of them (numpy aligns right).
  void measure_ellipses() {
    covered_.assign(subscripts_.names.size(), 0);
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      const std::size_t rank = operands_[i].extents.size(), labels = label_count(term(i));
      if (ellipsis_count(term(i)) == 0 ? rank != labels : rank < labels) fail_rank(i);
      if (ellipsis_count(term(i)) > 1)
        fail(ErrorCode::bad_ellipsis, "a term with two ellipses does not say how many labels each covers", {{term(i).span, operand_note(i)}});
      for (const Subscript& subscript : term(i).subscripts)
        if (subscript.ellipsis) covered_[subscript.name] = std::max(covered_[subscript.name], rank - labels);
    }
  }

  [[noreturn]] void fail_rank(std::size_t i) const {
    const std::size_t rank = operands_[i].extents.size(), labels = label_count(term(i));
    const bool open = ellipsis_count(term(i)) > 0;
    const std::string hint = rank > labels ? fmt::format("write `...` for the other {}, as in `...{}`", counted(rank - labels, "label"), written(term(i).span))
                                           : std::string{};
    fail(ErrorCode::rank_mismatch,
         fmt::format("term `{}` has {}{}, its array has rank {}", written(term(i).span), open ? "at least " : "", counted(labels, "label"), rank),
         {{term(i).span, operand_note(i)}}, hint);
  }

  // Labels are numbered by first appearance; an ellipsis gets one label for each position it covers.
  void number_labels() {
    first_label_.assign(subscripts_.names.size(), 0);
    std::vector<char> numbered(subscripts_.names.size(), 0);
    const auto number = [&](const Subscript& subscript) {
      if (numbered[subscript.name]) return;
      numbered[subscript.name] = 1;
      first_label_[subscript.name] = static_cast<Label>(bindings_.size());
      const std::size_t count = subscript.ellipsis ? covered_[subscript.name] : 1;
      const std::string_view name = written(subscripts_.names[subscript.name]);
      for (std::size_t i = 0; i < count; ++i) {
        bindings_.emplace_back();
        if (subscript.ellipsis) bound_.names.push_back(fmt::format("[{}...{}]", name, i));
        else bound_.names.push_back(name == written(subscript.span) ? std::string(name) : fmt::format("[{}]", name));
      }
    };
    for (const SubscriptTerm& operand : subscripts_.operands)
      for (const Subscript& subscript : operand.subscripts) number(subscript);
    for (const Subscript& subscript : subscripts_.output.subscripts) number(subscript);
  }

  // The label at each position of an operand, with the place it is written.
  struct Position {
    Label label;
    Span span;
    bool ellipsis;
  };
  std::vector<Position> positions(const SubscriptTerm& term, std::size_t rank) const {
    std::vector<Position> result;
    const std::size_t labels = label_count(term);
    for (const Subscript& subscript : term.subscripts) {
      if (!subscript.ellipsis) {
        result.push_back({first_label_[subscript.name], subscript.span, false});
        continue;
      }
      const std::size_t here = rank - labels, skipped = covered_[subscript.name] - here;  // aligned right
      for (std::size_t i = 0; i < here; ++i)
        result.push_back({static_cast<Label>(first_label_[subscript.name] + skipped + i), subscript.span, true});
    }
    return result;
  }

  void bind_operand(std::size_t i) {
    const auto extents = operands_[i].extents;
    const std::vector<Position> places = positions(term(i), extents.size());
    Extent count = 1;
    bool empty = false;
    for (Extent extent : extents) {
      if (extent < 0)
        fail(ErrorCode::bad_shape, "an extent is negative", {{term(i).span, operand_note(i)}});
      empty = empty || extent == 0;
    }
    for (Extent extent : extents)
      if (!empty && __builtin_mul_overflow(count, extent, &count)) operand_too_large_ = std::min(operand_too_large_, i);
    for (std::size_t at = 0; at < places.size(); ++at) {
      Binding& binding = bindings_[places[at].label];
      const Extent extent = extents[at];
      // A label twice in one operand walks a diagonal: by every rule its places have one extent.
      for (std::size_t before = 0; before < at; ++before)
        if (places[before].label == places[at].label && extents[before] != extent)
          fail_extent({extents[before], true, i, places[before].span}, i, places[at], extent);
      const bool stretches = (options_.broadcast == Broadcast::numpy || places[at].ellipsis) && (extent == 1 || binding.extent == 1);
      if (binding.seen && extent != binding.extent && !stretches) fail_extent(binding, i, places[at], extent);
      if (!binding.seen || (binding.extent == 1 && extent != 1)) binding = {extent, true, i, places[at].span};
    }
  }

  [[noreturn]] void fail_extent(const Binding& first, std::size_t i, const Position& place, Extent extent) const {
    const bool one = extent == 1 || first.extent == 1;
    const std::string hint = one && first.operand != i ? "an extent of 1 stretches only where numpy's broadcasting is asked for" : "";
    const std::string name = bound_.names[place.label];
    fail(ErrorCode::extent_mismatch,
         place.ellipsis ? fmt::format("a label under `{}` has two extents, {} and {}", written(place.span), first.extent, extent)
                        : fmt::format("label `{}` has two extents, {} and {}", name, first.extent, extent),
         {{first.span, fmt::format("{} in {}", first.extent, operand_note(first.operand))},
          {place.span, fmt::format("{} in {}", extent, operand_note(i))}},
         hint);
  }

  void add_operand(std::size_t i) {
    ir::Value value;
    value.op = ir::Op::operand;
    value.dtype = options_.dtype;
    value.operand = static_cast<std::uint32_t>(i);
    const std::vector<Position> places = positions(term(i), operands_[i].extents.size());
    for (std::size_t at = 0; at < places.size(); ++at) {
      const bool stretched = operands_[i].extents[at] != bindings_[places[at].label].extent;
      if (stretched) continue;  // an extent of 1 that meets a larger one: the operand does not vary along that label
      value.labels.push_back(places[at].label);
      value.strides.push_back(operands_[i].strides[at]);
    }
    bound_.expression.values.push_back(std::move(value));
  }

  void add_output() {
    check_output_ellipses();
    ir::Output output;
    for (const Subscript& subscript : subscripts_.output.subscripts) {
      const std::size_t count = subscript.ellipsis ? covered_[subscript.name] : 1;
      for (std::size_t at = 0; at < count; ++at) output.labels.push_back(static_cast<Label>(first_label_[subscript.name] + at));
    }
    check_repeats();
    bound_.shapes.resize(1);
    for (Label label : output.labels) bound_.shapes[0].push_back(bound_.expression.extent(label));
    check_size();

    ir::Value contract;
    contract.op = ir::Op::contract;
    contract.dtype = options_.dtype;
    for (Label label : output.labels)
      if (std::find(contract.labels.begin(), contract.labels.end(), label) == contract.labels.end()) contract.labels.push_back(label);
    for (ir::ValueId id = 0; id < operands_.size(); ++id) contract.arguments.push_back(id);
    output.value = static_cast<ir::ValueId>(bound_.expression.values.size());
    output.strides = result_strides_ ? *result_strides_ : row_major(bound_.shapes[0]);
    bound_.expression.values.push_back(std::move(contract));
    bound_.expression.outputs.push_back(std::move(output));
  }

  // A label covered by an ellipsis must not vanish unseen.
  void check_output_ellipses() const {
    if (options_.sum_ellipsis) return;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      for (const Subscript& subscript : term(i).subscripts) {
        const auto& kept = subscripts_.output.subscripts;
        const bool in_output = std::any_of(kept.begin(), kept.end(), [&](const Subscript& s) { return s.name == subscript.name; });
        const std::size_t here = operands_[i].extents.size() - label_count(term(i));
        if (!subscript.ellipsis || in_output || here == 0) continue;
        const std::string_view dots = written(subscript.span);
        const std::uint32_t at = subscripts_.output.subscripts.empty() ? subscripts_.output.span.begin : subscripts_.output.subscripts.front().span.begin;
        const std::string fixed = fmt::format("{}{}{}", text_.substr(0, at), dots, text_.substr(at));
        fail(ErrorCode::ellipsis_dropped, fmt::format("`{}` covers {} that the result leaves out", dots, counted(here, "label")),
             {{subscript.span, operand_note(i)}},
             fmt::format("write `{}` to keep them, or set the option `sum_ellipsis` to sum them", fixed));
      }
    }
  }

  void check_repeats() const {
    if (options_.broadcast != Broadcast::numpy) return;
    const auto& out = subscripts_.output.subscripts;
    for (std::size_t y = 0; y < out.size(); ++y)
      for (std::size_t x = 0; x < y; ++x)
        if (out[x].name == out[y].name)
          fail(ErrorCode::repeated_output_label, fmt::format("label `{}` is twice in the result, which numpy's rules refuse", written(out[x].span)),
               {{out[x].span, {}}, {out[y].span, {}}}, "einc's own rules (Broadcast::strict) write the diagonal and zeros elsewhere");
  }

  // Every array must be countable in 64-bit bytes.
  void check_size() const {
    const Span all{0, static_cast<std::uint32_t>(text_.size())};
    const auto limit = std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(bytes_of(options_.dtype));
    const bool empty = std::find(bound_.shapes[0].begin(), bound_.shapes[0].end(), 0) != bound_.shapes[0].end();
    Extent count = 1;
    for (Extent extent : bound_.shapes[0])
      if (!empty && (__builtin_mul_overflow(count, extent, &count) || count > limit))
        fail(ErrorCode::too_large, fmt::format("the result `{}`, shape {}, has more bytes than 64 bits can count", written(subscripts_.output.span), shown(bound_.shapes[0])),
             {{all, {}}});
    if (operand_too_large_ < operands_.size())
      fail(ErrorCode::too_large, fmt::format("{} has more elements than 64 bits can count (the result is `{}`)", operand_note(operand_too_large_), written(subscripts_.output.span)),
           {{all, {}}});
  }

  std::string_view text_;
  const Subscripts& subscripts_;
  std::span<const Layout> operands_;
  const Options& options_;
  const Strides* result_strides_;
  std::vector<std::size_t> covered_;   // of each name: labels under that ellipsis
  std::vector<Label> first_label_;     // of each name
  std::vector<Binding> bindings_;      // of each label
  std::size_t operand_too_large_ = std::numeric_limits<std::size_t>::max();
  Bound bound_;
};

}  // namespace

Bound bind(std::string_view text, const Subscripts& subscripts, std::span<const Layout> operands, const Options& options,
           const Strides* result_strides) {
  return Binder(text, subscripts, operands, options, result_strides).bind();
}

}  // namespace einc::bind
