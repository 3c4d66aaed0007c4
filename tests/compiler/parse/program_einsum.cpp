#include "parse/program_builder.hpp"

#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using test::error_of, test::sentence_of;
using Labels = std::vector<std::string>;

TEST_CASE("the text renames labels by position and its result has the text's labels") {
  Program p;
  const Tensor x = p.input("x", "bse");
  CHECK(einsum("bte->te", x).labels() == Labels{"t", "e"});
  CHECK(einsum("cab,[out]b->ac[out]", x, p.input("w", "fe")).labels() == Labels{"a", "c", "[out]"});
}

TEST_CASE("without an arrow the result has the labels that occur once, in order") {
  Program p;
  CHECK(einsum("kj,ij", p.input("x", "ab"), p.input("y", "cd")).labels() == Labels{"i", "k"});
}

TEST_CASE("an ellipsis keeps the labels it covers, those of all tensors together") {
  Program p;
  const Tensor x = p.input("x", "bse"), y = p.input("y", "be");
  CHECK(einsum("...e,...e->...", x, y).labels() == Labels{"b", "s"});
  CHECK(einsum("...i->i...", x).labels() == Labels{"i", "b", "s"});
}

TEST_CASE("a label of the text that is also under an ellipsis is refused") {
  Program p;
  const Tensor x = p.input("x", "bse");
  const Error error = error_of([&] { einsum("...b->...b", x); });
  CHECK(error.code() == ErrorCode::bad_program);
  CHECK_THAT(error.sentence(), ContainsSubstring("the ellipsis covers a label `b`, and the text names another `b`"));
}

TEST_CASE("a label twice in a term walks the diagonal, of operands and of other values") {
  CHECK(test::computed("input x \"ij\"\noutput o = einsum(\"aa->a\", x)", {{2, 2}}, {test::counting(4)}) == std::vector<double>{0, 3});
  CHECK(test::computed("input x \"ij\"\noutput o = einsum(\"aa->\", x + 1)", {{2, 2}}, {test::counting(4)}) == std::vector<double>{5});
  CHECK(test::computed("input x \"ij\"\noutput o = einsum(\"jj->j\", -x)", {{2, 2}}, {test::counting(4)})[1] == -3);
}

TEST_CASE("a tensor meets itself under other names") {
  CHECK(test::computed("input x \"ij\"\noutput o = einsum(\"ij,kj->ik\", x, x)", {{2, 2}}, {test::counting(4)}) == std::vector<double>{1, 3, 3, 13});
  CHECK(test::computed("input x \"ij\"\ny = x * 1\noutput o = einsum(\"ij,ji->\", y, y)", {{2, 2}}, {test::counting(4)}) == std::vector<double>{13});
}

TEST_CASE("faults of the text show carets under the text") {
  Program p;
  const Tensor x = p.input("x", "bse");
  const Error rank = error_of([&] { einsum("ab,c->a", x, x); });
  CHECK(rank.code() == ErrorCode::rank_mismatch);
  CHECK_THAT(std::string(rank.what()), ContainsSubstring("term `ab` has 2 labels, its tensor has 3 labels: `bse`\n  ab,c->a\n  ^^"));
  CHECK(error_of([&] { einsum("abc,def->a", x); }).code() == ErrorCode::operand_count);
  CHECK(error_of([&] { einsum("abc->d", x); }).code() == ErrorCode::unknown_output_label);
  CHECK(error_of([&] { einsum("abc->aa", x); }).code() == ErrorCode::repeated_output_label);
  CHECK(error_of([&] { einsum("a...->a", x); }).code() == ErrorCode::ellipsis_dropped);
  CHECK(error_of([&] { einsum("abcd...->a...", x); }).code() == ErrorCode::rank_mismatch);
  CHECK(error_of([&] { einsum("[n]bc", x); }).code() == ErrorCode::implicit_output_with_names);
  CHECK_THAT(sentence_of([&] { einsum("ab-c", x); }), ContainsSubstring("`einsum` at program_einsum.cpp:"));
}

TEST_CASE("parentheses of a text group its tensors, and have no place in labels") {
  Program p;
  const Tensor x = p.input("x", "ij"), y = p.input("y", "jk");
  CHECK(einsum("(ij,jk),ij->ik", x, y, x).labels() == Labels{"i", "k"});
  CHECK(einsum("(ij,jk)", x, y).labels() == Labels{"i", "k"});
  const Error error = error_of([&] { einsum("(ij,jk->ik", x, y); });
  CHECK(error.code() == ErrorCode::bad_grouping);
  CHECK_THAT(error.what(), ContainsSubstring("\n  (ij,jk->ik\n  ^\n"));
  CHECK(error_of([&] { p.input("z", "(ij)"); }).code() == ErrorCode::bad_program);
}
