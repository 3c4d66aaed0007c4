// cancel.cpp: a run that is asked to stop ends soon, cleanly, and leaves everything fit for the next one.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

// Arrays for a compiled expression, and its outputs with a margin on both sides that nobody may write.
struct Call {
  static constexpr std::size_t margin = 64;
  std::vector<Array<float>> operands;
  std::vector<std::vector<float>> memory;
  std::vector<Strides> strides;
  std::vector<ArrayRef> refs;
  std::vector<OutputRef> outs;

  Call(const Compiled& compiled, const std::vector<Shape>& shapes) {
    for (const Shape& shape : shapes) {
      Array<float>& array = operands.emplace_back(shape);
      for (std::size_t n = 0; n < array.size(); ++n) array[n] = static_cast<float>(n % 17) / 16 - 0.5F;
    }
    for (const Array<float>& array : operands) refs.push_back({array.data(), DType::f32, array.extents(), array.strides()});
    for (const Shape& shape : compiled.shapes()) {
      std::size_t size = 1;
      for (const Extent extent : shape) size *= static_cast<std::size_t>(extent);
      memory.emplace_back(size + 2 * margin, -77.0F);
      strides.push_back(row_major(shape));
    }
    for (std::size_t i = 0; i < memory.size(); ++i) outs.push_back({memory[i].data() + margin, DType::f32, compiled.shapes()[i], strides[i]});
  }
  bool margins_untouched() const {
    return std::all_of(memory.begin(), memory.end(), [](const std::vector<float>& m) {
      const auto is_fill = [](float x) { return x == -77.0F; };
      return std::all_of(m.begin(), m.begin() + margin, is_fill) && std::all_of(m.end() - margin, m.end(), is_fill);
    });
  }
  bool all_untouched() const {
    return std::all_of(memory.begin(), memory.end(), [](const std::vector<float>& m) { return std::all_of(m.begin(), m.end(), [](float x) { return x == -77.0F; }); });
  }
};

ErrorCode code_of(const Compiled& compiled, const Call& call, const std::stop_token& stop) {
  try {
    compiled.run(call.refs, call.outs, {}, stop);
  } catch (const Error& error) {
    return error.code();
  }
  return ErrorCode::none;
}

double seconds_of(const Compiled& compiled, const Call& call) {
  const auto start = std::chrono::steady_clock::now();
  compiled.run(call.refs, call.outs);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Stops a run after a twentieth of its time, and asks that it ends well before; then runs to the end.
void check_stops(const Compiled& compiled, const std::vector<Shape>& shapes) {
  Call call(compiled, shapes), whole(compiled, shapes);
  const double seconds = std::max(seconds_of(compiled, whole), seconds_of(compiled, whole));
  CAPTURE(compiled.text(), compiled.plan().threads, seconds);
  REQUIRE(seconds > 0.004);  // long enough to be stopped in the middle
  bool stopped = false, soon = false;
  for (int attempt = 0; attempt < 60 && !soon; ++attempt) {  // the machine may be busy: of several attempts one must succeed
    std::stop_source source;
    std::thread other([&] {
      std::this_thread::sleep_for(std::chrono::duration<double>(seconds / 20));
      source.request_stop();
    });
    const auto start = std::chrono::steady_clock::now();
    const ErrorCode code = code_of(compiled, call, source.get_token());
    const double taken = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    other.join();
    stopped = stopped || code == ErrorCode::cancelled;
    soon = code == ErrorCode::cancelled && taken < 0.7 * seconds;
    CHECK(call.margins_untouched());
  }
  CHECK(stopped);
  CHECK(soon);
  std::stop_source calm;
  REQUIRE(code_of(compiled, call, calm.get_token()) == ErrorCode::none);
  CHECK(call.memory == whole.memory);
}

}  // namespace

TEST_CASE("a long contraction stops in the middle, on one thread and on several") {
  for (const int threads : {1, 2}) {
    const std::vector<Shape> shapes = {{1600, 1600}, {1600, 1600}};
    check_stops(compile("ij,jk->ik", shapes, {.threads = threads}), shapes);
  }
}

TEST_CASE("a network stops between its steps") {
  const std::vector<Shape> shapes = {{700, 700}, {700, 700}, {700, 700}, {700, 700}, {700, 700}};
  check_stops(compile("ab,bc,cd,de,ef->af", shapes, {.threads = 1}), shapes);
}

TEST_CASE("a stream stops between its tiles") {
  const Program program = Program::parse(
      "input q \"bqc\"\ninput k \"bkc\"\ninput v \"bkv\"\ns = einsum(\"bqc,bkc->bqk\", q, k)\noutput o = einsum(\"bqk,bkv->bqv\", softmax(s, \"k\"), v)\n");
  const std::vector<Shape> shapes = {{1, 2048, 64}, {1, 4096, 64}, {1, 4096, 64}};
  for (const int threads : {1, 2}) {
    const Compiled compiled = compile(program, shapes, {.stream = Stream::require, .threads = threads});
    REQUIRE(compiled.plan().steps.size() >= 1);
    check_stops(compiled, shapes);
  }
}

TEST_CASE("many small batches, copies and sums stop too") {
  const std::vector<Shape> batches = {{400000, 4, 6}, {400000, 6, 8}};
  check_stops(compile("bij,bjk->bik", batches, {.threads = 1}), batches);
  const std::vector<Shape> copied = {{2500, 60, 100}};
  check_stops(compile("abc->cba", copied, {.threads = 1}), copied);
}

TEST_CASE("a stop asked for before the call leaves the outputs as they were") {
  const std::vector<Shape> shapes = {{20, 20}, {20, 20}};
  const Compiled compiled = compile("ij,jk->ik", shapes);
  const Call call(compiled, shapes);
  std::stop_source source;
  source.request_stop();
  CHECK(code_of(compiled, call, source.get_token()) == ErrorCode::cancelled);
  CHECK(call.all_untouched());
  compiled.run(call.refs, call.outs[0]);
  CHECK_FALSE(call.all_untouched());
  CHECK(call.margins_untouched());
}

TEST_CASE("a token that nobody can stop, and one that nobody stops, change nothing") {
  const std::vector<Shape> shapes = {{20, 20}, {20, 20}};
  const Compiled compiled = compile("ij,jk->ik", shapes);
  const Call plain(compiled, shapes), with_none(compiled, shapes), with_one(compiled, shapes);
  compiled.run(plain.refs, plain.outs);
  compiled.run(with_none.refs, with_none.outs[0], {}, std::stop_token{});
  std::stop_source source;
  CHECK(code_of(compiled, with_one, source.get_token()) == ErrorCode::none);
  CHECK(plain.memory == with_none.memory);
  CHECK(plain.memory == with_one.memory);
}
