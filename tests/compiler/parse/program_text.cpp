#include <einc/program.hpp>

#include <chrono>
#include <cmath>

#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using test::error_of;

namespace {

std::string message(const std::string& text) { return error_of([&] { Program::parse(text); }).what(); }
double number(const std::string& value) { return test::computed("output o = " + value, {}, {}).at(0); }

}  // namespace

TEST_CASE("a text and the same calls are one program") {
  Program p;
  const Tensor x = p.input("x", "bs");
  p.fix("h", 2);
  p.output("o", where(x >= 0.5, x, -x) / (1.0 + exp(x)), "sb");
  CHECK(Program::parse("# a comment\n\ninput x \"bs\"  # another\r\n"
                       "fix(\"h\", 2)\n"
                       "output o \"sb\" = where(x >= 0.5,\n"
                       "                       x, -x) / (1 + exp(x))") == p);
}

TEST_CASE("operators bind as in C++") {
  CHECK(number("1 + 2 * 3 - 4 / 2") == 5);
  CHECK(number("10 - 3 - 2") == 5);
  CHECK(number("-2 * -3") == 6);
  CHECK(number("1 < 2 == 1") == 1);
  CHECK(number("1 || 0 && 0") == 1);
  CHECK(number("!0 + 1") == 2);
  CHECK(number("(1 + 2) * 3") == 9);
  CHECK(number("3 > 2 >= 2") == 0);
  CHECK(number("2 != 2 || 1 <= 0") == 0);
  CHECK(number("- -1") == 1);
}

TEST_CASE("a name may be given again, and means what it was given last") {
  CHECK(number("1\ns = 2\ns = s + 1\noutput p = s") == 1);
  CHECK(test::computed(Program::parse("s = 2\ns = s + 1\noutput p = s"), {}, {}).at(0) == std::vector<double>{3});
}

TEST_CASE("numbers: infinity, nan, exponents") {
  CHECK(number("-infinity") == -infinity);
  CHECK(std::isnan(number("nan")));
  CHECK(number("1.5e-3 + .5") == 0.5015);
}

TEST_CASE("what is unknown is shown with carets and the nearest name") {
  CHECK(message("input query \"b\"\noutput o = qeury") ==
        "line 2: nothing is called `qeury` so far\n"
        "  output o = qeury\n"
        "             ^^^^^\n"
        "hint: did you mean `query`?");
  CHECK(message("input x \"b\"\noutput o = sofmax(x, \"b\")") ==
        "line 2: there is no function `sofmax`\n"
        "  output o = sofmax(x, \"b\")\n"
        "             ^^^^^^\n"
        "hint: did you mean `softmax`?");
  CHECK_THAT(message("output o = exp"), ContainsSubstring("`exp` is a function: `exp(x)`"));
  CHECK_THAT(message("output o = 1\ny = o"), ContainsSubstring("`o` is an output: name the value first"));
}

TEST_CASE("every fault of grammar says what stands there and what was expected") {
  CHECK_THAT(message("x"), ContainsSubstring("line 1: the end of the program stands where `=` is expected"));
  CHECK_THAT(message("x = 1 2"), ContainsSubstring("`2` after the end of a statement"));
  CHECK_THAT(message("x = "), ContainsSubstring("the end of the program stands where a value is expected"));
  CHECK_THAT(message("x = (1"), ContainsSubstring("stands where `)` is expected"));
  CHECK_THAT(message("3 = x"), ContainsSubstring("`3` stands where a statement is expected"));
  CHECK_THAT(message("x = \"ab\""), ContainsSubstring("the text `\"ab\"` stands where a value is expected"));
  CHECK_THAT(message("x = exp(1, 2)"), ContainsSubstring("too many arguments for `exp`"));
  CHECK_THAT(message("x = where(1, 2)"), ContainsSubstring("too few arguments for `where`"));
  CHECK_THAT(message("x = where(1, 2)"), ContainsSubstring("hint: it is written `where(x, x, x)`"));
  CHECK_THAT(message("x = einsum(\"->\")"), ContainsSubstring("too few arguments for `einsum`"));
  CHECK_THAT(message("x = sum(1, k)"), ContainsSubstring("`k` stands where a text in quotes (`sum(x, \"labels\")`) is expected"));
  CHECK_THAT(message("x = reduce(mx, 1, \"\")"), ContainsSubstring("`mx` is no reduction: `sum`, `max`, `min`, `mean`"));
  CHECK_THAT(message("x = cast(1, f16)"), ContainsSubstring("`f16` is no type: `f32`, `bf16`, `f64`"));
  CHECK_THAT(message("infinity = 1"), ContainsSubstring("`infinity` is a number and cannot be a name"));
  CHECK_THAT(message("fix(\"h\", 2.5)"), ContainsSubstring("`2.5` is no whole number of 64 bits"));
  CHECK_THAT(message("input x b"), ContainsSubstring("`b` stands where a text of labels is expected"));
  CHECK_THAT(message("input x \"b\"\noutput y = concat({x, \"b\"}, \"c\")"), ContainsSubstring("`x` stands where `{` is expected"));
}

TEST_CASE("faults of an operation show carets under the line that wrote it") {
  CHECK(message("input x \"bs\"\n\ny = sum(x, \"z\") + 1") ==
        "`sum` at line 3: no label `z` in a tensor with labels `bs`\n"
        "  y = sum(x, \"z\") + 1\n"
        "      ^^^^^^^^^^^");
  CHECK(message("input x \"b%s\"") ==
        "`input` at line 1: `%` is a character that is no label, comma, arrow or ellipsis\n"
        "  input x \"b%s\"\n"
        "            ^\n"
        "hint: labels are letters, other characters of UTF-8 beyond ASCII, or names such as `[batch]`");
  const Program p = Program::parse("input x \"bs\"\noutput o = split(x, \"s\", \"hd\", {{\"h\", 4}})");
  CHECK_THAT(std::string(error_of([&] { test::bound_of(p, {{2, 6}}); }).what()),
             ContainsSubstring("`split` at line 2: 6 positions of `s` cannot be split into `h` = 4 and `d`") &&
                 ContainsSubstring("\n  output o = split(x, \"s\", \"hd\", {{\"h\", 4}})\n             ^^^^^^^^^^^"));
}

TEST_CASE("two inputs that disagree are both marked") {
  const Program p = Program::parse("input a \"ij\"\ninput b \"jk\"\noutput o = a + b");
  CHECK(std::string(error_of([&] { test::bound_of(p, {{64, 128}, {127, 32}}); }).what()) ==
        "label `j` has two extents: 128 in `a`, shape [64, 128], at line 1; 127 in `b`, shape [127, 32], at line 2\n"
        "  input a \"ij\"\n"
        "  ^^^^^^^^^^^^ 128\n"
        "  input b \"jk\"\n"
        "  ^^^^^^^^^^^^ 127");
}

TEST_CASE("nesting has a bound that is an Error, not a fault of the stack") {
  for (const std::string part : {"(", "-", "!", "exp("}) {
    std::string text = "x = ";
    for (int i = 0; i < 100000; ++i) text += part;
    CHECK_THAT(message(text), ContainsSubstring("more than 200 parentheses, calls and signs stand inside one another"));
  }
}

TEST_CASE("a long text is read in time linear in its length") {
  std::string text = "input x \"a\"\ny0 = x\n";
  for (int i = 0; i < 20000; ++i) text += "y" + std::to_string(i + 1) + " = y" + std::to_string(i) + " + x * 2\n";
  text += "output o = y20000 + 1";
  for (int i = 0; i < 20000; ++i) text += " + 1";
  const auto start = std::chrono::steady_clock::now();
  const Program p = Program::parse(text);
  CHECK(Program::parse(p.text()) == p);
  CHECK(test::bound_of(p, {{3}}).expression.values.size() > 20000);
  CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(20));
}

TEST_CASE("any bytes are a program or an Error") {
  const std::string good = "input x \"b[s]\"\ny = where(x > 1.5e2, einsum(\"bs->sb\", x), -infinity)  # why\noutput o \"sb\" = concat({{y, \"b\"}}, \"c\")\n";
  std::uint64_t state = 1;
  const auto below = [&](std::size_t bound) { return static_cast<std::size_t>((state = state * 6364136223846793005u + 1442695040888963407u) >> 33) % bound; };
  for (int round = 0; round < 3000; ++round) {
    std::string text = good;
    for (std::size_t i = 0; i <= below(4); ++i) {
      const std::size_t at = below(text.size());
      switch (below(3)) {
        case 0: text.erase(at, below(6)); break;
        case 1: text[at] = static_cast<char>(below(256)); break;
        default: text.insert(at, text.substr(below(text.size()), below(10)));
      }
    }
    try {
      const Program p = Program::parse(text);
      CHECK(Program::parse(p.text()) == p);
    } catch (const Error& error) {
      CHECK_FALSE(error.sentence().empty());
    }
  }
}
