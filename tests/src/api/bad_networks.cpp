// Networks nobody means: for each a plan or an error in words, soon.
#include <algorithm>
#include <functional>
#include <string>

#include <einc/einsum.hpp>
#include <fmt/format.h>

#include "support/catch.hpp"

using namespace einc;

namespace {

constexpr Extent huge = Extent{1} << 62;

std::string labels(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("[x{}]", i);
  return text;
}

std::string joined(std::size_t count, const std::function<std::string(std::size_t)>& term) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += (i > 0 ? "," : "") + term(i);
  return text;
}

// The code of the error, or none for a plan; nothing else may come.
ErrorCode outcome(const std::string& text, const std::vector<Shape>& shapes, const Options& options = {}) {
  try {
    const Compiled compiled = compile(text, shapes, options);
    CHECK(!compiled.plan().method.empty());
    CHECK(!compiled.explain().empty());
    return ErrorCode::none;
  } catch (const Error& error) {
    CHECK(std::string(error.what()).size() < 4000);
    CHECK(!error.sentence().empty());
    return error.code();
  }
}

void has_plan(const std::string& text, const std::vector<Shape>& shapes) {
  INFO(text.substr(0, 100));
  for (const Effort effort : {Effort::fast, Effort::balanced}) {
    Options options;
    options.effort = effort;
    CHECK(outcome(text, shapes, options) == ErrorCode::none);
  }
  for (const Planner planner : {Planner::greedy, Planner::left_to_right}) {
    Options options;
    options.planner = planner;
    CHECK(outcome(text, shapes, options) == ErrorCode::none);
  }
}

void too_large(const std::string& text, const std::vector<Shape>& shapes) {
  INFO(text.substr(0, 100));
  CHECK(outcome(text, shapes) == ErrorCode::too_large);
}

}  // namespace

TEST_CASE("none, one, and many that share nothing") {
  CHECK(outcome("", {}) == ErrorCode::operand_count);
  CHECK(outcome("->", {}) == ErrorCode::operand_count);
  has_plan("", {{}});
  has_plan("->", {{}});
  has_plan("ij->ji", {{2, 3}});
  has_plan("ab,cd,ef,gh->aceg", std::vector<Shape>(4, Shape{3, 4}));
  has_plan(joined(60, [](std::size_t i) { return fmt::format("[a{}]", i / 2); }) + "->", std::vector<Shape>(60, Shape{3}));
  has_plan(joined(40, [](std::size_t i) { return fmt::format("[a{}]", i); }) + "->", std::vector<Shape>(40, Shape{2}));
  has_plan(joined(200, [](std::size_t) { return std::string(); }) + "->", std::vector<Shape>(200));
}

TEST_CASE("a label in every tensor") {
  has_plan(joined(40, [](std::size_t i) { return fmt::format("x[a{}][a{}]", i, (i + 1) % 40); }) + "->x", std::vector<Shape>(40, Shape{5, 3, 3}));
  has_plan(joined(100, [](std::size_t) { return std::string("x"); }) + "->x", std::vector<Shape>(100, Shape{5}));
  has_plan(joined(30, [](std::size_t) { return labels(25); }) + "->" + labels(25), std::vector<Shape>(30, Shape(25, 2)));
}

TEST_CASE("extents of 0, 1 and of all there is") {
  has_plan("ab,bc,cd->ad", {{0, 1}, {1, 0}, {0, 1}});
  has_plan("ab,bc,cd->ad", {{3, 0}, {0, 5}, {5, 4}});
  has_plan("ab,bc,cd,de->ae", std::vector<Shape>(4, Shape{1, 1}));
  has_plan("ij->ij", {{huge, 0}});
  has_plan("ijk->ijk", {{huge, huge, 0}});
  has_plan("i,j,k->", std::vector<Shape>(3, Shape{Extent{1} << 40}));  // 2^120 positions, three sums of 2^40
  too_large("i->i", {{huge}});
  too_large("ij->", {{huge, huge}});
  too_large("ijk->ij", {{huge, huge, 0}});
  too_large("i,j->ij", std::vector<Shape>(2, Shape{Extent{1} << 40}));
  too_large("ij,jk,kl->il", std::vector<Shape>(3, Shape{Extent{1} << 31, Extent{1} << 31}));
  too_large(joined(70, [](std::size_t i) { return fmt::format("[x{}]", i); }) + "->" + labels(70), std::vector<Shape>(70, Shape{2}));
  const std::string clique = joined(24, [](std::size_t i) {
    std::string term;
    for (std::size_t j = 0; j < 24; ++j)
      if (j != i) term += fmt::format("[e{}x{}]", std::min(i, j), std::max(i, j));
    return term;
  });
  CHECK(outcome(clique + "->", std::vector<Shape>(24, Shape(23, 2))) == ErrorCode::memory_limit);  // every two share a label: 2^144 in the middle
  CHECK(outcome("i->", {{-1}}) == ErrorCode::bad_shape);
  Options limited;
  limited.memory_limit = 1;
  CHECK(outcome("ij,jk,kl->il", std::vector<Shape>(3, Shape{64, 64}), limited) == ErrorCode::memory_limit);
}

TEST_CASE("operands of thousands of labels, and of one label thousands of times") {
  has_plan(labels(3000) + "->" + labels(3000), {Shape(3000, 1)});
  has_plan(labels(3000) + "," + labels(3000) + "->", {Shape(3000, 1), Shape(3000, 1)});
  has_plan(labels(3000) + "->", {Shape(3000, 0)});
  too_large(labels(3000) + "->", {Shape(3000, 2)});
  has_plan(std::string(3000, 'a') + "->a", {Shape(3000, 1)});
  has_plan(std::string(3000, 'a') + "->a", {Shape(3000, 0)});
  too_large(std::string(3000, 'a') + "->a", {Shape(3000, 2)});
  too_large(std::string(60, 'a') + "->a", {Shape(60, 2)});
  has_plan(std::string(20, 'a') + "," + std::string(20, 'a') + "->a", {Shape(20, 2), Shape(20, 2)});
}
