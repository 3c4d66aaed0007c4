// Duos of bf16: panels from every arrangement of offsets, and tiles against sums in f64.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/contract_duos.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include "api/kernel_tables.hpp"
#include "kernels/kernel_table.hpp"
#include "support/catch.hpp"
#include "support/panel_samples.hpp"

using namespace einc;
using namespace einc::kernels;

namespace {

// Those of this machine that multiply duos.
std::vector<const KernelTable*> with_duos() {
  std::vector<const KernelTable*> tables;
  for (const KernelTable* table : api::runnable_tables())
    if (table->duos != nullptr) tables.push_back(table);
  return tables;
}

float number_of(HalfBits half) { return std::bit_cast<float>(std::uint32_t{half} << 16); }
HalfBits half_of(float number) { return static_cast<HalfBits>(std::bit_cast<std::uint32_t>(number) >> 16); }
HalfBits half_in(float duo, std::ptrdiff_t place) { return static_cast<HalfBits>(std::bit_cast<std::uint32_t>(duo) >> (16 * (place % 2))); }

}  // namespace

TEST_CASE("halves are packed in duos from any offsets, a zero behind the last, and not a half further") {
  for (const KernelTable* table : with_duos()) {
    std::mt19937 random(5);
    std::vector<HalfBits> from(test::most_panel_elements);
    for (HalfBits& half : from) half = static_cast<HalfBits>(1 + random() % 0xFFFF);  // never 0
    for (int round = 0; round < 1000; ++round) {
      const test::PanelSample sample = test::sample_panel(random, round);
      const auto& [width, padded, stride, depth, lanes, depths, text] = sample;
      const std::vector<HalfBits> exact(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(sample.elements()));  // the sanitizer sees what is read past it
      const auto duos = (depth + 1) / 2;
      std::vector<float> panel(static_cast<std::size_t>(stride * duos + 4), 7);
      table->duos->pack({exact.data(), lanes.data(), depths.data(), depth, width, stride, panel.data()});
      int wrong = 0;
      for (int lane = 0; lane < width; ++lane)
        for (std::ptrdiff_t k = 0; k < 2 * duos; ++k) {
          const HalfBits own = k < depth ? exact[sample.offset(lane, k)] : HalfBits{0};
          wrong += half_in(panel[static_cast<std::size_t>(k / 2 * stride + lane)], k) != own;
        }
      for (std::size_t i = 0; i < 4; ++i) wrong += panel[static_cast<std::size_t>(stride * duos) + i] != 7;
      INFO(text);
      REQUIRE(wrong == 0);
    }
  }
}

TEST_CASE("tiles of duos give the sums of f64, rounded as multiply-adds of f32 are, and write no column further") {
  for (const KernelTable* table : with_duos()) {
    std::mt19937 random(6);
    std::normal_distribution<float> normal;
    for (int rows = 1; rows <= table->contract_f32.rows; ++rows)
      for (int vectors = 1; vectors <= 2; ++vectors)
        for (const TileWrite write : {TileWrite::store, TileWrite::add}) {
          const int width = 16, columns = vectors * width, tail = 1 + static_cast<int>(random() % static_cast<unsigned>(width)), used = columns - width + tail;
          const auto depth = 1 + static_cast<std::ptrdiff_t>(random() % 90), duos = (depth + 1) / 2;
          std::vector<HalfBits> a(static_cast<std::size_t>(rows * depth)), b(static_cast<std::size_t>(depth * used));
          for (HalfBits& half : a) half = half_of(normal(random));
          for (HalfBits& half : b) half = half_of(normal(random));
          const auto a_rows = test::runs(rows, rows, depth, 0), b_columns = test::runs(used, used, 1, 0), a_depths = test::runs(depth, depth, 1, 0), b_depths = test::runs(depth, depth, used, 0);
          std::vector<float> a_panel(static_cast<std::size_t>(rows * duos)), b_panel(static_cast<std::size_t>(columns * duos));
          table->duos->pack({a.data(), a_rows.data(), a_depths.data(), depth, rows, rows, a_panel.data()});
          table->duos->pack({b.data(), b_columns.data(), b_depths.data(), depth, used, columns, b_panel.data()});
          const std::ptrdiff_t gap = columns + 3;
          std::vector<float> c(static_cast<std::size_t>(rows * gap), 5);
          const auto c_rows = test::runs(rows, rows, gap, 0);
          TileArguments<float> tile{};
          tile.depth = duos, tile.a = a_panel.data(), tile.a_row = 1, tile.a_depth = rows, tile.b = b_panel.data(), tile.b_depth = columns;
          tile.c = c.data(), tile.c_rows = c_rows.data(), tile.tail = tail, tile.b_tail = width, tile.write = write, tile.alpha = 3, tile.beta = 11;
          table->duos->tiles[rows - 1][vectors - 1](tile);
          int wrong = 0;
          for (int i = 0; i < rows; ++i)
            for (int j = 0; j < gap; ++j) {
              double sum = 0, size = 0;
              for (std::ptrdiff_t k = 0; k < depth && j < used; ++k) {
                const double term = static_cast<double>(number_of(a[static_cast<std::size_t>(i * depth + k)])) * number_of(b[static_cast<std::size_t>(k * used + j)]);
                sum += term, size += std::abs(term);
              }
              const double expected = j >= used ? 5 : 3 * sum + (write == TileWrite::add ? 55 : 0), bound = j >= used ? 0 : 1e-6 * (3 * size + 55);
              wrong += !(std::abs(c[static_cast<std::size_t>(i * gap + j)] - expected) <= bound);
            }
          INFO("rows " << rows << " columns " << used << " depth " << depth << " adds " << (write == TileWrite::add));
          REQUIRE(wrong == 0);
        }
  }
}
