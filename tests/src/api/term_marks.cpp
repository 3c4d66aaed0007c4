#include "api/term_marks.hpp"

#include "support/catch.hpp"

using namespace einc;
using api::term_marks;

TEST_CASE("a mark stands under the term of an operand, or under the result") {
  CHECK(term_marks(" ij , jk->ik", 0)[0].span == Span{1, 3});
  CHECK(term_marks("ij,(jk,kl)->il", 2)[0].span == Span{7, 9});
  CHECK(term_marks("ij,jk->ik", api::of_result)[0].span == Span{7, 9});
  CHECK(term_marks("ij", api::of_result)[0].span == Span{2, 2});  // not written: behind the text
  CHECK(term_marks("ij,jk->ik", 1, "rank 3")[0].note == "rank 3");
}

TEST_CASE("there is no mark where there is no term") {
  CHECK(term_marks("ij,jk->ik", 2).empty());
  CHECK(term_marks("input x \"ij\"\noutput o = x", 0).empty());
}
