// The rule of einsums: against differences, and as the texts a reader would write.
#include "support/catch.hpp"
#include "support/gradients.hpp"

using namespace einc;
using namespace einc::test;

TEST_CASE("the gradient of a matrix product is two matrix products") {
  const std::string text = grad(einsum_program("ij,jk->ik"), "o").text();
  CHECK_THAT(text, ContainsSubstring("einsum(\"ik,jk->ij\", o_gradient, x1)") && ContainsSubstring("einsum(\"ik,ij->jk\", o_gradient, x0)"));
}

TEST_CASE("gradients of einsums are the limits of differences") {
  CHECK(gradient_fault(einsum_program("ij,jk->ik"), {{2, 3}, {3, 4}}) == "");
  CHECK(gradient_fault(einsum_program("ij,jk,kl->il"), {{2, 3}, {3, 4}, {4, 2}}) == "");
  CHECK(gradient_fault(einsum_program("ij->i"), {{2, 3}}) == "");
  CHECK(gradient_fault(einsum_program("ij->"), {{2, 3}}) == "");
  CHECK(gradient_fault(einsum_program("ij->ji"), {{2, 3}}) == "");
  CHECK(gradient_fault(einsum_program("i,j->ij"), {{2}, {3}}) == "");
  CHECK(gradient_fault(einsum_program("ij,kl->il"), {{2, 3}, {4, 5}}) == "");
  CHECK(gradient_fault(einsum_program("bij,bjk->bik"), {{2, 3, 2}, {2, 2, 3}}) == "");
}

TEST_CASE("diagonals get their gradient on the diagonal alone") {
  CHECK(gradient_fault(einsum_program("ii->i"), {{3, 3}}) == "");
  CHECK(gradient_fault(einsum_program("ii->"), {{3, 3}}) == "");
  CHECK(gradient_fault(einsum_program("iij,ji->j"), {{3, 3, 2}, {2, 3}}) == "");
  CHECK(gradient_fault(einsum_program("iii,i->i"), {{3, 3, 3}, {3}}) == "");
}

TEST_CASE("an operand that is read twice gets the gradients of both places") {
  CHECK(gradient_fault("input x \"ij\"\noutput o = einsum(\"ij,kj->ik\", x, x)\n", {{3, 2}}) == "");
  CHECK(gradient_fault("input x \"i\"\noutput o = einsum(\"i,i->\", x, x)\n", {{3}}) == "");
}

TEST_CASE("labels the text calls by other names keep their own in the gradient") {
  CHECK(gradient_fault("input x \"ij\"\ninput w \"jk\"\ny = einsum(\"ij,jk->ik\", x, w)\noutput o = einsum(\"jk,ji->ki\", y, x)\n", {{3, 3}, {3, 3}}) == "");
}
