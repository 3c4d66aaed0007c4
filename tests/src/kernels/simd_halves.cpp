// Halves read into registers of floats, and sums over them, on every instruction set.
// SPDX-License-Identifier: BSD-3-Clause
#include "kernels/simd_halves.hpp"

#include "support/element_kernels.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

template <class S>
std::vector<S> halves(std::size_t count, std::size_t salt) {
  std::vector<S> made(count);
  for (std::size_t n = 0; n < count; ++n) made[n] = S::rounded(small_number<float>(n, salt));
  return made;
}

template <class S>
const kernels::HalfKernels<S>& half_kernels(const kernels::KernelTable& table) {
  if constexpr (std::is_same_v<S, kernels::BFloat16>) return table.bf16;
  else return table.f16;
}

// Small whole numbers: every sum is exact, whatever its order.
template <class S>
void check_sums(const kernels::KernelTable& table) {
  const std::vector<S> a = halves<S>(40000, 1), b = halves<S>(40000, 2);
  std::vector<float> b_floats;
  for (const S half : b) b_floats.push_back(half.widened());
  int wrong = 0;
  for (const std::ptrdiff_t count : {1, 3, 4, 7, 16, 33, 70})
    for (const std::ptrdiff_t length : {1, 5, 16, 37, 90})
      for (int form = 0; form < 9; ++form) {  // sums, products of halves, products with floats; across, down, any
        const bool product = form % 3 != 0, floats = form % 3 == 2;
        const std::ptrdiff_t along = form / 3 == 0 ? 1 : form / 3 == 1 ? 101 : 3, beside = form / 3 == 0 ? 95 : form / 3 == 1 ? 1 : 97;
        std::vector<float> result(static_cast<std::size_t>(count) + 1, -77);
        const auto run = [&](const auto& family, const auto* right) {
          const auto kernel = form / 3 == 0 ? family.across : form / 3 == 1 ? family.down : family.any;
          kernel({count, 2, length, a.data(), beside, 20000, along, right, beside, 20000, along}, result.data());
        };
        if (floats) run(half_kernels<S>(table).dot_floats, b_floats.data());
        else run(product ? half_kernels<S>(table).dot : half_kernels<S>(table).sum, b.data());
        wrong += result.back() != -77;
        for (std::ptrdiff_t i = 0; i < count; ++i) {
          float sum = 0;
          for (std::ptrdiff_t d = 0; d < 2; ++d)
            for (std::ptrdiff_t k = 0; k < length; ++k) {
              const auto at = static_cast<std::size_t>(i * beside + d * 20000 + k * along);
              sum += a[at].widened() * (product ? b[at].widened() : 1);
            }
          wrong += result[static_cast<std::size_t>(i)] != sum;
        }
      }
  INFO(table.isa);
  CHECK(wrong == 0);
}

}  // namespace

TEMPLATE_TEST_CASE("a register of floats is read from halves, whole or in part", "", kernels::BFloat16, kernels::Float16) {
  using Read = kernels::simd::Read<xsimd::default_arch, float, TestType>;
  using Floats = kernels::simd::Ops<xsimd::default_arch, float>;
  const std::vector<TestType> from = halves<TestType>(Read::width, 4);
  alignas(64) float lanes[Read::width];
  for (int count = 0; count <= Read::width; ++count) {
    Floats::store(lanes, count == Read::width ? Read::load(from.data()) : Read::load_first(from.data(), count));
    for (int lane = 0; lane < Read::width; ++lane) CHECK(lanes[lane] == (lane < count ? from[static_cast<std::size_t>(lane)].widened() : 0));
  }
  Floats::store(lanes, Read::broadcast(from[1]));
  CHECK(lanes[Read::width - 1] == from[1].widened());
  CHECK(Read::number(from[2]) == from[2].widened());
}

TEMPLATE_TEST_CASE("sums over halves and over their products are those of the floats they stand for", "", kernels::BFloat16, kernels::Float16) {
  for (const kernels::KernelTable* table : runnable_tables()) check_sums<TestType>(*table);
}
