// Quads of bytes: panels from every arrangement of offsets, and tiles against sums in 64 bits, at the ends of the ranges too.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/contract_quads.hpp"

#include <cstdint>
#include <iterator>
#include <random>
#include <string_view>
#include <vector>

#include "api/kernel_tables.hpp"
#include "kernels/kernel_table.hpp"
#include "support/catch.hpp"
#include "support/panel_samples.hpp"

using namespace einc;
using namespace einc::kernels;

namespace {

// Those of this machine that multiply quads.
std::vector<const KernelTable*> with_quads() {
  std::vector<const KernelTable*> tables;
  for (const KernelTable* table : api::runnable_tables())
    if (table->integers->quads.pack_rows != nullptr) tables.push_back(table);
  return tables;
}

std::uint8_t byte_of(Quad quad, std::ptrdiff_t place) { return static_cast<std::uint8_t>(quad >> (8 * (place % 4))); }

// Mostly the ends of both ranges, where sums of products are largest.
std::vector<std::uint8_t> many_bytes(std::mt19937& random, std::size_t count) {
  constexpr std::uint8_t ends[] = {0x80, 0x7F, 0xFF, 0x00, 0x01};
  std::vector<std::uint8_t> bytes(count);
  for (std::uint8_t& byte : bytes) byte = random() % 2 != 0 ? ends[random() % std::size(ends)] : static_cast<std::uint8_t>(random());
  return bytes;
}

std::int64_t number_of(std::uint8_t byte, bool is_signed) { return is_signed ? static_cast<std::int8_t>(byte) : byte; }

}  // namespace

TEST_CASE("a table has all kernels of quads or none, and the newest of this machine has them if its name says so") {
  for (const KernelTable* table : api::runnable_tables()) {
    const QuadKernels& quads = table->integers->quads;
    const bool has = std::string_view(table->isa) == "avx512vnni" || std::string_view(table->isa) == "avx512bf16";
    CHECK((quads.pack_rows != nullptr) == has);
    CHECK((quads.pack_columns != nullptr) == has);
    for (const auto& of_sign : quads.tiles)
      for (const auto& of_rows : of_sign)
        for (const auto tile : of_rows) CHECK((tile != nullptr) == has);
  }
}

TEST_CASE("bytes are packed in quads from any offsets, zeros behind the last, and not a byte further") {
  for (const KernelTable* table : with_quads()) {
    const QuadKernels& kernels = table->integers->quads;
    std::mt19937 random(5);
    const std::vector<std::uint8_t> from = many_bytes(random, test::most_panel_elements);
    for (int round = 0; round < 1000; ++round) {
      const test::PanelSample sample = test::sample_panel(random, round);
      const auto& [width, padded, stride, depth, lanes, depths, text] = sample;
      const std::vector<std::uint8_t> exact(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(sample.elements()));  // the sanitizer sees what is read past it
      const auto quads = (depth + 3) / 4;
      const bool turns = random() % 2 != 0, is_signed = random() % 2 != 0;
      std::vector<Quad> rows(static_cast<std::size_t>(stride * quads + 4), 7), behind(static_cast<std::size_t>(padded * (quads + 1) + 4), 7);
      kernels.pack_rows({exact.data(), lanes.data(), depths.data(), depth, width, stride, rows.data()}, turns);
      kernels.pack_columns({exact.data(), lanes.data(), depths.data(), depth, width, padded, behind.data()}, is_signed, turns);
      int wrong = 0;
      for (int lane = 0; lane < width; ++lane) {
        std::int64_t sum = 0;
        for (std::ptrdiff_t k = 0; k < 4 * quads; ++k) {
          const std::uint8_t own = k < depth ? exact[sample.offset(lane, k)] : std::uint8_t{0};
          const std::uint8_t row = byte_of(rows[static_cast<std::size_t>(k / 4 * stride + lane)], k);
          if (k < depth) wrong += row != static_cast<std::uint8_t>(own ^ (turns ? 0x80 : 0));
          wrong += byte_of(behind[static_cast<std::size_t>((k / 4 + 1) * padded + lane)], k) != own;
          sum += number_of(own, is_signed);
        }
        const std::int64_t begin = turns ? (is_signed ? -128 : 128) * sum : 0;
        wrong += behind[static_cast<std::size_t>(lane)] != static_cast<Quad>(begin);
      }
      for (std::size_t i = 0; i < 4; ++i) wrong += (rows[static_cast<std::size_t>(stride * quads) + i] != 7) + (behind[static_cast<std::size_t>(padded * (quads + 1)) + i] != 7);
      INFO(text << " turns " << turns);
      REQUIRE(wrong == 0);
    }
  }
}

TEST_CASE("tiles of quads give the sums of 64 bits, modulo 2^32, of signed and unsigned bytes in any pairing") {
  for (const KernelTable* table : with_quads()) {
    const QuadKernels& kernels = table->integers->quads;
    std::mt19937 random(6);
    for (int rows = 1; rows <= QuadKernels::rows; ++rows)
      for (int vectors = 1; vectors <= 2; ++vectors)
        for (int pairing = 0; pairing < 4; ++pairing) {
          const bool a_signed = pairing % 2 != 0, b_signed = pairing / 2 != 0, turns = a_signed == b_signed;
          const int width = 16, columns = vectors * width, tail = 1 + static_cast<int>(random() % static_cast<unsigned>(width)), used = columns - width + tail;
          const auto depth = 1 + static_cast<std::ptrdiff_t>(random() % 90);
          const std::vector<std::uint8_t> a = many_bytes(random, static_cast<std::size_t>(rows * depth)), b = many_bytes(random, static_cast<std::size_t>(depth * used));
          const auto a_rows = test::runs(rows, rows, depth, 0), b_columns = test::runs(used, used, 1, 0), a_depths = test::runs(depth, depth, 1, 0), b_depths = test::runs(depth, depth, used, 0);
          const auto quads = (depth + 3) / 4;
          std::vector<Quad> a_panel(static_cast<std::size_t>(rows * quads)), b_panel(static_cast<std::size_t>(columns * (quads + 1)));
          kernels.pack_rows({a.data(), a_rows.data(), a_depths.data(), depth, rows, rows, a_panel.data()}, turns);
          kernels.pack_columns({b.data(), b_columns.data(), b_depths.data(), depth, used, columns, b_panel.data()}, b_signed, turns);
          for (const TileWrite write : {TileWrite::store, TileWrite::add}) {
            const std::ptrdiff_t gap = columns + 3;
            std::vector<Quad> c(static_cast<std::size_t>(rows * gap), 5), before = c;
            const auto c_rows = test::runs(rows, rows, gap, 0);
            TileArguments<Quad> tile{};
            tile.depth = quads, tile.a = a_panel.data(), tile.a_row = 1, tile.a_depth = rows, tile.b = b_panel.data(), tile.b_depth = columns;
            tile.c = c.data(), tile.c_rows = c_rows.data(), tile.tail = tail, tile.write = write, tile.alpha = write == TileWrite::add ? 3 : 1, tile.beta = 11;
            kernels.tiles[b_signed ? 1 : 0][rows - 1][vectors - 1](tile);
            int wrong = 0;
            for (int i = 0; i < rows; ++i)
              for (int j = 0; j < gap; ++j) {
                std::int64_t sum = 0;
                for (std::ptrdiff_t k = 0; k < depth && j < used; ++k)
                  sum += number_of(a[static_cast<std::size_t>(i * depth + k)], a_signed) * number_of(b[static_cast<std::size_t>(k * used + j)], b_signed);
                const auto expected = j >= used ? Quad{5} : static_cast<Quad>(static_cast<std::int64_t>(tile.alpha) * sum + (write == TileWrite::add ? 11 * 5 : 0));
                wrong += c[static_cast<std::size_t>(i * gap + j)] != expected;
              }
            INFO("rows " << rows << " columns " << used << " depth " << depth << " signed " << a_signed << b_signed << " adds " << (write == TileWrite::add));
            REQUIRE(wrong == 0);
          }
        }
  }
}
