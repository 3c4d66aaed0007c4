#include "ir/function_text.hpp"

#include <limits>

#include "support/catch.hpp"

using namespace einc;
using ir::Function, ir::Phrase;

namespace {

Phrase name(const char* text) { return {text, Phrase::whole}; }
Phrase of(Function function, std::initializer_list<Phrase> arguments) { return ir::phrase_of(function, std::span<const Phrase>(arguments.begin(), arguments.size())); }

}  // namespace

TEST_CASE("numbers are as short as they can be and read back the same") {
  CHECK(ir::phrase_of(2).text == "2");
  CHECK(ir::phrase_of(0.1).text == "0.1");
  CHECK(ir::phrase_of(-1e300).text == "-1e+300");
  CHECK(ir::phrase_of(-std::numeric_limits<double>::infinity()).text == "-infinity");
  CHECK(ir::phrase_of(std::numeric_limits<double>::quiet_NaN()).text == "nan");
}

TEST_CASE("parentheses stand only where the order of C++ would be another") {
  const Phrase x = name("x"), y = name("y"), z = name("z");
  CHECK(of(Function::add, {x, of(Function::multiply, {y, z})}).text == "x + y * z");
  CHECK(of(Function::multiply, {x, of(Function::add, {y, z})}).text == "x * (y + z)");
  CHECK(of(Function::subtract, {of(Function::subtract, {x, y}), z}).text == "x - y - z");
  CHECK(of(Function::subtract, {x, of(Function::subtract, {y, z})}).text == "x - (y - z)");
  CHECK(of(Function::logical_and, {of(Function::logical_or, {x, y}), z}).text == "(x || y) && z");
  CHECK(of(Function::negative, {of(Function::add, {x, y})}).text == "-(x + y)");
  CHECK(of(Function::negative, {of(Function::negative, {x})}).text == "-(-x)");
  CHECK(of(Function::logical_not, {of(Function::less, {x, y})}).text == "!(x < y)");
  CHECK(ir::greater_phrase(Function::less, x, y).text == "y > x");
  CHECK(ir::greater_phrase(Function::less_equal, x, of(Function::add, {y, z})).text == "y + z >= x");
}

TEST_CASE("functions without an operator are calls by the names of C++") {
  const Phrase x = name("x");
  CHECK(of(Function::absolute, {x}).text == "abs(x)");
  CHECK(of(Function::maximum, {x, ir::phrase_of(-1)}).text == "max(x, -1)");
  CHECK(of(Function::select, {x, x, x}).text == "where(x, x, x)");
  CHECK(of(Function::round_bf16, {x}).text == "cast(x, bf16)");
}
