// One-shot calls: what they compile is kept, found again, bounded, and shared by threads without a fault.
#include <array>
#include <atomic>
#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/fill.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

Array<double> filled(const Shape& extents, std::size_t operand) {
  Array<double> array(extents);
  for (std::size_t n = 0; n < array.size(); ++n) array[n] = fill_value<double>(n, operand, 0.1 * static_cast<double>(operand));
  return array;
}

}  // namespace

TEST_CASE("the second call with the same text, extents, strides and type is a hit") {
  const Array<double> a = filled({3, 3}, 0), b = filled({3, 3}, 1);
  const Array<float> c({3, 3});
  clear_cache();
  CHECK(cache_state().entries == 0);
  auto missed = [before = std::size_t{0}]() mutable {
    const std::size_t now = cache_state().misses, more = now - before;
    before = now;
    return more;
  };
  einsum("ij,jk->ik", a, b);
  CHECK(missed() == 1);
  einsum("ij,jk->ik", b, a);
  CHECK(missed() == 0);
  CHECK(cache_state().hits == 1);
  Array<double> out({3, 3});
  einsum_into(out, "ij,jk->ik", Scale{2, 0}, a, b);
  CHECK(missed() == 0);
  einsum("ij,jk->ki", a, b);
  CHECK(missed() == 1);  // another text
  einsum("ij,jk->ik", a, TensorView<const double>(b.data(), {3, 3}, {1, 3}));
  CHECK(missed() == 1);  // other strides
  einsum("ij,jk->ik", a, TensorView<const double>(b.data(), {3, 2}));
  CHECK(missed() == 1);  // other extents
  einsum("ij,jk->ik", c, c);
  CHECK(missed() == 1);  // another type
  einsum("ij,jk->ik", Options{.planner = Planner::greedy}, a, b);
  CHECK(missed() == 1);  // other options
  CHECK(cache_state().entries == 6);
  clear_cache();
  CHECK(cache_state().entries == 0);
  einsum("ij,jk->ik", a, b);
  CHECK(cache_state().misses == 1);
}

TEST_CASE("a refused call leaves no entry") {
  const Array<double> a = filled({3, 3}, 0);
  clear_cache();
  CHECK_THROWS_AS(einsum("ij,jk->il", a, a), Error);
  CHECK_THROWS_AS(einsum("ij,jk->ik", a, filled({4, 4}, 0)), Error);
  CHECK(cache_state().entries == 0);
}

TEST_CASE("the cache never holds more than its capacity") {
  clear_cache();
  const std::size_t capacity = cache_state().capacity;
  REQUIRE(capacity > 0);
  const std::vector<double> memory(2 * capacity + 60, 1.0);
  for (std::size_t extent = 1; extent <= capacity + 50; ++extent) {
    const TensorView<const double> a(memory.data(), {static_cast<Extent>(extent)});
    REQUIRE(einsum("i->", a)[0] == static_cast<double>(extent));
    REQUIRE(cache_state().entries <= capacity);
  }
  CHECK(cache_state().entries == capacity);
  const std::size_t misses = cache_state().misses;
  einsum("i->", TensorView<const double>(memory.data(), {static_cast<Extent>(capacity + 50)}));
  CHECK(cache_state().misses == misses);  // the newest is still there
}

TEST_CASE("threads share the cache, and each gets its own right numbers") {
  clear_cache();
  const std::vector<std::string> texts = {"ij,jk->ik", "ij,kj->ik", "ij,jk->", "ij,ij->ij", "ij,jk->k", "ji,jk->ik"};
  const Array<double> a = filled({6, 6}, 0), b = filled({6, 6}, 1);
  std::vector<Reference<double>> expected;
  for (const std::string& text : texts) expected.push_back(reference_einsum<double>(text, {a.view(), b.view()}));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < 4; ++number)
    threads.emplace_back([&, number] {
      try {
        for (std::size_t round = 0; round < 300; ++round) {
          const std::size_t which = (round + number) % texts.size();
          const Array<double> got = einsum(texts[which], Options{.threads = 1}, a, b);
          if (got.extents() != expected[which].extents || first_difference(expected[which], got.data()) >= 0) ++wrong;
          if (round % 100 == 99 && number == 0) clear_cache();
        }
      } catch (const std::exception&) {
        ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
  CHECK(cache_state().entries <= texts.size());
}

TEST_CASE("an array that stands in several places gives what its copies give, and other arrays afterwards too") {
  const Extent n = 150, k = 130;
  const Array<double> a = filled({n, k}, 0), copy = filled({n, k}, 0), other = filled({n, k}, 1);
  const TensorView<const double> turned(a.data(), {k, n}, {1, k});
  const auto same = [](const Array<double>& x, const Array<double>& y) {
    double distance = 0;
    for (std::size_t i = 0; i < x.size(); ++i) distance = std::max(distance, std::abs(x[i] - y[i]));
    return distance < 1e-9;
  };
  const Array<double> expected = einsum("ik,jk->ij", a, copy);
  CHECK(same(einsum("ik,jk->ij", a, a), expected));
  CHECK(same(einsum("ik,kj->ij", a, turned), expected));
  CHECK(same(einsum("ik,jk->ij", a, other), einsum("ik,jk->ij", copy, other)));
  Array<double> out = filled({n, n}, 2), wanted = filled({n, n}, 2);  // beta meets what is no transpose of itself
  einsum_into(out, "ik,jk->ij", Scale{2, 3}, a, a);
  einsum_into(wanted, "ik,jk->ij", Scale{2, 3}, a, copy);
  CHECK(same(out, wanted));
  const Compiled f = compiled_for("ik,jk->ij", std::array{ArrayRef{a.data(), DType::f64, a.extents(), a.strides()}, ArrayRef{a.data(), DType::f64, a.extents(), a.strides()}});
  CHECK_THAT(f.explain(), ContainsSubstring("its own transpose"));
  CHECK(same(f(a, other), einsum("ik,jk->ij", copy, other)));
  CHECK(same(f(a, a), expected));
}

TEST_CASE("powers of one array take a logarithm of products") {
  Array<double> a = filled({40, 40}, 0), chained({40, 40});
  for (std::size_t i = 0; i < a.size(); ++i) chained[i] = a[i] *= 0.2;
  const ArrayRef ref{a.data(), DType::f64, a.extents(), a.strides()};
  const char* text = "ab,bc,cd,de,ef,fg,gh,hi->ai";
  const Compiled power = compiled_for(text, std::vector<ArrayRef>(8, ref));
  CHECK(power.plan().flops < 0.5 * compile(text, std::vector<Shape>(8, {40, 40}), {.dtype = DType::f64}).plan().flops);
  for (int i = 1; i < 8; ++i) chained = einsum("ij,jk->ik", chained, a);
  const Array<double> once = einsum(text, a, a, a, a, a, a, a, a);
  for (std::size_t i = 0; i < once.size(); ++i) CHECK(once[i] == Approx(chained[i]).epsilon(1e-9));
}
