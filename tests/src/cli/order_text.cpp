// order_text.cpp: an order is read as people write it, or refused at the byte where it stops being one.
#include "cli/order_text.hpp"

#include <einc/error.hpp>

#include "support/catch.hpp"

using namespace einc;
using cli::parse_order;

using Order = std::vector<std::vector<std::uint32_t>>;

TEST_CASE("orders of people and of Python are read") {
  const Order order{{1, 2}, {0, 1}};
  for (const char* text : {"(1,2),(0,1)", "(1, 2), (0, 1)", "(1,2)(0,1)", "[(1, 2), (0, 1)]", "['einsum_path', (1, 2), (0, 1)]", "[\"einsum_path\", (1, 2), (0, 1)]",
                           "[[1,2],[0,1]]", " ( 1 , 2 ) , ( 0 , 1 ) "}) {
    INFO(text);
    CHECK(parse_order(text) == order);
  }
  CHECK(parse_order("(0,1,2)") == Order{{0, 1, 2}});
  CHECK(parse_order("(0,)") == Order{{0}});
  CHECK(parse_order("()") == Order{{}});
}

TEST_CASE("what is no order is refused") {
  for (const char* text : {"", "x", "(", "(1", "(1,", "(1;2)", "(-1,0)", "(1,2", "[(1,2)", "(1,2)]", "(99999999999,0)", "(1.5,0)", "1,2", "[]x", "[]", "[1,2],[0,1]", "(a,b)", "(1,2)x", "[(0,1)] (0,1)"}) {
    INFO(text);
    CHECK_THROWS_AS(parse_order(text), Error);
  }
  CHECK_THROWS_WITH(parse_order("(1,2),(0;1)"), ContainsSubstring("at byte 8 there should be `,` or `)`") && ContainsSubstring("(1,2),(0;1)\n"));
}
