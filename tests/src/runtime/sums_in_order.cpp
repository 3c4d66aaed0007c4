// Matrices whose rows lie between those of others, times a vector each: the kernels of few rows read all of them as they lie.
#include "runtime/sums_in_order.hpp"

#include <algorithm>
#include <vector>

#include "support/loop_reference.hpp"

namespace runtime = einc::runtime;
using einc::Extent;
using Role = einc::ir::Role;

namespace {

struct Sizes {
  Extent outer, heads, keys, features;
  Extent all() const { return outer * heads * keys * features; }
};

template <class T>
std::vector<T> small_whole(Extent count, Extent step) {
  std::vector<T> numbers(static_cast<std::size_t>(count));
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<T>(static_cast<Extent>(i) * step % 7) - 3;
  return numbers;
}

// a[outer, key, head, feature]; summed over features: b[outer, head, feature], c[outer, head, key]; over keys: the other way about.
einc::ir::Instruction product_of(const Sizes& s, einc::DType dtype, bool across) {
  const Extent keys = s.heads * s.features, wide = s.heads * s.keys;
  const einc::ir::Loop outer{Role::batch, s.outer, s.keys * keys, across ? keys : wide, across ? wide : keys};
  const einc::ir::Loop heads{Role::batch, s.heads, s.features, across ? s.features : s.keys, across ? s.keys : s.features};
  const einc::ir::Loop key{across ? Role::m : Role::k, s.keys, keys, across ? 0 : 1, across ? 1 : 0};
  const einc::ir::Loop feature{across ? Role::k : Role::m, s.features, 1, across ? 1 : 0, across ? 0 : 1};
  return {einc::ir::Kernel::matvec, dtype, {}, {}, {}, {outer, heads, across ? key : feature, across ? feature : key}, {}};
}

}  // namespace

TEMPLATE_TEST_CASE("keys of several heads are summed as they lie, whatever the threads", "", float, double) {
  for (const Sizes s : {Sizes{1, 16, 600, 64}, Sizes{2, 3, 2500, 37}, Sizes{3, 2, 4100, 24}, Sizes{1, 7, 500, 128}, Sizes{1, 8, 1000, 100}})
    for (const bool across : {true, false}) {
      const einc::ir::Instruction product = product_of(s, einc::dtype_of<TestType>, across);
      const Extent b_count = s.outer * s.heads * (across ? s.features : s.keys), c_count = s.outer * s.heads * (across ? s.keys : s.features);
      const std::vector<TestType> a = small_whole<TestType>(s.all(), 31), b = small_whole<TestType>(b_count, 17);
      std::vector<TestType> exact(static_cast<std::size_t>(c_count), 0);  // whole numbers: sums are exact in any order
      std::size_t at = 0;
      for (Extent o = 0; o < s.outer; ++o)
        for (Extent k = 0; k < s.keys; ++k)
          for (Extent h = 0; h < s.heads; ++h)
            for (Extent f = 0; f < s.features; ++f, ++at) {
              const Extent by_key = (o * s.heads + h) * s.keys + k, by_feature = (o * s.heads + h) * s.features + f;
              exact[static_cast<std::size_t>(across ? by_key : by_feature)] += a[at] * b[static_cast<std::size_t>(across ? by_feature : by_key)];
            }
      for (TestType& each : exact) each = 2 * each + 5;
      for (const einc::kernels::KernelTable* table : einc::testing::runnable_tables())
        for (int threads = 1; threads <= 3; ++threads) {
          std::vector<TestType> c(exact.size(), 5);
          const runtime::InstructionContext<TestType> context{product, *table, a.data(), b.data(), c.data(), 2, 1, nullptr, 0, threads};
          const runtime::SumsInOrder<TestType> sums(context);
          INFO(table->isa << ", " << s.outer << " x " << s.heads << " x " << s.keys << " x " << s.features << (across ? " across" : " down") << ", threads " << threads);
          REQUIRE(sums.fits());
          sums.run();
          CHECK(c == exact);
        }
    }
}

TEST_CASE("what a cache of a core holds, or what lies otherwise, is left to the other sums") {
  const auto fits = [](const einc::ir::Instruction& product) {
    const runtime::InstructionContext<float> context{product, *einc::testing::runnable_tables().front(), nullptr, nullptr, nullptr, 1, 0, nullptr, 0, 1};
    return runtime::SumsInOrder<float>(context).fits();
  };
  CHECK(fits(product_of({1, 16, 600, 64}, einc::DType::f32, true)));
  CHECK_FALSE(fits(product_of({1, 16, 200, 64}, einc::DType::f32, true)));  // 0.8 MB
  CHECK_FALSE(fits(product_of({1, 1, 9000, 64}, einc::DType::f32, true)));  // rows of one matrix
  CHECK_FALSE(fits(product_of({1, 3000, 64, 8}, einc::DType::f32, false)));  // more results than wait in cache
  einc::ir::Instruction apart = product_of({1, 16, 600, 64}, einc::DType::f32, true);
  apart.loops[1].a = 600 * 64, apart.loops[2].a = 64;  // head after head
  CHECK_FALSE(fits(apart));
  einc::ir::Instruction halves = product_of({1, 16, 600, 64}, einc::DType::f32, true);
  halves.a.dtype = einc::DType::bf16;
  CHECK_FALSE(fits(halves));
}
