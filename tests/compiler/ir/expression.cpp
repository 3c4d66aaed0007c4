#include "ir/expression.hpp"

#include <einc/error.hpp>

#include "ir/label_names.hpp"
#include "support/bound.hpp"
#include "support/catch.hpp"

using namespace einc;

TEST_CASE("labels beyond the alphabet get longer names, in brackets") {
  ir::LabelNames name;
  ir::Term term;
  for (Label label = 0; label < 28; ++label) term.push_back(label);
  CHECK(name(term) == "abcdefghijklmnopqrstuvwxyz[l26][l27]");
}

TEST_CASE("verify refuses an expression that breaks its rules") {
  const ir::Expression good = test::expression("ij,jk->ik", {{2, 3}, {3, 4}});
  verify(good);
  const auto refused = [&](auto breach) {
    ir::Expression bad = good;
    breach(bad);
    CHECK_THROWS_AS(verify(bad), InternalError);
  };
  refused([](ir::Expression& e) { e.values[2].arguments.push_back(2); });      // uses itself
  refused([](ir::Expression& e) { e.values[0].strides.pop_back(); });
  refused([](ir::Expression& e) { e.values[2].labels.push_back(9); });         // no such label
  refused([](ir::Expression& e) { e.values[2].labels = {0, 0}; });
  refused([](ir::Expression& e) { e.outputs[0].labels = {0, 1}; });            // not those of its value
  refused([](ir::Expression& e) { e.outputs.clear(); });
  refused([](ir::Expression& e) { e.values[1].dtype = DType::f64; });
  refused([](ir::Expression& e) { e.extents[0] = -1; });
}

TEST_CASE("elements are counted beyond 64 bits") {
  const std::vector<Extent> extents{Extent{1} << 40, Extent{1} << 40};
  CHECK(ir::elements(ir::Term{0, 1}, extents) == 0x1p80);
}
