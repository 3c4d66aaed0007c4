// Parentheses in a text: what stands in them is contracted on its own, and the numbers stay those of the text without them.
#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "parse/parse.hpp"
#include "pipeline.hpp"
#include "support/catch.hpp"
#include "support/fill.hpp"
#include "support/random_einsum.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

struct Grouped {
  std::string text;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> groups;  // operands [first, last)
};

// Terms [first, last) with random parentheses around ranges of them.
std::string group_terms(Random& random, const std::vector<std::string>& terms, std::uint32_t first, std::uint32_t last, Grouped& grouped) {
  if (last - first == 1) {
    if (!random.chance(0.15) || terms[first].find_first_not_of(" \t") == std::string::npos) return terms[first];
    grouped.groups.push_back({first, last});
    return "(" + terms[first] + ")";
  }
  std::string text;
  for (std::uint32_t at = first; at < last;) {
    const auto next = static_cast<std::uint32_t>(at + 1 + random.below(std::min<std::uint32_t>(last - at, last - first - 1)));
    std::string part = group_terms(random, terms, at, next, grouped);
    if (next - at > 1 && random.chance(0.8)) {
      part = "(" + part + " )";
      grouped.groups.push_back({at, next});
    }
    text += (at > first ? "," : "") + part;
    at = next;
  }
  return text;
}

Grouped group_at_random(const std::string& text, std::uint64_t seed) {
  Random random(seed);
  const Subscripts parsed = parse_subscripts(text);
  const std::size_t arrow = text.find("->");
  std::vector<std::string> terms(1);
  for (char c : text.substr(0, arrow)) c == ',' ? void(terms.emplace_back()) : terms.back().push_back(c);
  Grouped result;
  result.text = group_terms(random, terms, 0, static_cast<std::uint32_t>(terms.size()), result);
  if (arrow != std::string::npos) result.text += text.substr(arrow);
  return result;
}

// The operands below every step of a plan.
std::vector<std::set<std::uint32_t>> operands_of_steps(const compiler::Compilation& compilation) {
  std::vector<std::set<std::uint32_t>> below;
  for (const ir::Leaf& leaf : compilation.plan.leaves) below.push_back({compilation.expression.values[leaf.value].operand});
  for (const ir::Step& step : compilation.plan.steps) {
    std::set<std::uint32_t> all;
    for (const ir::PlanValue read : ir::reads(step)) all.insert(below[read].begin(), below[read].end());
    below.push_back(std::move(all));
  }
  return below;
}

// Whether some step mixes a part of a group with what is outside of it.
bool respects(const std::set<std::uint32_t>& step, std::pair<std::uint32_t, std::uint32_t> group) {
  std::size_t inside = 0;
  for (std::uint32_t operand : step) inside += operand >= group.first && operand < group.second;
  return inside == 0 || inside == step.size() || inside == group.second - group.first;
}

compiler::Compilation compiled(std::string_view text, const std::vector<Shape>& shapes, const Options& options = {}) {
  std::vector<Strides> strides;
  for (const Shape& shape : shapes) strides.push_back(row_major(shape));
  std::vector<bind::Layout> layouts;
  for (std::size_t i = 0; i < shapes.size(); ++i) layouts.push_back({shapes[i], strides[i]});
  return compiler::compile({text, layouts}, options, ir::Target{});
}

std::vector<std::string> steps(std::string_view text, const std::vector<Shape>& shapes) {
  std::vector<std::string> all;
  const Compiled compiled = compile(text, shapes);
  for (const StepSummary& step : compiled.plan().steps) all.push_back(step.text);
  return all;
}

}  // namespace

TEST_CASE("random groupings of random einsums give the numbers of the loop nest, and every step respects them") {
  std::size_t groups = 0, nested = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const RandomEinsum call = random_einsum(seed, 3000, 8);
    const Grouped grouped = group_at_random(call.text, seed);
    INFO(seed << " `" << call.text << "` as `" << grouped.text << "`");
    groups += grouped.groups.size();
    nested += grouped.text.find("((") != std::string::npos;
    std::vector<std::vector<double>> memory;
    std::vector<TensorView<const double>> views;
    std::vector<ArrayRef> refs;
    std::vector<Shape> shapes;
    for (const Layout& layout : call.operands) {
      std::vector<double>& values = memory.emplace_back(layout.size);
      for (std::size_t n = 0; n < layout.size; ++n) values[n] = fill_value<double>(n, memory.size(), 0.4);
      views.emplace_back(values.data() + layout.first, layout.extents, layout.strides);
      shapes.push_back(layout.extents);
    }
    for (const auto& view : views) refs.push_back({view.data(), DType::f64, view.extents(), view.strides()});
    Options options = call.options;
    options.dtype = DType::f64;
    const auto reference = reference_einsum<double>(call.text, views);
    const Array<double> result = einsum<double>(grouped.text, refs, options);
    REQUIRE(result.extents() == reference.extents);
    REQUIRE(first_difference(reference, result.data()) == -1);
    for (const auto& step : operands_of_steps(compiled(grouped.text, shapes, options)))
      for (const auto& group : grouped.groups) REQUIRE(respects(step, group));
  }
  CHECK(groups > 400);
  CHECK(nested > 40);
}

TEST_CASE("parentheses decide an order the planner would not choose") {
  const std::vector<Shape> shapes{{2, 500}, {500, 2}, {2, 500}};
  CHECK(steps("ij,jk,kl->il", shapes) == std::vector<std::string>{"ij,jk->ik", "ik,kl->il"});
  CHECK(steps("ij,(jk,kl)->il", shapes) == std::vector<std::string>{"jk,kl->jl", "ij,jl->il"});
  CHECK(compile("ij,(jk,kl)->il", shapes).plan().flops > 100 * compile("ij,jk,kl->il", shapes).plan().flops);
}

TEST_CASE("the planner is free inside a group of several operands") {
  const std::vector<Shape> shapes{{2, 500}, {500, 2}, {2, 500}, {500, 3}};
  const auto all = steps("(ij,jk,kl),lm->im", shapes);
  REQUIRE(all.size() == 3);
  CHECK(all[0] == "ij,jk->ik");
  CHECK(all[1].substr(0, 7) == "ik,kl->");  // in whichever order of labels
}

TEST_CASE("a label that lives only in a group is summed there") {
  CHECK(steps("(ij),k->ik", {{2, 3}, {4}}) == std::vector<std::string>{"ij->i", "i,k->ik"});
  CHECK(steps("(i,ij),jk->k", {{2}, {2, 3}, {3, 4}}) == std::vector<std::string>{"i,ij->j", "j,jk->k"});
}

TEST_CASE("parentheses that say nothing change nothing") {
  const std::vector<Shape> shapes{{2, 3}, {3, 4}};
  for (const char* text : {"(ij),jk->ik", "(((ij),(jk)))->ik", "( ij , jk ) -> ik"}) {
    INFO(text);
    CHECK(steps(text, shapes) == steps("ij,jk->ik", shapes));
  }
  CHECK(steps("(ii)->i", {{3, 3}}) == steps("ii->i", {{3, 3}}));
}

TEST_CASE("ellipses and extents of 1 stretch across groups") {
  const std::vector<double> a{1, 2, 3}, b{10, 20}, c{5};
  const TensorView<const double> x(a.data(), {3, 1}), y(b.data(), {1, 2}), z(c.data(), {1});
  const Array<double> got = einsum("(...,...),...->...", x, y, z);
  CHECK(got.extents() == Shape{3, 2});
  CHECK(got[5] == 300);
  Options numpy;
  numpy.broadcast = Broadcast::numpy;
  // The stretched label j is summed outside of the group whose operand does not vary along it.
  const std::vector<double> d{1, 2, 3, 4, 5, 6};
  CHECK(einsum("(ij,i),jk->ik", numpy, TensorView<const double>(a.data(), {3, 1}), TensorView<const double>(a.data(), {3}),
               TensorView<const double>(d.data(), {3, 2}))[0] == 9);
}

TEST_CASE("explain says that the text fixed the order") {
  const std::vector<Shape> shapes{{2, 3}, {3, 4}, {4, 5}};
  CHECK_THAT(explain("(ij,jk),kl->il", shapes), ContainsSubstring("order      fixed by the text, which has 1 group; outside of groups: 2 operands: one order"));
  CHECK_THAT(explain("ij,jk,kl->il", shapes), !ContainsSubstring("fixed by the text"));
}

TEST_CASE("a hundred thousand parentheses are compiled, and two thousand groups one in another") {
  const std::string open(100000, '('), close(100000, ')');
  CHECK(compile(open + "ij,jk" + close + "->ik", {{2, 3}, {3, 4}}).shape() == Shape{2, 4});
  const std::size_t count = 2000;
  std::string text;
  for (std::size_t depth = 0; depth < count; ++depth) text += "(i,";
  text += "i" + std::string(count, ')') + "->i";
  CHECK(compile(text, std::vector<Shape>(count + 1, Shape{2})).plan().steps.size() == count);
}

TEST_CASE("a program's einsum keeps its groups, as text too") {
  const auto text_of = [](const char* text) {
    Program p;
    const Tensor a = p.input("a", "ij"), b = p.input("b", "jk"), c = p.input("c", "kl");
    p.output("o", einsum(text, a, b, c));
    CHECK(Program::parse(p.text()).text() == p.text());
    return p.text();
  };
  CHECK_THAT(text_of("ij,(jk,kl)->il"), ContainsSubstring("einsum(\"ij,jl->il\", a, ") && ContainsSubstring("einsum(\"(jk,kl)->jl\", b, c)"));
  CHECK_THAT(text_of("(ij,jk,kl)->il"), ContainsSubstring("einsum(\"(ij,jk,kl)->il\", a, b, c)"));
  const std::vector<Shape> shapes{{2, 500}, {500, 2}, {2, 500}};
  const auto first_step = [&](const char* text) {
    Program p;
    const Tensor a = p.input("a", "ij"), b = p.input("b", "jk"), c = p.input("c", "kl");
    p.output("o", einsum(text, a, b, c));
    const Compiled compiled = compile(p, shapes);
    return compiled.plan().steps[0].text;
  };
  CHECK(first_step("ij,jk,kl->il") == "ij,jk->ik");
  CHECK(first_step("ij,(jk,kl)->il") == "jk,kl->jl");
}
