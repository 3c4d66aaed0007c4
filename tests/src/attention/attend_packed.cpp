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

TEST_CASE("packed arrays that do not fit are refused") {
  const Array<double> q = wave({9, 4, 3}, 0), k = wave({8, 2, 3}, 1), v = wave({8, 2, 2}, 2), four = array_of({4}, {0, 4, 4, 9}), three = array_of({3}, {0, 2, 8});
  CHECK_THROWS_WITH(attend_packed<double>(q, k, v, four, three), ContainsSubstring("4 for query_starts, 3 for key_starts"));
  CHECK_THROWS_WITH(attend_packed<double>(q, k, wave({7, 2, 2}, 0), four, four), ContainsSubstring("8 for keys, 7 for values"));
  CHECK_THROWS_AS(attend_packed<double>(wave({9, 3, 3}, 0), k, v, four, four), Error);
  CHECK_THROWS_AS(attend_paged<double>(q, k, v, four, three), Error);
}
