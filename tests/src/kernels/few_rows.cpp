// Products of few rows with keys, on every instruction set: any number of rows, keys and features, floats, doubles and halves.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/few_rows.hpp"

#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

template <class B, class T>
B element(T value) {
  if constexpr (requires { B::rounded(value); }) return B::rounded(value);
  else return value;
}
template <class B>
double number(B value) {
  if constexpr (requires { value.widened(); }) return static_cast<double>(value.widened());
  else return static_cast<double>(value);
}

// Small whole numbers: every sum is exact, whatever its order. Keys lie apart, and between them lies what must not be read as a feature.
template <class T, class B>
int wrong_results(const kernels::FewKernels<T, B>& few, int rows, std::ptrdiff_t keys, std::ptrdiff_t features, T alpha) {
  const std::ptrdiff_t b_key = features + 3, a_key = 2, c_key = keys % 2 == 0 ? 1 : 2;
  std::vector<T> queries = small_numbers<T>(static_cast<std::size_t>(rows * (features + 5)), 1), weights = small_numbers<T>(static_cast<std::size_t>(rows * keys * a_key), 2);
  std::vector<B> b;
  for (const T value : small_numbers<T>(static_cast<std::size_t>(keys * b_key), 3)) b.push_back(element<B>(value));
  std::ptrdiff_t q_rows[kernels::most_few_rows], w_rows[kernels::most_few_rows], s_rows[kernels::most_few_rows], o_rows[kernels::most_few_rows];
  for (int r = 0; r < rows; ++r) q_rows[r] = r * (features + 5), w_rows[r] = r * keys * a_key, s_rows[r] = (rows - 1 - r) * (keys * c_key + 1), o_rows[r] = r * (features + 1);
  const std::vector<T> before = small_numbers<T>(static_cast<std::size_t>(rows * (keys * c_key + features + 2)), 4);
  int wrong = 0;
  for (const bool adds : {false, true}) {
    std::vector<T> scores = before, expected = before;
    few.across({rows, keys, features, queries.data(), q_rows, 0, b.data(), b_key, b.data(), scores.data(), s_rows, c_key, alpha, adds});
    for (int r = 0; r < rows; ++r)
      for (std::ptrdiff_t key = 0; key < keys; ++key) {
        double sum = 0;
        for (std::ptrdiff_t f = 0; f < features; ++f) sum += static_cast<double>(queries[static_cast<std::size_t>(q_rows[r] + f)]) * number(b[static_cast<std::size_t>(key * b_key + f)]);
        T& at = expected[static_cast<std::size_t>(s_rows[r] + key * c_key)];
        at = static_cast<T>(static_cast<double>(alpha) * sum + (adds ? static_cast<double>(at) : 0));
      }
    wrong += scores != expected;
  }
  std::vector<T> out = before, expected = before;
  few.down({rows, keys, features, weights.data(), w_rows, a_key, b.data(), b_key, b.data(), out.data(), o_rows, 0, alpha, true});
  for (int r = 0; r < rows; ++r)
    for (std::ptrdiff_t f = 0; f < features; ++f) {
      double sum = 0;
      for (std::ptrdiff_t key = 0; key < keys; ++key) sum += static_cast<double>(weights[static_cast<std::size_t>(w_rows[r] + key * a_key)]) * number(b[static_cast<std::size_t>(key * b_key + f)]);
      expected[static_cast<std::size_t>(o_rows[r] + f)] += static_cast<T>(static_cast<double>(alpha) * sum);
    }
  return wrong + (out != expected);
}

template <class T, class B>
void check(const kernels::KernelTable& table, const kernels::FewKernels<T, B>& few) {
  INFO(table.isa << ", elements of " << sizeof(B) << " bytes");
  for (int rows = 1; rows <= kernels::most_few_rows; ++rows)
    for (const std::ptrdiff_t keys : {1, 2, 3, 7, 8, 15, 16, 33})
      for (const std::ptrdiff_t features : {1, 3, 4, 8, 13, 16, 31, 32, 64, 72, 130}) {
        INFO(rows << " rows, " << keys << " keys, " << features << " features");
        CHECK(wrong_results<T, B>(few, rows, keys, features, T(1)) == 0);
        CHECK(wrong_results<T, B>(few, rows, keys, features, T(0.5)) == 0);
      }
}

}  // namespace

TEST_CASE("products of few rows are those of plain loops, and nothing else is written") {
  for (const kernels::KernelTable* table : runnable_tables()) {
    check<float, float>(*table, table->few_f32);
    check<double, double>(*table, table->few_f64);
    check<float, kernels::BFloat16>(*table, table->bf16.few);
    check<float, kernels::Float16>(*table, table->f16.few);
  }
}

TEST_CASE("a key has the same sums whatever keys are beside it") {
  const std::ptrdiff_t features = 37, row = 0;
  std::vector<float> query(features), keys(40 * features);
  for (std::size_t i = 0; i < query.size(); ++i) query[i] = 1 / static_cast<float>(i + 3);
  for (std::size_t i = 0; i < keys.size(); ++i) keys[i] = 1 / static_cast<float>(i % 97 + 1);
  for (const kernels::KernelTable* table : runnable_tables()) {
    float all[40], alone[40];
    table->few_f32.across({1, 40, features, query.data(), &row, 0, keys.data(), features, keys.data(), all, &row, 1, 1, false});
    for (std::ptrdiff_t key = 0; key < 40; ++key)
      table->few_f32.across({1, 1, features, query.data(), &row, 0, keys.data() + key * features, features, keys.data(), alone + key, &row, 1, 1, false});
    CHECK(same_bytes(all, alone));
  }
}
