// program_halves.cpp: programs take inputs of f32, f64 and halves, each of its own type, compute in f32 or f64, and round once.
#include <einc/program.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/interpret.hpp"
#include "support/passes.hpp"
#include "support/random_program.hpp"

using namespace einc;

namespace {

// Arrays of any float type that begin as numbers and end as numbers.
class Typed {
 public:
  Typed(DType dtype, const Shape& shape) : dtype_(dtype), shape_(shape), strides_(row_major(shape)) {
    std::size_t count = 1;
    for (const Extent extent : shape) count *= static_cast<std::size_t>(extent);
    count_ = count;
    bytes_.resize(count * bytes_of(dtype) + 1);
  }
  Typed(DType dtype, const Shape& shape, const std::vector<double>& numbers) : Typed(dtype, shape) {
    for (std::size_t n = 0; n < count_; ++n) at(n, [&](auto& element) { element = static_cast<std::remove_reference_t<decltype(element)>>(static_cast<float>(numbers[n])); });
  }
  std::vector<double> numbers() const {
    std::vector<double> result(count_);
    for (std::size_t n = 0; n < count_; ++n) const_cast<Typed*>(this)->at(n, [&](auto& element) { result[n] = static_cast<double>(element); });
    return result;
  }
  ArrayRef ref() const { return {bytes_.data(), dtype_, shape_, strides_}; }
  OutputRef out() { return {bytes_.data(), dtype_, shape_, strides_}; }

 private:
  template <class Body>
  void at(std::size_t n, Body&& body) {
    switch (dtype_) {
      case DType::bf16: return body(reinterpret_cast<bfloat16*>(bytes_.data())[n]);
      case DType::f16: return body(reinterpret_cast<float16*>(bytes_.data())[n]);
      case DType::f64: return body(reinterpret_cast<double*>(bytes_.data())[n]);
      default: return body(reinterpret_cast<float*>(bytes_.data())[n]);
    }
  }
  DType dtype_;
  Shape shape_;
  Strides strides_;
  std::size_t count_ = 0;
  std::vector<std::byte> bytes_;
};

std::vector<std::vector<double>> run(const Compiled& compiled, const std::vector<Shape>& shapes, const std::vector<DType>& dtypes, const std::vector<std::vector<double>>& operands) {
  std::vector<Typed> arrays, results;
  std::vector<ArrayRef> refs;
  std::vector<OutputRef> outs;
  for (std::size_t i = 0; i < shapes.size(); ++i) arrays.emplace_back(dtypes[i], shapes[i], operands[i]);
  for (const Shape& shape : compiled.shapes()) results.emplace_back(compiled.dtype(), shape);
  for (const Typed& array : arrays) refs.push_back(array.ref());
  for (Typed& result : results) outs.push_back(result.out());
  compiled.run(refs, outs);
  std::vector<std::vector<double>> values;
  for (const Typed& result : results) values.push_back(result.numbers());
  return values;
}

constexpr const char* attention =
    "input q \"bqhc\"\ninput k \"bkhc\"\ninput v \"bkhv\"\n"
    "s = einsum(\"bqhc,bkhc->bhqk\", q, k) * 0.25\n"
    "output o = einsum(\"bhqk,bkhv->bqhv\", softmax(s, \"k\"), v)\n";

std::vector<double> numbers(std::size_t count, double phase) {
  std::vector<double> made(count);
  for (std::size_t n = 0; n < count; ++n) made[n] = std::sin(0.7 * static_cast<double>(n) + 0.013 * static_cast<double>(n) * static_cast<double>(n) + phase);
  return made;
}

}  // namespace

TEST_CASE("a program with inputs of any mixture of floats gives what the interpreter gives of their numbers") {
  const std::vector<DType> choices[] = {{DType::f32, DType::f64, DType::bf16, DType::f16}, {DType::bf16}, {DType::f16}, {DType::f32, DType::bf16, DType::f16}};
  testing::Random random(11);
  int computed_in_f64 = 0, of_halves = 0;
  for (std::uint64_t seed = 1; seed <= 600; ++seed) {
    const testing::RandomProgram made = testing::random_program(seed);
    const auto expected = testing::interpret(test::expression_of(made.program, made.shapes), made.operands);
    std::vector<DType> dtypes;
    for (std::size_t i = 0; i < made.shapes.size(); ++i) dtypes.push_back(random.pick(choices[seed % 4]));
    const DType met = promoted(dtypes);
    computed_in_f64 += met == DType::f64, of_halves += is_half(met);
    for (const Stream stream : {Stream::allow, Stream::forbid}) {
      Options options;
      options.dtypes = dtypes;
      options.stream = stream;
      CAPTURE(seed, made.program.text(), name_of(met), stream == Stream::allow);
      const Compiled own = compile(made.program, made.shapes, options);
      CHECK(own.dtype() == met);
      CHECK(test::distance(expected, run(own, made.shapes, dtypes, made.operands)) < (met == DType::f64 ? 1e-11 : is_half(met) ? 2e-2 : 2e-3));
      if (!is_half(met)) continue;
      options.accumulate = Accumulate::wide;
      const Compiled wide = compile(made.program, made.shapes, options);
      CHECK(wide.dtype() == DType::f32);
      CHECK(test::distance(expected, run(wide, made.shapes, dtypes, made.operands)) < 2e-3);
    }
  }
  CHECK(computed_in_f64 > 50);
  CHECK(of_halves > 50);
}

TEST_CASE("results of halves are those of f32, rounded once") {
  const std::vector<Shape> shapes{{2, 37, 2, 16}, {2, 301, 2, 16}, {2, 301, 2, 8}};
  std::vector<std::vector<double>> operands;
  for (const Shape& shape : shapes) operands.push_back(numbers(static_cast<std::size_t>(shape[0] * shape[1] * shape[2] * shape[3]), static_cast<double>(operands.size())));
  for (const DType half : {DType::bf16, DType::f16})
    for (const Stream stream : {Stream::require, Stream::forbid}) {
      Options options;
      options.dtype = half;
      options.stream = stream;
      const auto rounded = run(compile(Program::parse(attention), shapes, options), shapes, std::vector<DType>(3, half), operands);
      options.accumulate = Accumulate::wide;
      const auto wide = run(compile(Program::parse(attention), shapes, options), shapes, std::vector<DType>(3, half), operands);
      Typed once(half, {static_cast<Extent>(wide[0].size())}, wide[0]);
      CHECK(rounded[0] == once.numbers());
    }
}

TEST_CASE("the f32 program on the widened numbers is no more than half as far from the truth") {
  const std::vector<Shape> shapes{{1, 100, 2, 32}, {1, 517, 2, 32}, {1, 517, 2, 32}};
  std::vector<std::vector<double>> operands;
  for (const Shape& shape : shapes) {
    const auto made = numbers(static_cast<std::size_t>(shape[1] * shape[2] * shape[3]), static_cast<double>(operands.size()));
    operands.push_back(Typed(DType::bf16, shape, made).numbers());
  }
  const Program p = Program::parse(attention);
  const auto truth = run(compile(p, shapes, {.dtype = DType::f64, .stream = Stream::forbid}), shapes, std::vector<DType>(3, DType::f64), operands);
  const auto off = [&](const std::vector<std::vector<double>>& got) {
    double most = 0;
    for (std::size_t n = 0; n < truth[0].size(); ++n) most = std::max(most, std::abs(got[0][n] - truth[0][n]));
    return most;
  };
  for (const Stream stream : {Stream::require, Stream::forbid}) {
    Options options;
    options.stream = stream;
    const double plain = off(run(compile(p, shapes, options), shapes, std::vector<DType>(3, DType::f32), operands));
    for (const std::vector<DType>& dtypes : {std::vector<DType>{DType::bf16, DType::bf16, DType::bf16}, {DType::f32, DType::bf16, DType::bf16}, {DType::bf16, DType::f32, DType::bf16}}) {
      options.dtypes = dtypes;
      options.accumulate = is_half(promoted(dtypes)) ? Accumulate::wide : Accumulate::same;
      CHECK(off(run(compile(p, shapes, options), shapes, dtypes, operands)) <= 2 * plain);
    }
  }
}

TEST_CASE("one query over halves reads them where they lie: no instruction makes an array of floats of them") {
  for (const DType half : {DType::bf16, DType::f16})
    for (const bool query_is_half : {true, false}) {
      Options options;
      options.dtypes = {query_is_half ? half : DType::f32, half, half};
      options.stream = Stream::require;
      const std::vector<Shape> shapes{{1, 1, 2, 64}, {1, 4096, 2, 64}, {1, 4096, 2, 64}};
      const Compiled decode = compile(Program::parse(attention), shapes, options);
      CHECK(decode.plan().arena_bytes <= 4096);
      CHECK(decode.plan().scratch_bytes <= 1 << 20);
      CHECK_THAT(decode.explain(), ContainsSubstring(std::string(name_of(half)) + " becomes f32 in registers"));
      std::vector<std::vector<double>> operands;
      for (const Shape& shape : shapes) operands.push_back(Typed(half, shape, numbers(static_cast<std::size_t>(shape[1] * 128), static_cast<double>(operands.size()))).numbers());
      const auto got = run(decode, shapes, options.dtypes, operands);
      const auto truth = run(compile(Program::parse(attention), shapes, {.dtype = DType::f64, .stream = Stream::forbid}), shapes, std::vector<DType>(3, DType::f64), operands);
      CHECK(test::distance(truth, got) < (query_is_half ? 5e-3 : 1e-5));
    }
}

TEST_CASE("views of halves are read with any strides, backwards too, and bits do not depend on threads") {
  const Program p = Program::parse(attention);
  const Shape shape{2, 130, 3, 16};
  std::vector<bfloat16> memory(4 * 2 * 130 * 3 * 16);
  const std::vector<double> made = numbers(memory.size(), 0.5);
  for (std::size_t n = 0; n < memory.size(); ++n) memory[n] = bfloat16(static_cast<float>(made[n]));
  // Every second feature, positions backwards, heads outermost.
  const Strides strange{130 * 32, -32, 2 * 130 * 32, 2};
  const bfloat16* const last = memory.data() + 129 * 32;
  Array<bfloat16> dense(shape);
  for (Extent b = 0, n = 0; b < 2; ++b)
    for (Extent k = 0; k < 130; ++k)
      for (Extent h = 0; h < 3; ++h)
        for (Extent c = 0; c < 16; ++c, ++n) dense[static_cast<std::size_t>(n)] = last[b * strange[0] + k * strange[1] + h * strange[2] + c * strange[3]];
  std::vector<Array<float>> results;
  for (const Stream stream : {Stream::require, Stream::forbid})
    for (const int threads : {1, 2, 5}) {
      Options options;
      options.dtype = DType::bf16;
      options.accumulate = Accumulate::wide;
      options.stream = stream;
      options.threads = threads;
      const Compiled f = compile(p, {shape, shape, shape}, options);
      for (const bool viewed : {false, true}) {
        Array<float>& out = results.emplace_back(shape);
        const ArrayRef ref = viewed ? ArrayRef{last, DType::bf16, shape, strange} : ArrayRef{dense.data(), DType::bf16, dense.extents(), dense.strides()};
        const ArrayRef refs[] = {ref, ref, ref};
        const OutputRef outs[] = {{out.data(), DType::f32, out.extents(), out.strides()}};
        f.run(refs, outs);
      }
    }
  for (std::size_t i = 0; i < results.size(); ++i)
    for (std::size_t n = 0; n < results[i].size(); ++n) {
      REQUIRE(std::abs(results[i][n] - results[0][n]) < 1e-5f);
      REQUIRE(results[i][n] == results[i / 6 * 6 + i % 2][n]);  // the same of any number of threads
    }
}

TEST_CASE("inputs that are no floats are refused with what to do") {
  const Program p = Program::parse("input x \"ab\"\ninput mask \"b\"\noutput o = where(mask, x, 0)\n");
  const std::vector<Shape> shapes{{2, 3}, {3}};
  const auto refuse = [&](DType dtype) {
    Options options;
    options.dtypes = {DType::bf16, dtype};
    try {
      compile(p, shapes, options);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::unsupported_dtype);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(refuse(DType::i64), ContainsSubstring("input 1, `mask`, is i64: programs take f32, f64, bf16 and f16"));
  CHECK_THAT(refuse(DType::boolean), ContainsSubstring("convert the array"));
  CHECK_THAT(refuse(DType::c64), ContainsSubstring("real and imaginary parts as two inputs"));
  Options options;
  options.dtype = DType::bf16;
  const Compiled f = compile(p, shapes, options);
  const Array<float> x({2, 3}), mask({3});
  CHECK_THROWS_WITH(f.outputs(x, mask), ContainsSubstring("operand 0 is f32, the expression was compiled for bf16"));
}

TEST_CASE("wide sums leave results of halves f32, and compute those of f32 in f64") {
  const Program p = Program::parse("input x \"ab\"\ninput y \"bc\"\noutput o = exp(einsum(\"ab,bc->ac\", x, y))\n");
  const std::vector<Shape> shapes{{20, 70}, {70, 30}};
  const std::vector<std::vector<double>> operands{numbers(1400, 0), numbers(2100, 1)};
  Options options;
  options.accumulate = Accumulate::wide;
  options.dtype = DType::bf16;
  CHECK(compile(p, shapes, options).dtype() == DType::f32);
  options.dtype = DType::f32;
  const Compiled wide = compile(p, shapes, options);
  CHECK(wide.dtype() == DType::f64);
  options.accumulate = DType::f64;
  CHECK(compile(p, shapes, options).dtype() == DType::f64);
  options.dtype = DType::bf16;
  CHECK(compile(p, shapes, options).dtype() == DType::f64);
  options.accumulate = DType::c64;
  CHECK_THROWS_WITH(compile(p, shapes, options), ContainsSubstring("programs compute in f32 or f64, and sums were asked for in c64"));
  options.accumulate = DType::bf16, options.dtype = DType::f32;
  CHECK_THROWS_WITH(compile(p, shapes, options), ContainsSubstring("sums in bf16 do not hold the numbers of operands of f32"));
  const std::vector<DType> f32(2, DType::f32), f64(2, DType::f64);
  const std::vector<std::vector<double>> rounded{Typed(DType::f32, shapes[0], operands[0]).numbers(), Typed(DType::f32, shapes[1], operands[1]).numbers()};
  CHECK(test::distance(run(compile(p, shapes, {.dtype = DType::f64}), shapes, f64, rounded), run(wide, shapes, f32, operands)) < 1e-14);
}

TEST_CASE("constants, tables, indices and masks may be halves") {
  const Program p = Program::parse(
      "input table \"vd\"\ninput index \"ab\"\ninput mask \"a\"\n"
      "output o = where(mask, gather(table, \"v\", index), -1)\noutput row = gather(table, \"v\", index) * 2\n");
  const std::vector<Shape> shapes{{5, 40}, {2, 3}, {2}};
  const std::vector<std::vector<double>> operands{numbers(200, 1), {0, 4, -1, 3, 9, 1}, {1, 0}};
  for (const DType half : {DType::bf16, DType::f16})
    for (const bool all : {true, false}) {
      Options options;
      options.dtypes = {half, all ? half : DType::f32, half};
      const std::vector<double> table = Typed(half, shapes[0], operands[0]).numbers();
      const auto got = run(compile(p, shapes, options), shapes, options.dtypes, operands);
      for (std::size_t ab = 0; ab < 6; ++ab)
        for (std::size_t d = 0; d < 40; ++d) {
          const double index = operands[1][ab], entry = index >= 0 && index < 5 ? table[static_cast<std::size_t>(index) * 40 + d] : 0;
          CHECK(got[0][ab * 40 + d] == (ab < 3 ? entry : -1));
          CHECK(got[1][ab * 40 + d] == 2 * entry);
        }
    }
  Options options;
  options.dtypes = {DType::bf16, DType::f32, DType::f32};
  options.constants = {0};
  const Compiled kept = compile(p, shapes, options);
  const Typed table(DType::bf16, shapes[0], operands[0]);
  const ArrayRef constant[] = {table.ref()};
  const Typed index(DType::f32, shapes[1], operands[1]), mask(DType::f32, shapes[2], operands[2]);
  Typed o(DType::f32, {2, 3, 40}), row(DType::f32, {2, 3, 40});
  const ArrayRef refs[] = {index.ref(), mask.ref()};
  const OutputRef outs[] = {o.out(), row.out()};
  kept.with_constants(constant).run(refs, outs);
  CHECK(o.numbers()[41] == table.numbers()[4 * 40 + 1]);
}

TEST_CASE("a saved plan of a program of halves is one of halves again") {
  const std::vector<Shape> shapes{{1, 64, 2, 16}, {1, 70, 2, 16}, {1, 70, 2, 8}};
  Options options;
  options.dtypes = {DType::bf16, DType::bf16, DType::bf16};
  const Compiled first = compile(Program::parse(attention), shapes, options), again = load_plan(first.plan_json());
  CHECK(again.dtype() == DType::bf16);
  CHECK(again.operand_dtypes() == options.dtypes);
}
