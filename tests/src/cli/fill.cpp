// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fill.hpp"

#include <cmath>
#include <set>

#include "cli/bench_case.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::cli;

namespace {

// The result by one loop nest over all labels, as the definition has it.
std::vector<double> by_loops(const Labelling& labelling, const Filling& filling) {
  const auto offset = [&](const std::vector<Label>& term, const std::vector<std::int64_t>& at) {
    std::int64_t index = 0;
    for (const Label label : term) index = index * labelling.extents[label] + at[label];
    return static_cast<std::size_t>(index);
  };
  std::size_t all = 1, results = 1;
  for (const Extent extent : labelling.extents) all *= static_cast<std::size_t>(extent);
  for (const Label label : labelling.output) results *= static_cast<std::size_t>(labelling.extents[label]);
  std::vector<double> result(results, 0);
  for (std::size_t n = 0; n < all; ++n) {
    std::vector<std::int64_t> at;
    std::size_t rest = n;
    for (const Extent extent : labelling.extents) at.push_back(static_cast<std::int64_t>(rest) % extent), rest /= static_cast<std::size_t>(extent);
    double product = 1;
    for (std::size_t o = 0; o < labelling.operands.size(); ++o) product *= fill_value(filling, o, offset(labelling.operands[o], at));
    result[offset(labelling.output, at)] += product;
  }
  return result;
}

Labelling labels(const std::string& subscripts, const std::vector<Shape>& shapes) {
  BenchCase bench_case;
  bench_case.subscripts = subscripts;
  bench_case.shapes = shapes;
  return labelling_of(bench_case);
}

}  // namespace

TEST_CASE("fills are whole numbers from -4 to 4, or fractions that a float holds") {
  std::set<double> seen;
  double sum = 0;
  for (std::uint64_t i = 0; i < 9000; ++i) {
    seen.insert(fill_value({Fill::integers, 1}, 0, i));
    const double x = fill_value({Fill::uniform, 1}, 0, i);
    CHECK((x >= -1 && x < 1 && static_cast<double>(static_cast<float>(x)) == x));
    sum += x;
  }
  CHECK(seen == std::set<double>{-4, -3, -2, -1, 0, 1, 2, 3, 4});
  CHECK(std::abs(sum) < 9000 * 0.03);
  CHECK(fill_value({Fill::uniform, 1}, 0, 7) != fill_value({Fill::uniform, 1}, 1, 7));
  CHECK(fill_value({Fill::uniform, 1}, 0, 7) != fill_value({Fill::uniform, 2}, 0, 7));
}

TEST_CASE("the checksum that is expected is that of a loop nest's result") {
  const std::pair<const char*, std::vector<Shape>> cases[] = {
      {"ij,jk->ik", {{3, 4}, {4, 5}}},  {"bqhc,bkhc->bhqk", {{2, 3, 2, 4}, {2, 5, 2, 4}}}, {"ij->ji", {{3, 4}}},
      {"ij->", {{3, 4}}},               {"ii->i", {{5, 5}}},                               {"ii->", {{5, 5}}},
      {"i,j->ij", {{3}, {4}}},          {"ij,ij->ij", {{3, 4}, {3, 4}}},                   {",->", {{}, {}}},
      {"ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 2}}}, {"ab,bc,ca->", {{2, 3}, {3, 4}, {4, 2}}}, {"i->ii", {{3}}},
      {"iij,jkk->ik", {{3, 3, 2}, {2, 4, 4}}},    {"ij,k->i", {{3, 4}, {5}}},               {"ab,ab->b", {{3, 4}, {3, 4}}},
      {"ij,jk->ik", {{3, 0}, {0, 5}}},  {"ij->j", {{0, 3}}},
  };
  for (const auto& [text, shapes] : cases)
    for (const Fill fill : {Fill::integers, Fill::uniform}) {
      INFO(text);
      const Filling filling{fill, 3};
      const Labelling labelling = labels(text, shapes);
      std::vector<Extent> extents;
      for (const Label label : labelling.output) extents.push_back(labelling.extents[label]);
      const std::vector<double> result = by_loops(labelling, filling);
      const Checksum checksum = checksum_of(std::span<const Extent>(extents), result.data());
      const double expected = expected_checksum(labelling, filling);
      if (fill == Fill::integers) CHECK(checksum.sum == expected);
      else CHECK(checksum.sum == Approx(expected).margin(1e-10));
    }
}

TEST_CASE("one wrong element, or two that changed places, show in the checksum") {
  const Extent extents[] = {8, 8};
  std::vector<float> elements(64);
  fill_operand<float>({Fill::uniform, 0}, 0, elements);
  const Labelling labelling = labels("ij->ij", {{8, 8}});
  const Filling filling{Fill::uniform, 0};
  const auto is_right = [&] {
    const Checksum checksum = checksum_of(std::span<const Extent>(extents), elements.data());
    return std::abs(checksum.sum - expected_checksum(labelling, filling)) <= tolerance(labelling, filling, DType::f32, checksum.norm);
  };
  CHECK(is_right());
  std::swap(elements[5], elements[42]);
  CHECK_FALSE(is_right());
  std::swap(elements[5], elements[42]);
  elements[63] += 0.01F;
  CHECK_FALSE(is_right());
  elements[63] = std::nanf("");
  CHECK_FALSE(is_right());
}
