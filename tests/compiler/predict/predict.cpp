// The whole model: what it must rank rightly, whatever the figures are, and what it may never give.
// SPDX-License-Identifier: BSD-3-Clause
#include "predict/predict.hpp"

#include <cmath>

#include "support/catch.hpp"
#include "support/compiled.hpp"

using namespace einc;
using testing::compiled;
using testing::predicted;

TEST_CASE("every instruction has a prediction, and a call costs their sum and its own start") {
  const compiler::Compilation made = compiled("ij,jk,kl->il", {{300, 200}, {200, 300}, {300, 100}});
  REQUIRE(made.predicted.instructions.size() == made.executable.code.size());
  double sum = made.predicted.call_seconds;
  for (const predict::Prediction& prediction : made.predicted.instructions) {
    CHECK(prediction.seconds > 0);
    sum += prediction.seconds;
  }
  CHECK(std::abs(made.predicted.seconds() - sum) < 1e-12 * sum);
  CHECK_THAT(predict::print(made.predicted), ContainsSubstring("instruction 1") && ContainsSubstring("arithmetic"));
}

TEST_CASE("more of any label never takes less time") {
  const std::vector<std::pair<const char*, std::vector<std::vector<int>>>> texts = {
      {"ij,jk->ik", {{0, 1}, {1, 2}}}, {"bij,bjk->bik", {{0, 1, 2}, {0, 2, 1}}}, {"ij->ji", {{0, 1}}}, {"ij->i", {{0, 1}}}, {"i,j->ij", {{0}, {1}}}, {"ijk,kl->jli", {{0, 1, 2}, {2, 0}}}};
  for (const auto& [text, terms] : texts) {
    INFO(text);
    for (int grown = 0; grown < 3; ++grown) {
      std::vector<Extent> extents{24, 40, 56};
      double before = 0;
      for (int step = 0; step < 8; ++step, extents[static_cast<std::size_t>(grown)] *= 2) {
        std::vector<Shape> shapes;
        for (const auto& term : terms) {
          shapes.emplace_back();
          for (const int label : term) shapes.back().push_back(extents[static_cast<std::size_t>(label)]);
        }
        const double seconds = predicted(text, shapes);
        CHECK(seconds >= before * 0.999);
        before = seconds;
      }
    }
  }
}

TEST_CASE("a skinny contraction takes longer than its arithmetic at peak, a large square one hardly") {
  const double peak = testing::test_target().speeds.f32_flops;
  const auto over_peak = [&](Extent m, Extent n, Extent k) { return predicted("ij,jk->ik", {{m, k}, {k, n}}) * peak / (2.0 * static_cast<double>(m * n * k)); };
  CHECK(over_peak(1024, 1024, 1024) > 1);
  CHECK(over_peak(1024, 1024, 1024) < 1.5);
  CHECK(over_peak(4096, 4096, 4) > 3);
  CHECK(over_peak(100000, 3, 300) > 3);
  CHECK(over_peak(4096, 4096, 4) > over_peak(4096, 4096, 64));
}

TEST_CASE("several threads are used for large instructions only, and help less where memory is the limit") {
  ir::Target two = testing::test_target();
  two.threads = 2;
  CHECK(predicted("ij,jk->ik", {{1024, 1024}, {1024, 1024}}, two) < 0.6 * predicted("ij,jk->ik", {{1024, 1024}, {1024, 1024}}));
  CHECK(predicted("ij,jk->ik", {{8, 8}, {8, 8}}, two) == predicted("ij,jk->ik", {{8, 8}, {8, 8}}));
  two.speeds = ir::completed(two.speeds, two.vector_bytes);
  two.speeds.memory_threads = 1;
  CHECK(predicted("i->", {{100'000'000}}, two) > 0.9 * predicted("i->", {{100'000'000}}));
}

TEST_CASE("absurd shapes and unknown speeds give numbers") {
  ir::Target unknown = testing::test_target();
  unknown.speeds = {};
  for (const ir::Target& target : {testing::test_target(), unknown}) {
    CHECK(std::isfinite(predicted("ij,jk->ik", {{1 << 20, 1 << 20}, {1 << 20, 1 << 20}}, target)));
    CHECK(predicted("ij,jk->ik", {{1, 1}, {1, 1}}, target) > 0);
    CHECK(predicted("ij,jk->ik", {{0, 3}, {3, 4}}, target) > 0);
    CHECK(predicted("->", {{}}, target) > 0);
  }
}

TEST_CASE("a direct call starts sooner than one that is interpreted") {
  const compiler::Compilation direct = compiled("ij,jk->ik", {{8, 8}, {8, 8}}), other = compiled("bij,bjk->bik", {{2, 8, 8}, {2, 8, 8}});
  CHECK(direct.predicted.call_seconds < other.predicted.call_seconds);
  CHECK(direct.predicted.instructions[0].start == 0);
  CHECK(other.predicted.instructions[0].start > 0);
}
