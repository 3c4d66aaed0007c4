// Which values are as large as the scores of a stream, and what their copies in a tile leave out.
#include "fuse/tile_members.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {

// Attention, and a second sum of what `text` makes of the weights p and scores s.
ir::Expression with(const std::string& text) {
  return test::after("stream", test::expression_of("input q \"bic\"\ninput k \"bjc\"\ninput v \"bjd\"\ninput r \"bi\"\n"
                                                   "s = where(iota(\"j\") <= iota(\"i\"), einsum(\"bic,bjc->bij\", q, k), -infinity)\np = softmax(s, \"j\")\n"
                                                   "output o = einsum(\"bij,bjd->bid\", p, v)\noutput n = einsum(\"bij,bic->bjc\", " + text + ", q)\n",
                                                   {{2, 5, 4}, {2, 7, 4}, {2, 7, 3}, {2, 5}}));
}
ir::ValueId second(const ir::Expression& e) { return e.values[e.outputs.at(1).value].arguments.at(0); }

}  // namespace

TEST_CASE("rows are what the summed arrays lack, and large is what varies along them and the streamed label") {
  const ir::Expression e = with("p");
  REQUIRE(e.streams.size() == 1);
  const fuse::LargeValues large(e, e.streams[0]);
  CHECK(large.rows().size() == 1);
  CHECK(large.labels().size() == 3);
  CHECK(large.is_large(e.streams[0].masked));
  CHECK_FALSE(large.is_large(e.streams[0].maximum));
  CHECK(large.follows(second(e)));
}

TEST_CASE("weights vanish where the mask hides, sums with others do not") {
  const auto vanishes = [](const std::string& text) {
    const ir::Expression e = with(text);
    return fuse::LargeValues(e, e.streams.at(0)).vanishes(second(e));
  };
  CHECK(vanishes("p"));
  CHECK(vanishes("p * r"));
  CHECK(vanishes("where(iota(\"j\") <= iota(\"i\"), p * 2, 0)"));
  CHECK_FALSE(vanishes("p + r"));
  CHECK_FALSE(vanishes("where(r > 0, p, 1)"));
}

TEST_CASE("a small factor of a large value goes to what it is summed with") {
  ir::Expression e = with("p * r");
  const fuse::LargeValues large(e, e.streams.at(0));
  const ir::Value sum = e.values[e.outputs.at(1).value];
  fuse::TileMembers members(e, large);
  const std::vector<ir::ValueId> arguments = members.in_tile(sum.arguments);
  REQUIRE(arguments.size() == 2);
  CHECK(e.values[arguments[0]].code.back().function == ir::Function::exp);  // neither the factor nor the divisor
  CHECK(e.values[arguments[1]].op == ir::Op::map);
  CHECK(e.values[arguments[1]].labels.size() == 3);
}

TEST_CASE("copies are made once, and small values not at all") {
  ir::Expression e = with("p");
  const fuse::LargeValues large(e, e.streams.at(0));
  fuse::TileMembers members(e, large);
  const ir::ValueId masked = e.streams.at(0).masked, maximum = e.streams.at(0).maximum;
  const ir::ValueId copy = members.clone(masked);
  CHECK(copy != masked);
  CHECK(members.clone(masked) == copy);
  CHECK(members.clone(maximum) == maximum);
  const std::vector<ir::ValueId> made = members.made();
  CHECK(std::find(made.begin(), made.end(), copy) != made.end());
}
