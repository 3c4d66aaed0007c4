// options.hpp: what a caller may ask of a compilation besides its text and shapes.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <einc/element_types.hpp>
#include <einc/semiring.hpp>
#include <einc/vocabulary.hpp>

namespace einc {

// How extents of 1 meet larger ones. strict: a label has one extent. numpy: an extent of 1 stretches, as in numpy.einsum.
enum class Broadcast : std::uint8_t { strict, numpy };

// Who chooses the order of contraction.
enum class Planner : std::uint8_t {
  automatic,      // exact for small networks, greedy for large ones
  exact,          // dynamic programming over connected subsets
  greedy,         // cheapest pair first
  left_to_right,  // as written: for comparison
};

// How long Planner::automatic looks for a better order where it cannot look at all of them. Work is counted, not timed, so
// that equal calls get equal plans, whatever the load and the number of threads; the times are those of one thread.
enum class Effort : std::uint8_t {
  fast,      // exact where that ends soon, else greedy, up to 128 ways: at most some 0.1 s
  balanced,  // where exact does not end: also two searches by annealing, from a greedy order and a bisection: 0.05 s more
  best,      // exact with four times the patience, else up to sixteen longer searches: 1 s
};

// What an order of contraction is chosen for: the sum of it over all contractions is to be small; of size, the largest.
enum class Objective : std::uint8_t {
  seconds,  // predicted time on this machine
  flops,    // multiplications plus additions
  size,     // elements of the largest intermediate
  write,    // elements of all intermediates together
};

// Whether softmax and what follows it may be computed piece by piece, in memory that does not grow with the streamed extent.
enum class Stream : std::uint8_t {
  allow,    // where it is legal and nobody else needs the scores; explain() says what was chosen and why
  require,  // every softmax of the program streams, or the Error cannot_stream names the condition that failed
  forbid,   // never: for comparison
};

// A form of explain().
enum class Format : std::uint8_t { text, json, dot, html };

// The type of sums and of the result: that in which the operands meet, the wide one of it, or one of the caller's own.
//   {.accumulate = Accumulate::wide}      {.accumulate = DType::i32}
struct Accumulate {
  enum class Choice : std::uint8_t {
    same,   // the one in which the operands meet, as in numpy: integers wrap around. Halves: f32, rounded once at the end
    wide,   // 64 bits for integers and bool, the next wider float: the table is `wide` in element_types.hpp
    given,  // `dtype`, in which it and the operands meet: a type that holds all their numbers
  };
  static const Accumulate same, wide;

  Choice choice = Choice::same;
  DType dtype = DType::f32;  // that is given

  constexpr Accumulate() = default;
  constexpr Accumulate(Choice chosen) : choice(chosen) {}                        // NOLINT: a choice says it all
  constexpr Accumulate(DType given) : choice(Choice::given), dtype(given) {}  // NOLINT: and so does a type
  bool operator==(const Accumulate&) const = default;

  // The type of sums over operands that meet in `met`.
  constexpr DType of(DType met) const { return choice == Choice::same ? met : choice == Choice::wide ? einc::wide(met) : dtype; }
  // Whether it can be: no number of the operands is lost.
  constexpr bool holds(DType met) const { return choice != Choice::given || promoted(met, dtype) == dtype; }
};
inline constexpr Accumulate Accumulate::same{Choice::same};
inline constexpr Accumulate Accumulate::wide{Choice::wide};

namespace detail {
template <class T>
struct SumsIn {};
}  // namespace detail

// As the first argument of einsum() and einsum_scalar(): sums and result in T. See sums.hpp.
template <class T>
  requires is_element<T>
constexpr detail::SumsIn<T> acc() {
  return {};
}

struct Options {
  DType dtype = DType::f32;               // of all operands; calls on arrays take their element types instead
  std::vector<DType> dtypes = {};         // of each operand, where they differ: the result has the type they meet in (`promoted`)
  std::vector<bool> conjugate = {};       // operands taken with the sign of their imaginary parts changed; empty: none. conj() of such a one takes it as it is
  std::vector<std::uint32_t> constants = {};  // operands that keep their elements over all calls: what is made of them alone is computed once, see Compiled::with_constants()
  Accumulate accumulate = Accumulate::same;
  Semiring semiring = {};                 // what + and * are
  Broadcast broadcast = Broadcast::strict;
  bool sum_ellipsis = false;              // allow a result without `...` where the operands' ellipsis covers labels: they are summed
  Planner planner = Planner::automatic;
  Effort effort = Effort::fast;           // of Planner::automatic; the other planners do not ask
  double plan_seconds = 0;                // in place of `effort`: search so long, on `threads` threads; 0: by effort. Any time gives a plan. The search is a fixed
                                          // sequence of rounds, which `seed` decides; time decides how far it comes, so that a busy machine may find another plan
  std::uint64_t seed = 0;                 // of searches: equal seeds search alike
  Objective objective = Objective::seconds;  // of Planner::automatic and exact
  std::vector<std::vector<std::uint32_t>> order = {};  // of an einsum: the order to take, in the form of PlanSummary::order; empty: the planner's
  std::string plan = {};                  // a saved plan, the text that Compiled::plan_json() gave: its orders and slices are taken, nothing is searched
  Stream stream = Stream::allow;           // of programs
  int threads = 0;                        // at most so many; 0: EINC_NUM_THREADS, OMP_NUM_THREADS or the processors this process may use
  std::string isa = {};                   // "baseline", "avx2", "avx512", "avx512vnni", "avx512bf16", "neon"; empty: EINC_ISA or the best this machine has
  std::string calibration = {};           // the file of this machine's speeds; "off": none. Empty: EINC_CALIBRATION, else where `einc calibrate` writes it
  std::int64_t memory_limit = 0;          // bytes one run may allocate beside operands and results; 0: no limit. Kept, or Error memory_limit
  std::int64_t slices = 0;                // cut the work into at least so many slices, to be handed out to machines: see Compiled::slicing(); 0: only where memory demands it
  bool forbid_fallback = false;           // refuse a plan whose kernels run element by element; for tests and for the careful
  bool operator==(const Options&) const = default;
};

}  // namespace einc
