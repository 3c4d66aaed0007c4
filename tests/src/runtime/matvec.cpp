#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a matrix times a vector is the plain loop nest, in any layout and with any number of threads", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::matvec, {Role::batch, Role::m, Role::k}, true, true};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_matvec<TestType>, 1, 100, 600000);
}

// c[head, column] = sum over row of b[head, row] * a[row, head, column]: heads share pages, and are summed in turn, block by block.
TEMPLATE_TEST_CASE("rows of results that lie between those of others are summed beside them", "", float, double) {
  using einc::Extent;
  for (const Extent heads : {1, 3, 16, 70})
    for (const Extent columns : {7, 64})
      for (const Extent rows : {2, 127, 1000, 5003}) {
        std::vector<TestType> a(static_cast<std::size_t>(rows * heads * columns)), b(static_cast<std::size_t>(heads * rows));
        for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<TestType>(i * 31 % 7) - 3;
        for (std::size_t i = 0; i < b.size(); ++i) b[i] = static_cast<TestType>(i * 17 % 5) - 2;
        const einc::ir::Instruction product{einc::ir::Kernel::matvec, einc::dtype_of<TestType>, {}, {}, {},
                                            {{Role::batch, heads, columns, rows, columns}, {Role::m, columns, 1, 0, 1}, {Role::k, rows, heads * columns, 1, 0}}, {}};
        std::vector<TestType> exact(static_cast<std::size_t>(heads * columns), 0);  // whole numbers: sums are exact in any order
        for (Extent row = 0; row < rows; ++row)
          for (Extent head = 0; head < heads; ++head)
            for (Extent column = 0; column < columns; ++column)
              exact[static_cast<std::size_t>(head * columns + column)] += b[static_cast<std::size_t>(head * rows + row)] * a[static_cast<std::size_t>((row * heads + head) * columns + column)];
        for (const einc::kernels::KernelTable* table : einc::testing::runnable_tables())
          for (int threads = 1; threads <= 3; ++threads) {
            std::vector<TestType> c(exact.size(), -1);
            einc::runtime::run_matvec<TestType>({product, *table, a.data(), b.data(), c.data(), 1, 0, nullptr, 0, threads});
            INFO(table->isa << ", " << heads << " x " << columns << " of " << rows << ", threads " << threads);
            CHECK(c == exact);
          }
      }
}

TEST_CASE("as many short rows of the largest elements as fit a block are summed together, and no more") {
  using Number = einc::kernels::Complex<double>;
  constexpr einc::Extent rows = 1100, columns = 4;
  std::vector<Number> a(rows * columns), b(columns), c(rows);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = {static_cast<double>(i % 7), static_cast<double>(i % 5)};
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = {static_cast<double>(i), 1};
  const einc::ir::Instruction product{einc::ir::Kernel::matvec, einc::DType::c128, {}, {}, {}, {{Role::m, rows, columns, 0, 1}, {Role::k, columns, 1, 1, 0}}, {}};
  for (const einc::kernels::KernelTable* table : einc::testing::runnable_tables()) {
    einc::runtime::run_matvec<Number>({product, *table, a.data(), b.data(), c.data(), Number{1, 0}, Number{0, 0}, nullptr, 0, 1});
    for (std::size_t row = 0; row < rows; ++row) {
      std::complex<double> sum = 0;
      for (std::size_t i = 0; i < columns; ++i) sum += std::complex<double>(a[row * columns + i].re, a[row * columns + i].im) * std::complex<double>(b[i].re, b[i].im);
      INFO(table->isa << ", row " << row);
      CHECK(c[row].re == sum.real());
      CHECK(c[row].im == sum.imag());
    }
  }
}
