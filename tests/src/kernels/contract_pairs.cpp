// Tiles of two runs of one and a half vectors, on every instruction set that has them.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/contract_kernels.hpp"

#include "runtime/typed_kernels.hpp"
#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// Small whole numbers: every sum is exact. What lies around the two runs stays as it was.
template <class T>
int wrong_results(const kernels::KernelTable& table, int rows, std::ptrdiff_t depth, T alpha, bool looks_ahead) {
  const auto& kernels = runtime::contract_kernels<T>(table);
  const std::ptrdiff_t width = kernels.width, run = width * 3 / 2, gap = 2 * width;
  const std::vector<T> a = small_numbers<T>(static_cast<std::size_t>(rows * depth), 1), wide = small_numbers<T>(static_cast<std::size_t>(2 * width * depth), 2),
                       narrow = small_numbers<T>(static_cast<std::size_t>(width * depth), 3);
  std::vector<T> space = small_numbers<T>(static_cast<std::size_t>(2 * (rows * run + gap) + width), 4);
  T* const c = space.data() + (64 - reinterpret_cast<std::uintptr_t>(space.data()) % 64) % 64 / sizeof(T);
  std::vector<T> expected = space;
  T* const wanted = expected.data() + (c - space.data());
  const std::ptrdiff_t high = rows * run + gap;
  for (int i = 0; i < rows; ++i)
    for (std::ptrdiff_t column = 0; column < 2 * run; ++column) {
      T sum = 0;
      for (std::ptrdiff_t k = 0; k < depth; ++k)
        sum += a[static_cast<std::size_t>(k * rows + i)] * (column < 2 * width ? wide[static_cast<std::size_t>(k * 2 * width + column)] : narrow[static_cast<std::size_t>(k * width + column - 2 * width)]);
      wanted[(column < run ? 0 : high - run) + i * run + column] = alpha * sum;
    }
  kernels::LinesAhead<T> ahead{};
  if (looks_ahead) ahead = {a.data(), 0, 1, 1};
  kernels.pairs[rows / 2 - 1]({depth, a.data(), wide.data(), narrow.data(), c, c + high, alpha, ahead});
  return space != expected;
}

template <class T>
void check(const kernels::KernelTable& table) {
  if (runtime::contract_kernels<T>(table).pairs[0] == nullptr) return;
  for (int rows = 2; rows <= 2 * kernels::ContractKernels<T>::most_pairs; rows += 2)
    for (std::ptrdiff_t depth : {0, 1, 2, 7, 24})
      for (const T alpha : {T(1), T(-2)})
        for (const bool looks_ahead : {false, true}) {
          INFO(table.isa << " f" << 8 * sizeof(T) << " rows " << rows << " depth " << depth << " alpha " << alpha);
          CHECK(wrong_results<T>(table, rows, depth, alpha, looks_ahead) == 0);
        }
}

}  // namespace

TEST_CASE("two runs of one and a half vectors are written as whole lines") {
  for (const kernels::KernelTable* table : runnable_tables()) {
    check<float>(*table);
    check<double>(*table);
  }
}
