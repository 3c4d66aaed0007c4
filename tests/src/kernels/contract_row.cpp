// Rows of tiles that go around the caches in one call, on every instruction set that has them.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/contract_kernels.hpp"

#include "runtime/typed_kernels.hpp"
#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// Small whole numbers: every sum is exact. Rows of c lie backwards; what lies between them stays as it was.
template <class T>
bool is_wrong(const kernels::KernelTable& table, int rows, std::ptrdiff_t panels, std::ptrdiff_t depth, T alpha, bool looks_ahead) {
  const auto& kernels = runtime::contract_kernels<T>(table);
  const std::ptrdiff_t width = kernels.width, wide = 2 * width, columns = panels * wide, apart = columns + width;
  const std::vector<T> a = small_numbers<T>(static_cast<std::size_t>(rows * depth), 1), b = small_numbers<T>(static_cast<std::size_t>(columns * depth), 2);
  std::vector<T> space = small_numbers<T>(static_cast<std::size_t>(rows * apart + width), 4);
  T* const c = space.data() + (64 - reinterpret_cast<std::uintptr_t>(space.data()) % 64) % 64 / sizeof(T);
  std::vector<T> expected = space;
  T* const wanted = expected.data() + (c - space.data());
  std::vector<std::ptrdiff_t> c_rows;
  for (int i = 0; i < rows; ++i) c_rows.push_back((rows - 1 - i) * apart);
  for (int i = 0; i < rows; ++i)
    for (std::ptrdiff_t column = 0; column < columns; ++column) {
      T sum = 0;
      for (std::ptrdiff_t k = 0; k < depth; ++k)
        sum += a[static_cast<std::size_t>(k * rows + i)] * b[static_cast<std::size_t>((column / wide * depth + k) * wide + column % wide)];
      wanted[c_rows[static_cast<std::size_t>(i)] + column] = alpha * sum;
    }
  kernels::LinesAhead<T> ahead{};
  if (looks_ahead) ahead = {a.data(), 0, 1, 1};
  kernels.row[rows - 1]({depth, panels, a.data(), b.data(), c, c_rows.data(), alpha, ahead});
  return space != expected;
}

template <class T>
void check(const kernels::KernelTable& table) {
  const auto& kernels = runtime::contract_kernels<T>(table);
  for (int rows = 1; kernels.row[0] != nullptr && rows <= kernels.rows; ++rows)
    for (std::ptrdiff_t depth : {0, 1, 2, 7, 24})
      for (const T alpha : {T(1), T(-2)})
        for (const bool looks_ahead : {false, true}) {
          INFO(table.isa << " f" << 8 * sizeof(T) << " rows " << rows << " depth " << depth << " alpha " << alpha);
          for (const std::ptrdiff_t panels : {1, 3}) CHECK_FALSE(is_wrong<T>(table, rows, panels, depth, alpha, looks_ahead));
        }
}

}  // namespace

TEST_CASE("tiles side by side are written as whole lines, row by row") {
  for (const kernels::KernelTable* table : runnable_tables()) {
    check<float>(*table);
    check<double>(*table);
  }
}
