// program.cpp: compiled programs give what a plain interpreter of their expression gives, whatever the compiler did to them.
#include <einc/program.hpp>

#include "support/catch.hpp"
#include "support/passes.hpp"
#include "support/random_program.hpp"

using namespace einc;

namespace {

template <class T>
std::vector<std::vector<double>> run(const Compiled& compiled, const std::vector<Shape>& shapes, const std::vector<std::vector<double>>& operands) {
  std::vector<Array<T>> arrays, results;
  std::vector<ArrayRef> refs;
  std::vector<OutputRef> outs;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    arrays.emplace_back(shapes[i]);
    for (std::size_t n = 0; n < operands[i].size(); ++n) arrays[i][n] = static_cast<T>(operands[i][n]);
  }
  for (const Shape& shape : compiled.shapes()) results.emplace_back(shape);
  for (const Array<T>& array : arrays) refs.push_back({array.data(), dtype_of<T>, array.extents(), array.strides()});
  for (Array<T>& result : results) outs.push_back({result.data(), dtype_of<T>, result.extents(), result.strides()});
  compiled.run(refs, outs);
  std::vector<std::vector<double>> values;
  for (const Array<T>& result : results) values.emplace_back(result.data(), result.data() + result.size());
  return values;
}

}  // namespace

TEST_CASE("no pass changes what a program means") {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const testing::RandomProgram random = testing::random_program(seed);
    CAPTURE(seed, random.program.text());
    CHECK(test::first_pass_that_lies(test::expression_of(random.program, random.shapes), random.operands) == "");
  }
}

TEST_CASE("a compiled program gives what the interpreter gives, streamed or not") {
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    const testing::RandomProgram random = testing::random_program(seed);
    const auto expected = testing::interpret(test::expression_of(random.program, random.shapes), random.operands);
    for (const Stream stream : {Stream::allow, Stream::forbid}) {
      CAPTURE(seed, random.program.text(), stream == Stream::allow);
      const Compiled f64 = compile(random.program, random.shapes, {.dtype = DType::f64, .stream = stream});
      CHECK(test::distance(expected, run<double>(f64, random.shapes, random.operands)) < 1e-11);
      const Compiled f32 = compile(random.program, random.shapes, {.dtype = DType::f32, .stream = stream});
      CHECK(test::distance(expected, run<float>(f32, random.shapes, random.operands)) < 2e-3);
    }
  }
}

TEST_CASE("a program with several outputs hands them over in its order, one call at a time too") {
  const Program p = Program::parse("input x \"ab\"\noutput twice = x * 2\noutput rows = sum(x, \"b\")\n");
  const Compiled f = compile(p, {{2, 3}}, {.dtype = DType::f64});
  Array<double> x({2, 3});
  for (std::size_t n = 0; n < 6; ++n) x[n] = static_cast<double>(n);
  const std::vector<Array<double>> results = f.outputs(x);
  REQUIRE(results.size() == 2);
  CHECK(results[0][5] == 10);
  CHECK(results[1][0] == 3);
  CHECK_THROWS_AS(f(x), Error);
  CHECK_THROWS_AS(f.shape(), Error);
}

TEST_CASE("a table without positions gives zeros, also when it was computed") {
  const Program p = Program::parse("input t \"av\"\ninput i \"ab\"\noutput o = gather(t * 2, \"v\", i)\noutput row = gather(t, \"v\", i)\n");
  const Compiled f = compile(p, {{2, 0}, {2, 3}}, {.dtype = DType::f64});
  Array<double> t({2, 0}), i({2, 3});
  for (std::size_t n = 0; n < i.size(); ++n) i[n] = static_cast<double>(n % 2);
  for (const Array<double>& result : f.outputs(t, i)) {
    REQUIRE(result.size() == 6);
    for (std::size_t n = 0; n < result.size(); ++n) CHECK(result[n] == 0);
  }
}

TEST_CASE("scores that are an array under other names stream from a copy in the tile") {
  // The sum over one position is no arithmetic: what streams is the operand itself, whose streamed label is not the innermost.
  const Program p = Program::parse("input x \"dbcea\"\ns = sum(x, \"c\")\noutput o \"abd\" = logsumexp(s, \"e\")\noutput w = einsum(\"dbea,e->dba\", softmax(s, \"e\"), iota(\"e\"))\n");
  const std::vector<Shape> shapes{{3, 1, 1, 5, 5}};
  std::vector<std::vector<double>> operands(1);
  for (int n = 0; n < 75; ++n) operands[0].push_back(0.1 * (n * 37 % 75) - 3);
  const auto expected = testing::interpret(test::expression_of(p, shapes), operands);
  for (const Stream stream : {Stream::allow, Stream::forbid}) {
    CAPTURE(stream == Stream::allow);
    CHECK(test::distance(expected, run<double>(compile(p, shapes, {.dtype = DType::f64, .stream = stream}), shapes, operands)) < 1e-12);
  }
}
