// stream_frame.cpp: tiles are whole blocks of what lies in blocks, or parts of one, and what an index varies along goes around them.
#include "plan/stream_frame.hpp"

#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {
// Attention whose keys and values lie in pages: queries [b h q c], pages [p s h c], table [b t].
std::string paged(std::string_view table_labels) {
  return "input q \"bhqc\"\ninput kp \"pshc\"\ninput vp \"pshc\"\ninput table \"" + std::string(table_labels) +
         "\"\nk = merge(gather(kp, \"p\", table), \"ts\", \"k\")\nv = merge(gather(vp, \"p\", table), \"ts\", \"k\")\n"
         "output o = einsum(\"bhqk,[b]khc->bhqc\", softmax(einsum(\"bhqc,[b]khc->bhqk\", q, k), \"k\"), v)\n";
}
struct Chosen {
  ir::Expression expression;
  plan::Frame frame;
  Extent tile(Extent wanted) const { return plan::StreamFrame(expression, 0, plan::StreamMembers(expression)).streamed_tile(wanted); }
};
Chosen chosen(Extent slots, Extent entries, Extent queries = 1) {
  Chosen made{test::after("fuse-labels", test::expression_of(paged("bt"), {{2, 4, queries, 8}, {9, slots, 4, 8}, {9, slots, 4, 8}, {2, entries}})), {}};
  REQUIRE(made.expression.streams.size() == 1);
  const plan::StreamMembers members(made.expression);
  made.frame = plan::StreamFrame(made.expression, 0, members).choose();
  return made;
}
}  // namespace

TEST_CASE("pages of a cache belong to the stream, and sequences with tables of their own go one by one") {
  const Chosen made = chosen(16, 20);
  CHECK(made.frame.few);
  REQUIRE(made.frame.batch.size() == 1);
  CHECK(made.expression.extents[made.frame.batch[0]] == 2);
  CHECK(made.frame.whole.size() == 1);  // heads lie beside each other in a page
  CHECK(chosen(16, 20, 100).frame.batch.size() == 2);
}

TEST_CASE("tiles are whole pages, or parts of a large one") {
  CHECK(chosen(16, 100).tile(256) == 256 - 256 % 16 - 16);  // 100 pages in seven tiles: fifteen each
  CHECK(chosen(16, 2).tile(256) == 32);
  CHECK(chosen(48, 100).tile(100) == 96);
  CHECK(chosen(512, 10).tile(256) == 256);
  CHECK(chosen(510, 10).tile(256) == 255);
  CHECK(chosen(509, 10).tile(256) == 509);  // no such divisor
}
