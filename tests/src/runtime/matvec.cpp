#include "support/loop_reference.hpp"

using einc::testing::Role;

TEMPLATE_TEST_CASE("a matrix times a vector is the plain loop nest, in any layout and with any number of threads", "", float, double) {
  const einc::testing::Family family{einc::ir::Kernel::matvec, {Role::batch, Role::m, Role::k}, true, true};
  einc::testing::check_family<TestType>(family, &einc::runtime::run_matvec<TestType>, 1, 100, 600000);
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
