// Thousands of operands and labels, and texts of a megabyte: computed, and refused in time that grows with their length.
#include <algorithm>
#include <ctime>
#include <string>
#include <vector>

#include <einc/einsum.hpp>

#include "bind/bind.hpp"
#include "parse/parse.hpp"
#include "support/bound.hpp"
#include "support/catch.hpp"

using namespace einc;

namespace {

// The code point `number` in UTF-8: a label of its own.
std::string character(std::uint32_t number) {
  if (number < 0x800) return {static_cast<char>(0xC0 | (number >> 6)), static_cast<char>(0x80 | (number & 0x3F))};
  return {static_cast<char>(0xE0 | (number >> 12)), static_cast<char>(0x80 | ((number >> 6) & 0x3F)), static_cast<char>(0x80 | (number & 0x3F))};
}

// A chain of matrices: "[l0][l1],[l1][l2], ... ->[l0][l5000]".
template <class Label>
std::string chain(std::size_t operands, Label label) {
  std::string text;
  for (std::size_t i = 0; i < operands; ++i) text += (i > 0 ? "," : "") + label(i) + label(i + 1);
  return text + "->" + label(0) + label(operands);
}
std::string name(std::size_t i) { return "[l" + std::to_string(i) + "]"; }
std::string greek(std::size_t i) { return character(static_cast<std::uint32_t>(0x391 + i)); }

// Of the processor, so that others at work do not count; the best of three.
template <class Body>
double seconds(Body&& body) {
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const std::clock_t start = std::clock();
    body();
    best = std::min(best, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  return best;
}

// The message for a text and shapes, without planning.
std::string message(const std::string& text, const std::vector<Shape>& shapes) {
  try {
    test::bound(text, shapes);
  } catch (const Error& error) {
    return error.what();
  }
  return "accepted";
}
std::vector<Shape> shapes_of(const std::string& text, Extent extent) {
  std::vector<Shape> shapes;
  for (const SubscriptTerm& term : parse_subscripts(text).operands) shapes.emplace_back(term.subscripts.size(), extent);
  return shapes;
}

std::string repeat(std::string_view unit, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += unit;
  return text;
}

}  // namespace

TEST_CASE("five thousand operands with as many labels are computed, named or of one character") {
  constexpr std::size_t operands = 5000;
  const std::vector<double> turn{0, 1, 1, 0};  // exchanges two positions: an even number of them is the identity
  const TensorView<const double> matrix(turn.data(), {2, 2});
  const std::vector<ArrayRef> refs(operands, {matrix.data(), DType::f64, matrix.extents(), matrix.strides()});
  for (const std::string& text : {chain(operands, name), chain(operands, greek)}) {
    const Array<double> result = einsum<double>(text, refs);
    CHECK(std::vector<double>(result.data(), result.data() + 4) == std::vector<double>{1, 0, 0, 1});
  }
}

TEST_CASE("five thousand lists of numbers are computed") {
  constexpr int operands = 5000;
  const std::vector<double> turn{0, 1, 1, 0};
  const TensorView<const double> matrix(turn.data(), {2, 2});
  const std::vector<ArrayRef> refs(operands, {matrix.data(), DType::f64, matrix.extents(), matrix.strides()});
  std::vector<LabelList> lists;
  for (int i = 0; i < operands; ++i) lists.push_back({1000000 - i, 1000000 - i - 1});
  const Array<double> result = einsum<double>(refs, lists, {1000000, 1000000 - operands});
  CHECK(std::vector<double>(result.data(), result.data() + 4) == std::vector<double>{1, 0, 0, 1});
}

TEST_CASE("a fault among thousands of operands is shown where it is") {
  const std::string text = chain(5000, name);
  std::vector<Shape> shapes(5000, Shape{2, 2});
  shapes[4321][1] = 3;
  const std::string told = message(text, shapes);
  CHECK_THAT(told, ContainsSubstring("label `[l4322]` has two extents, 3 and 2\n  ... ") && ContainsSubstring("3 in operand 4321, shape [2, 3]"));
  CHECK(told.size() < 600);
  CHECK_THAT(message(chain(5000, greek), shapes), ContainsSubstring("label `" + greek(4322) + "` has two extents, 3 and 2\n  ... "));
}

TEST_CASE("one operand with thousands of labels is bound, diagonals too") {
  const std::string text = repeat("abcdefgh", 20000) + "->";
  CHECK(message(text, shapes_of(text, 1)) == "accepted");
  std::vector<Shape> shapes = shapes_of(text, 1);
  shapes[0][19999] = 2;
  CHECK_THAT(message(text, shapes), ContainsSubstring("label `h` has two extents, 1 and 2"));
}

// A text of 25 times the length may take some 25 times as long, or a few times that where it leaves the caches; a pass over the
// rest of it at every label would take 600.
TEST_CASE("the time to read, bind and refuse a text grows with its length") {
  struct Kind {
    const char* what;
    std::string (*text)(std::size_t bytes);
  };
  const Kind kinds[] = {
      {"names", [](std::size_t bytes) { return chain(bytes / 16, name); }},
      {"names without an arrow", [](std::size_t bytes) { return chain(bytes / 16, name).substr(0, bytes / 2); }},
      {"a chain of characters", [](std::size_t bytes) { return chain(std::min<std::size_t>(bytes / 7, 50000), greek); }},
      {"one long term", [](std::size_t bytes) { return repeat("abcdefgh", bytes) + "->"; }},
      {"a bad end", [](std::size_t bytes) { return repeat("ab,", bytes) + "$"; }},
      {"a digit at the end", [](std::size_t bytes) { return repeat("a", bytes) + "2"; }},
      {"an unknown label", [](std::size_t bytes) { return repeat("ab,", bytes) + "->z"; }},
      {"parentheses", [](std::size_t bytes) { return repeat("(", bytes / 2) + "i" + repeat(")", bytes / 2) + "->i"; }},
      {"open parentheses", [](std::size_t bytes) { return repeat("(", bytes); }},
      {"groups", [](std::size_t bytes) { return repeat("(i,i),", bytes) + "i->i"; }},
      {"ellipses", [](std::size_t bytes) { return repeat("...,", bytes) + "..."; }},
      {"brackets", [](std::size_t bytes) { return repeat("[", bytes); }},
      {"a long name", [](std::size_t bytes) { return "[" + repeat("a", bytes) + "]->[b]"; }},
      {"white space", [](std::size_t bytes) { return repeat(" \n", bytes) + "i->j"; }},
  };
  for (const Kind& kind : kinds) {
    const std::string small = kind.text(12000), large = kind.text(300000);
    const auto time = [](const std::string& text) {
      return seconds([&] {
        const bool good = parse_subscripts(text).fault.code == ErrorCode::none;
        const std::vector<Shape> shapes = good ? shapes_of(text, 1) : std::vector<Shape>{};
        CHECK(message(text, shapes).size() < 1200);
        if (!good) return;
        std::vector<Shape> wrong = shapes;
        wrong.back().push_back(1);
        CHECK(message(text, wrong).size() < 1200);
      });
    };
    const double once = time(small), longer = time(large);
    INFO(kind.what << ": " << once << " s for 12 kB, " << longer << " s for 300 kB");
    CHECK(longer < 150 * once + 0.02);
  }
}
