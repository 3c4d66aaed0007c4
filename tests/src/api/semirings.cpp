// Semirings against the algorithms they stand for: shortest paths, the likeliest sequence, reachability, walks, sums of
// exponentials; on every instruction set, with several planners and numbers of threads. Custom ones stand in semirings_custom.cpp.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/faults.hpp"
#include "support/random_einsum.hpp"
#include "support/semiring_loops.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

template <class T>
constexpr T infinity = std::numeric_limits<T>::infinity();

// Lengths of the edges of a random graph, whole numbers so that every order of sums is exact; infinity where there is none.
template <class T>
Array<T> random_graph(Extent nodes, double density, std::uint64_t seed) {
  Random random(seed);
  Array<T> graph({nodes, nodes});
  const auto n = static_cast<std::size_t>(nodes);
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < n; ++j) graph[i * n + j] = i == j ? T(0) : random.chance(density) ? static_cast<T>(1 + random.below(100)) : infinity<T>;
  return graph;
}

// Calls body for every instruction set and planner; each call has one thread, and further ones must give the same bits.
template <class T, class... A>
Array<T> every_way(const Options& base, std::string_view text, const A&... operands) {
  const std::vector<ArrayRef> refs{ref_of(operands)...};
  Array<T> first;
  bool is_first = true;
  int wrong = 0;
  for (const std::string& isa : this_cpu().isas) {
    for (const Planner planner : {Planner::automatic, Planner::exact, Planner::greedy, Planner::left_to_right}) {
      Options options = base;
      options.isa = isa, options.planner = planner;
      Array<T> alone;
      for (const int threads : {1, 2, 3}) {
        options.threads = threads;
        Array<T> got = einsum<T>(text, refs, options);
        if (threads == 1) alone = std::move(got);
        else wrong += got.size() != alone.size() || std::memcmp(got.data(), alone.data(), alone.size() * sizeof(T)) != 0;
      }
      if (is_first) first = std::move(alone);
      else for (std::size_t i = 0; i < first.size(); ++i) wrong += !(first[i] == alone[i]);
      is_first = false;
    }
  }
  INFO(text);
  CHECK(wrong == 0);
  return first;
}

Options with(const Semiring& semiring) {
  Options options;
  options.semiring = semiring;
  return options;
}

}  // namespace

TEMPLATE_LIST_TEST_CASE("powers of a graph in min-plus are the shortest paths of Floyd and Warshall", "", RealElements) {
  using T = TestType;
  constexpr std::size_t nodes = 70;
  const Array<T> graph = random_graph<T>(nodes, 0.06, 1);
  std::vector<T> shortest(graph.data(), graph.data() + graph.size());
  for (std::size_t k = 0; k < nodes; ++k)
    for (std::size_t i = 0; i < nodes; ++i)
      for (std::size_t j = 0; j < nodes; ++j) shortest[i * nodes + j] = std::min(shortest[i * nodes + j], shortest[i * nodes + k] + shortest[k * nodes + j]);
  for (const std::string& isa : this_cpu().isas) {
    Options options = with(semiring::min_plus);
    options.isa = isa;
    Array<T> paths = einsum("ij,jk->ik", options, graph, graph);
    for (int doubled = 0; doubled < 6; ++doubled) paths = einsum("ij,jk->ik", options, paths, paths);
    int wrong = 0;
    for (std::size_t n = 0; n < shortest.size(); ++n) wrong += paths[n] != shortest[n];
    CHECK(wrong == 0);
    CHECK(std::count(shortest.begin(), shortest.end(), infinity<T>) < static_cast<std::ptrdiff_t>(shortest.size()));
  }
}

TEMPLATE_LIST_TEST_CASE("a chain in max-plus is the likeliest sequence of Viterbi, in any order of steps", "", RealElements) {
  using T = TestType;
  constexpr std::size_t states = 23;
  std::vector<Array<T>> moves;
  Array<T> start({states});
  Random random(3);
  for (std::size_t i = 0; i < states; ++i) start[i] = -static_cast<T>(random.below(50));
  for (int step = 0; step < 3; ++step) {
    Array<T>& move = moves.emplace_back(Shape{states, states});
    for (std::size_t n = 0; n < move.size(); ++n) move[n] = random.chance(0.2) ? -infinity<T> : -static_cast<T>(random.below(50));
  }
  std::vector<T> best(start.data(), start.data() + states);
  for (const Array<T>& move : moves) {
    std::vector<T> next(states, -infinity<T>);
    for (std::size_t from = 0; from < states; ++from)
      for (std::size_t to = 0; to < states; ++to) next[to] = std::max(next[to], best[from] + move[from * states + to]);
    best = next;
  }
  const Array<T> got = every_way<T>(with(semiring::max_plus), "a,ab,bc,cd->d", start, moves[0], moves[1], moves[2]);
  for (std::size_t d = 0; d < states; ++d) CHECK(got[d] == best[d]);
  const Array<T> whole = every_way<T>(with(semiring::max_plus), "a,ab,bc,cd->", start, moves[0], moves[1], moves[2]);
  CHECK(whole[0] == *std::max_element(best.begin(), best.end()));
}

TEST_CASE("powers of a graph in or-and reach what a search in depth reaches") {
  constexpr std::size_t nodes = 90;
  Random random(5);
  Array<bool> edges({nodes, nodes});
  for (std::size_t n = 0; n < edges.size(); ++n) edges[n] = n % (nodes + 1) == 0 || random.chance(0.013);
  std::vector<std::uint8_t> reached(nodes * nodes, 0);
  for (std::size_t from = 0; from < nodes; ++from) {
    std::vector<std::size_t> open{from};
    reached[from * nodes + from] = 1;
    while (!open.empty()) {
      const std::size_t at = open.back();
      open.pop_back();
      for (std::size_t to = 0; to < nodes; ++to)
        if (edges[at * nodes + to] && reached[from * nodes + to] == 0) reached[from * nodes + to] = 1, open.push_back(to);
    }
  }
  for (const std::string& isa : this_cpu().isas) {
    Options options = with(semiring::or_and);
    options.isa = isa;
    Array<bool> power = einsum("ij,jk->ik", options, edges, edges);
    for (int doubled = 0; doubled < 6; ++doubled) power = einsum("ij,jk->ik", options, power, power);
    int wrong = 0;
    for (std::size_t n = 0; n < reached.size(); ++n) wrong += power[n] != (reached[n] != 0);
    CHECK(wrong == 0);
  }
  CHECK(einsum(semiring::or_and, "ij->", edges)[0]);
}

TEST_CASE("walks are counted in 64 bits, of truths and of narrow integers") {
  constexpr std::size_t nodes = 40;
  Random random(7);
  Array<bool> edges({nodes, nodes});
  Array<std::uint8_t> ways({nodes, nodes});
  for (std::size_t n = 0; n < edges.size(); ++n) edges[n] = random.chance(0.5), ways[n] = edges[n] ? 1 : 0;
  std::vector<std::int64_t> walks(nodes * nodes, 0);
  for (std::size_t i = 0; i < nodes; ++i)
    for (std::size_t j = 0; j < nodes; ++j)
      for (std::size_t k = 0; k < nodes; ++k)
        for (std::size_t l = 0; l < nodes; ++l) walks[i * nodes + l] += edges[i * nodes + j] && edges[j * nodes + k] && edges[k * nodes + l];
  const Array<std::int64_t> of_truths = every_way<std::int64_t>(with(semiring::count), "ij,jk,kl->il", edges, edges, edges);
  const Array<std::uint64_t> of_bytes = every_way<std::uint64_t>(with(semiring::count), "ij,jk,kl->il", ways, ways, ways);
  int wrong = 0;
  for (std::size_t n = 0; n < walks.size(); ++n) wrong += of_truths[n] != walks[n] || of_bytes[n] != static_cast<std::uint64_t>(walks[n]);
  CHECK(wrong == 0);
  CHECK(*std::max_element(walks.begin(), walks.end()) > 255);
  const auto direct = einsum(semiring::count, "ij,jk->ik", edges, edges);
  STATIC_REQUIRE(std::is_same_v<std::remove_cvref_t<decltype(direct[0])>, std::int64_t>);
}

TEMPLATE_LIST_TEST_CASE("sums of exponentials come out of their logarithms, however large", "", RealElements) {
  using T = TestType;
  for (const double size : {1.0, 30.0, 1000.0}) {
    Random random(11);
    Array<T> a({33, 70}), b({70, 37}), c({37, 9});
    for (Array<T>* each : {&a, &b, &c})
      for (std::size_t n = 0; n < each->size(); ++n)
        (*each)[n] = random.chance(0.1) ? -infinity<T> : static_cast<T>(size * (static_cast<double>(random.below(20001)) / 10000 - 1));
    for (std::size_t j = 0; j < 70; ++j) a[5 * 70 + j] = -infinity<T>;  // a whole row of zeros
    const std::vector<double> pair = log_sum_exp_loops(a, b);
    Array<double> inner({33, 37});
    std::copy(pair.begin(), pair.end(), inner.data());
    const std::vector<double> chain = log_sum_exp_loops(inner, c);
    for (const std::string& isa : this_cpu().isas) {
      for (const Planner planner : {Planner::automatic, Planner::left_to_right}) {
        Options options = with(semiring::log_sum_exp);
        options.isa = isa, options.planner = planner;
        const auto check = [&](const Array<T>& got, const std::vector<double>& expected) {
          int wrong = 0;
          for (std::size_t n = 0; n < expected.size(); ++n) {
            const auto value = static_cast<double>(got[n]);
            const double allowed = 100 * static_cast<double>(std::numeric_limits<T>::epsilon()) * (1 + std::abs(expected[n]));
            wrong += std::isinf(expected[n]) ? value != expected[n] : !(std::abs(value - expected[n]) <= allowed);
          }
          INFO(isa << " size " << size);
          CHECK(wrong == 0);
        };
        const Array<T> first = einsum("ij,jk->ik", options, a, b), all = einsum("ij,jk,kl->il", options, a, b, c);
        check(first, pair);
        check(all, chain);
        options.threads = 3;
        const Array<T> threaded = einsum("ij,jk,kl->il", options, a, b, c);
        options.threads = 1;
        const Array<T> alone = einsum("ij,jk,kl->il", options, a, b, c);
        CHECK(std::memcmp(threaded.data(), alone.data(), alone.size() * sizeof(T)) == 0);
        CHECK(all[5 * 9] == -infinity<T>);
        const Array<T> rows = einsum("ij->i", options, a);
        CHECK(rows[5] == -infinity<T>);
      }
    }
  }
}

TEMPLATE_LIST_TEST_CASE("networks of many operands are what one loop nest over all labels gives", "", RealElements) {
  using T = TestType;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const RandomEinsum call = random_einsum(seed, 2000, 7);
    std::vector<std::vector<T>> memory;
    std::vector<TensorView<const T>> views;
    std::vector<ArrayRef> refs;
    Random random(seed);
    for (const Layout& layout : call.operands) {
      std::vector<T>& values = memory.emplace_back(layout.size);
      for (T& value : values) value = random.chance(0.1) ? infinity<T> : static_cast<T>(random.below(64)) - T(32);
      views.emplace_back(values.data() + layout.first, layout.extents, layout.strides);
    }
    for (const auto& view : views) refs.push_back({view.data(), dtype_of<T>, view.extents(), view.strides()});
    const auto smaller = [](T x, T y) { return y < x ? y : x; };
    const auto sum = [](T x, T y) { return x + y; };
    const LoopResult<T> expected = semiring_loops<T>(call.text, views, infinity<T>, T(0), smaller, sum);
    for (const std::string& isa : this_cpu().isas) {
      for (const Planner planner : {Planner::automatic, Planner::greedy, Planner::left_to_right}) {
        Options options = call.options;
        options.semiring = semiring::min_plus, options.isa = isa, options.planner = planner;
        const Array<T> got = einsum<T>(call.text, refs, options);
        INFO("seed " << seed << " `" << call.text << "` " << isa);
        REQUIRE(got.extents() == expected.extents);
        int wrong = 0;
        for (std::size_t n = 0; n < got.size(); ++n) wrong += got[n] != expected.values[n];
        REQUIRE(wrong == 0);
      }
    }
  }
}

TEST_CASE("what a diagonal leaves out, and sums over nothing, are the semiring's zero") {
  const Array<double> x = array_of<double>({2}, {4, 5}), none({0, 2});
  const auto check = [&](const auto& which, double zero) {
    const Array<double> diagonal = einsum(which, "i->ii", x);
    CHECK((diagonal[0] == 4 && diagonal[1] == zero && diagonal[2] == zero && diagonal[3] == 5));
    CHECK(einsum(which, "ij->j", none)[1] == zero);
    CHECK(einsum(which, "ij,ij->", none, none)[0] == zero);
    CHECK(einsum(which, "ij,jk->ik", Array<double>({2, 0}), none)[3] == zero);
    CHECK(einsum(which, "ij->ij", none).size() == 0);
  };
  check(semiring::max_plus, -infinity<double>);
  check(semiring::min_plus, infinity<double>);
  check(semiring::log_sum_exp, -infinity<double>);
  const Array<bool> truths = filled<bool>({2}, true);
  CHECK_FALSE(einsum(semiring::or_and, "i->ii", truths)[1]);
  CHECK(einsum(semiring::count, "i->ii", truths)[3] == 1);
  CHECK(einsum(semiring::count, "ij->", Array<bool>({0, 3}))[0] == 0);
}

TEST_CASE("operands lie in memory as they like, and results are added to what is there") {
  const Array<float> graph = random_graph<float>(40, 0.3, 9);
  const std::size_t n = 40;
  const TensorView<const float> turned(graph.data(), {40, 40}, {1, 40}), every_second(graph.data(), {20, 20}, {80, 2});
  const TensorView<const float> backwards(graph.data() + n * n - 1, {40, 40}, {-40, -1});
  for (const TensorView<const float>& left : {turned, backwards, TensorView<const float>(graph.data(), {40, 40})}) {
    const Array<float> got = einsum(semiring::min_plus, "ij,jk->ik", left, turned);
    const auto expected = semiring_loops<float>("ij,jk->ik", {left, turned}, infinity<float>, 0.f, [](float x, float y) { return std::min(x, y); }, [](float x, float y) { return x + y; });
    CHECK(std::equal(expected.values.begin(), expected.values.end(), got.data()));
  }
  CHECK(einsum(semiring::max_plus, "ij->i", every_second).extents() == Shape{20});
  Array<float> out = filled<float>({40, 40}, 7.f);
  einsum_into(out, semiring::min_plus, "ij,jk->ik", {1, 1}, graph, turned);  // the smaller of both
  const Array<float> fresh = einsum(semiring::min_plus, "ij,jk->ik", graph, turned);
  int wrong = 0;
  for (std::size_t i = 0; i < n * n; ++i) wrong += out[i] != std::min(7.f, fresh[i]);
  CHECK(wrong == 0);
  Array<float> diagonal = filled<float>({40, 40}, 3.f);
  einsum_into(diagonal, semiring::max_plus, "i->ii", {1, 1}, filled<float>({40}, 5.f));
  CHECK((diagonal[0] == 5 && diagonal[1] == 3 && diagonal[41] == 5));
}

TEST_CASE("a semiring refuses types without its zero, and scalars without a meaning") {
  const Array<std::int32_t> ints = filled<std::int32_t>({3}, 1);
  const Array<float> floats = filled<float>({3}, 1.f);
  const Error tropical = error_of([&] { einsum(semiring::max_plus, "i,i->", ints, ints); });
  CHECK(tropical.code() == ErrorCode::unsupported_dtype);
  CHECK(tropical.sentence() == "the semiring max-plus takes f32 and f64, the operands are i32, i32");
  CHECK_THAT(tropical.hint(), ContainsSubstring("infinity"));
  CHECK(error_of([&] { einsum(semiring::log_sum_exp, "i->", filled<float16>({3}, float16(1.f))); }).code() == ErrorCode::unsupported_dtype);
  CHECK(error_of([&] { einsum(semiring::or_and, "i->", ints); }).sentence() == "the semiring or-and takes bool, the operands are i32");
  CHECK(error_of([&] { einsum(semiring::count, "i->", floats); }).sentence() == "the semiring count takes bool and integers, the operands are f32");
  CHECK(error_of([&] { einsum(semiring::min_plus, "i->", filled<std::complex<double>>({3}, 1.0)); }).code() == ErrorCode::unsupported_dtype);
  Array<float> out{Shape{}};
  const Error scaled = error_of([&] { einsum_into(out, semiring::max_plus, "i->", {2, 0}, floats); });
  CHECK(scaled.code() == ErrorCode::bad_option);
  CHECK_THAT(scaled.what(), ContainsSubstring("in max-plus alpha is 1 and beta 0 or 1"));
  // f32 beside f64, or beside what f64 holds: the arrays meet in f64.
  CHECK(einsum(semiring::max_plus, "i,i->", floats, filled<double>({3}, 2.0))[0] == 3.0);
}
