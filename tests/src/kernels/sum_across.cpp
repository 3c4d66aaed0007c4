// sum_across.cpp: rows in order, rows that share a vector, lone rows; some of them asked for ahead: asking changes nothing that is summed.
#include "kernels/sum_across.hpp"

#include <vector>

#include "runtime/typed_kernels.hpp"
#include "support/loop_reference.hpp"

using namespace einc;

TEMPLATE_TEST_CASE("sums along rows are exact of whole numbers, wherever the rows are", "", float, double) {
  using T = TestType;
  constexpr std::ptrdiff_t most_rows = 37, most_length = 5003, depth = 2;
  std::vector<T> a(static_cast<std::size_t>(most_rows * depth * (most_length + 3))), b(a.size());
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<T>(i * 31 % 11) - 5;
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<T>(i * 17 % 5) - 2;
  const auto at = [](const std::vector<T>& from, std::ptrdiff_t place) { return from[static_cast<std::size_t>(place)]; };
  enum class Right { none, shared, own };
  for (const std::ptrdiff_t length : {std::ptrdiff_t{3}, std::ptrdiff_t{20}, std::ptrdiff_t{33}, std::ptrdiff_t{130}, std::ptrdiff_t{300}, std::ptrdiff_t{1030}, std::ptrdiff_t{2100}, most_length})
    for (const std::ptrdiff_t count : {std::ptrdiff_t{1}, std::ptrdiff_t{3}, std::ptrdiff_t{4}, std::ptrdiff_t{21}, most_rows})
      for (const Right right : {Right::none, Right::shared, Right::own}) {
        const bool product = right != Right::none;
        const std::ptrdiff_t row = length + 3, b_count = right == Right::own ? row : 0, b_depth = most_rows * row;
        std::vector<T> exact(static_cast<std::size_t>(count));
        for (std::ptrdiff_t i = 0; i < count; ++i)
          for (std::ptrdiff_t d = 0; d < depth; ++d)
            for (std::ptrdiff_t k = 0; k < length; ++k)
              exact[static_cast<std::size_t>(i)] += at(a, i * row + d * most_rows * row + k) * (product ? at(b, i * b_count + d * b_depth + k) : T(1));
        for (const kernels::KernelTable* table : testing::runnable_tables())
          for (const bool far : {false, true}) {
            const kernels::SumBlock<T> block{count, depth, length, a.data(), row, most_rows * row, 1, product ? b.data() : nullptr, b_count, b_depth, 1, far};
            const kernels::VectorKernels<T>& vector = runtime::vector_kernels<T>(*table);
            std::vector<T> sums(static_cast<std::size_t>(kernels::sum_count<T>), T(-1));
            (product ? vector.dot.across : vector.sum.across)(block, sums.data());
            INFO(table->isa << ", " << count << " rows of " << length << (far ? ", far" : "") << (right == Right::shared ? ", times one row" : product ? ", times rows" : ""));
            CHECK(std::equal(exact.begin(), exact.end(), sums.begin()));
            CHECK(sums[static_cast<std::size_t>(count)] == T(-1));
          }
      }
}
