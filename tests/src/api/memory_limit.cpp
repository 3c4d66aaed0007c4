// memory_limit.cpp: a limit of memory is kept by the plan, or the call is refused; never broken.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "support/catch.hpp"
#include "support/random_einsum.hpp"
#include "support/random_program.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;

namespace {

std::vector<Shape> shapes_of(const testing::RandomEinsum& call) {
  std::vector<Shape> shapes;
  for (const testing::Layout& layout : call.operands) shapes.push_back(layout.extents);
  return shapes;
}

struct Network {
  std::string text;
  std::vector<Shape> shapes;
};

// Networks whose fastest order makes larger intermediates than a slower one needs. Which order is the fastest depends on the machine,
// so that each of them shows it on some machines only.
const std::vector<Network> networks = {
    {"ac,bd,cde,be->d", {{400, 2}, {8, 200}, {2, 200, 400}, {8, 400}}},
    {"abc,abd,abf,ce,de->", {{2, 100, 100}, {2, 100, 2}, {2, 100, 50}, {100, 3}, {2, 3}}},
    {"bd,abf,abf->", {{50, 20}, {8, 50, 3}, {8, 50, 3}}},
    {"bc,ab,acd,ad->c", {{5, 400}, {3, 5}, {3, 400, 8}, {3, 8}}},
    {"ae,ac,df,bde,bcd->", {{400, 3}, {400, 50}, {8, 50}, {20, 8, 3}, {20, 50, 8}}},
    {"b,d,abd,abc,ad->cd", {{50}, {5}, {50, 50, 5}, {50, 50, 20}, {50, 5}}},
};
// What a compiled expression gives for whole numbers, whose sums are exact.
std::vector<double> numbers_of(const Compiled& compiled, const std::vector<Shape>& extents) {
  std::vector<Array<double>> arrays;
  std::vector<ArrayRef> refs;
  for (const Shape& shape : extents) {
    Array<double>& array = arrays.emplace_back(shape);
    for (std::size_t n = 0; n < array.size(); ++n) array[n] = static_cast<double>((7 * n + arrays.size()) % 5) - 2;
  }
  for (const Array<double>& array : arrays) refs.push_back({array.data(), DType::f64, array.extents(), array.strides()});
  Array<double> out(compiled.shape());
  compiled.run(refs, {out.data(), DType::f64, out.extents(), out.strides()});
  return {out.data(), out.data() + out.size()};
}

// The bytes that a refusal says are needed.
std::int64_t least_of(const Error& error) {
  const std::string sentence = error.sentence();
  return std::stoll(sentence.substr(sentence.find("needs ") + 6));
}

const std::string& text = networks[0].text;
const std::vector<Shape>& shapes = networks[0].shapes;

}  // namespace

TEST_CASE("whatever the limit, a run stays within it or the call is refused with the bytes it would need") {
  testing::Random random(std::uint64_t{7});
  int kept = 0, refused = 0;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    const testing::RandomEinsum call = testing::random_einsum(seed, 4e4, 7);
    Options options = call.options;
    const std::int64_t free = compile(call.text, shapes_of(call), options).plan().run_bytes;
    options.threads = 1 + static_cast<int>(random.below(4));
    options.planner = static_cast<Planner>(random.below(4));
    options.memory_limit = static_cast<std::int64_t>(1 + random.below(static_cast<std::size_t>(2 * free + 2)));
    CAPTURE(seed, call.text, options.memory_limit, free);
    try {
      const Compiled compiled = compile(call.text, shapes_of(call), options);
      CHECK(compiled.plan().run_bytes <= options.memory_limit);
      if (compiled.plan().sliced.empty()) CHECK(compiled.plan().run_bytes == compiled.plan().arena_bytes + compiled.plan().threads * compiled.plan().scratch_bytes);
      ++kept;
    } catch (const Error& error) {
      REQUIRE(error.code() == ErrorCode::memory_limit);
      CHECK_THAT(error.sentence(), ContainsSubstring(std::to_string(options.memory_limit)));
      CHECK_FALSE(error.hint().empty());
      ++refused;
      options.memory_limit = least_of(error);  // the very number it names is enough
      CHECK(options.memory_limit > 0);
      if (options.planner == Planner::automatic) CHECK(compile(call.text, shapes_of(call), options).plan().run_bytes <= options.memory_limit);
    }
  }
  CHECK(kept > 50);
  CHECK(refused > 10);
}

TEST_CASE("far below what the fastest order needs, slices keep the limit and give the same numbers") {
  int sliced = 0;
  for (const auto& [network, extents] : networks) {
    const Compiled fastest = compile(network, extents, {.dtype = DType::f64, .threads = 1});
    for (const std::int64_t divisor : {3, 20, 100}) {
      for (const int threads : {1, 3}) {
        Options options{.dtype = DType::f64, .threads = threads};
        options.memory_limit = std::max<std::int64_t>(fastest.plan().run_bytes / divisor, 1024);
        CAPTURE(network, divisor, threads);
        const Compiled least = compile(network, extents, options);
        CHECK(least.plan().run_bytes <= options.memory_limit);
        sliced += least.plan().slices > 1 ? 1 : 0;
        CHECK(numbers_of(least, extents) == numbers_of(fastest, extents));
      }
    }
  }
  CHECK(sliced > 10);
}

TEST_CASE("programs are cut along what every value carries, and refused where they do not") {
  const std::string program = "input x \"bij\"\ninput y \"bjk\"\ns = einsum(\"bij,bjk->bik\", x, y)\nt = exp(s)\noutput o \"bil\" = einsum(\"bik,blk->bil\", t, t)\n";
  const std::vector<Shape> bounds = {{16, 40, 40}, {16, 40, 40}};
  const Program made = Program::parse(program);
  const Compiled fastest = compile(made, bounds, {.dtype = DType::f64, .threads = 1});
  Options options{.dtype = DType::f64, .threads = 1};
  options.memory_limit = fastest.plan().run_bytes / 4;
  const Compiled least = compile(made, bounds, options);
  CAPTURE(least.explain());
  CHECK(least.plan().run_bytes <= options.memory_limit);
  CHECK(least.plan().slices > 1);
  CHECK(numbers_of(least, bounds) == numbers_of(fastest, bounds));
}

TEST_CASE("programs keep the limit too, streamed or not") {
  testing::Random random(std::uint64_t{8});
  int kept = 0, refused = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const testing::RandomProgram made = testing::random_program(seed);
    Options options{.dtype = DType::f64, .threads = 2};
    const std::int64_t free = compile(made.program, made.shapes, options).plan().run_bytes;
    options.memory_limit = static_cast<std::int64_t>(1 + random.below(static_cast<std::size_t>(2 * free + 2)));
    try {
      const Compiled compiled = compile(made.program, made.shapes, options);
      CHECK(compiled.plan().run_bytes <= options.memory_limit);
      ++kept;
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::memory_limit);
      ++refused;
    }
  }
  CHECK(kept > 20);
  CHECK(refused > 5);
}

TEST_CASE("where the fastest order breaks the limit, one that keeps it is found, and gives the same numbers") {
  int found = 0;
  for (const auto& [network, extents] : networks) {
    const Compiled fastest = compile(network, extents, {.dtype = DType::f64, .threads = 1});
    const std::int64_t limit = fastest.plan().run_bytes - 1;
    std::optional<Compiled> least;
    try {
      least = compile(network, extents, {.dtype = DType::f64, .threads = 1, .memory_limit = limit});
    } catch (const Error& error) {
      REQUIRE(error.code() == ErrorCode::memory_limit);
      continue;
    }
    ++found;
    CAPTURE(network);
    CHECK(least->plan().run_bytes <= limit);
    CHECK_THAT(least->plan().method, ContainsSubstring("for memory rather than time"));
    CHECK_THAT(least->explain(), ContainsSubstring("peak") && ContainsSubstring("limit"));
    CHECK_THAT(least->explain(Format::json), ContainsSubstring("\"memory_limit\": " + std::to_string(limit)));
    std::vector<Array<double>> arrays;
    std::vector<ArrayRef> refs;
    for (const Shape& shape : extents) {
      Array<double>& array = arrays.emplace_back(shape);
      for (std::size_t n = 0; n < array.size(); ++n) array[n] = static_cast<double>((7 * n + arrays.size()) % 5) - 2;  // sums are exact
    }
    for (const Array<double>& array : arrays) refs.push_back({array.data(), DType::f64, array.extents(), array.strides()});
    Array<double> expected(fastest.shape()), got(fastest.shape());
    fastest.run(refs, {expected.data(), DType::f64, expected.extents(), expected.strides()});
    least->run(refs, {got.data(), DType::f64, got.extents(), got.strides()});
    CHECK(std::equal(got.data(), got.data() + got.size(), expected.data()));
  }
  CHECK(found >= 1);
}

TEST_CASE("a run takes as many threads as the limit leaves scratch for, and gives the same bits") {
  const std::vector<Shape> square = {{300, 300}, {300, 300}};
  const Compiled four = compile("ij,jk->ik", square, {.threads = 4});
  REQUIRE(four.plan().scratch_bytes > 0);
  const Compiled two = compile("ij,jk->ik", square, {.threads = 4, .memory_limit = 3 * four.plan().scratch_bytes - 1});
  CHECK(two.plan().threads == 2);
  CHECK(two.plan().run_bytes == 2 * four.plan().scratch_bytes);
  Array<float> x({300, 300});
  for (std::size_t n = 0; n < x.size(); ++n) x[n] = static_cast<float>(n % 13) / 7;
  const Array<float> a = four(x, x), b = two(x, x);
  CHECK(std::equal(a.data(), a.data() + a.size(), b.data()));
}

TEST_CASE("strides met later are held to the limit as well, before anything is written") {
  const Compiled compiled = compile("ij,jk,kl->il", {{30, 30}, {30, 30}, {30, 30}}, {.threads = 1, .memory_limit = 64 << 20});
  CHECK(compiled.plan().memory_limit == 64 << 20);
  CHECK_THROWS_AS(compile("ij->", {{3, 3}}, {.memory_limit = -1}), Error);
}

TEST_CASE("a limit of one byte is refused with the bytes needed, and what can be done") {
  try {
    compile(text, shapes, {.memory_limit = 1});
    FAIL("one byte was enough");
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::memory_limit);
    CHECK_THAT(error.sentence(), ContainsSubstring("bytes beside its arrays, the `memory_limit` is 1"));
    CHECK_THAT(error.hint(), ContainsSubstring("raise the limit"));
  }
  try {
    compile(text, shapes, {.planner = Planner::left_to_right, .memory_limit = 1});
    FAIL("one byte was enough");
  } catch (const Error& error) {
    CHECK_THAT(error.hint(), ContainsSubstring("Planner::automatic"));
  }
}
