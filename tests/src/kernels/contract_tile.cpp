// Tiles of complex numbers as parts, of every size, on every instruction set of this machine. (Those of real numbers are held against
// loops in runtime/contract.cpp.)
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/contract_tile.hpp"

#include <algorithm>
#include <complex>

#include "runtime/typed_kernels.hpp"
#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;
using kernels::TileWrite;

namespace {

struct Given {
  int rows, vectors, tail;
  bool adjacent, conjugate_a, conjugate_b, splits;
  std::ptrdiff_t depth, cut;
  TileWrite write;
};

// Small whole numbers: every sum is exact. What lies around the tile in c stays as it was.
template <class R>
bool is_wrong(const kernels::KernelTable& table, const Given& given) {
  using Number = std::complex<R>;
  const int width = runtime::contract_kernels<R>(table).width;
  const std::ptrdiff_t rows = given.rows, lanes = given.vectors * width, columns = lanes - width + given.tail, c_row = 3 * lanes;
  const std::ptrdiff_t a_row = given.adjacent ? 2 : 2 * (given.depth + 3), a_depth = given.adjacent ? 2 * rows : 2;
  const std::vector<R> a = small_numbers<R>(static_cast<std::size_t>(2 * rows * (given.depth + 3)), 1), b = small_numbers<R>(static_cast<std::size_t>(lanes * given.depth + 1), 2);
  std::vector<R> c = small_numbers<R>(static_cast<std::size_t>(rows * c_row), 4);
  std::vector<R> expected = c;
  const R alpha = 2, beta = -3;
  const auto number = [](const std::vector<R>& parts, std::ptrdiff_t at) { return Number(parts[static_cast<std::size_t>(at)], parts[static_cast<std::size_t>(at + 1)]); };
  // Split vectors: their first lanes at the front, the others some lanes further on.
  const std::ptrdiff_t cut = given.cut, gap = given.splits ? lanes : 0;
  const auto lane_in_c = [&](std::ptrdiff_t lane) { return given.splits ? lane + (lane % width < cut ? 0 : gap) : lane; };
  std::vector<std::ptrdiff_t> c_rows;
  for (std::ptrdiff_t row = 0; row < rows; ++row) {
    c_rows.push_back((rows - 1 - row) * c_row);
    for (std::ptrdiff_t column = 0; column < columns; column += 2) {
      Number sum = 0;
      for (std::ptrdiff_t k = 0; k < given.depth; ++k) {
        const Number x = number(a, row * a_row + k * a_depth), y = number(b, k * lanes + column);
        sum += (given.conjugate_a ? std::conj(x) : x) * (given.conjugate_b ? std::conj(y) : y);
      }
      R* const to = expected.data() + c_rows.back() + lane_in_c(column);
      const Number old = given.write == TileWrite::add ? beta * Number(to[0], to[1]) : Number(0), made = alpha * sum + old;
      to[0] = made.real(), to[1] = made.imag();
    }
  }
  std::vector<kernels::TileSplit> splits;
  for (int v = 0; v < given.vectors; ++v) splits.push_back({v * width, v * width + gap, std::min(static_cast<int>(cut), v + 1 == given.vectors ? given.tail : width)});
  kernels::TileArguments<R> tile{};
  tile.depth = given.depth;
  tile.a = a.data(), tile.a_row = a_row, tile.a_depth = a_depth;
  tile.b = b.data(), tile.b_depth = lanes;
  tile.c = c.data(), tile.c_rows = c_rows.data();
  tile.tail = given.tail, tile.b_tail = width;
  tile.write = given.write, tile.alpha = alpha, tile.beta = beta;
  tile.splits = given.splits ? splits.data() : nullptr;
  tile.conjugate_a = given.conjugate_a, tile.conjugate_b = given.conjugate_b;
  const auto& pairs = runtime::pair_kernels<R>(table);
  (given.adjacent ? pairs.adjacent : pairs.strided)[rows - 1][given.vectors - 1](tile);
  return c != expected;
}

template <class R>
void check(const kernels::KernelTable& table) {
  const int width = runtime::contract_kernels<R>(table).width;
  for (int rows = 1; rows <= runtime::pair_kernels<R>(table).rows; ++rows)
    for (int vectors : {1, 2})
      for (int round = 0; round < 128; ++round) {
        const bool splits = width > 2 && (round & 32) != 0;
        const Given given{rows, vectors, (round & 1) != 0 ? width : 2, (round & 2) != 0, (round & 4) != 0, (round & 8) != 0, splits, round % 7 * 3, (round & 64) != 0 ? width / 2 : 2,
                          (round & 16) != 0 ? TileWrite::add : TileWrite::store};
        INFO(table.isa << " f" << 8 * sizeof(R) << " rows " << rows << " vectors " << vectors << " round " << round);
        CHECK_FALSE(is_wrong<R>(table, given));
      }
}

}  // namespace

TEST_CASE("tiles of pairs are complex products, with either side conjugated, wherever their rows and columns lie") {
  for (const kernels::KernelTable* table : runnable_tables()) {
    check<float>(*table);
    check<double>(*table);
  }
}
