// Options::order: an einsum contracted in the caller's order gives the numbers of any other, and what is no order is refused.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>

#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

using Order = std::vector<std::vector<std::uint32_t>>;

Options ordered(Order order) {
  Options options;
  options.order = std::move(order);
  return options;
}

const std::vector<Shape> chain = {{3, 40}, {40, 5}, {5, 60}, {60, 7}};

std::string refusal(std::string_view text, const std::vector<Shape>& shapes, const Options& options) {
  try {
    compile(text, shapes, options);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_option);
    return error.what();
  }
  return "taken";
}

// Steps of two, three or four, at random.
Order random_order(std::mt19937& random, std::size_t left) {
  Order order;
  while (left > 1) {
    const std::size_t size = std::min<std::size_t>(left, 2 + (random() % 4 == 0 ? random() % 3 : 0));
    std::vector<std::uint32_t> step;
    while (step.size() < size) {
      const auto place = static_cast<std::uint32_t>(random() % left);
      if (std::find(step.begin(), step.end(), place) == step.end()) step.push_back(place);
    }
    order.push_back(step);
    left -= size - 1;
  }
  return order;
}

}  // namespace

TEST_CASE("a given order is the order of the plan") {
  for (const Order& order : {Order{{0, 1}, {0, 1}, {0, 1}}, Order{{0, 2}, {0, 1}, {0, 1}}, Order{{2, 3}, {0, 1}, {0, 1}}}) {
    const Compiled compiled = compile("ij,jk,kl,lm->im", chain, ordered(order));
    CHECK(compiled.plan().order == order);
    CHECK(compiled.plan().method == "given: 4 operands");
    CHECK_THAT(compiled.explain(), ContainsSubstring("order      given: 4 operands"));
  }
  CHECK(compile("ij,jk,kl,lm->im", chain, ordered({{2, 1}, {1, 0}, {1, 0}})).plan().order == Order{{1, 2}, {0, 1}, {0, 1}});
  const Compiled by_threes = compile("ij,jk,kl,lm->im", chain, ordered({{0, 1, 2}, {0, 1}}));
  CHECK(by_threes.plan().order.size() == 3);
  CHECK_THAT(by_threes.plan().method, ContainsSubstring("given: 4 operands; the last step of more than two: exact: 3 operands"));
  CHECK(compile("ij,jk->ik", {{2, 3}, {3, 4}}, ordered({{1, 0}})).plan().steps.size() == 1);
  CHECK_NOTHROW(compile("ij->i", {{2, 3}}, ordered({{0}})));
}

TEST_CASE("the plan's own order, given back, is the same plan") {
  const Compiled first = compile("ij,jk,kl,lm->im", chain);
  const Compiled again = compile("ij,jk,kl,lm->im", chain, ordered(first.plan().order));
  CHECK(again.plan().order == first.plan().order);
  CHECK(again.plan().flops == first.plan().flops);
}

TEST_CASE("what is no order of the operands is refused with the step") {
  const std::string text = "ij,jk,kl,lm->im";
  CHECK_THAT(refusal(text, chain, ordered({{0, 1}, {0, 1}})), ContainsSubstring("ends with 2 operands left") && ContainsSubstring("numpy.einsum_path"));
  CHECK_THAT(refusal(text, chain, ordered({{0, 4}, {0, 1}, {0, 1}})), ContainsSubstring("step 1 of the order, (0, 4), names operand 4 where 4 are left, 0 to 3"));
  CHECK_THAT(refusal(text, chain, ordered({{0, 1}, {0, 1}, {0, 1}, {0, 1}})), ContainsSubstring("step 4"));
  CHECK_THAT(refusal(text, chain, ordered({{0, 0}, {0, 1}, {0, 1}})), ContainsSubstring("twice"));
  CHECK_THAT(refusal(text, chain, ordered({{}})), ContainsSubstring("takes 0 operands"));
  CHECK_THAT(refusal("ij,jk->ik", {{2, 3}, {3, 4}}, ordered({{0, 2}})), ContainsSubstring("names operand 2"));  // checked where there is nothing to choose, too
  CHECK_THAT(refusal("ij->i", {{2, 3}}, ordered({{0, 1}})), ContainsSubstring("nothing to contract"));
  CHECK_THAT(refusal("(ij,jk),kl,lm->im", chain, ordered({{0, 1}, {0, 1}, {0, 1}})), ContainsSubstring("parentheses"));
  CHECK_THROWS_WITH(compile(Program::parse("input a \"i\"\noutput b = exp(a)\n"), {{3}}, ordered({{0, 1}})), ContainsSubstring("`order`") && ContainsSubstring("program"));
}

TEST_CASE("a given order that needs too much memory is cut, and says so where that is not enough") {
  const std::vector<Shape> large = {{300, 40}, {40, 5}, {5, 600}, {600, 7}};
  const Order order = {{0, 2}, {0, 1}, {0, 1}};
  Options options = ordered(order);
  const std::int64_t whole = compile("ij,jk,kl,lm->im", large, options).plan().run_bytes;
  options.memory_limit = whole / 100;
  const Compiled cut = compile("ij,jk,kl,lm->im", large, options);
  CHECK(cut.plan().run_bytes <= options.memory_limit);
  CHECK(cut.plan().slices > 1);
  CHECK(cut.plan().order == order);
  CHECK_THAT(cut.plan().method, ContainsSubstring("given: 4 operands; cut into") && ContainsSubstring("the given order needs"));
  options.memory_limit = 10;
  CHECK_THROWS_WITH(compile("ij,jk,kl,lm->im", large, options), ContainsSubstring("of the given order needs"));
}

TEST_CASE("slices are chosen for the order that is given, and leave it as it is") {
  for (const Order& order : {Order{{0, 1}, {0, 1}, {0, 1}}, Order{{0, 2}, {0, 1}, {0, 1}}, Order{{2, 3}, {0, 1}, {0, 1}}, Order{{0, 1, 3}, {0, 1}}}) {
    Options options = ordered(order);
    const Compiled whole = compile("ij,jk,kl,lm->im", chain, options);
    options.slices = 50;
    const Compiled cut = compile("ij,jk,kl,lm->im", chain, options);
    CHECK(cut.plan().slices >= 50);
    CHECK(cut.slicing().partial_bytes > 0);
    CHECK(cut.plan().order == whole.plan().order);
    CHECK(load_plan(cut.plan_json()).plan().order == whole.plan().order);
  }
  Options options = ordered({{0, 1}});
  options.slices = 4;
  CHECK(compile("ij,jk->ik", {{8, 9}, {9, 8}}, options).plan().slices >= 4);
}

TEST_CASE("random orders give the same numbers, in every arithmetic") {
  std::mt19937 random(11);
  for (int round = 0; round < 120; ++round) {
    CAPTURE(round);
    const std::size_t operands = 3 + random() % 5;
    std::string text;
    std::vector<Shape> shapes(operands);
    std::string seen;
    for (std::size_t i = 0; i < operands; ++i) {
      text += i > 0 ? "," : "";
      for (std::size_t n = random() % 4; n > 0; --n) {
        const char label = static_cast<char>('a' + random() % 6);
        text += label, seen += label;
        shapes[i].push_back(label == 'f' ? 1 : 2 + (label - 'a') % 3);
      }
    }
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    text += "->" + seen.substr(0, random() % 3);
    CAPTURE(text);
    std::vector<Array<double>> arrays;
    for (const Shape& shape : shapes) {
      arrays.emplace_back(shape);
      for (std::size_t i = 0; i < arrays.back().size(); ++i) arrays.back().data()[i] = static_cast<double>(random() % 5) - 2;
    }
    std::vector<ArrayRef> refs;
    for (const auto& array : arrays) refs.push_back({array.data(), DType::f64, array.extents(), array.strides()});
    for (const Semiring& semiring : {Semiring{}, Semiring{.algebra = Algebra::max_plus}, Semiring{.algebra = Algebra::log_sum_exp}}) {
      Options plain;
      plain.semiring = semiring;
      Options given = plain;
      given.order = random_order(random, operands);
      if (round % 3 == 0) given.memory_limit = 20'000;
      const Array<double> expected = einsum<double>(text, refs, plain), got = einsum<double>(text, refs, given);
      REQUIRE(expected.size() == got.size());
      for (std::size_t i = 0; i < got.size(); ++i) CHECK(std::abs(got.data()[i] - expected.data()[i]) <= 1e-9 * (1 + std::abs(expected.data()[i])));
    }
  }
}
