#include "parse/program_builder.hpp"

#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;
using test::error_of, test::sentence_of;
using Labels = std::vector<std::string>;
using Numbers = std::vector<double>;

namespace {

// One value of x "ab", shape [2, 6], counted from 0.
Numbers of(const std::string& value) { return test::computed("input x \"ab\"\noutput o = " + value, {{2, 6}}, {test::counting(12)}); }

}  // namespace

TEST_CASE("split, merge, permute and rename say what becomes of each label") {
  Program p;
  const Tensor x = p.input("x", "bse");
  CHECK(split(x, "e", "hd").labels() == Labels{"b", "s", "h", "d"});
  CHECK(merge(x, "se", "t").labels() == Labels{"b", "t"});
  CHECK(merge(x, "eb", "t").labels() == Labels{"s", "t"});
  CHECK(permute(x, "esb").labels() == Labels{"e", "s", "b"});
  CHECK(rename(x, "sb", "bs").labels() == Labels{"s", "b", "e"});
  CHECK(broadcast(x, "hebs").labels() == Labels{"h", "e", "b", "s"});
}

TEST_CASE("positions keep their order through a split and a merge") {
  CHECK(of("split(x, \"b\", \"cd\", {{\"c\", 2}})") == test::counting(12));
  CHECK(of("merge(split(x, \"b\", \"cd\", {{\"d\", 3}}), \"acd\", \"e\")") == test::counting(12));
  CHECK(of("merge(x, \"ba\", \"e\")") == Numbers{0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11});
  CHECK(of("permute(x, \"ba\")") == Numbers{0, 6, 1, 7, 2, 8, 3, 9, 4, 10, 5, 11});
  CHECK(of("sum(broadcast(x, \"bca\") + 0 * iota(\"c\"), \"ab\")\nfix(\"c\", 2)") == Numbers{66, 66});
}

TEST_CASE("rearrange splits, renames, merges and permutes in one text") {
  Program p;
  const Tensor x = p.input("x", "bse");
  CHECK(rearrange("bs(hd)->bhsd", x).labels() == Labels{"b", "h", "s", "d"});
  CHECK(rearrange("n t e -> (n t) e", x).labels() == Labels{"[n_t]", "e"});
  CHECK(rearrange("...(hd)->h...d", x).labels() == Labels{"h", "b", "s", "d"});
  CHECK(rearrange("[batch]se->(se)[batch]", x).labels() == Labels{"[s_e]", "[batch]"});
  CHECK(of("rearrange(\"a(cd)->(ac)d\", x, {{\"d\", 2}})") == test::counting(12));
  CHECK(of("rearrange(\"(cd)e->c(ed)\", permute(x, \"ba\"), {{\"c\", 3}})") == Numbers{0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11});
}

TEST_CASE("a rearrangement that loses, invents or confuses labels is refused") {
  Program p;
  const Tensor x = p.input("x", "bse");
  CHECK_THAT(sentence_of([&] { rearrange("bse->bs", x); }), ContainsSubstring("the result keeps `bs` of `bse`: every label once"));
  CHECK(error_of([&] { rearrange("bse->bsf", x); }).code() == ErrorCode::unknown_output_label);
  CHECK(error_of([&] { rearrange("bs->sb", x); }).code() == ErrorCode::rank_mismatch);
  CHECK(error_of([&] { rearrange("b(se->bse", x); }).marks().at(0).span == Span{1, 2});
  CHECK_THAT(sentence_of([&] { rearrange("b(s(e))->bse", x); }), ContainsSubstring("parentheses do not match"));
  CHECK_THAT(sentence_of([&] { rearrange("bs()e->bse", x); }), ContainsSubstring("nothing stands between the parentheses"));
  CHECK_THAT(sentence_of([&] { rearrange("b(...)->b...", x); }), ContainsSubstring("an ellipsis inside parentheses"));
  CHECK_THAT(sentence_of([&] { rearrange("bse", x); }), ContainsSubstring("one term, an arrow and one term"));
  CHECK_THAT(sentence_of([&] { rearrange("bs(he)->bshe", x); }), ContainsSubstring("label `e` cannot be a part of itself"));
  CHECK_THAT(sentence_of([&] { rearrange("bs(hd)->bshd", x, {{"k", 2}}); }), ContainsSubstring("an extent is given for `k`"));
  CHECK_THAT(sentence_of([&] { rearrange("b%e->be", x); }), ContainsSubstring("`rearrange` at program_views.cpp:"));
}

TEST_CASE("a view that contradicts itself is refused") {
  Program p;
  const Tensor x = p.input("x", "bse");
  CHECK_THAT(sentence_of([&] { split(x, "z", "hd"); }), ContainsSubstring("`split` at program_views.cpp:"));
  CHECK_THAT(sentence_of([&] { split(x, "e", "bd"); }), ContainsSubstring("label `b` is in the tensor already"));
  CHECK_THAT(sentence_of([&] { split(x, "e", "he"); }), ContainsSubstring("label `e` cannot be a part of itself"));
  CHECK_THAT(sentence_of([&] { split(x, "e", ""); }), ContainsSubstring("at least one label"));
  CHECK_THAT(sentence_of([&] { merge(x, "se", "b"); }), ContainsSubstring("label `b` is in the tensor already"));
  CHECK_THAT(sentence_of([&] { merge(x, "", "t"); }), ContainsSubstring("there are no labels to merge"));
  CHECK_THAT(sentence_of([&] { permute(x, "bs"); }), ContainsSubstring("`bs` are not the labels `bse` of the tensor in another order"));
  CHECK_THAT(sentence_of([&] { broadcast(x, "bsh"); }), ContainsSubstring("leaves out label `e`"));
  CHECK_THAT(sentence_of([&] { rename(x, "bs", "t"); }), ContainsSubstring("`bs` and `t` are not equally many labels"));
  CHECK_THAT(sentence_of([&] { rename(x, "b", "s"); }), ContainsSubstring("label `s` is twice in `sse`"));
}

TEST_CASE("a slice counts as Python does, and needs a label of its own") {
  CHECK(of("sum(slice(x, \"b\", {1, 4}, \"c\"), \"a\")") == Numbers{8, 10, 12});
  CHECK(of("slice(x, \"a\", {-1}, \"c\")") == Numbers{6, 7, 8, 9, 10, 11});
  CHECK(of("sum(slice(x, \"b\", {-5, -1, 2}, \"c\"), \"a\")") == Numbers{8, 12});
  CHECK(of("slice(x, \"b\", {4, 2}, \"c\")").empty());
  CHECK(of("sum(slice(x, \"b\", {-100, 100, 5}, \"c\"), \"a\")") == Numbers{6, 16});
  Program p;
  const Tensor x = p.input("x", "bs");
  CHECK_THAT(sentence_of([&] { slice(x, "s", {0, 2}, "s"); }), ContainsSubstring("need a label of their own"));
  CHECK_THAT(sentence_of([&] { slice(x, "s", {0, 2}, "b"); }), ContainsSubstring("label `b` is twice"));
  CHECK_THAT(sentence_of([&] { slice(x, "s", {0, 2, 0}, "t"); }), ContainsSubstring("a step of 0 leads nowhere"));
}

TEST_CASE("parts are joined in the order given, whatever the order of their labels") {
  CHECK(of("concat({{x, \"a\"}, {permute(slice(x, \"a\", {0, 1}, \"c\"), \"bc\"), \"c\"}}, \"d\")") ==
        Numbers{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 0, 1, 2, 3, 4, 5});
  Program p;
  const Tensor x = p.input("x", "bs"), y = p.input("y", "bt"), z = p.input("z", "s");
  CHECK(concat({{x, "s"}, {y, "t"}}, "u").labels() == Labels{"b", "u"});
  CHECK_THAT(sentence_of([&] { concat({{x, "s"}, {z, "s"}}, "u"); }), ContainsSubstring("besides `s` a part has labels ``, the first one `b`"));
  CHECK_THAT(sentence_of([&] { concat({}, "u"); }), ContainsSubstring("there is nothing to join"));
  CHECK_THAT(sentence_of([&] { concat({{x, "s"}}, "b"); }), ContainsSubstring("label `b` is in the tensor already"));
}

TEST_CASE("gather reads the table where the index says, and 0 beside it") {
  Program p;
  CHECK(gather(p.input("words", "vd"), "v", p.input("tokens", "bs")).labels() == Labels{"b", "s", "d"});
  const std::string text = "input x \"vd\"\ninput i \"s\"\noutput o = gather(x, \"v\", i)";
  CHECK(test::computed(text, {{3, 2}, {5}}, {test::counting(6), {2, 0, -1, 3, 1.5}}) == Numbers{4, 5, 0, 1, 0, 0, 0, 0, 2, 3});
  // Labels both have are aligned; the label counted along may be one of the index.
  const std::string aligned = "input x \"bv\"\ninput i \"bv\"\noutput o = gather(x, \"v\", i)";
  CHECK(test::computed(aligned, {{2, 2}, {2, 2}}, {test::counting(4), {1, 0, 1, 1}}) == Numbers{1, 0, 3, 3});
}
