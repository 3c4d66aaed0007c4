#include <einc/program.hpp>

#include "support/catch.hpp"
#include "support/programs.hpp"
#include "support/random_program.hpp"

using namespace einc;

TEST_CASE("attention prints as it would be written") {
  Program p;
  const Tensor q = p.input("q", "bqhc"), k = p.input("k", "bkhc"), v = p.input("v", "bkhc");
  const Tensor scores = einsum("bqhc,bkhc->bhqk", q, k) * rsqrt(p.extent("c"));
  const Tensor masked = where(p.iota("k") <= p.iota("q"), scores, -infinity);
  p.output("o", einsum("bhqk,bkhc->bqhc", softmax(masked, "k"), v));
  CHECK(p.text() ==
        "input q \"bqhc\"\n"
        "input k \"bkhc\"\n"
        "input v \"bkhc\"\n"
        "v0 = einsum(\"bqhc,bkhc->bhqk\", q, k) * rsqrt(extent(\"c\"))\n"
        "v1 = where(iota(\"k\") <= iota(\"q\"), v0, -infinity)\n"
        "v2 = reduce(max, v1, \"k\")\n"
        "v3 = exp(v1 - where(v2 == -infinity, 0, v2))\n"
        "v4 = sum(v3, \"k\")\n"
        "output o = einsum(\"bhqk,bkhc->bqhc\", v3 / where(v4 == 0, 1, v4), v)\n");
  CHECK(Program::parse(p.text()) == p);
}

TEST_CASE("every operation reads back as it was printed") {
  Program p;
  const Tensor x = p.input("x", "b[long]"), y = p.input("y", "λ");
  p.fix("h", 2);
  p.output("a", split(x, "b", "hd"), "d[long]h");
  p.output("b", rearrange("(mn)b->bmn", x, {{"m", 2}, {"n", 3}}));
  p.output("c", merge(x, "[long]b", "e"));
  p.output("d", rename(permute(x, "[long]b"), "b", "[long2]"));
  p.output("e", broadcast(y, "zλ") + p.iota("z"));
  p.output("f", slice(x, "b", {2}, "s") + slice(x, "b", {-3, -1}, "s") + slice(x, "b", {.step = 2}, "s"));
  p.output("g", concat({{y, "λ"}, {y, "λ"}}, "w"));
  p.output("i", gather(x, "b", y));
  p.output("j", cast(-x > y, DType::bf16) * mean(y, "λ"));
  p.output("k", einsum("aa,bb->ab", x, broadcast(p.iota("z"), "zb")));
  p.output("l", sum(y, "λ") - 1e-3 + infinity);
  p.output("m", einsum("->", p.extent("b")));
  p.output("n", rearrange("ab->ab", x, {{"a", 3}}));
  const std::string text = p.text();
  INFO(text);
  CHECK(Program::parse(text).text() == text);
  CHECK_THAT(text, ContainsSubstring("output a \"d[long]h\" = split(x, \"b\", \"hd\")\n"));
  CHECK_THAT(text, ContainsSubstring("output b = rearrange(\"(mn)b->mnb\", x, {{\"m\", 2}, {\"n\", 3}})") ||
                       ContainsSubstring("permute(rearrange(\"(mn)b->mnb\", x, {{\"m\", 2}, {\"n\", 3}}), \"bmn\")"));
  CHECK_THAT(text, ContainsSubstring("slice(x, \"b\", {0, infinity, 2}, \"s\")"));
  CHECK_THAT(text, ContainsSubstring("cast(-x > y, bf16)"));
}

TEST_CASE("a name given twice prints as two names") {
  const std::string text = Program::parse("input x \"a\"\ny = exp(x)\ny = y * y\ny_2 = -y\noutput o = y + y_2").text();
  CHECK(text ==
        "input x \"a\"\n"
        "y = exp(x)\n"
        "y_3 = y * y\n"
        "y_2 = -y_3\n"
        "output o = y_3 + y_2\n");
  CHECK(Program::parse(text).text() == text);
}

TEST_CASE("what is long gets a line of its own, so that text does not grow with use") {
  Program p;
  Tensor x = p.input("x", "a");
  for (int i = 0; i < 100; ++i) x = sin(x) * cos(x);
  p.output("o", x);
  CHECK(p.text().size() < 100 * 40);
  CHECK(Program::parse(p.text()) == p);
}

TEST_CASE("programs are equal when their texts are") {
  Program p, q;
  p.output("o", exp(p.input("x", "a")));
  q.output("o", exp(q.input("x", "a")));
  CHECK(p == q);
  q.fix("a", 3);
  CHECK_FALSE(p == q);
}

TEST_CASE("a program printed and read gives the same numbers") {
  for (std::uint64_t seed = 1000; seed < 1300; ++seed) {
    INFO("seed " << seed);
    const einc::testing::RandomProgram random = einc::testing::random_program(seed);
    const std::string text = random.program.text();
    INFO(text);
    const Program again = Program::parse(text);
    REQUIRE(again.text() == text);
    const auto expected = test::computed(random.program, random.shapes, random.operands), found = test::computed(again, random.shapes, random.operands);
    REQUIRE(expected.size() == found.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
      REQUIRE(expected[i].size() == found[i].size());
      for (std::size_t j = 0; j < expected[i].size(); ++j) REQUIRE(found[i][j] == Approx(expected[i][j]).margin(1e-12));
    }
  }
}
