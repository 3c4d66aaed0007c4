// Arrays that change scores: which shapes they may have, and that settings differ as texts when they differ at all.
#include "attention/score_arrays.hpp"

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::attention::detail;
using namespace einc::testing;

TEST_CASE("a mask has rank 4 or 2, and a rank of 3 gets a hint") {
  const Layout layout = layout_of("b", 4, 4);
  const Array<double> whole = wave({2, 4, 3, 5}, 0), keys = wave({2, 1, 1, 5}, 0), pairs = wave({3, 5}, 0), unclear = wave({2, 3, 5}, 0);
  CHECK(of_pairs("mask", Given<double>(whole), layout).labels == split_labels("bhqk"));
  CHECK(of_pairs("mask", Given<double>(keys), layout).labels == split_labels("bk"));
  CHECK(of_pairs("mask", Given<double>(pairs), layout).labels == split_labels("qk"));
  CHECK_THROWS_WITH(of_pairs("mask", Given<double>(unclear), layout), ContainsSubstring("[b, q, k] is written [b, 1, q, k]"));
  // Without heads there is nothing to confuse it with.
  CHECK(of_pairs("mask", Given<double>(unclear), {"b", "", "", 0}).labels == split_labels("bqk"));
}

TEST_CASE("heads that share keys are groups of members") {
  CHECK(layout_of("b", 6, 6).heads == "h");
  const Layout layout = layout_of("b", 6, 2);
  CHECK(layout.grouped());
  const Array<double> sink = wave({6}, 0);
  CHECK(with_heads(labelled("sink", "h", Given<double>(sink)), layout).extents == Shape{2, 3});
  CHECK_THROWS_AS(layout_of("b", 5, 2), Error);
}

TEST_CASE("two scorings have one text only when they are equal") {
  const std::vector<Scoring> all = {{},           {.scale = 0.5},        {.soft_cap = 5},         {.causal = true},
                                    {.hidden = -1e9}, {.window = Window{1, 2}}, {.window = Window{}}, {.align = Align::bottom_right},
                                    {.dropout = 0.1}, {.empty_row = EmptyRow::nan}};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < all.size(); ++j) CHECK((text_of(all[i]) == text_of(all[j])) == (i == j));
}
