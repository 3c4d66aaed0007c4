// Packed sequences and pages give what each sequence alone gives.
#include <einc/attention_arrays.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

namespace {

// Positions of an array [n h c] as [1 h n c].
Array<double> alone(const Array<double>& packed, Extent begin, Extent end) {
  const Array<double> rows = picked(packed, 0, range(begin, end));
  const std::size_t n = static_cast<std::size_t>(end - begin), h = static_cast<std::size_t>(rows.extents()[1]), c = static_cast<std::size_t>(rows.extents()[2]);
  Array<double> turned({1, static_cast<Extent>(h), end - begin, static_cast<Extent>(c)});
  for (std::size_t i = 0; i < n; ++i)
    for (std::size_t j = 0; j < h; ++j)
      for (std::size_t l = 0; l < c; ++l) turned[(j * n + i) * c + l] = rows[(i * h + j) * c + l];
  return turned;
}

}  // namespace

TEST_CASE("a packed sequence is attended to as if it were alone") {
  const Array<double> q = wave({9, 4, 3}, 0), k = wave({8, 2, 3}, 1), v = wave({8, 2, 2}, 2);
  const std::vector<Extent> of_q = {0, 4, 4, 9}, of_k = {0, 2, 2, 8};
  const Array<double> query_starts = array_of({4}, {0, 4, 4, 9}), key_starts = array_of({4}, {0, 2, 2, 8});
  const Scoring all[] = {{}, {.causal = true}, {.causal = true, .align = Align::bottom_right}, {.align = Align::bottom_right, .window = Window{1, 1}}};
  for (const Scoring& scoring : all) {
    const Array<double> got = attend_packed<double>(q, k, v, query_starts, key_starts, scoring);
    for (std::size_t n = 0; n < 3; ++n) {
      const Array<double> expected =
          attend(alone(q, of_q[n], of_q[n + 1]), alone(k, of_k[n], of_k[n + 1]), alone(v, of_k[n], of_k[n + 1]), scoring);
      CHECK(apart(alone(got, of_q[n], of_q[n + 1]), expected) < 1e-14);
    }
  }
}

TEST_CASE("keys in pages are attended to as if they lay one after the other") {
  const Array<double> pages = wave({4, 2, 2, 3}, 0), values = wave({4, 2, 2, 2}, 1), q = wave({1, 4, 2, 3}, 2);
  const Array<double> table = array_of({1, 3}, {3, 1, 0}), length = array_of({1}, {5});
  const Array<double> got = attend_paged<double>(q, pages, values, table, length, {.causal = true, .align = Align::bottom_right});
  const auto laid_out = [](const Array<double>& x) {
    const Array<double> in_order = picked(x, 0, {3, 1, 0});
    Array<double> flat({6, 2, x.extents()[3]});
    std::copy_n(in_order.data(), flat.size(), flat.data());
    return alone(flat, 0, 5);
  };
  CHECK(apart(got, attend(q, laid_out(pages), laid_out(values), {.causal = true, .align = Align::bottom_right})) < 1e-14);
}

namespace {

// Numbers that go through all of [0, count) in another order.
std::vector<Extent> shuffled(Extent count, std::size_t salt) {
  std::vector<Extent> order = range(0, count);
  for (std::size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[(i * 7919 + salt) % i]);
  return order;
}

struct PagedCase {
  Extent slots, queries, heads, shared;  // heads of keys
};

// Two sequences with tables and lengths of their own, against each by itself; pages past the end of a sequence are none.
template <class T>
double error_of(const PagedCase& given, const Scoring& scoring, int threads, Array<T>* result = nullptr) {
  const Extent entries = 200 / given.slots + 3, pages = 2 * entries + 1, c = 20, width = 13;
  const Array<T> q = wave<T>({2, given.heads, given.queries, c}, 0), keys = wave<T>({pages, given.slots, given.shared, c}, 1), values = wave<T>({pages, given.slots, given.shared, width}, 2);
  const std::vector<Extent> order = shuffled(pages, static_cast<std::size_t>(given.slots));
  const Extent lengths[] = {entries * given.slots - given.slots / 2, 2 * given.slots + 1};
  Array<T> table({2, entries});
  for (Extent b = 0; b < 2; ++b)
    for (Extent t = 0; t < entries; ++t) table[static_cast<std::size_t>(b * entries + t)] = t * given.slots < lengths[b] ? static_cast<T>(order[static_cast<std::size_t>(b * entries + t)]) : T(t % 2 == 0 ? -1 : pages + 5);
  const Array<T> length = array_of<T>({2}, {static_cast<double>(lengths[0]), static_cast<double>(lengths[1])});
  Options options;
  options.threads = threads;
  options.stream = Stream::require;
  Array<T> got = attend_paged<T>(q, keys, values, table, length, scoring, options);
  double worst = 0;
  for (Extent b = 0; b < 2; ++b) {
    Array<double> one({1, given.heads, given.queries, c});
    for (std::size_t i = 0; i < one.size(); ++i) one[i] = static_cast<double>(q[static_cast<std::size_t>(b) * one.size() + i]);
    const auto laid_out = [&](const Array<T>& x) {
      const Extent f = x.extents()[3];
      Array<double> flat({1, given.shared, lengths[b], f});
      for (Extent k = 0; k < lengths[b]; ++k)
        for (Extent g = 0; g < given.shared; ++g)
          for (Extent n = 0; n < f; ++n)
            flat[static_cast<std::size_t>((g * lengths[b] + k) * f + n)] =
                static_cast<double>(x[static_cast<std::size_t>(((order[static_cast<std::size_t>(b * entries + k / given.slots)] * given.slots + k % given.slots) * given.shared + g) * f + n)]);
      return flat;
    };
    const Array<double> expected = attend(one, laid_out(keys), laid_out(values), scoring);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double off = std::abs(static_cast<double>(got[static_cast<std::size_t>(b) * expected.size() + i]) - expected[i]);
      worst = off <= worst ? worst : off;
      if (off != off) return infinity;
    }
  }
  if (result != nullptr) *result = std::move(got);
  return worst;
}

constexpr PagedCase paged_cases[] = {{16, 1, 4, 4}, {16, 1, 8, 2}, {24, 3, 2, 2}, {1, 1, 2, 1}, {4, 2, 2, 2}, {64, 1, 2, 2}, {300, 1, 2, 1}, {509, 2, 2, 2}, {16, 70, 2, 2}, {7, 130, 2, 1}, {64, 33, 4, 2}};

}  // namespace

TEMPLATE_TEST_CASE("pages of any length give what keys one after the other give, for few queries and many", "", float, double) {
  for (const PagedCase& given : paged_cases)
    for (const Scoring& scoring : {Scoring{}, Scoring{.causal = true, .align = Align::bottom_right}}) {
      INFO("pages of " << given.slots << ", " << given.queries << " queries, heads " << given.heads << " over " << given.shared);
      CHECK(error_of<TestType>(given, scoring, 1) < (sizeof(TestType) == 4 ? 2e-5 : 1e-13));
    }
}

TEST_CASE("attention over pages has the same bits for any number of threads") {
  for (const PagedCase& given : paged_cases) {
    Array<float> one, other;
    error_of<float>(given, {}, 1, &one);
    for (int threads : {2, 3}) {
      error_of<float>(given, {}, threads, &other);
      CHECK(std::equal(one.data(), one.data() + one.size(), other.data()));
    }
  }
}

TEST_CASE("packed arrays that do not fit are refused") {
  const Array<double> q = wave({9, 4, 3}, 0), k = wave({8, 2, 3}, 1), v = wave({8, 2, 2}, 2), four = array_of({4}, {0, 4, 4, 9}), three = array_of({3}, {0, 2, 8});
  CHECK_THROWS_WITH(attend_packed<double>(q, k, v, four, three), ContainsSubstring("4 for query_starts, 3 for key_starts"));
  CHECK_THROWS_WITH(attend_packed<double>(q, k, wave({7, 2, 2}, 0), four, four), ContainsSubstring("8 for keys, 7 for values"));
  CHECK_THROWS_AS(attend_packed<double>(wave({9, 3, 3}, 0), k, v, four, four), Error);
  CHECK_THROWS_AS(attend_paged<double>(q, k, v, four, three), Error);
}
