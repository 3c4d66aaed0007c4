#include "ir/program.hpp"

#include "support/catch.hpp"

using namespace einc;

TEST_CASE("labels of a term are written in one text") {
  const ir::NamedTerm term{"b", "[batch]", "λ"};
  CHECK(ir::written(term) == "b[batch]λ");
  CHECK(ir::written({}).empty());
}

TEST_CASE("a place is a line of a file, a line of a text, or not known") {
  CHECK(ir::place_of({"model.cpp", 42, {}}) == " at model.cpp:42");
  CHECK(ir::place_of({"", 3, {}}) == " at line 3");
  CHECK(ir::place_of({}).empty());
}

TEST_CASE("a fault names the operation and its place, and has carets only where the program was read from a text") {
  ir::Program program;
  const Error called = ir::fault(program, ErrorCode::bad_program, "where", {"model.cpp", 42, {}}, "no label", "look");
  CHECK(called.sentence() == "`where` at model.cpp:42: no label");
  CHECK(called.hint() == "look");
  CHECK(called.marks().empty());
  program.text = "y = exp(x)";
  const Error read = ir::fault(program, ErrorCode::bad_program, "exp", {"", 1, {4, 10}}, "no label");
  CHECK(std::string(read.what()) == "`exp` at line 1: no label\n  y = exp(x)\n      ^^^^^^");
}

TEST_CASE("a condition gives its labels last") {
  CHECK(ir::label_order(ir::Function::select)[0] == 1);
  CHECK(ir::label_order(ir::Function::add)[0] == 0);
}

TEST_CASE("a label is found by its whole name") {
  const ir::NamedTerm term{"[batch]"};
  CHECK(ir::holds(term, "[batch]"));
  CHECK_FALSE(ir::holds(term, "b"));
}
