// concurrent.cpp: several threads compile, call, explain and stop at once, on shared and on separate expressions; for the thread
// sanitizer above all (preset tsan).
#include <algorithm>
#include <atomic>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

Array<double> numbered(const Shape& shape) {
  Array<double> array(shape);
  for (std::size_t n = 0; n < array.size(); ++n) array[n] = static_cast<double>(n % 5) - 2;  // sums are exact
  return array;
}

bool equal(const Array<double>& x, const Array<double>& y) { return x.extents() == y.extents() && std::equal(x.data(), x.data() + x.size(), y.data()); }

// Runs body(number) in four threads at once; the number of times it says false, or throws.
template <class Body>
int wrong_in_threads(const Body& body) {
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number)
    threads.emplace_back([&, number] {
      try {
        if (!body(number)) ++wrong;
      } catch (const std::exception&) {
        ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  return wrong;
}

}  // namespace

TEST_CASE("threads share one-shot calls and the cache, which others clear meanwhile") {
  const Array<double> x = numbered({9, 11}), y = numbered({11, 7});
  const Array<double> expected = einsum("ij,jk->ik", x, y);
  const auto body = [&](int number) {
    bool good = true;
    for (int round = 0; round < 60; ++round) {
      const std::string text = "ij,jk->ik" + std::string(static_cast<std::size_t>((round + number) % 7), ' ');
      good = equal(einsum(text, x, y), expected) && good;
      if (round % 20 == number) clear_cache();
      good = cache_state().entries <= cache_state().capacity && good;
    }
    return good;
  };
  CHECK(wrong_in_threads(body) == 0);
}

TEST_CASE("threads run and explain one expression, with arenas of the thread's and of the expression's own") {
  for (const Extent extent : {12, 620}) {  // 620: more than a thread keeps
    const Array<double> x = numbered({extent, extent});
    const Compiled compiled = compile("ij,jk,kl->il", {x.extents(), x.extents(), x.extents()}, {.dtype = DType::f64, .threads = 2});
    const Array<double> expected = compiled(x, x, x);
    const int rounds = extent < 100 ? 30 : 2;
    const auto body = [&](int) {
      bool good = true;
      for (int round = 0; round < rounds; ++round) good = equal(compiled(x, x, x), expected) && !compiled.explain().empty() && good;
      return good;
    };
    CHECK(wrong_in_threads(body) == 0);
  }
}

TEST_CASE("threads compile and run programs of their own while others are stopped") {
  const Program program = Program::parse("input q \"qc\"\ninput k \"kc\"\noutput o = einsum(\"qk,kc->qc\", softmax(einsum(\"qc,kc->qk\", q, k), \"k\"), k)\n");
  const Array<double> q = numbered({150, 16}), k = numbered({170, 16});
  const std::vector<Shape> shapes = {{150, 16}, {170, 16}};
  const Array<double> expected = compile(program, shapes, {.dtype = DType::f64})(q, k);
  const std::vector<ArrayRef> refs = {{q.data(), DType::f64, q.extents(), q.strides()}, {k.data(), DType::f64, k.extents(), k.strides()}};
  const auto body = [&](int number) {
    for (int round = 0; round < 8; ++round) {
      const Compiled compiled = compile(program, shapes, {.dtype = DType::f64, .threads = 2});
      Array<double> out(expected.extents());
      const OutputRef ref{out.data(), DType::f64, out.extents(), out.strides()};
      if (number % 2 == 1) {
        std::stop_source source;
        std::thread other([&] { source.request_stop(); });
        try {
          compiled.run(refs, ref, {}, source.get_token());
        } catch (const Error& error) {
          if (error.code() != ErrorCode::cancelled) {
            other.join();
            return false;
          }
        }
        other.join();
      }
      compiled.run(refs, ref);
      if (!equal(out, expected)) return false;
    }
    return true;
  };
  CHECK(wrong_in_threads(body) == 0);
}
