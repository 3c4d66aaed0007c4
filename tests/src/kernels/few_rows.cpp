// Products of few rows with keys, on every instruction set: any number of rows, keys and features, floats, doubles and halves.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/few_rows.hpp"

#include "ir/few_scratch.hpp"

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
  const std::ptrdiff_t b_key = features + 3, a_key = features % 2 == 0 ? 1 : 2, c_key = keys % 2 == 0 ? 1 : 2;
  std::vector<T> queries = small_numbers<T>(static_cast<std::size_t>(rows * (features + 5)), 1), weights = small_numbers<T>(static_cast<std::size_t>(rows * keys * a_key + 1), 2);
  std::vector<B> b;
  for (const T value : small_numbers<T>(static_cast<std::size_t>(keys * b_key), 3)) b.push_back(element<B>(value));
  std::ptrdiff_t q_rows[kernels::most_few_rows], w_rows[kernels::most_few_rows], s_rows[kernels::most_few_rows], o_rows[kernels::most_few_rows];
  for (int r = 0; r < rows; ++r) q_rows[r] = r * (features + 5), w_rows[r] = r * keys * a_key + (keys % 3 == 0 && r > 3 ? 1 : 0), s_rows[r] = (rows - 1 - r) * (keys * c_key + 1), o_rows[r] = r * (features + 1);
  const std::vector<T> before = small_numbers<T>(static_cast<std::size_t>(rows * (keys * c_key + features + 2)), 4);
  std::vector<T> arranged(static_cast<std::size_t>(ir::few_arranged(rows, features)));
  for (int r = 0; r < rows; ++r) few.arrange(r, rows, features, queries.data() + q_rows[r], arranged.data());
  int wrong = 0;
  for (const bool adds : {false, true}) {
    std::vector<T> scores = before, expected = before;
    few.across({rows, 1, keys, features, arranged.data(), nullptr, 0, 0, b.data(), b_key, 0, b.data(), 0, scores.data(), s_rows, c_key, 0, alpha, adds});
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
  few.down({rows, 1, keys, features, weights.data(), w_rows, a_key, 0, b.data(), b_key, 0, b.data(), 0, out.data(), o_rows, 0, 0, alpha, true});
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
  for (const int rows : {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 16, 21, kernels::most_few_rows})
    for (const std::ptrdiff_t keys : {1, 2, 3, 7, 8, 15, 16, 21, static_cast<int>(kernels::most_few_keys)})
      for (const std::ptrdiff_t features : {1, 3, 4, 8, 13, 16, 31, 32, 64, 72, 130, 600}) {
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

TEST_CASE("batches beside each other are as many calls") {
  const std::ptrdiff_t batches = 3;
  for (const kernels::KernelTable* table : runnable_tables())
    for (const int rows : {1, 2, 6})
      for (const auto& [keys, features] : {std::pair<std::ptrdiff_t, std::ptrdiff_t>{1, 20}, {5, 20}, {16, 64}, {13, 64}, {5, 2100}})
        for (const std::ptrdiff_t ahead : {0, 16}) {
          const std::ptrdiff_t one = ir::few_arranged(rows, features);
          std::vector<float> arranged(static_cast<std::size_t>(batches * one)), scores(static_cast<std::size_t>(batches * rows * keys)), scores_apart(scores.size());
          std::vector<float> out(static_cast<std::size_t>(batches * rows * features) + 1, 3), out_apart = out;
          const std::vector<float> queries = small_numbers<float>(static_cast<std::size_t>(batches * rows * features), 1), b = small_numbers<float>(static_cast<std::size_t>(keys * batches * features), 2);
          const std::vector<float> weights = small_numbers<float>(static_cast<std::size_t>(batches * rows * keys), 3);
          std::vector<std::ptrdiff_t> s_rows, o_rows;
          for (int r = 0; r < rows; ++r) s_rows.push_back(r * keys), o_rows.push_back(r * features);
          for (std::ptrdiff_t n = 0; n < batches; ++n)
            for (int r = 0; r < rows; ++r) table->few_f32.arrange(r, rows, features, queries.data() + (n * rows + r) * features, arranged.data() + n * one);
          const auto both = [&](std::ptrdiff_t first, std::ptrdiff_t count, float* score, float* sum) {
            const float* const from = b.data() + first * features;
            table->few_f32.across({rows, count, keys, features, arranged.data() + first * one, nullptr, 0, one, from, batches * features, features, from, ahead,
                                   score + first * rows * keys, s_rows.data(), 1, rows * keys, 1, false});
            table->few_f32.down({rows, count, keys, features, weights.data() + first * rows * keys, s_rows.data(), 1, rows * keys, from, batches * features, features, from, ahead,
                                 sum + first * rows * features, o_rows.data(), 0, rows * features, 2, true});
          };
          both(0, batches, scores.data(), out.data());
          for (std::ptrdiff_t n = 0; n < batches; ++n) both(n, 1, scores_apart.data(), out_apart.data());
          CHECK(scores == scores_apart);
          CHECK(out == out_apart);
        }
}

TEST_CASE("a key has the same sums whatever keys are beside it") {
  const std::ptrdiff_t features = 37, keys = kernels::few_keys;
  std::vector<float> b(static_cast<std::size_t>(keys * features));
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = 1 / static_cast<float>(i % 97 + 1);
  for (const kernels::KernelTable* table : runnable_tables())
    for (const int rows : {1, 2, 4, 7, 12, 16}) {
      std::vector<float> query(static_cast<std::size_t>(features)), arranged(static_cast<std::size_t>(ir::few_arranged(rows, features)));
      std::vector<std::ptrdiff_t> s_rows;
      for (int r = 0; r < rows; ++r) {
        for (std::size_t i = 0; i < query.size(); ++i) query[i] = 1 / static_cast<float>(i + 3 + static_cast<std::size_t>(r));
        table->few_f32.arrange(r, rows, features, query.data(), arranged.data());
        s_rows.push_back(r * keys);
      }
      std::vector<float> all(static_cast<std::size_t>(rows * keys)), alone(all.size());
      table->few_f32.across({rows, 1, keys, features, arranged.data(), nullptr, 0, 0, b.data(), features, 0, b.data(), 0, all.data(), s_rows.data(), 1, 0, 1, false});
      for (std::ptrdiff_t key = 0; key < keys; ++key)
        table->few_f32.across({rows, 1, 1, features, arranged.data(), nullptr, 0, 0, b.data() + key * features, features, 0, b.data(), 0, alone.data() + key, s_rows.data(), 1, 0, 1, false});
      CHECK(all == alone);
    }
}
