// streamed_gather.cpp: pages of a cache are seen through a gather and the view that merges its blocks; other values are not.
#include "ir/streamed_gather.hpp"

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
// The value of the only output, and the label that it has and the inputs lack.
std::optional<ir::StreamedGather> seen(std::string_view text, const std::vector<Shape>& shapes, std::size_t label) {
  const ir::Expression e = test::expression_of(text, shapes);
  const ir::ValueId value = e.outputs[0].value;
  return ir::streamed_gather(e, value, e.values[value].labels.at(label));
}
}  // namespace

TEST_CASE("entries and slots that are merged are blocks along the merged label") {
  const auto found = seen("input pages \"psc\"\ninput table \"bt\"\noutput k \"bkc\" = merge(gather(pages, \"p\", table), \"ts\", \"k\")\n", {{7, 16, 3}, {2, 5}}, 1);
  REQUIRE(found);
  CHECK(found->block == 16);
  CHECK(found->slot);
}

TEST_CASE("a gather along a label is blocks of one position") {
  const auto found = seen("input rows \"pc\"\ninput index \"k\"\noutput k \"kc\" = gather(rows, \"p\", index)\n", {{7, 3}, {5}}, 0);
  REQUIRE(found);
  CHECK(found->block == 1);
  CHECK_FALSE(found->slot);
}

TEST_CASE("what is no gather along the label is none") {
  CHECK_FALSE(seen("input x \"kc\"\noutput y = exp(x)\n", {{4, 3}}, 0));
  CHECK_FALSE(seen("input rows \"pc\"\ninput index \"k\"\noutput k \"kc\" = gather(rows, \"p\", index)\n", {{7, 3}, {5}}, 1));  // along the features
  // Slots outside, entries inside: positions of a block do not follow each other.
  CHECK_FALSE(seen("input pages \"psc\"\ninput table \"t\"\noutput k \"kc\" = merge(gather(pages, \"p\", table), \"st\", \"k\")\n", {{7, 16, 3}, {5}}, 0));
  // Positions are no array that could be read.
  CHECK_FALSE(seen("input rows \"pc\"\ninput x \"k\"\noutput k \"kc\" = gather(rows, \"p\", iota(\"k\")) * x\n", {{7, 3}, {5}}, 0));
}
