// The grammar: what the one parser reads, while compiling and at run time, and which faults it finds where.
#include <einc/subscripts.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "support/catch.hpp"

using namespace einc;

namespace {

// A text as the parser understood it, with single blanks and the arrow always written: "ij,jk->ik".
std::string print(std::string_view text) {
  const Subscripts parsed = parse_subscripts(text);
  if (parsed.fault.code != ErrorCode::none) return std::string(name_of(parsed.fault.code));
  auto print_term = [&](const SubscriptTerm& term) {
    std::string all;
    for (const Subscript& subscript : term.subscripts) {
      const Span span = parsed.names[subscript.name];
      const std::string name(text.substr(span.begin, span.end - span.begin));
      all += subscript.ellipsis ? "(" + name + "...)" : name.size() > 1 ? "[" + name + "]" : name;
    }
    return all;
  };
  std::string all;
  for (std::size_t i = 0; i < parsed.operands.size(); ++i) all += (i > 0 ? "," : "") + print_term(parsed.operands[i]);
  return all + "->" + print_term(parsed.output);
}

struct Fails {
  std::string_view text;
  ErrorCode code;
  std::uint32_t begin, end;
};

constexpr Fails faults[] = {
    {"i$->i", ErrorCode::bad_character, 1, 2},
    {"i2->i", ErrorCode::bad_character, 1, 2},
    {"2", ErrorCode::bad_character, 0, 1},
    {"i;j", ErrorCode::bad_character, 1, 2},
    {"ab]->a", ErrorCode::bad_character, 2, 3},
    {"i\xff->i", ErrorCode::bad_character, 1, 2},          // no UTF-8
    {"i\xc0\xaf->i", ErrorCode::bad_character, 1, 2},      // overlong
    {"i\xed\xa0\x80->i", ErrorCode::bad_character, 1, 2},  // a surrogate
    {"i-i", ErrorCode::bad_arrow, 1, 2},
    {"i>i", ErrorCode::bad_arrow, 1, 2},
    {"ij- >ji", ErrorCode::bad_arrow, 2, 3},
    {"i->i->", ErrorCode::bad_arrow, 4, 6},
    {"i->>", ErrorCode::bad_arrow, 3, 4},
    {"i-", ErrorCode::bad_arrow, 1, 2},
    {"..i->i", ErrorCode::bad_ellipsis, 0, 2},
    {". ..i->i", ErrorCode::bad_ellipsis, 0, 1},
    {"....i", ErrorCode::bad_ellipsis, 3, 4},
    {"...i...->i", ErrorCode::bad_ellipsis, 4, 7},
    {"...i->...i...", ErrorCode::bad_ellipsis, 10, 13},
    {"[batch,j->j", ErrorCode::bad_name, 0, 1},
    {"[]j->j", ErrorCode::bad_name, 0, 2},
    {"[2x]->", ErrorCode::bad_name, 0, 4},
    {"[a b]->", ErrorCode::bad_name, 0, 5},
    {"i->i,", ErrorCode::comma_in_output, 4, 5},
    {"i->,", ErrorCode::comma_in_output, 3, 4},
    {"ij->ijk", ErrorCode::unknown_output_label, 6, 7},
    {"->i", ErrorCode::unknown_output_label, 2, 3},
    {"(ij,jk->ik", ErrorCode::bad_grouping, 0, 1},
    {"(ij,(jk,kl)->il", ErrorCode::bad_grouping, 0, 1},
    {"ij,jk)->ik", ErrorCode::bad_grouping, 5, 6},
    {"ij,() ->ij", ErrorCode::bad_grouping, 3, 5},
    {"( )", ErrorCode::bad_grouping, 0, 3},
    {"((ij,()),jk)->ik", ErrorCode::bad_grouping, 5, 7},
    {"i(j,jk)->ik", ErrorCode::bad_grouping, 1, 2},
    {"(ij)jk->ik", ErrorCode::bad_grouping, 4, 5},
    {"(ij)...->ij", ErrorCode::bad_grouping, 4, 5},
    {"(ij)(jk)->ik", ErrorCode::bad_grouping, 4, 5},
    {"(ij) [row]->ij", ErrorCode::bad_grouping, 5, 6},
    {"ij,jk->(ik)", ErrorCode::bad_grouping, 7, 8},
    {"ij,jk->ik)", ErrorCode::bad_grouping, 9, 10},
    {"(i[(]j)", ErrorCode::bad_name, 2, 5},
    {"[batch]j,[batch]k", ErrorCode::implicit_output_with_names, 0, 7},
};

constexpr bool faults_are_found() {
  for (const Fails& expected : faults) {
    const Fault fault = parse_subscripts(expected.text).fault;
    if (fault.code != expected.code || fault.first != Span{expected.begin, expected.end}) return false;
  }
  return true;
}

// The compiler itself runs the parser here.
static_assert(faults_are_found());
static_assert(parse_subscripts("bqhc,bkhc->bhqk").operands.size() == 2);
static_assert(parse_subscripts("bqhc,bkhc->bhqk").output.subscripts.size() == 4);
static_assert(parse_subscripts("bqhc,bkhc->bhqk").names.size() == 5);
static_assert(parse_subscripts("((ij,jk),kl),lm->im").groups.size() == 2);
static_assert(parse_subscripts("").fault.code == ErrorCode::none);
static_assert(parse_subscripts("ij,jk").output.subscripts.size() == 2 && !parse_subscripts("ij,jk").has_arrow);

}  // namespace

TEST_CASE("every fault of a text has its code and its place") {
  for (const Fails& expected : faults) {
    INFO(expected.text);
    const Fault fault = parse_subscripts(expected.text).fault;
    CHECK(name_of(fault.code) == name_of(expected.code));
    CHECK(fault.first.begin == expected.begin);
    CHECK(fault.first.end == expected.end);
    CHECK(!sentence_of(fault.code).empty());
  }
}

TEST_CASE("a result that is not written has the labels that occur once, in ASCII order") {
  CHECK(print("ij,jk") == "ij,jk->ik");
  CHECK(print("ba") == "ba->ab");
  CHECK(print("bB") == "bB->Bb");
  CHECK(print("ii") == "ii->");
  CHECK(print("") == "->");
  CHECK(print(",") == ",->");
  CHECK(print("z...,a...") == "z(...),a(...)->(...)az");
}

TEST_CASE("white space between tokens changes nothing") {
  CHECK(print("bqc, chv->bqhv") == print("bqc,chv->bqhv"));
  CHECK(print(" b q\tc ,\nchv -> b q h v ") == print("bqc,chv->bqhv"));
  CHECK(print(" ... i -> i ... ") == print("...i->i..."));
  CHECK(print(" ") == print(""));
}

TEST_CASE("labels are letters, other UTF-8 characters and names in brackets") {
  CHECK(print("[batch]i,[batch]j->[batch]ij") == "[batch]i,[batch]j->[batch]ij");
  CHECK(print("[i]j,ik->jk") == "ij,ik->jk");  // a letter and a name of one letter are one label
  CHECK(print("λμ,μν->λν") == "[λ][μ],[μ][ν]->[λ][ν]");
  CHECK(print("[x_1]->[x_1]") == "[x_1]->[x_1]");
  CHECK(print("[rows...]i->[rows...]") == "(rows...)i->(rows...)");
  CHECK(print("[rows...]i,...i->[rows...]...") == "(rows...)i,(...)i->(rows...)(...)");
}

TEST_CASE("spans name the bytes of every subscript") {
  const Subscripts parsed = parse_subscripts(" ij , [batch]... -> λ");
  REQUIRE(parsed.fault.code == ErrorCode::unknown_output_label);  // spans stand even when the text is refused later
  REQUIRE(parsed.operands.size() == 2);
  CHECK(parsed.operands[0].span == Span{1, 3});
  CHECK(parsed.operands[1].span == Span{6, 16});
  CHECK(parsed.operands[1].subscripts[0].span == Span{6, 13});
  CHECK(parsed.operands[1].subscripts[1].span == Span{13, 16});
  CHECK(parsed.output.subscripts[0].span == Span{20, 22});
}

TEST_CASE("labels may repeat in an operand and in the result") {
  CHECK(print("iij->ij") == "iij->ij");
  CHECK(print("i->ii") == "i->ii");
}

TEST_CASE("a group is a range of terms, and inner groups stand before the group they are in") {
  const auto groups = [](std::string_view text) {
    const Subscripts parsed = parse_subscripts(text);
    INFO(text);
    REQUIRE(parsed.fault.code == ErrorCode::none);
    return parsed.groups;
  };
  CHECK(groups("ij,jk").empty());
  CHECK(groups("(ij,jk),kl->il") == std::vector<SubscriptGroup>{{{0, 7}, 0, 2}});
  CHECK(groups("ij, ( jk ,(kl,lm) ) ->im") == std::vector<SubscriptGroup>{{{10, 17}, 2, 4}, {{4, 19}, 1, 4}});
  CHECK(groups("(ij),(jk,,kl)") == std::vector<SubscriptGroup>{{{0, 4}, 0, 1}, {{5, 13}, 1, 4}});
  CHECK(groups("(,)") == std::vector<SubscriptGroup>{{{0, 3}, 0, 2}});
  CHECK(groups("((...i))") == std::vector<SubscriptGroup>{{{1, 7}, 0, 1}, {{0, 8}, 0, 1}});
}

TEST_CASE("parentheses change neither the terms nor the deduced result") {
  CHECK(print("(ij,jk),kl->il") == "ij,jk,kl->il");
  CHECK(print("((ba)),(cb,...)") == print("ba,cb,..."));
  CHECK(parse_subscripts("(ij, jk ),kl").operands[1].span == Span{5, 7});
}

TEST_CASE("a hundred thousand parentheses are read, closed or not") {
  const std::string open(100000, '('), close(100000, ')');
  CHECK(parse_subscripts(open + "ij" + close + "->ji").groups.size() == 100000);
  CHECK(parse_subscripts(open).fault.first == Span{99999, 100000});
  CHECK(parse_subscripts(open + "ij" + close + ")").fault.first == Span{200002, 200003});
}

TEST_CASE("a text of a hundred thousand terms is read in reasonable time") {
  std::string text = "a";
  for (int i = 0; i < 100000; ++i) text += ",a";
  CHECK(parse_subscripts(text + "->a").operands.size() == 100001);
}

TEST_CASE("what the compiler is to say of a literal is the sentence of the run time") {
  std::size_t sentences = 0;
  for (auto code = ErrorCode::none; code < ErrorCode::operand_count; code = static_cast<ErrorCode>(static_cast<int>(code) + 1)) {
    if (sentence_of(code).empty()) continue;
    ++sentences;
    const std::string path = std::string(EINC_TEST_SOURCES) + "/compile_fail/" + std::string(name_of(code)) + ".cpp";
    std::ifstream file(path);
    INFO(path);
    REQUIRE(file);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    CHECK_THAT(text, ContainsSubstring("// expect: " + std::string(sentence_of(code)) + "\n"));
  }
  CHECK(sentences == 8);
}
