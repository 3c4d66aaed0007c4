// SPDX-License-Identifier: BSD-3-Clause
#include "cli/fill.hpp"

#include <cmath>
#include <complex>
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
    for (std::size_t o = 0; o < labelling.operands.size(); ++o) {
      std::size_t elements = 1;
      for (const Label label : labelling.operands[o]) elements *= static_cast<std::size_t>(labelling.extents[label]);
      product *= fill_value(filling, o, offset(labelling.operands[o], at), elements);
    }
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
    seen.insert(fill_value({Fill::integers, 1}, 0, i, 9000));
    const double x = fill_value({Fill::uniform, 1}, 0, i, 9000);
    CHECK((x >= -1 && x < 1 && static_cast<double>(static_cast<float>(x)) == x));
    sum += x;
  }
  CHECK(seen == std::set<double>{-4, -3, -2, -1, 0, 1, 2, 3, 4});
  CHECK(std::abs(sum) < 9000 * 0.03);
  CHECK(fill_value({Fill::uniform, 1}, 0, 7, 9) != fill_value({Fill::uniform, 1}, 1, 7, 9));
  CHECK(fill_value({Fill::uniform, 1}, 0, 7, 9) != fill_value({Fill::uniform, 2}, 0, 7, 9));
}

TEST_CASE("signs are -1, 0 and 1, one sparse number in 16 is 1, and positive ones are near 1 over the root of how many there are") {
  std::set<double> signs;
  double ones = 0, sum = 0;
  for (std::uint64_t i = 0; i < 9000; ++i) {
    signs.insert(fill_value({Fill::signs, 1}, 0, i, 9000));
    const double one = fill_value({Fill::sparse, 1}, 0, i, 9000), positive = fill_value({Fill::positive, 1}, 0, i, 9000);
    CHECK((one == 0 || one == 1));
    CHECK((positive * std::sqrt(9000.) > 0.4999 && positive * std::sqrt(9000.) < 1.5001 && static_cast<double>(static_cast<float>(positive)) == positive));
    ones += one;
    sum += positive * std::sqrt(9000.);
  }
  CHECK(signs == std::set<double>{-1, 0, 1});
  CHECK(std::abs(ones / 9000 - 1. / 16) < 0.01);
  CHECK(std::abs(sum / 9000 - 1) < 0.02);
}

TEST_CASE("the formulas give the numbers that they gave before, here and in the peers") {
  // The same numbers stand in tests/benchmarks/peers/test_fill.py.
  const std::pair<Fill, std::vector<double>> numbers[] = {
      {Fill::integers, {0, 0, 2, 4, 0, -3}},
      {Fill::signs, {0, 0, 1, 1, 0, -1}},
      {Fill::sparse, {0, 0, 0, 0, 0, 0}},
      {Fill::uniform, {0.033882737159729004, 0.052690863609313965, 0.5005133152008057, 0.8372679948806763, -0.0006814002990722656, -0.7517337799072266}},
      {Fill::positive, {0.29356449842453003, 0.29627788066864014, 0.360914409160614, 0.4095217287540436, 0.28857383131980896, 0.18017087876796722}}};
  for (const auto& [fill, expected] : numbers)
    for (std::size_t i = 0; i < expected.size(); ++i) {
      INFO(static_cast<int>(fill) << " at " << i);
      CHECK(fill_value({fill, 3}, 1, i, 12) == expected[i]);
    }
  std::vector<double> weights;
  for (std::uint64_t i = 0; i < 6; ++i) weights.push_back(weight(1, i));
  CHECK(weights == std::vector<double>{7, 6, 4, 2, 4, 3});
}

TEST_CASE("a complex operand takes two numbers an element, and its checksum counts imaginary parts twice") {
  const Filling filling{Fill::integers, 5};
  std::vector<std::complex<float>> elements(6);
  fill_operand<std::complex<float>>(filling, 0, elements);
  for (std::size_t i = 0; i < 6; ++i) {
    CHECK(elements[i].real() == static_cast<float>(fill_value(filling, 0, 2 * i, 6)));
    CHECK(elements[i].imag() == static_cast<float>(fill_value(filling, 0, 2 * i + 1, 6)));
  }
  const Extent extents[] = {6};
  double expected = 0;
  for (std::size_t i = 0; i < 6; ++i) expected += weight(0, i) * (static_cast<double>(elements[i].real()) + 2 * static_cast<double>(elements[i].imag()));
  const Checksum checksum = checksum_of(std::span<const Extent>(extents), elements.data());
  CHECK(checksum.sum == expected);
  CHECK(expected_checksum(labels("i->i", {{6}}), filling, true) == expected);
  double norm = 0;
  for (std::size_t i = 0; i < 6; ++i) norm = std::hypot(norm, weight(0, i) * static_cast<double>(std::abs(elements[i])));
  CHECK(checksum.norm == Approx(norm));
}

TEST_CASE("positive numbers lose nothing by cancelling, so their checksum may be off by little") {
  const Labelling labelling = labels("ab,bc,ca->", {{64, 64}, {64, 64}, {64, 64}});
  CHECK(tolerance(labelling, {Fill::positive, 0}, DType::f32, 1) < 1e-4);
  CHECK(tolerance(labelling, {Fill::uniform, 0}, DType::f32, 1) > 1e-4);
  CHECK(tolerance(labelling, {Fill::positive, 0}, DType::c128, 1) < 1e-12);
  for (const Fill fill : {Fill::integers, Fill::signs, Fill::sparse}) CHECK(tolerance(labelling, {fill, 0}, DType::f32, 1) == 0);
  CHECK(expected_checksum(labelling, {Fill::positive, 0}) == Approx(1).epsilon(0.1));
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
    for (const Fill fill : {Fill::integers, Fill::signs, Fill::sparse, Fill::uniform, Fill::positive}) {
      INFO(text);
      const Filling filling{fill, 3};
      const Labelling labelling = labels(text, shapes);
      std::vector<Extent> extents;
      for (const Label label : labelling.output) extents.push_back(labelling.extents[label]);
      const std::vector<double> result = by_loops(labelling, filling);
      const Checksum checksum = checksum_of(std::span<const Extent>(extents), result.data());
      const double expected = expected_checksum(labelling, filling);
      if (is_whole(fill)) CHECK(checksum.sum == expected);
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
