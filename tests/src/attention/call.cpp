// Calls on arrays: labels are held against ranks, views cost nothing, and a program is built once for the shapes it meets.
#include "attention/call.hpp"

#include <atomic>
#include <thread>

#include "support/attention_data.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::attention;
using namespace einc::attention::detail;
using namespace einc::testing;

TEST_CASE("an array of another rank than its labels is refused by name") {
  const Array<double> x = wave({2, 3}, 0);
  CHECK_NOTHROW(labelled("x", "bq", Given<double>(x)));
  try {
    labelled("mask", "bhqk", Given<double>(x));
    FAIL("was not refused");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::rank_mismatch);
    CHECK_THAT(error.what(), ContainsSubstring("`mask` has rank 2, shape [2, 3], but [b h q k] is needed"));
  }
  CHECK_THROWS_WITH(labelled("mask", "q", Given<double>()), ContainsSubstring("`mask` is missing"));
}

TEST_CASE("splitting a label needs no copy, whatever its stride") {
  const Array<double> x = wave({3, 12}, 0);
  const TensorView<const double> columns(x.data(), {12, 3}, {1, 12});
  const Input split = split_label(labelled("x", "ab", Given<double>(columns)), "a", "hc", 4);
  CHECK(split.labels == split_labels("hcb"));
  CHECK(split.extents == Shape{4, 3, 3});
  CHECK(split.strides == Strides{3, 1, 12});
  CHECK_THROWS_WITH(split_label(labelled("x", "ab", Given<double>(columns)), "a", "hc", 5), ContainsSubstring("5 heads cannot share"));
}

TEST_CASE("labels of extent 1 fall away from a view") {
  const Array<double> x = wave({2, 1, 1, 4}, 0);
  const Input mask = without_units(labelled("mask", "bhqk", Given<double>(x)));
  CHECK(mask.labels == split_labels("bk"));
  CHECK(mask.strides == Strides{4, 1});
}

TEST_CASE("what is given may be a view, an array that stays, or one that is moved in") {
  Given<double> kept;
  CHECK_FALSE(kept);
  {
    Array<double> temporary = wave({2, 2}, 1);
    kept = Given<double>(std::move(temporary));
  }
  CHECK(kept);
  CHECK(kept.data()[3] == wave({2, 2}, 1)[3]);
  const Array<double> stays = wave({2, 2}, 2);
  CHECK(Given<double>(stays).data() == stays.data());
  CHECK(Given<double>(TensorView<const double>(stays.data(), {2}, {-1})).strides() == Strides{-1});
}

TEST_CASE("a program is built once for the same shapes and settings") {
  Cache cache;
  int built = 0;
  const Build twice = [&](Program& p, const Inputs& in) {
    ++built;
    p.output("y", in["x"] * 2.0);
  };
  const Array<double> x = wave({3}, 0), longer = wave({4}, 0);
  CHECK(run<double>(&cache, {}, {labelled("x", "i", Given<double>(x))}, "twice", twice)[0][2] == 2 * x[2]);
  run<double>(&cache, {}, {labelled("x", "i", Given<double>(x))}, "twice", twice);
  CHECK(built == 1);
  run<double>(&cache, {}, {labelled("x", "i", Given<double>(longer))}, "twice", twice);
  CHECK(built == 2);
  run<double>(&cache, {.stream = Stream::forbid}, {labelled("x", "i", Given<double>(x))}, "twice", twice);
  CHECK(built == 3);
  run<double>(nullptr, {}, {labelled("x", "i", Given<double>(x))}, "twice", twice);
  CHECK(built == 4);
  run<double>(&cache, {.memory_limit = 1 << 20}, {labelled("x", "i", Given<double>(x))}, "twice", twice);
  CHECK(built == 5);
  CHECK_THROWS_WITH(run<double>(&cache, {.broadcast = Broadcast::numpy}, {labelled("x", "i", Given<double>(x))}, "twice", twice), ContainsSubstring("never stretches"));
}

TEST_CASE("a cache that is full forgets what was used longest ago") {
  Cache cache;
  const auto of_length = [&](std::size_t length) {
    const Array<double> x = wave({static_cast<Extent>(length)}, 0);
    int built = 0;
    run<double>(&cache, {}, {labelled("x", "i", Given<double>(x))}, "", [&](Program& p, const Inputs& in) { ++built, p.output("y", in["x"] + 1.0); });
    return built;
  };
  CHECK(of_length(1) == 1);
  for (std::size_t n = 2; n <= Cache::capacity; ++n) of_length(n);
  CHECK(of_length(1) == 0);                    // still there, and used again
  CHECK(of_length(Cache::capacity + 1) == 1);  // drops length 2
  CHECK(of_length(1) == 0);
  CHECK(of_length(2) == 1);
}

TEST_CASE("threads share one cache, and each gets the numbers of its own shapes") {
  const DotProductAttention<double> layer({.causal = true});
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int n = 0; n < 20; ++n) {
        const Extent length = 1 + (7 * n + t) % 5;
        const Array<double> x = wave({1, 1, length, 4}, t);
        const Array<double> got = layer(x, x, x);
        // The first row sees itself alone.
        for (std::size_t c = 0; c < 4; ++c) wrong += std::abs(got[c] - x[c]) < 1e-15 ? 0 : 1;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}
