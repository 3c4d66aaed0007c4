// Keys that do not lie one after the other: packed sequences do not see one another, and pages are read in the table's order.
#include <einc/attention_blocks.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

TEST_CASE("positions count from the start of their sequence, and empty sequences have none") {
  const Array<double> starts = array_of({5}, {0, 2, 2, 5, 5}), key_starts = array_of({5}, {0, 1, 1, 4, 4});
  Program p;
  p.fix("q", 6), p.fix("k", 5);
  const Packing packed = packing(p, p.input("starts", "a"), p.input("key_starts", "a"), Align::bottom_right);
  p.output("same", packed.same_sequence, "qk");
  p.output("query", packed.at.query, "q"), p.output("key", packed.at.key, "k");
  const auto got = run_program(p, {{"starts", &starts}, {"key_starts", &key_starts}});
  // Queries 0 1 | 2 3 4, keys 0 | 1 2 3; the query and the key after all starts belong nowhere.
  CHECK(apart(got.at("same"), array_of({6, 5}, {1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0, 0})) == 0);
  const Array<double>& query = got.at("query");
  CHECK((query[0] == -1 && query[1] == 0 && query[2] == 0 && query[3] == 1 && query[4] == 2));
  const Array<double>& key = got.at("key");
  CHECK((key[0] == 0 && key[1] == 0 && key[2] == 1 && key[3] == 2));
}

TEST_CASE("pages come in the order of the table, and no page is zeros") {
  const Array<double> pages = wave({3, 2, 2}, 0), table = array_of({2, 2}, {2, 0, 1, -1});
  Program p;
  p.output("k", paged(p.input("pages", "psc"), p.input("table", "bt")), "bkc");
  const auto outputs = run_program(p, {{"pages", &pages}, {"table", &table}});
  const Array<double>& got = outputs.at("k");
  for (std::size_t n = 0; n < 4; ++n) {
    CHECK(got[n] == pages[8 + n]);
    CHECK(got[4 + n] == pages[n]);
    CHECK(got[8 + n] == pages[4 + n]);
    CHECK(got[12 + n] == 0);
  }
}
