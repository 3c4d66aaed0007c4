// sum_down.cpp: rows of results, some of them asked for ahead: asking changes nothing that is summed.
#include "kernels/sum_down.hpp"

#include <cstring>
#include <vector>

#include "runtime/typed_kernels.hpp"
#include "support/loop_reference.hpp"

using namespace einc;

TEMPLATE_TEST_CASE("sums of memory are those of a cache, bit by bit", "", float, double) {
  using T = TestType;
  constexpr std::ptrdiff_t most = kernels::sum_count<T>, rows = 21, apart = most + 5;
  std::vector<T> a(static_cast<std::size_t>(rows * apart)), b(static_cast<std::size_t>(rows));
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(i * 31 % 11) - 5;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<T>(i % 5) - 2;
  for (const kernels::KernelTable* table : testing::runnable_tables())
    for (const std::ptrdiff_t count : {std::ptrdiff_t{3}, std::ptrdiff_t{40}, std::ptrdiff_t{301}, std::ptrdiff_t{600}, most})
      for (const bool product : {false, true}) {
        kernels::SumBlock<T> block{count, 1, rows, a.data(), 1, 0, apart, product ? b.data() : nullptr, 0, 0, 1};
        std::vector<T> near(static_cast<std::size_t>(most)), far = near, exact = near;  // whole numbers: exact in any order
        for (std::ptrdiff_t row = 0; row < rows; ++row)
          for (std::ptrdiff_t i = 0; i < count; ++i)
            exact[static_cast<std::size_t>(i)] += a[static_cast<std::size_t>(row * apart + i)] * (product ? b[static_cast<std::size_t>(row)] : T(1));
        const kernels::VectorKernels<T>& vector = runtime::vector_kernels<T>(*table);
        const auto& down = product ? vector.dot.down : vector.sum.down;
        down(block, near.data());
        block.far = true;
        down(block, far.data());
        INFO(table->isa << ", " << count << " results" << (product ? " of products" : ""));
        CHECK(std::memcmp(near.data(), far.data(), static_cast<std::size_t>(count) * sizeof(T)) == 0);
        CHECK(std::equal(near.begin(), near.begin() + count, exact.begin()));
      }
}
