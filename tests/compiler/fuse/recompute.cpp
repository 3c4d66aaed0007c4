// recompute: which gradients stream, how, and that they mean what their values mean.
#include <algorithm>

#include <einc/gradients.hpp>

#include "fuse/fuse.hpp"
#include "support/catch.hpp"
#include "support/passes.hpp"

using namespace einc;

namespace {

std::string attention(const std::string& scores, const std::string& output = "einsum(\"bij,bjd->bid\", softmax(s, \"j\"), v)") {
  return "input q \"bic\"\ninput k \"bjc\"\ninput v \"bjd\"\ns = einsum(\"bic,bjc->bij\", q, k) * 0.5\n" + scores + "output o = " + output + "\n";
}
const std::string causal = "s = where(iota(\"j\") <= iota(\"i\"), s, -infinity)\n";

struct Case {
  Program program;
  std::vector<Shape> shapes;
};
Case gradients_of(const std::string& text, const std::vector<std::string>& by = {}, Extent batches = 4) {
  return {grad(Program::parse(text), "o", by, {.keep_outputs = true}), {{batches, 5, 4}, {batches, 7, 4}, {batches, 7, 3}, {batches, 5, 3}}};
}

// The streams of the gradients of a text; none of them changes the results.
std::vector<ir::Region> streams_of(const Case& given) {
  const ir::Expression plain = test::expression_of(given.program, given.shapes), e = test::after("recompute", plain);
  CHECK(test::distance(testing::interpret(plain, test::some_operands(given.shapes)), testing::interpret(e, test::some_operands(given.shapes))) < 1e-12);
  return e.streams;
}

// Elements of the largest value that is neither an operand nor inside a stream.
double largest_outside(const Case& given) {
  const ir::Expression e = test::after("recompute", test::expression_of(given.program, given.shapes));
  double largest = 0;
  for (ir::ValueId id = 0; id < e.values.size(); ++id) {
    bool inside = e.values[id].op == ir::Op::operand;
    for (const ir::Region& stream : e.streams) inside = inside || std::count(stream.members.begin(), stream.members.end(), id) > 0;
    if (!inside) largest = std::max(largest, ir::elements(e.values[id].labels, e.extents));
  }
  return largest;
}

}  // namespace

TEST_CASE("the gradients of attention are one more stream, whose tiles add to all rows") {
  for (const std::string& mask : {std::string(), causal, std::string("s = 2 * tanh(s / 2)\n"), causal + "s = where(iota(\"j\") >= iota(\"i\") - 2, s, -infinity)\n"}) {
    CAPTURE(mask);
    const Case given = gradients_of(attention(mask));
    const std::vector<ir::Region> streams = streams_of(given);
    REQUIRE(streams.size() == 2);
    CHECK(streams[0].online());
    CHECK_FALSE(streams[1].online());
    CHECK(streams[1].sums.size() == 2);
    CHECK(streams[1].across.size() == 1);
    CHECK(largest_outside(given) <= 4 * 7 * 4);
  }
}

TEST_CASE("what a mask hides is hidden in the gradients' tiles too, where all they add is 0 there") {
  const std::vector<ir::Region> masked = streams_of(gradients_of(attention(causal))), plain = streams_of(gradients_of(attention("")));
  CHECK(masked.at(1).scores != masked.at(1).masked);
  CHECK(plain.at(1).scores == plain.at(1).masked);
  // A finite mask leaves weights behind it where a row sees nothing else.
  const std::vector<ir::Region> finite = streams_of(gradients_of(attention("s = where(iota(\"j\") <= iota(\"i\"), s, -1e9)\n")));
  CHECK(finite.at(1).scores == finite.at(1).masked);
}

TEST_CASE("few batches are two streams, whose rows are independent") {
  const std::vector<ir::Region> streams = streams_of(gradients_of(attention(causal), {}, 2));
  REQUIRE(streams.size() == 3);
  CHECK(streams[1].across.empty());
  CHECK(streams[2].across.empty());
  CHECK(streams[1].label != streams[2].label);
}

TEST_CASE("one gradient is one stream along the label it sums") {
  CHECK(streams_of(gradients_of(attention(causal), {"q"})).size() == 2);
  CHECK(streams_of(gradients_of(attention(causal), {"v"})).size() == 2);
}

TEST_CASE("dropout, sinks, uniform rows, log-sum-exp and gates stream") {
  const Program dropped = grad(Program::parse("input q \"bic\"\ninput k \"bjc\"\ninput v \"bjd\"\ninput g \"bij\"\ns = einsum(\"bic,bjc->bij\", q, k)\n"
                                              "output o = einsum(\"bij,bjd->bid\", softmax(s, \"j\") * g / 0.9, v)\n"), "o", {"q", "k", "v"});
  CHECK(streams_of({dropped, {{4, 5, 4}, {4, 7, 4}, {4, 7, 3}, {4, 5, 7}, {4, 5, 3}}}).size() == 2);
  CHECK(streams_of(gradients_of(attention("", "einsum(\"bij,bjd->bid\", softmax(s, \"j\", 0.3), v)"))).size() == 2);
  CHECK(streams_of(gradients_of(attention(causal, "einsum(\"bij,bjd->bid\", softmax(s, \"j\", uniform), v)"))).size() == 3);  // one for the sum of weights and their cotangents
  CHECK(streams_of(gradients_of(attention("", "einsum(\"bij,bjd->bid\", softmax(s, \"j\"), v) * logsumexp(s, \"j\")"))).size() == 2);
}

TEST_CASE("a gradient as large as the scores leaves them in memory") {
  const Program biased = grad(Program::parse("input q \"bic\"\ninput k \"bjc\"\ninput v \"bjd\"\ninput a \"ij\"\ns = einsum(\"bic,bjc->bij\", q, k) + a\n"
                                             "output o = einsum(\"bij,bjd->bid\", softmax(s, \"j\"), v)\n"), "o");
  CHECK(streams_of({biased, {{4, 5, 4}, {4, 7, 4}, {4, 7, 3}, {5, 7}, {4, 5, 3}}}).size() == 1);
}

TEST_CASE("gradients of gradients mean what they say") {
  const Program second = grad(grad(Program::parse(attention(causal)), "o", {"q"}), "q_gradient", {"k", "v"});
  CHECK(streams_of({second, {{4, 5, 4}, {4, 7, 4}, {4, 7, 3}, {4, 5, 3}, {4, 5, 4}}}).size() >= 2);
}
