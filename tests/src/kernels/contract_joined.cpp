// Tiles of runs that are whole vectors only together, on every instruction set that has them.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/contract_kernels.hpp"

#include <algorithm>

#include "runtime/typed_kernels.hpp"
#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// Small whole numbers: every sum is exact. What lies around the runs stays as it was.
template <class T>
bool is_wrong(const kernels::KernelTable& table, int shape, int rows, std::ptrdiff_t tiles, std::ptrdiff_t depth, T alpha, bool looks_ahead) {
  const auto& kernels = runtime::contract_kernels<T>(table);
  const kernels::JoinedShape of = kernels.joined_shapes[shape];
  const std::ptrdiff_t width = kernels.width, columns = of.vectors * width, run = columns / of.runs, apart = tiles * rows * run + 2 * width;
  const std::vector<T> a = small_numbers<T>(static_cast<std::size_t>(tiles * rows * depth), 1), b = small_numbers<T>(static_cast<std::size_t>(columns * depth), 2);
  std::vector<T> space = small_numbers<T>(static_cast<std::size_t>(of.runs * apart + width), 4);
  T* const c = space.data() + (64 - reinterpret_cast<std::uintptr_t>(space.data()) % 64) % 64 / sizeof(T);
  std::vector<T> expected = space;
  T* const wanted = expected.data() + (c - space.data());
  std::ptrdiff_t runs[4];
  for (int i = 0; i < of.runs; ++i) runs[i] = (of.runs - 1 - i) * apart;
  for (std::ptrdiff_t i = 0; i < tiles * rows; ++i)
    for (std::ptrdiff_t column = 0; column < columns; ++column) {
      const std::ptrdiff_t panel = column / (2 * width), wide = std::min(2 * width, columns - panel * 2 * width);
      T sum = 0;
      for (std::ptrdiff_t k = 0; k < depth; ++k)
        sum += a[static_cast<std::size_t>(i / rows * rows * depth + k * rows + i % rows)] * b[static_cast<std::size_t>(panel * 2 * width * depth + k * wide + column % (2 * width))];
      wanted[runs[column / run] + i * run + column % run] = alpha * sum;
    }
  kernels::LinesAhead<T> ahead{};
  if (looks_ahead) ahead = {a.data(), 0, 1, 1};
  kernels.joined[shape][rows / of.runs - 1]({depth, tiles, a.data(), b.data(), c, runs, alpha, ahead});
  return space != expected;
}

template <class T>
void check(const kernels::KernelTable& table) {
  const auto& kernels = runtime::contract_kernels<T>(table);
  for (int shape = 0; shape < kernels.joined_count; ++shape)
    for (int rows = kernels.joined_shapes[shape].runs; kernels.joined[shape][0] != nullptr && rows <= kernels.joined_shapes[shape].most_rows; rows += kernels.joined_shapes[shape].runs)
      for (std::ptrdiff_t depth : {0, 1, 2, 7, 24})
        for (const T alpha : {T(1), T(-2)})
          for (const bool looks_ahead : {false, true}) {
            INFO(table.isa << " f" << 8 * sizeof(T) << " shape " << shape << " rows " << rows << " depth " << depth << " alpha " << alpha);
            for (const std::ptrdiff_t tiles : {1, 3}) CHECK_FALSE(is_wrong<T>(table, shape, rows, tiles, depth, alpha, looks_ahead));
          }
}

}  // namespace

TEST_CASE("runs that are whole vectors only together are written as whole lines") {
  for (const kernels::KernelTable* table : runnable_tables()) {
    check<float>(*table);
    check<double>(*table);
  }
}
