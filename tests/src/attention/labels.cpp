// Lists of labels: read from texts, and joined, parted and compared without losing their order.
#include "attention/labels.hpp"

#include "support/catch.hpp"

using namespace einc::attention::detail;

TEST_CASE("a text of labels is read letter by letter, and name by name") {
  CHECK(split_labels("b[page]q") == LabelList{"b", "[page]", "q"});
  CHECK(split_labels(" b  q ") == LabelList{"b", "q"});
  CHECK(split_labels("λμ") == LabelList{"λ", "μ"});
  CHECK(split_labels("").empty());
  CHECK(joined(split_labels("[n0]λk")) == "[n0]λk");
}

TEST_CASE("sets of labels keep the order of the first list") {
  const LabelList bhqk = split_labels("bhqk");
  CHECK(joined(without(bhqk, {"h", "x"})) == "bqk");
  CHECK(joined(united(bhqk, split_labels("kvb"))) == "bhqkv");
  CHECK(joined(common(bhqk, split_labels("kxb"))) == "bk");
  CHECK(contains(bhqk, "q"));
  CHECK_FALSE(contains(bhqk, "[q]"));
}

TEST_CASE("a contraction sums what its result leaves out") {
  einc::Program p;
  const einc::Tensor x = p.input("x", "bqc"), y = p.input("y", "bkc");
  CHECK(joined(contract(x, y, {"b", "q", "k"}).labels()) == "bqk");
}
