// semiring.hpp: what + and * mean in a call. Everything else, the text, the planner, the kernels, stays what it is.
//
//   einc::einsum<"ij,jk->ik">(einc::semiring::max_plus, a, b)          longest paths: the largest of a[i,j] + b[j,k]
//   auto most_likely = einc::semiring::custom("max-times", "max(x, y)", "x * y", 0, 1);
//
// A semiring has an addition and a multiplication of numbers. Plans may put terms together in any order and factor sums, so
//   add       is associative and commutative, with `zero` as its neutral element
//   multiply  is associative and commutative, with `one` as its neutral element
//   multiply  distributes over add, and zero times anything is zero
// must hold, as far as rounding lets them (Mohri, Semiring frameworks and algorithms for shortest-distance problems, 2002, section 2).
// A label of extent 0 sums to `zero`, and what `i->ii` leaves out is `zero`.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <einc/element_types.hpp>

namespace einc {

enum class Algebra : std::uint8_t {
  plus_times,   // numbers as they are; of bool: or, and
  max_plus,     // the largest sum: critical paths, Viterbi on logarithms. zero -inf, one 0. f32, f64
  min_plus,     // the smallest sum: shortest paths. zero +inf, one 0. f32, f64
  log_sum_exp,  // sums of products of numbers given by their logarithms, without overflow. zero -inf, one 0. f32, f64
  or_and,       // reachability. bool
  count,        // how many: numbers from zero on, or bool as 0 and 1, summed in 64 bits. bool, integers; the result is i64 or u64
  custom,       // functions of the user. f32, f64
};

constexpr std::string_view name_of(Algebra algebra) {
  constexpr std::string_view names[] = {"plus-times", "max-plus", "min-plus", "log-sum-exp", "or-and", "count", "custom"};
  return names[static_cast<std::size_t>(algebra)];
}

// An algebra, and of a custom one its functions: expressions of x and y in the language of programs (docs/program_text.md).
struct Semiring {
  Algebra algebra = Algebra::plus_times;
  std::string name = {}, add = {}, multiply = {};
  double zero = 0, one = 1;
  bool operator==(const Semiring&) const = default;
};

namespace semiring {

// An algebra known while compiling, so that the type of a result is known too.
template <Algebra which>
struct Named {
  static constexpr Algebra algebra = which;
  operator Semiring() const { return {.algebra = which}; }  // NOLINT: a name is meant to stand for the semiring
};
inline constexpr Named<Algebra::plus_times> plus_times{};
inline constexpr Named<Algebra::max_plus> max_plus{};
inline constexpr Named<Algebra::min_plus> min_plus{};
inline constexpr Named<Algebra::log_sum_exp> log_sum_exp{};
inline constexpr Named<Algebra::or_and> or_and{};
inline constexpr Named<Algebra::count> count{};

// A semiring of your own. `add` and `multiply` are expressions of x and y, run on vectors like any map of a program:
// custom("max-times", "max(x, y)", "x * y", 0, 1). Faults in them are told when an expression is compiled with it.
inline Semiring custom(std::string name, std::string add, std::string multiply, double zero, double one) {
  return {Algebra::custom, std::move(name), std::move(add), std::move(multiply), zero, one};
}

}  // namespace semiring

namespace detail {
template <class S>
struct AlgebraOf {
  static constexpr bool known = false;
  static constexpr Algebra algebra = Algebra::custom;
};
template <Algebra which>
struct AlgebraOf<semiring::Named<which>> {
  static constexpr bool known = true;
  static constexpr Algebra algebra = which;
};

// The result type of operands that meet in T.
template <class S, class T>
using SemiringResult = element_of<AlgebraOf<std::remove_cvref_t<S>>::algebra == Algebra::count ? wide(dtype_of<T>) : dtype_of<T>>;
}  // namespace detail

// A semiring known while compiling, or one made at run time (of which counting is none: its result has another type).
template <class S>
concept SemiringLike = detail::AlgebraOf<std::remove_cvref_t<S>>::known || std::is_same_v<std::remove_cvref_t<S>, Semiring>;

}  // namespace einc
