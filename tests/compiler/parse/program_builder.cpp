#include "parse/program_builder.hpp"

#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using test::error_of, test::sentence_of;
using Labels = std::vector<std::string>;

TEST_CASE("labels are known at once: those of the first tensor, then the new ones of the next") {
  Program p;
  const Tensor x = p.input("x", "bhq"), y = p.input("y", "[key] h");
  CHECK(x.labels() == Labels{"b", "h", "q"});
  CHECK((x + y).labels() == Labels{"b", "h", "q", "[key]"});
  CHECK((y * 2.0).labels() == Labels{"[key]", "h"});
  CHECK((y > x).labels() == Labels{"[key]", "h", "b", "q"});
  CHECK(sum(x, "bq").labels() == Labels{"h"});
  CHECK(reduce(Reduction::max, x, "h").labels() == Labels{"b", "q"});
  CHECK(p.iota("k").labels() == Labels{"k"});
  CHECK(p.extent("k").labels().empty());
}

TEST_CASE("a mask does not change the order of what it chooses from") {
  Program p;
  const Tensor x = p.input("x", "bqk");
  CHECK(where(p.iota("k") <= p.iota("q"), x, -infinity).labels() == Labels{"b", "q", "k"});
  CHECK(where(p.iota("k") == 0.0, 1.0, p.iota("q")).labels() == Labels{"q", "k"});
}

TEST_CASE("a name in brackets with one letter is that letter") {
  Program p;
  CHECK(p.input("x", "[b]c").labels() == Labels{"b", "c"});
  CHECK(p.input("y", "λ[λ2]").labels() == Labels{"λ", "[λ2]"});
}

TEST_CASE("a fault names the operation, what it saw, and the line that wrote it") {
  Program p;
  const Tensor x = p.input("x", "bqk");
  const std::string here = "program_builder.cpp:" + std::to_string(__LINE__ + 1);
  CHECK(sentence_of([&] { sum(x, "z"); }) == "`sum` at " + here + ": no label `z` in a tensor with labels `bqk`");
  CHECK_THAT(sentence_of([&] { reduce(Reduction::min, x, "qq"); }), ContainsSubstring("`min` at program_builder.cpp:"));
  CHECK_THAT(sentence_of([&] { reduce(Reduction::min, x, "qq"); }), ContainsSubstring("label `q` is twice in `qq`"));
  CHECK_THAT(sentence_of([&] { p.input("y", "ii"); }), ContainsSubstring("label `i` is twice in `ii`"));
  CHECK_THAT(sentence_of([&] { p.input("x", "i"); }), ContainsSubstring("there is an input `x` already"));
  CHECK_THAT(sentence_of([&] { p.input("2x", "i"); }), ContainsSubstring("`2x` cannot be a name"));
  CHECK_THAT(sentence_of([&] { p.input("output", "i"); }), ContainsSubstring("`output` cannot be a name"));
  CHECK_THAT(sentence_of([&] { p.iota("qk"); }), ContainsSubstring("`qk` is to be one label"));
  CHECK_THAT(sentence_of([&] { p.input("y", "i,j"); }), ContainsSubstring("`i,j` is to be labels"));
  CHECK_THAT(sentence_of([&] { p.input("y", "i..."); }), ContainsSubstring("has an ellipsis"));
}

TEST_CASE("a fault in a text of labels keeps the code and the carets of the grammar of einsum") {
  Program p;
  const Error error = error_of([&] { p.input("x", "b%q"); });
  CHECK(error.code() == ErrorCode::bad_character);
  CHECK(error.text() == "b%q");
  CHECK(error.marks().at(0).span == Span{1, 2});
  CHECK(error_of([&] { p.input("x", "b[q"); }).code() == ErrorCode::bad_name);
}

TEST_CASE("outputs keep their names apart and their labels complete") {
  Program p;
  const Tensor x = p.input("x", "bq");
  p.output("o", x);
  CHECK_THAT(sentence_of([&] { p.output("o", x); }), ContainsSubstring("there is an output `o` already"));
  CHECK_THAT(sentence_of([&] { p.output("y", x, "b"); }), ContainsSubstring("`b` are not the labels `bq` of the tensor"));
  p.output("x", x, "qb");  // inputs and outputs have names of their own
  CHECK(p.outputs() == Labels{"o", "x"});
  CHECK(p.inputs() == Labels{"x"});
}

TEST_CASE("a fixed extent is not negative") {
  Program p;
  CHECK(error_of([&] { p.fix("h", -1); }).code() == ErrorCode::bad_shape);
}

TEST_CASE("reducing nothing is no operation") {
  Program p;
  const Tensor x = p.input("x", "b");
  p.output("o", sum(x, ""));
  CHECK(p.text() == "input x \"b\"\noutput o = x\n");
}

TEST_CASE("a largest value over no labels is the value itself, so a softmax over none prints as it reads") {
  const std::string text = "input s \"qk\"\noutput o = softmax(s, \" \")\n";
  const std::string printed = einc::Program::parse(text).text();
  CHECK(einc::Program::parse(printed).text() == printed);
}
