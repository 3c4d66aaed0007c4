// einsum.hpp: the calls. Text and arrays go in, a row-major array comes out; compile() keeps what was worked out for many calls.
//
//   auto scores = einc::einsum("bqhc,bkhc->bhqk", q, k);        text at run time; a bad text throws Error with carets
//   auto scores = einc::einsum<"bqhc,bkhc->bhqk">(q, k);        text checked while compiling
//   einc::einsum_into(out, "bqhc,bkhc->bhqk", q, k);            the caller's memory
//   auto f = einc::compile("bqhc,bkhc->bhqk", {{2, 128, 8, 64}, {2, 128, 8, 64}});   f(q, k);  f.explain()
//
// Results never alias an operand. Every function here may be called from several threads at once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <array>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <einc/error.hpp>
#include <einc/operands.hpp>
#include <einc/options.hpp>
#include <einc/plan.hpp>
#include <einc/plan_progress.hpp>
#include <einc/slicing.hpp>
#include <einc/subscripts.hpp>
#include <einc/tensor_view.hpp>

namespace einc {

class Program;

// out = alpha * result + beta * out. With beta == 0 the output is never read, so it may hold anything, NaN too.
// Of integers both are whole numbers. Of bool and in a semiring alpha is 1 and beta 0 or 1: one adds to what is there.
struct Scale {
  double alpha = 1, beta = 0;
};

namespace detail {
struct CompiledState;
}  // namespace detail

// An expression compiled for given shapes: call it many times. Copies share what was compiled. Safe to call from several
// threads. Operands may have any strides; the first call with strides other than those compiled for lowers once more.
class Compiled {
 public:
  // Computes f(operands...), of a program with one output. Shapes and element types must be those it was compiled for; the
  // result has the type they meet in. Throws Error: operand_count, rank_mismatch, extent_mismatch, dtype_mismatch (sums that were asked
  // for in another type, and counts: as<T>() gives them), null_data; bad_output for several outputs.
  template <Operand... A>
    requires(sizeof...(A) > 0)
  auto operator()(const A&... operands) const {
    return as<detail::ElementOf<A...>>(operands...);
  }

  // The same where the result has another type: std::int64_t for wide sums of integers, or the type that sums were asked for in.
  template <class T, Operand... A>
    requires(sizeof...(A) > 0 && is_element<T>)
  auto as(const A&... operands) const {
    return detail::with_operands(
        [&](std::span<const ArrayRef> refs) {
          check(refs, dtype_of<T>);
          auto result = detail::ResultsOf<A...>::template make<T>(shape());
          typename detail::BorrowOf<decltype(result)> borrowed(result);
          const OutputRef out = borrowed.output();
          run_fresh(refs, {&out, 1});
          return result;
        },
        operands...);
  }

  // All outputs of a program, in its order.
  template <Operand... A>
    requires(sizeof...(A) > 0)
  auto outputs(const A&... operands) const {
    using T = detail::ElementOf<A...>;
    using Result = decltype(detail::ResultsOf<A...>::template make<T>(shape()));
    return detail::with_operands(
        [&](std::span<const ArrayRef> refs) {
          check(refs, dtype_of<T>);
          std::vector<Result> results;
          std::vector<detail::BorrowOf<Result>> borrowed;
          std::vector<OutputRef> outs;
          results.reserve(shapes().size()), borrowed.reserve(shapes().size());
          for (const Shape& extents : shapes()) {
            results.push_back(detail::ResultsOf<A...>::template make<T>(extents));
            outs.push_back(borrowed.emplace_back(results.back()).output());
          }
          run_fresh(refs, outs);
          return results;
        },
        operands...);
  }

  // The same into the caller's memory: out = alpha * f(operands...) + beta * out.
  // Throws Error as above, and bad_output or overlap; then the output is untouched.
  template <class Out, Operand... A>
    requires Operand<Out> && (sizeof...(A) > 0)
  void into(Out&& out, const Scale& scale, const A&... operands) const {
    detail::BorrowOf<Out> borrowed(out);
    detail::with_operands([&](std::span<const ArrayRef> refs) { run(refs, borrowed.output(), scale); }, operands...);
  }
  template <class Out, Operand... A>
    requires Operand<Out> && (sizeof...(A) > 0)
  void into(Out&& out, const A&... operands) const {
    into(out, Scale{}, operands...);
  }

  // The same for any number of operands, and outputs, known at run time. Checks everything.
  void run(std::span<const ArrayRef> operands, const OutputRef& out, const Scale& scale = {}) const { run(operands, {&out, 1}, scale); }
  void run(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale = {}) const;

  // The same, given up soon after a stop is requested of the token, from any thread: throws Error (cancelled) then. The outputs hold
  // anything afterwards, unless the stop came before the call; nothing beside them is touched, and the next call is as good as ever.
  void run(std::span<const ArrayRef> operands, const OutputRef& out, const Scale& scale, const std::stop_token& stop) const { run(operands, {&out, 1}, scale, stop); }
  void run(std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const Scale& scale, const std::stop_token& stop) const;

  // What was compiled with Options::constants, once it has arrays for them: these, in the order of that option. They are copied, and what is
  // made of them alone is computed now; what is returned is called with the other operands. Throws Error: bad_option where nothing was
  // compiled as constant, and as a call does for arrays that do not fit. Until then calls throw bad_option.
  template <Operand... A>
    requires(sizeof...(A) > 0)
  Compiled with_constants(const A&... arrays) const {
    return detail::with_operands([&](std::span<const ArrayRef> refs) { return with_constants(refs); }, arrays...);
  }
  Compiled with_constants(std::span<const ArrayRef> arrays) const;

  Slicing slicing() const;  // the same in pieces, wherever they are computed, where the option `slices` asked for them
  // Begins a run by tasks: computes what all of them share. The operands must outlive what is returned, and have the strides compiled for.
  // Throws Error as run() does, and bad_option where nothing was compiled in slices.
  TaskRun tasks(std::span<const ArrayRef> operands) const;
  // Adds the partial of a task to the outputs, which have the strides compiled for. All tasks in ascending order, each once, give the bits
  // of run(). Throws Error as run() does.
  void merge_task(std::int64_t task, std::span<const std::byte> partial, std::span<const OutputRef> outs, const Scale& scale = {}) const;
  void merge_task(std::int64_t task, std::span<const std::byte> partial, const OutputRef& out, const Scale& scale = {}) const { merge_task(task, partial, {&out, 1}, scale); }

  const Shape& shape() const;                // of the only output; throws Error (bad_output) when there are several
  const std::vector<Shape>& shapes() const;  // of all outputs
  DType dtype() const;                       // of the outputs
  const std::vector<DType>& operand_dtypes() const;
  const std::vector<Shape>& operand_shapes() const;
  const std::string& text() const;           // the subscripts, or the text of the program
  const PlanSummary& plan() const;     // counted and predicted figures

  // The plan in words (text), as data (json), or drawn (dot, html). `measured`: what measure_steps() gave, shown beside the predicted times.
  std::string explain(Format format = Format::text, std::span<const double> measured = {}) const;

  // Runs, and tells how long every step took, in the order of plan().steps; of a plan in slices in all of them together, by all workers.
  // Throws Error as run() does.
  std::vector<double> measure_steps(std::span<const ArrayRef> operands, std::span<const OutputRef> outs) const;

  // The plan as a text to keep (docs/saved_plans.md): as Options::plan it gives the same plan without a search, here or in another process.
  std::string plan_json() const;

 private:
  friend Compiled compile(std::string_view, const std::vector<Shape>&, const Options&, const PlanProgress&);
  friend Compiled compile(const Program&, const std::vector<Shape>&, const Options&, const PlanProgress&);
  friend Compiled compiled_for(std::string_view, std::span<const ArrayRef>, const Options&, const PlanProgress&);
  friend struct detail::CompiledState;
  explicit Compiled(std::shared_ptr<const detail::CompiledState> state) : state_(std::move(state)) {}
  void check(std::span<const ArrayRef> operands, DType result) const;
  void run_fresh(std::span<const ArrayRef> operands, std::span<const OutputRef> outs) const;  // just made: no overlap, right shapes

  std::shared_ptr<const detail::CompiledState> state_;
};

// Compiles a text for shapes; dense row-major operands are assumed until a call shows other strides.
// Throws Error with carets: every code in ErrorCode up to too_large, and bad_option.
// `progress` hears of a search for the order of contraction while it goes on, and may end it with the best order so far.
Compiled compile(std::string_view text, const std::vector<Shape>& shapes, const Options& options = {}, const PlanProgress& progress = {});

// What a one-shot call on these operands runs, for their shapes, strides and types: kept from an earlier call, or compiled and kept.
// For bindings and for whoever learns the type of the result from it. Throws Error as compile() does; no element is read.
Compiled compiled_for(std::string_view text, std::span<const ArrayRef> operands, const Options& options = {}, const PlanProgress& progress = {});

// What a saved plan is of, compiled by it: its text, shapes, types and arithmetic; the other options. Throws Error (bad_plan), and as compile().
Compiled load_plan(std::string_view plan, const Options& options = {});

// What explain() of the compiled expression says.
std::string explain(std::string_view text, const std::vector<Shape>& shapes, const Options& options = {},
                    Format format = Format::text);

// The intermediate forms of a compilation: after one pass, or after every pass ("all").
// Throws Error (bad_option) when no pass has that name; pass_names() lists them in order.
std::string print_after(std::string_view pass, std::string_view text, const std::vector<Shape>& shapes,
                        const Options& options = {});
std::vector<std::string> pass_names();

// One-shot calls keep what they compile in a bounded cache, shared by all threads.
struct CacheState {
  std::size_t entries = 0, capacity = 0, hits = 0, misses = 0;
};
CacheState cache_state();
void clear_cache();

namespace detail {

// A text that is a template argument.
template <std::size_t N>
struct FixedText {
  char characters[N] = {};
  consteval FixedText(const char (&text)[N]) {  // NOLINT: a literal is meant to convert
    for (std::size_t i = 0; i < N; ++i) characters[i] = text[i];
  }
  constexpr std::string_view view() const { return {characters, N - 1}; }
};

// Refuses a bad text while compiling; each message is the sentence that run-time text would get.
template <FixedText text>
struct CheckedText {
  static constexpr ErrorCode code = parse_subscripts(text.view()).fault.code;
  static_assert(code != ErrorCode::bad_character, "a character that is no label, comma, arrow or ellipsis");
  static_assert(code != ErrorCode::bad_arrow, "the arrow is written `->`, once, without a blank inside");
  static_assert(code != ErrorCode::bad_ellipsis, "an ellipsis is written `...`, at most once in a term");
  static_assert(code != ErrorCode::bad_name, "a named label is written `[name]`");
  static_assert(code != ErrorCode::comma_in_output, "the result is one term: no comma after `->`");
  static_assert(code != ErrorCode::unknown_output_label, "a label of the result is in no operand");
  static_assert(code != ErrorCode::implicit_output_with_names,
                "named labels have no order of their own: write the result after `->`");
  static_assert(code != ErrorCode::bad_grouping, "parentheses enclose whole operands, in pairs, before `->`");
  static constexpr bool good = code == ErrorCode::none;

  static constexpr std::size_t operand_count() {
    if constexpr (good) return parse_subscripts(text.view()).operands.size();
    return 0;
  }
  // Rank of the result, or -1 when an ellipsis leaves it open.
  static constexpr int result_rank() {
    if constexpr (!good) return -1;
    const Subscripts parsed = parse_subscripts(text.view());
    for (const Subscript& subscript : parsed.output.subscripts)
      if (subscript.ellipsis) return -1;
    return static_cast<int>(parsed.output.subscripts.size());
  }
  // Whether operand `number` may have this rank (-1: known at run time only).
  static constexpr bool rank_fits(std::size_t number, int rank) {
    if constexpr (!good) return true;
    const Subscripts parsed = parse_subscripts(text.view());
    if (rank < 0 || number >= parsed.operands.size()) return true;
    int labels = 0;
    bool open = false;
    for (const Subscript& subscript : parsed.operands[number].subscripts) subscript.ellipsis ? void(open = true) : void(++labels);
    return open ? rank >= labels : rank == labels;
  }
};

// A one-shot call, type erased: looks the expression up in the cache or compiles it.
class OneShot {
 public:
  OneShot(std::string_view text, std::span<const ArrayRef> operands, const Options& options, const PlanProgress* progress = nullptr);
  const Shape& shape(DType result) const;                        // of a result of this type. Throws Error (dtype_mismatch) when it has another
  void run_fresh(const OutputRef& out) const;                    // into a result just made
  void run(const OutputRef& out, const Scale& scale) const;      // into the caller's memory: checked
  const std::shared_ptr<const CompiledState>& state() const { return state_; }

 private:
  std::shared_ptr<const CompiledState> state_;
  std::span<const ArrayRef> operands_;
};

template <int rank, class T, class... A>
auto einsum_of(std::string_view text, const Options& options, const A&... operands) {
  return with_operands(
      [&](std::span<const ArrayRef> refs) {
        const OneShot call(text, refs, options);
        auto result = [&] {
          if constexpr (rank >= 0)
            return ResultsOf<A...>::template make_fixed<T, static_cast<std::size_t>(rank)>(call.shape(dtype_of<T>));
          else
            return ResultsOf<A...>::template make<T>(call.shape(dtype_of<T>));
        }();
        BorrowOf<decltype(result)> borrowed(result);
        call.run_fresh(borrowed.output());
        return result;
      },
      operands...);
}

// Into the caller's memory. An output of another type than usual asks for sums in that, if it holds the numbers of the operands.
template <class Out, class S, class... A>
Options options_into(const S& semiring) {
  constexpr DType met = met_in<A...>(), usual = dtype_of<SemiringResult<S, element_of<met>>>, asked = dtype_of<typename ArrayTraits<std::remove_cvref_t<Out>>::element>;
  Options options;
  if constexpr (!std::is_same_v<S, semiring::Named<Algebra::plus_times>>) options.semiring = semiring;
  if (asked != usual && Accumulate(asked).holds(met)) options.accumulate = asked;
  return options;
}
// What acc<T>() asks for.
template <class T, class... A>
Options sums_in() {
  Options options;
  if (dtype_of<T> != met_in<A...>()) options.accumulate = dtype_of<T>;
  return options;
}
template <class Out, class... A>
void einsum_into_of(Out& out, std::string_view text, const Options& options, const Scale& scale, const A&... operands) {
  BorrowOf<Out> borrowed(out);
  with_operands([&](std::span<const ArrayRef> refs) { OneShot(text, refs, options).run(borrowed.output(), scale); }, operands...);
}

}  // namespace detail

// Computes an einsum on arrays of any kind, element types and strides. The result is dense and row-major, in the type the
// operands meet in: xt::xarray when an operand is an xtensor expression, Array otherwise. Throws Error with carets under the fault.
template <Operand... A>
  requires(sizeof...(A) > 0)
auto einsum(std::string_view text, const A&... operands) {
  return detail::einsum_of<-1, detail::ElementOf<A...>>(text, Options{}, operands...);
}
template <Operand... A>
  requires(sizeof...(A) > 0)
auto einsum(std::string_view text, const Options& options, const A&... operands) {
  return detail::einsum_of<-1, detail::ElementOf<A...>>(text, options, operands...);
}

// The same in another semiring: einsum(semiring::min_plus, "ij,jk->ik", a, b).
template <SemiringLike S, Operand... A>
  requires(sizeof...(A) > 0)
auto einsum(const S& semiring, std::string_view text, const A&... operands) {
  Options options;
  options.semiring = semiring;
  return detail::einsum_of<-1, detail::SemiringResult<S, detail::ElementOf<A...>>>(text, options, operands...);
}

namespace detail {
template <FixedText text, class T, class... A>
auto einsum_checked(const Options& options, const A&... operands) {
  using Checked = CheckedText<text>;
  constexpr bool counts_agree = !Checked::good || Checked::operand_count() == sizeof...(A);
  static_assert(counts_agree, "the text has another number of operands than the call");
  constexpr bool ranks_fit = []<std::size_t... number>(std::index_sequence<number...>) {
    return (Checked::rank_fits(number, ArrayTraits<std::remove_cvref_t<A>>::rank) && ...);
  }(std::index_sequence_for<A...>{});
  static_assert(ranks_fit, "an operand's rank does not fit its term");
  if constexpr (Checked::good) return einsum_of<Checked::result_rank(), T>(text.view(), options, operands...);
}
}  // namespace detail
// The same with a text that is checked while compiling; results of known rank are xt::xtensor<T, rank>.
template <detail::FixedText text, SemiringLike S, Operand... A>
  requires(sizeof...(A) > 0)
auto einsum(const S& semiring, const A&... operands) {
  Options options;
  options.semiring = semiring;
  return detail::einsum_checked<text, detail::SemiringResult<S, detail::ElementOf<A...>>>(options, operands...);
}
template <detail::FixedText text, Operand... A>
  requires(sizeof...(A) > 0)
auto einsum(const A&... operands) {
  return detail::einsum_checked<text, detail::ElementOf<A...>>(Options{}, operands...);
}

// out = alpha * result + beta * out, into the caller's memory of any strides.
// Throws Error as einsum does, and bad_output or overlap; then the output is untouched.
template <class Out, Operand... A>
  requires Operand<Out> && (sizeof...(A) > 0)
void einsum_into(Out&& out, std::string_view text, const Scale& scale, const A&... operands) {
  detail::einsum_into_of(out, text, detail::options_into<Out, semiring::Named<Algebra::plus_times>, A...>(semiring::plus_times), scale, operands...);
}
template <class Out, Operand... A>
  requires Operand<Out> && (sizeof...(A) > 0)
void einsum_into(Out&& out, std::string_view text, const A&... operands) {
  einsum_into(out, text, Scale{}, operands...);
}

// The same in another semiring.
template <class Out, SemiringLike S, Operand... A>
  requires Operand<Out> && (sizeof...(A) > 0)
void einsum_into(Out&& out, const S& semiring, std::string_view text, const Scale& scale, const A&... operands) {
  detail::einsum_into_of(out, text, detail::options_into<Out, S, A...>(semiring), scale, operands...);
}
template <class Out, SemiringLike S, Operand... A>
  requires Operand<Out> && (sizeof...(A) > 0)
void einsum_into(Out&& out, const S& semiring, std::string_view text, const A&... operands) {
  detail::einsum_into_of(out, text, detail::options_into<Out, S, A...>(semiring), Scale{}, operands...);
}

// Any number of operands known at run time, of any element types; T is the type of the result.
template <class T>
  requires is_element<T>
Array<T> einsum(std::string_view text, std::span<const ArrayRef> operands, const Options& options = {}) {
  const detail::OneShot call(text, operands, options);
  Array<T> result(call.shape(dtype_of<T>));
  call.run_fresh({result.data(), dtype_of<T>, result.extents(), result.strides()});
  return result;
}

}  // namespace einc

// The same in other forms: sums in a type of your own, the result as a number, lists of numbers in the place of the text, views without a copy.
#include <einc/sums.hpp>
#include <einc/scalar.hpp>
#include <einc/sublists.hpp>
#include <einc/views.hpp>
