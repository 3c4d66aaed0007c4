// symmetric.cpp: which products are their own transpose, and that blocks and their mirror images fill the result once.
// SPDX-License-Identifier: BSD-3-Clause
#include "lower/symmetric.hpp"

#include "support/catch.hpp"

using namespace einc;
using namespace einc::lower;

namespace {

const std::vector<Extent> extents{200, 200, 30, 200};

Strided operand(ir::Term labels, Strides strides, std::uint32_t number = 0) { return {std::move(labels), std::move(strides), {ir::Place::operand, number, 0, {}}}; }

}  // namespace

TEST_CASE("rows and columns of an array times itself exchange their places") {
  CHECK(exchange_of(operand({0, 2}, {30, 1}), operand({1, 2}, {30, 1}), extents) == Exchange{{0, 1}});
  CHECK(!exchange_of(operand({0, 2}, {30, 1}), operand({1, 2}, {30, 1}, 1), extents));   // another array
  CHECK(!exchange_of(operand({0, 2}, {30, 1}), operand({1, 2}, {1, 200}), extents));     // its transpose
  CHECK(!exchange_of(operand({0, 1}, {200, 1}), operand({1, 3}, {200, 1}), extents));    // a square, not a product with its transpose
  CHECK(!exchange_of(operand({0, 2}, {30, 1}), operand({0, 2}, {30, 1}), extents));      // nothing to exchange
}

TEST_CASE("blocks cover all rows in whole tiles") {
  for (const Extent extent : {Extent{1}, Extent{100}, Extent{200}, Extent{1024}, Extent{1030}}) {
    Extent next = 0;
    for (const BlockOfRows& block : blocks_of_rows(extent, 8)) {
      CHECK(block.begin == next);
      CHECK(block.rows > 0);
      CHECK(block.begin % 16 == 0);
      next += block.rows;
    }
    CHECK(next == extent);
  }
}

TEST_CASE("every place of the result is written once") {
  const Strided lhs = operand({0, 2}, {30, 1}), rhs = operand({1, 2}, {30, 1});
  const Strided inner{{0, 1}, {200, 1}, {ir::Place::arena, 0, 0, {}}}, out{{0, 1}, {200, 1}, {ir::Place::output, 0, 0, {}}};
  for (const bool in_place : {false, true}) {
    const Exchange exchange{{0, 1}};
    std::vector<int> computed(200 * 200, 0), copied(200 * 200, 0);
    for (const SymmetricPart& part : make_symmetric({lhs, rhs, inner, in_place ? inner : out, exchange, 4}, extents)) {
      std::vector<Stride> places{part.out.buffer.offset};
      for (std::size_t at = 0; at < part.out.labels.size(); ++at) {
        std::vector<Stride> more;
        for (Stride place : places)
          for (Extent i = 0; i < part.extents[part.out.labels[at]]; ++i) more.push_back(place + i * part.out.strides[at]);
        places = std::move(more);
      }
      for (Stride place : places) ++(part.rhs ? computed : copied)[static_cast<std::size_t>(place)];
    }
    for (std::size_t place = 0; place < computed.size(); ++place) {
      const bool written_once = in_place ? computed[place] + copied[place] == 1 : copied[place] == 1;
      if (!written_once) FAIL("place " << place << (in_place ? " in place" : ""));
    }
  }
}
