// failures.cpp: whichever allocation of a call fails, std::bad_alloc comes out, outputs are untouched, nothing leaks, and the
// next call is right.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <cstddef>
#include <functional>
#include <new>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "allocation/counted.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

constexpr double poison = -77;

Array<double> numbered(const Shape& shape) {
  Array<double> array(shape);
  for (std::size_t n = 0; n < array.size(); ++n) array[n] = static_cast<double>(n % 5) - 2;
  return array;
}
ArrayRef ref(const Array<double>& array) { return {array.data(), DType::f64, array.extents(), array.strides()}; }

// What one trial sets up, does, and says of its output afterwards.
struct Trial {
  std::function<void()> prepare = [] {};  // not counted
  std::function<void()> act;              // what may fail
  std::function<bool()> untouched = [] { return true; };  // after a failure
  std::function<bool()> right;            // after it went through
  std::function<void()> clean = [] {};    // forgets what the library may keep
};

struct Tally {
  std::size_t failures = 0;
  std::string fault;
};

// One trial, in a thread of its own: what threads keep between calls is new each time, and gone with it.
bool attempt(const Trial& trial, std::size_t n, Failing how, Tally& tally) {
  bool went_through = false;
  std::thread([&] {
    trial.prepare();
    bool threw = false;
    fail_allocation(n, how);
    try {
      trial.act();
    } catch (const std::bad_alloc&) {
      threw = true;
    } catch (...) {
      stop_failing();
      tally.fault = "something else than std::bad_alloc was thrown";
      return;
    }
    const bool failed = stop_failing();
    if (failed && !threw) tally.fault = "a failed allocation was not told of";
    if (threw && !trial.untouched()) tally.fault = "the output was written";
    tally.failures += threw ? 1 : 0;
    if (threw) trial.act();  // the very next call, on what the failure left
    if (!trial.right()) tally.fault = threw ? "the call after the failure is wrong" : "a call without failures is wrong";
    trial.clean();
    went_through = !failed;
  }).join();
  return went_through;
}

// Every allocation of the call fails once, alone and with all that follow.
Tally check(const Trial& trial) {
  Tally tally;
  attempt(trial, 0, Failing::once, tally);  // whatever is set up once in a program
  attempt(trial, 0, Failing::once, tally);
  const long before = live_blocks();
  for (const Failing how : {Failing::once, Failing::forever})
    for (std::size_t n = 1; n < 100'000 && tally.fault.empty(); ++n) {
      const bool done = attempt(trial, n, how, tally);
      if (!tally.fault.empty()) tally.fault += ": allocation " + std::to_string(n);
      else if (live_blocks() != before) tally.fault = std::to_string(live_blocks() - before) + " blocks leak after allocation " + std::to_string(n) + " failed";
      if (done) break;
    }
  return tally;
}

// The trial of a call that writes memory: right when the call gave what it gives in peace.
struct Written {
  std::vector<double> memory, expected;
  explicit Written(std::size_t size) : memory(size, poison) {}
  void reset() { std::fill(memory.begin(), memory.end(), poison); }
  bool untouched() const { return std::all_of(memory.begin(), memory.end(), [](double x) { return x == poison; }); }
  bool right() {
    if (expected.empty()) expected = memory;
    return memory == expected && !untouched();
  }
};

Trial writing(Written& written, std::function<void()> act) {
  Trial trial;
  trial.prepare = [&] { written.reset(); };
  trial.act = std::move(act);
  trial.untouched = [&] { return written.untouched(); };
  trial.right = [&] { return written.right(); };
  return trial;
}

}  // namespace

TEST_CASE("compiling survives the failure of any allocation") {
  std::optional<Compiled> compiled;
  Trial trial;
  trial.act = [&] { compiled = compile("ij,jk,kl,...l->...i", {{6, 7}, {7, 8}, {8, 9}, {2, 9}}, {.dtype = DType::f64, .threads = 1}); };
  trial.right = [&] { return compiled.has_value() && compiled->shape() == Shape{2, 6}; };
  trial.clean = [&] { compiled.reset(); };
  const Tally tally = check(trial);
  CHECK(tally.fault == "");
  CHECK(tally.failures > 200);
}

TEST_CASE("a one-shot call survives the failure of any allocation, with an empty cache and with a full one") {
  const Array<double> x = numbered({6, 7}), y = numbered({7, 8});
  const std::vector<ArrayRef> refs = {ref(x), ref(y)};
  std::optional<Array<double>> result, expected;
  const Options options{.threads = 1};
  expected = einsum<double>("ij,jk->ik", refs, options);
  for (const int kept : {0, 256}) {
    Trial trial;
    trial.prepare = [&, kept] {
      clear_cache();
      for (int n = 0; n < kept; ++n) static_cast<void>(einsum<double>("ij,jk->ki" + std::string(static_cast<std::size_t>(n), ' '), refs, options));
    };
    trial.act = [&] { result = einsum<double>("ij,jk->ik", refs, options); };
    trial.right = [&] { return std::equal(result->data(), result->data() + result->size(), expected->data()); };
    trial.clean = [&] {
      clear_cache();
      result.reset();
    };
    if (kept > 0) {  // compiling has been tried: the cache's own allocations are the last ones
      Tally tally;
      std::size_t last = 1;
      for (; !attempt(trial, last, Failing::once, tally); last += 64) REQUIRE(tally.fault == "");
      for (std::size_t n = last > 64 ? last - 64 : 1; n <= last && tally.fault.empty(); ++n) attempt(trial, n, Failing::once, tally);
      CHECK(tally.fault == "");
      continue;
    }
    const Tally tally = check(trial);
    CHECK(tally.fault == "");
    CHECK(tally.failures > 50);
  }
}

TEST_CASE("a run with an arena and scratch leaves its output alone when memory fails, small or large") {
  for (const Extent extent : {40, 900}) {  // of the memory a thread keeps, and of the expression's own
    const Array<double> x = numbered({extent, extent});
    const std::vector<ArrayRef> refs = {ref(x), ref(x), ref(x)};
    const Shape shape{extent, extent};
    const Strides strides = row_major(shape);
    Written written(x.size());
    std::optional<Compiled> compiled;
    Trial trial = writing(written, [&] { compiled->run(refs, {written.memory.data(), DType::f64, shape, strides}); });
    trial.prepare = [&] {
      written.reset();
      compiled = compile("ij,jk,kl->il", {shape, shape, shape}, {.dtype = DType::f64, .threads = 1});
    };
    trial.clean = [&] { compiled.reset(); };
    const Tally tally = check(trial);
    CHECK(tally.fault == "");
    CHECK(tally.failures >= 2);
  }
}

TEST_CASE("the first run with other strides leaves its output alone when memory fails") {
  const Array<double> x = numbered({9, 8});
  const Shape turned{8, 9};
  const Strides backwards{1, 8};
  const std::vector<ArrayRef> refs = {{x.data(), DType::f64, turned, backwards}, ref(x)};
  const Shape shape{8, 8};
  const Strides wide{20, 2};
  Written written(8 * 20);
  std::optional<Compiled> compiled;
  Trial trial = writing(written, [&] { compiled->run(refs, {written.memory.data(), DType::f64, shape, wide}, {2, 0}); });
  trial.prepare = [&] {
    written.reset();
    compiled = compile("ij,jk->ik", {turned, {9, 8}}, {.dtype = DType::f64, .threads = 1});
  };
  trial.clean = [&] { compiled.reset(); };
  const Tally tally = check(trial);
  CHECK(tally.fault == "");
  CHECK(tally.failures > 50);
}

TEST_CASE("einsum_into with a strided output leaves it alone when memory fails") {
  const Array<double> x = numbered({6, 7}), y = numbered({7, 8});
  Written written(6 * 30);
  Trial trial = writing(written, [&] {
    TensorView<double> out(written.memory.data(), {6, 8}, {30, 3});
    einsum_into(out, "ij,jk->ik", x, y);
  });
  trial.prepare = [&] {
    clear_cache();
    written.reset();
  };
  trial.clean = [] { clear_cache(); };
  const Tally tally = check(trial);
  CHECK(tally.fault == "");
  CHECK(tally.failures > 50);
}

TEST_CASE("a program survives the failure of any allocation while it is read, compiled and run") {
  const std::string text = "input q \"qc\"\ninput k \"kc\"\ninput v \"kc\"\ns = einsum(\"qc,kc->qk\", q, k) * 0.5\n"
                           "output o = einsum(\"qk,kc->qc\", softmax(s, \"k\"), v)\noutput s2 = s + 1\n";
  const Array<double> q = numbered({20, 6}), k = numbered({30, 6});
  const std::vector<ArrayRef> refs = {ref(q), ref(k), ref(k)};
  const Shape shapes[] = {{20, 6}, {20, 30}};
  const Strides strides[] = {{6, 1}, {30, 1}};
  Written written(20 * 6 + 20 * 30);
  const Trial trial = writing(written, [&] {
    const Compiled compiled = compile(Program::parse(text), {{20, 6}, {30, 6}, {30, 6}}, {.dtype = DType::f64, .threads = 1});
    const OutputRef outs[] = {{written.memory.data(), DType::f64, shapes[0], strides[0]}, {written.memory.data() + 120, DType::f64, shapes[1], strides[1]}};
    compiled.run(refs, outs);
  });
  const Tally tally = check(trial);
  CHECK(tally.fault == "");
  CHECK(tally.failures > 500);
}

TEST_CASE("a stream allocates nothing after its first run") {
  const std::string text = "input q \"qhc\"\ninput k \"khc\"\ninput v \"khc\"\ns = einsum(\"qhc,khc->hqk\", q, k) * 0.5\n"
                           "output o = einsum(\"hqk,khc->qhc\", softmax(where(iota(\"k\") <= iota(\"q\") + 9000, s, -infinity), \"k\"), v)\n";
  for (const Extent queries : {1, 6, 300}) {  // one: in parts, whose states lie in the arena
    const Array<double> q = numbered({queries, 2, 64}), k = numbered({9500, 2, 64});
    const std::vector<ArrayRef> refs = {ref(q), ref(k), ref(k)};
    const Shape shape{queries, 2, 64};
    const Strides strides = row_major(shape);
    Options options;
    options.dtype = DType::f64, options.threads = 1, options.stream = Stream::require;
    const Compiled compiled = compile(Program::parse(text), {q.extents(), k.extents(), k.extents()}, options);
    std::vector<double> first(q.size()), again(q.size());
    compiled.run(refs, {first.data(), DType::f64, shape, strides});
    fail_allocation(1, Failing::forever);
    bool threw = false;
    try {
      compiled.run(refs, {again.data(), DType::f64, shape, strides});
    } catch (const std::bad_alloc&) {
      threw = true;
    }
    const bool allocated = stop_failing();
    CHECK_FALSE(threw);
    CHECK_FALSE(allocated);
    CHECK(again == first);
  }
}

TEST_CASE("explaining survives the failure of any allocation") {
  std::string text;
  const Compiled compiled = compile("ij,jk,kl->il", {{6, 7}, {7, 8}, {8, 9}}, {.threads = 1});
  // Not Format::json: nlohmann::json 3.11 allocates in its destructor, and ends the program when that fails.
  for (const Format format : {Format::text, Format::dot}) {
    Trial trial;
    trial.act = [&] { text = compiled.explain(format); };
    trial.right = [&] { return text.size() > 50; };
    trial.clean = [&] { std::string().swap(text); };
    const Tally tally = check(trial);
    INFO("form " << static_cast<int>(format));
    CHECK(tally.fault == "");
  }
}
