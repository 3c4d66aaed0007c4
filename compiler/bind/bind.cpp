#include "bind/bind.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include <einc/tensor_view.hpp>

#include "bind/strides.hpp"

#include "bind/wording.hpp"

namespace einc::bind {
namespace {

// One label of the expression while its extent is being found out.
struct Binding {
  Extent extent = 1;
  bool seen = false;
  std::size_t operand = 0;  // who gave the extent
  Span span{};              // and where that is written
  std::size_t latest_operand = std::numeric_limits<std::size_t>::max(), latest_place = 0;  // where the label was met last
};

class Binder {
 public:
  Binder(std::string_view text, const Subscripts& subscripts, std::span<const Layout> operands, const Options& options,
         const Strides* result_strides)
      : text_(text), subscripts_(subscripts), operands_(operands), options_(options), result_strides_(result_strides) {}

  Bound bind() {
    check_counts();
    std::vector<DType> dtypes;
    for (const Layout& operand : operands_) dtypes.push_back(operand.dtype);
    result_dtype_ = bound_.dtype = result_dtype(dtypes, options_);
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
    const std::string others = labels == 0 ? "labels of the array" : rank - labels == 1 ? "other label" : fmt::format("other {} labels", rank - labels);
    const std::string hint = rank > labels ? fmt::format("write `...` for the {}, as in `...{}`", others, brief(written(term(i).span)))
                                           : written(term(i).span).find("\u2192") != std::string_view::npos
                                               ? std::string("the arrow is written `->`, in ASCII; other arrows are labels")
                                               : std::string("a term has one label for each extent of its array");
    const bool empty = term(i).subscripts.empty();
    const std::string sentence = empty ? fmt::format("an empty term stands for a scalar, its array has rank {}", rank)
                                       : fmt::format("term `{}` has {}{}, its array has rank {}", brief(written(term(i).span)),
                                                     open ? "at least " : "", counted(labels, "label"), rank);
    fail(ErrorCode::rank_mismatch, sentence, {{term(i).span, operand_note(i)}}, hint);
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
        fail(ErrorCode::bad_shape, fmt::format("operand {} has a negative extent, {}", i, extent), {{term(i).span, operand_note(i)}});
      empty = empty || extent == 0;
    }
    for (Extent extent : extents)
      if (!empty && __builtin_mul_overflow(count, extent, &count)) operand_too_large_ = std::min(operand_too_large_, i);
    if (operand_too_large_ > i && reaches_too_far(extents, operands_[i].strides))
      fail(ErrorCode::too_large, fmt::format("operand {}, strides {}, reaches further than 64 bits of bytes can count", i, shown(operands_[i].strides)),
           {{term(i).span, operand_note(i)}});
    for (std::size_t at = 0; at < places.size(); ++at) {
      Binding& binding = bindings_[places[at].label];
      const Extent extent = extents[at];
      // A label twice in one operand walks a diagonal: by every rule its places have one extent.
      if (binding.latest_operand == i && extents[binding.latest_place] != extent)
        fail_extent({extents[binding.latest_place], true, i, places[binding.latest_place].span}, i, places[at], extent);
      const bool stretches = (options_.broadcast == Broadcast::numpy || places[at].ellipsis) && (extent == 1 || binding.extent == 1);
      if (binding.seen && extent != binding.extent && !stretches) fail_extent(binding, i, places[at], extent);
      if (!binding.seen || (binding.extent == 1 && extent != 1)) binding = {extent, true, i, places[at].span};
      binding.latest_operand = i, binding.latest_place = at;
    }
  }

  [[noreturn]] void fail_extent(const Binding& first, std::size_t i, const Position& place, Extent extent) const {
    const bool one = extent == 1 || first.extent == 1;
    const std::string hint = first.operand == i && !place.ellipsis ? "a label twice in one operand walks its diagonal, and never stretches"
                             : one                                  ? "an extent of 1 stretches only where numpy's broadcasting is asked for (`Options::broadcast`)"
                                                                    : "";
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
    value.dtype = operands_[i].dtype;
    value.conjugated = operands_[i].conjugated && is_complex(value.dtype);
    value.operand = static_cast<std::uint32_t>(i);
    const std::vector<Position> places = positions(term(i), operands_[i].extents.size());
    const Strides strides = meaningful_strides(operands_[i].extents, operands_[i].strides);
    for (std::size_t at = 0; at < places.size(); ++at) {
      const bool stretched = operands_[i].extents[at] != bindings_[places[at].label].extent;
      if (stretched) continue;  // an extent of 1 that meets a larger one: the operand does not vary along that label
      value.labels.push_back(places[at].label);
      value.strides.push_back(strides[at]);
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
    contract.dtype = computed_in(result_dtype_);
    if (contract.dtype != result_dtype_) output.dtype = result_dtype_;
    contract.labels = distinct(output.labels);
    contract.arguments = add_groups(output.labels, contract.dtype);
    output.value = static_cast<ir::ValueId>(bound_.expression.values.size());
    output.strides = meaningful_strides(bound_.shapes[0], result_strides_ ? *result_strides_ : row_major(bound_.shapes[0]));
    bound_.expression.values.push_back(std::move(contract));
    bound_.expression.outputs.push_back(std::move(output));
  }

  ir::Term distinct(const ir::Term& term) {
    seen_.resize(bindings_.size(), 0);
    ++seen_now_;
    ir::Term result;
    for (Label label : term)
      if (std::exchange(seen_[label], seen_now_) != seen_now_) result.push_back(label);
    return result;
  }

  // Each group becomes a contraction of its own that keeps what somebody outside of it has. Gives what stands outside of all
  // groups. A group's operands are neighbours, so a label lives outside when it is in the result, or its first or last operand is.
  std::vector<ir::ValueId> add_groups(const ir::Term& kept, DType dtype) {
    std::vector<ir::ValueId> items;
    std::vector<std::uint32_t> begins;  // of each item: its first operand
    std::vector<std::uint32_t> first(bindings_.size(), ~0u), last(bindings_.size(), 0);
    for (std::uint32_t i = 0; i < operands_.size(); ++i)
      for (Label label : bound_.expression.values[i].labels) first[label] = std::min(first[label], i), last[label] = i;
    for (Label label : kept) first[label] = 0, last[label] = ~0u;
    std::uint32_t next = 0;
    const auto take_operands = [&](std::uint32_t until) {
      for (; next < until; ++next) items.push_back(next), begins.push_back(next);
    };
    for (const SubscriptGroup& group : subscripts_.groups) {
      take_operands(group.last);
      std::size_t members = items.size();
      while (members > 0 && begins[members - 1] >= group.first) --members;
      ir::Value contract;
      contract.op = ir::Op::contract;
      contract.dtype = dtype;
      contract.grouped = true;
      contract.arguments.assign(items.begin() + static_cast<std::ptrdiff_t>(members), items.end());
      ir::Term all;
      for (ir::ValueId argument : contract.arguments) {
        const ir::Term& labels = bound_.expression.values[argument].labels;
        std::copy_if(labels.begin(), labels.end(), std::back_inserter(all), [&](Label label) { return first[label] < group.first || last[label] >= group.last; });
      }
      contract.labels = distinct(all);
      if (contract.arguments.size() == 1 && contract.labels == distinct(bound_.expression.values[contract.arguments[0]].labels)) continue;
      items.resize(members), begins.resize(members);
      items.push_back(static_cast<ir::ValueId>(bound_.expression.values.size())), begins.push_back(group.first);
      bound_.expression.values.push_back(std::move(contract));
    }
    take_operands(static_cast<std::uint32_t>(operands_.size()));
    return items;
  }

  // A label covered by an ellipsis must not vanish unseen.
  void check_output_ellipses() const {
    if (options_.sum_ellipsis) return;
    std::vector<char> kept(subscripts_.names.size(), 0);
    for (const Subscript& subscript : subscripts_.output.subscripts) kept[subscript.name] = 1;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      const std::size_t here = operands_[i].extents.size() - label_count(term(i));
      for (const Subscript& subscript : term(i).subscripts) {
        if (!subscript.ellipsis || kept[subscript.name] != 0 || here == 0) continue;
        const std::string_view dots = written(subscript.span), them = here == 1 ? "it" : "them";
        const std::uint32_t at = subscripts_.output.subscripts.empty() ? subscripts_.output.span.begin : subscripts_.output.subscripts.front().span.begin;
        const std::string fixed = text_.size() > 72 ? fmt::format("->{}{}", dots, brief(text_.substr(at))) : fmt::format("{}{}{}", text_.substr(0, at), dots, text_.substr(at));
        fail(ErrorCode::ellipsis_dropped, fmt::format("`{}` covers {} that the result leaves out", dots, counted(here, "label")),
             {{subscript.span, operand_note(i)}},
             fmt::format("write `{}` to keep {}, or set the option `sum_ellipsis` to sum {}", fixed, them, them));
      }
    }
  }

  void check_repeats() const {
    if (options_.broadcast != Broadcast::numpy) return;
    std::vector<const Subscript*> first(subscripts_.names.size(), nullptr);
    for (const Subscript& subscript : subscripts_.output.subscripts) {
      const Subscript* before = std::exchange(first[subscript.name], &subscript);
      if (before)
        fail(ErrorCode::repeated_output_label, fmt::format("label `{}` is twice in the result, which numpy's rules refuse", written(subscript.span)),
             {{before->span, {}}, {subscript.span, {}}}, "einc's own rules (Broadcast::strict) write the diagonal and zeros elsewhere");
    }
  }

  // Every array must be countable in 64-bit bytes.
  void check_size() const {
    const Span all{0, static_cast<std::uint32_t>(text_.size())};
    const auto limit = std::numeric_limits<std::int64_t>::max() / static_cast<std::int64_t>(bytes_of(result_dtype_));
    const bool empty = std::find(bound_.shapes[0].begin(), bound_.shapes[0].end(), 0) != bound_.shapes[0].end();
    Extent count = 1;
    for (Extent extent : bound_.shapes[0])
      if (!empty && (__builtin_mul_overflow(count, extent, &count) || count > limit))
        fail(ErrorCode::too_large, fmt::format("the result `{}`, shape {}, has more bytes than 64 bits can count", brief(written(subscripts_.output.span)), shown(bound_.shapes[0])),
             {{all, {}}});
    if (operand_too_large_ < operands_.size())
      fail(ErrorCode::too_large, fmt::format("{} has more elements than 64 bits can count", operand_note(operand_too_large_)),
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
  std::vector<std::uint32_t> seen_;    // of each label: the last call of distinct() that met it
  std::uint32_t seen_now_ = 0;
  std::size_t operand_too_large_ = std::numeric_limits<std::size_t>::max();
  DType result_dtype_ = DType::f32;
  Bound bound_;
};

}  // namespace

Bound bind(std::string_view text, const Subscripts& subscripts, std::span<const Layout> operands, const Options& options,
           const Strides* result_strides) {
  return Binder(text, subscripts, operands, options, result_strides).bind();
}

}  // namespace einc::bind
