// An einsum as a program.
#include <einc/gradients.hpp>

#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using namespace einc::test;

TEST_CASE("an einsum as a program has an input for each operand") {
  CHECK(einsum_program("ij,jk->ik").text() == "input x0 \"ij\"\ninput x1 \"jk\"\noutput o = einsum(\"ij,jk->ik\", x0, x1)\n");
  CHECK(einsum_program("[batch]i,[batch]j->ij").inputs().size() == 2);
  CHECK(einsum_program("ij,jk").outputs() == std::vector<std::string>{"o"});
}

TEST_CASE("a label that an operand repeats has other names in its input") {
  CHECK(computed(einsum_program("ii->i"), {{2, 2}}, {{1, 2, 3, 4}}).at(0) == std::vector<double>{1, 4});
}

TEST_CASE("what programs do not have is marked in the text") {
  CHECK(error_of([] { einsum_program("...i->i..."); }).code() == ErrorCode::bad_ellipsis);
  const Error fault = error_of([] { einsum_program("i->ii"); });
  CHECK(fault.code() == ErrorCode::repeated_output_label);
  CHECK_THAT(fault.what(), ContainsSubstring("i->ii\n      ^"));
  CHECK(error_of([] { einsum_program("ij,k->il"); }).code() != ErrorCode::none);
}
