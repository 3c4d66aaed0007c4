// Positions as angles: turning keeps lengths, scores know only the distance of positions, and tables agree with programs.
#include <einc/attention_blocks.hpp>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::testing;

TEST_CASE("a turn in a program is that of the tables, for both pairings") {
  const Array<double> x = wave({2, 3, 8}, 0), at = array_of({3}, {0, 1, 70});
  for (const Pairing pairing : {Pairing::half, Pairing::interleaved}) {
    Program p;
    p.output("y", rotary(p, p.input("x", "bqc"), p.input("at", "q"), pairing, 500), "bqc");
    CHECK(apart(run_program(p, {{"x", &x}, {"at", &at}}).at("y"), rotary<double>(x, at, pairing, 500)) < 1e-13);
  }
}

TEST_CASE("position 0 turns nothing, and no turn changes a length") {
  const Array<double> x = wave({3, 8}, 0), at = array_of({3}, {0, 5, 1000});
  for (const Pairing pairing : {Pairing::half, Pairing::interleaved}) {
    const Array<double> y = rotary<double>(x, at, pairing);
    for (std::size_t c = 0; c < 8; ++c) CHECK(y[c] == x[c]);
    for (std::size_t q = 0; q < 3; ++q) {
      double before = 0, after = 0;
      for (std::size_t c = 0; c < 8; ++c) before += x[8 * q + c] * x[8 * q + c], after += y[8 * q + c] * y[8 * q + c];
      CHECK(std::abs(before - after) < 1e-13);
    }
  }
}

TEST_CASE("the product of two turned vectors knows only how far apart they are") {
  const Array<double> q = wave({1, 6}, 0), k = wave({1, 6}, 1);
  const auto product = [&](double i, double j) {
    const Array<double> x = rotary<double>(q, array_of({1}, {i})), y = rotary<double>(k, array_of({1}, {j}));
    double sum = 0;
    for (std::size_t c = 0; c < 6; ++c) sum += x[c] * y[c];
    return sum;
  };
  CHECK(std::abs(product(3, 1) - product(103, 101)) < 1e-12);
  CHECK(std::abs(product(3, 1) - product(1, 3)) > 1e-3);
}

TEST_CASE("an odd number of features cannot be turned in pairs") {
  Program p;
  p.output("y", rotary(p, p.input("x", "qc"), p.iota("q")), "qc");
  CHECK_THROWS_AS(compile(p, {{3, 5}}), Error);
  CHECK_NOTHROW(compile(p, {{3, 6}}));
}

TEST_CASE("the encoding of positions in a program is that of the table") {
  Program p;
  p.fix("q", 20), p.fix("e", 6);
  p.output("table", positional_encoding(p), "qe");
  CHECK(apart(run_program(p, {}).at("table"), positional_table<double>(20, 6)) < 1e-13);
}
