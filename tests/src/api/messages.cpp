// What a person reads after a mistake: whole messages, so that a change of any word is seen.
#include <string>
#include <vector>

#include <einc/einsum.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

double memory[64] = {};
TensorView<double> array(Shape extents) { return {memory, std::move(extents)}; }

template <class Call>
std::string message(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing is thrown";
}
template <class... A>
std::string einsum_message(std::string_view text, const A&... arrays) {
  return message([&] { einsum(text, arrays...); });
}

}  // namespace

TEST_CASE("two extents of a label are shown with both operands") {
  CHECK(einsum_message("ij,jk->ik", array({2, 1}), array({4, 5})) ==
        "label `j` has two extents, 1 and 4\n"
        "  ij,jk->ik\n"
        "   ^ 1 in operand 0, shape [2, 1]\n"
        "     ^ 4 in operand 1, shape [4, 5]\n"
        "hint: an extent of 1 stretches only where numpy's broadcasting is asked for (`Options::broadcast`)");
  CHECK(einsum_message("ii->i", array({1, 3})) ==
        "label `i` has two extents, 1 and 3\n"
        "  ii->i\n"
        "  ^ 1 in operand 0, shape [1, 3]\n"
        "   ^ 3 in operand 0, shape [1, 3]\n"
        "hint: a label twice in one operand walks its diagonal, and never stretches");
  CHECK(einsum_message("...i,...i->...", array({2, 3}), array({4, 3})) ==
        "a label under `...` has two extents, 2 and 4\n"
        "  ...i,...i->...\n"
        "  ^^^ 2 in operand 0, shape [2, 3]\n"
        "       ^^^ 4 in operand 1, shape [4, 3]");
}

TEST_CASE("columns are those of a terminal, for wide characters too") {
  CHECK(einsum_message("日本,本語->日語", array({2, 3}), array({4, 5})) ==
        "label `本` has two extents, 3 and 4\n"
        "  日本,本語->日語\n"
        "    ^^ 3 in operand 0, shape [2, 3]\n"
        "       ^^ 4 in operand 1, shape [4, 5]");
}

TEST_CASE("a rank that does not fit is shown with its term") {
  CHECK(einsum_message("ij->i", array({2, 3, 4})) ==
        "term `ij` has 2 labels, its array has rank 3\n"
        "  ij->i\n"
        "  ^^ operand 0, shape [2, 3, 4]\n"
        "hint: write `...` for the other label, as in `...ij`");
  CHECK(einsum_message("ij,k->", array({2, 3}), array({2, 3, 4})) ==
        "term `k` has 1 label, its array has rank 3\n"
        "  ij,k->\n"
        "     ^ operand 1, shape [2, 3, 4]\n"
        "hint: write `...` for the other 2 labels, as in `...k`");
  CHECK(einsum_message("i...j->", array({2})) ==
        "term `i...j` has at least 2 labels, its array has rank 1\n"
        "  i...j->\n"
        "  ^^^^^ operand 0, shape [2]\n"
        "hint: a term has one label for each extent of its array");
  CHECK(einsum_message("ij→ji", array({2, 3})) ==
        "term `ij→ji` has 5 labels, its array has rank 2\n"
        "  ij→ji\n"
        "  ^^^^^ operand 0, shape [2, 3]\n"
        "hint: the arrow is written `->`, in ASCII; other arrows are labels");
  CHECK(einsum_message("i,->i", array({2}), array({3})) ==
        "an empty term stands for a scalar, its array has rank 1\n"
        "  i,->i\n"
        "    ^ operand 1, shape [3]\n"
        "hint: write `...` for the labels of the array, as in `...`");
}

TEST_CASE("a wrong number of arrays is shown with what is spare") {
  CHECK(einsum_message("ij,jk->ik", array({2, 3})) ==
        "the text has 2 operands, the call has 1 array\n"
        "  ij,jk->ik\n"
        "     ^^ no array for this term\n"
        "hint: give one array for each term before `->`");
  const Compiled compiled = compile("ij,jk->ik", {{2, 3}, {3, 4}}, {.dtype = DType::f64});
  CHECK(message([&] { compiled(array({2, 3})); }) ==
        "the expression has 2 operands, the call has 1 array\n"
        "  ij,jk->ik\n"
        "     ^^\n"
        "hint: give one array for each term before `->`");
}

TEST_CASE("an ellipsis that would vanish is shown with the text that keeps it") {
  CHECK(einsum_message("...i,j->ij", array({2, 3, 4}), array({2})) ==
        "`...` covers 2 labels that the result leaves out\n"
        "  ...i,j->ij\n"
        "  ^^^ operand 0, shape [2, 3, 4]\n"
        "hint: write `...i,j->...ij` to keep them, or set the option `sum_ellipsis` to sum them");
}

TEST_CASE("faults of the text alone have a hint for what may have been meant") {
  CHECK(einsum_message("i2,j->i", array({2, 3})) ==
        "`2` is a character that is no label, comma, arrow or ellipsis\n"
        "  i2,j->i\n"
        "   ^\n"
        "hint: digits stand inside names: write `[i2]`");
  CHECK(einsum_message("ij=>i", array({2, 3})) ==
        "`=` is a character that is no label, comma, arrow or ellipsis\n"
        "  ij=>i\n"
        "    ^\n"
        "hint: the arrow is written `->`");
  CHECK(einsum_message("i,\xff", array({2, 3})) ==
        "`\\xFF` is a character that is no label, comma, arrow or ellipsis\n"
        "  i,?\n"
        "    ^\n"
        "hint: labels are letters, other characters of UTF-8 beyond ASCII, or names such as `[batch]`");
  CHECK(einsum_message("ij,[row]j->k", array({2, 3})) ==
        "a label of the result is in no operand: `k`\n"
        "  ij,[row]j->k\n"
        "             ^\n"
        "hint: a label of the result must be in an operand, so that its extent is known; the operands have `i`, `j`, `[row]`");
}

TEST_CASE("a parenthesis in the wrong place is shown with the reason") {
  const auto hint = [](const char* text) {
    const std::string told = einsum_message(text, array({2, 3}));
    CHECK_THAT(told, ContainsSubstring("parentheses enclose whole operands, in pairs, before `->`\n"));
    return told.substr(told.find("hint: ") + 6);
  };
  CHECK(einsum_message("(ij,jk)kl->il", array({2, 3})) ==
        "parentheses enclose whole operands, in pairs, before `->`\n"
        "  (ij,jk)kl->il\n"
        "         ^\n"
        "hint: operands and groups are separated by `,`: `(ij,jk),kl->il`");
  CHECK(hint("(ij,jk,kl->il") == "this `(` has no `)` after it");
  CHECK(hint("(ij,jk),kl)->il") == "this `)` has no `(` before it");
  CHECK(hint("a(ij,jk)->il") == "operands and groups are separated by `,`: `(ij,jk),kl->il`");
  CHECK(hint("(),a->a") == "write the operands that are contracted first between `(` and `)`: `(ij,jk),kl->il`");
  CHECK(hint("i->(i)") == "the result is one term, without parentheses: `(ij,jk),kl->il`");
}

TEST_CASE("what is wrong with an array or an output is shown under its term") {
  Array<double> out({2, 2});
  CHECK(message([&] { einsum_into(out, "ij->ij", array({2, 3})); }) ==
        "the output has shape [2, 2], the result has shape [2, 3]\n"
        "  ij->ij\n"
        "      ^^ the result");
  CHECK(message([&] { einsum_into(TensorView<double>(memory + 8, {2, 3}), "ij,jk->ik", array({2, 2}), TensorView<double>(memory + 10, {2, 3})); }) ==
        "the output shares memory with operand 1, shape [2, 3]\n"
        "  ij,jk->ik\n"
        "     ^^ operand 1\n"
        "hint: write into an array of its own, or call `einsum`, which makes one");
  CHECK(message([&] { einsum_into(TensorView<double>(memory + 32, {2, 3}, {1, 1}), "ij->ij", array({2, 3})); }) ==
        "the output, shape [2, 3] and strides [1, 1], has one place for two elements\n"
        "  ij->ij\n"
        "      ^^ the result");
  CHECK(einsum_message("ij,jk->ik", array({2, 3}), TensorView<double>(nullptr, {3, 2})) ==
        "operand 1 has shape [3, 2] but no data: its address is null\n"
        "  ij,jk->ik\n"
        "     ^^ operand 1");
  CHECK(einsum_message("ij->", array({2, -3})) ==
        "operand 0 has a negative extent, -3\n"
        "  ij->\n"
        "  ^^ operand 0, shape [2, -3]");
  CHECK(einsum_message("ij->ij", TensorView<double>(memory, {2, 3}, {1})) ==
        "operand 0 has 2 extents and strides for 1\n"
        "  ij->ij\n"
        "  ^^ operand 0");
}

TEST_CASE("a long text is shown around the fault, and long pieces of it are cut short") {
  std::string text;
  std::vector<Shape> shapes;
  for (int i = 0; i < 60; ++i) text += (i > 0 ? ",[l" : "[l") + std::to_string(i) + "][l" + std::to_string(i + 1) + "]", shapes.push_back({2, 2});
  shapes[40][1] = 3;
  CHECK(message([&] { compile(text + "->[l0][l60]", shapes); }) ==
        "label `[l41]` has two extents, 3 and 2\n"
        "  ... 8][l39],[l39][l40],[l40][l41],[l41][l42],[l42][l43],[l43][l ...\n"
        "                              ^^^^^ 3 in operand 40, shape [2, 3]\n"
        "                                    ^^^^^ 2 in operand 41, shape [2, 2]");
}
