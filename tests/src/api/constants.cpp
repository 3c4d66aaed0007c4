// constants.cpp: operands that keep their elements: what is made of them alone is computed once, and calls give what they gave without.
// SPDX-License-Identifier: BSD-3-Clause
#include "api/constants.hpp"

#include <cmath>
#include <complex>
#include <string>
#include <thread>
#include <vector>

#include <einc/einsum.hpp>
#include <einc/gradients.hpp>
#include <einc/program.hpp>
#include <einc/tasks.hpp>

#include "support/catch.hpp"
#include "support/element_lists.hpp"
#include "support/faults.hpp"
#include "support/random_einsum.hpp"
#include "support/random_program.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

Options constant(std::vector<std::uint32_t> operands, DType dtype = DType::f64) {
  Options options;
  options.dtype = dtype;
  options.constants = std::move(operands);
  return options;
}

// Whole numbers, whose sums are exact in any order.
Array<double> numbers(const Shape& shape, std::size_t salt) {
  Array<double> made(shape);
  for (std::size_t n = 0; n < made.size(); ++n) made[n] = static_cast<double>((7 * n + 3 * salt) % 5) - 2;
  return made;
}

std::vector<double> contents(const Array<double>& array) { return {array.data(), array.data() + array.size()}; }

std::vector<double> run(const Compiled& compiled, std::span<const ArrayRef> operands) {
  Array<double> out(compiled.shape());
  compiled.run(operands, {out.data(), DType::f64, out.extents(), out.strides()});
  return contents(out);
}

// The arrays of some operands, and those of the others.
std::vector<ArrayRef> chosen(const std::vector<ArrayRef>& refs, const std::vector<std::uint32_t>& constants, bool are_constant) {
  std::vector<ArrayRef> result;
  for (std::uint32_t i = 0; i < refs.size(); ++i)
    if ((std::find(constants.begin(), constants.end(), i) != constants.end()) == are_constant) result.push_back(refs[i]);
  return result;
}

struct Chain {
  std::string text = "ab,bc,cd,de->ae";
  std::vector<Array<double>> arrays;
  std::vector<ArrayRef> refs;
  std::vector<Shape> shapes;
  Chain() {
    for (const Shape& shape : {Shape{6, 20}, Shape{20, 30}, Shape{30, 20}, Shape{20, 5}}) arrays.push_back(numbers(shape, arrays.size()));
    for (const Array<double>& array : arrays) refs.push_back(ref_of(array)), shapes.push_back(array.extents());
  }
};

}  // namespace

TEST_CASE("every choice of constants gives what the call without them gives") {
  const Chain chain;
  const std::vector<double> expected = run(compile(chain.text, chain.shapes, constant({})), chain.refs);
  for (unsigned set = 1; set < 16; ++set) {
    std::vector<std::uint32_t> operands;
    for (std::uint32_t i = 0; i < 4; ++i)
      if ((set >> i & 1U) != 0) operands.push_back(i);
    const Compiled compiled = compile(chain.text, chain.shapes, constant(operands)).with_constants(chosen(chain.refs, operands, true));
    const std::vector<ArrayRef> others = chosen(chain.refs, operands, false);
    INFO("set " << set << "\n" << compiled.explain());
    CHECK(run(compiled, others) == expected);
    CHECK(run(compiled, others) == expected);
  }
}

TEST_CASE("random calls give the bits of calls that contract in the same order, wherever constants lie in memory") {
  int folded = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    Random random(seed);
    RandomEinsum call = random_einsum(random, 3000, 5);
    call.options.dtype = DType::f64;
    std::vector<std::vector<double>> memory;
    std::vector<ArrayRef> refs;
    std::vector<Shape> shapes;
    for (const Layout& layout : call.operands) {
      std::vector<double>& buffer = memory.emplace_back(layout.size);
      for (double& number : buffer) number = static_cast<double>(random.below(5)) - 2;
      shapes.push_back(layout.extents);
    }
    for (std::size_t i = 0; i < memory.size(); ++i) refs.push_back({memory[i].data() + call.operands[i].first, DType::f64, call.operands[i].extents, call.operands[i].strides});
    std::vector<std::uint32_t> operands;
    for (std::uint32_t i = 0; i < refs.size(); ++i)
      if (random.chance(0.6)) operands.push_back(i);
    if (operands.empty()) continue;
    random.shuffle(operands);
    INFO("seed " << seed << " " << call.text);
    const std::vector<double> expected = run(compile(call.text, shapes, call.options), refs);
    call.options.constants = operands;
    const Compiled without = compile(call.text, shapes, call.options);
    std::vector<ArrayRef> arrays;
    for (const std::uint32_t operand : operands) arrays.push_back(refs[operand]);  // in the order of the option
    const Compiled compiled = without.with_constants(arrays);
    folded += compiled.plan().beforehand_steps > 0;
    for (std::vector<double>& buffer : memory)
      for (const std::uint32_t operand : operands)
        if (&buffer == &memory[operand]) std::fill(buffer.begin(), buffer.end(), std::nan(""));  // copied: the caller may do with his what he likes
    CHECK(run(compiled, chosen(refs, operands, false)) == expected);
  }
  CHECK(folded > 100);
}

TEST_CASE("random programs give what they give without constants") {
  int folded = 0;
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const RandomProgram made = random_program(seed);
    std::vector<ArrayRef> refs;
    std::vector<Strides> strides;
    for (const Shape& shape : made.shapes) strides.push_back(row_major(shape));
    for (std::size_t i = 0; i < made.shapes.size(); ++i) refs.push_back({made.operands[i].data(), DType::f64, made.shapes[i], strides[i]});
    Random random(seed);
    std::vector<std::uint32_t> operands;
    for (std::uint32_t i = 0; i < refs.size(); ++i)
      if (random.chance(0.6)) operands.push_back(i);
    if (operands.empty()) continue;
    const auto results = [&](const Compiled& compiled, std::span<const ArrayRef> given) {
      std::vector<Array<double>> arrays;
      std::vector<OutputRef> outs;
      for (const Shape& shape : compiled.shapes()) arrays.emplace_back(shape);
      for (Array<double>& array : arrays) outs.push_back({array.data(), DType::f64, array.extents(), array.strides()});
      compiled.run(given, outs);
      std::vector<double> all;
      for (const Array<double>& array : arrays) all.insert(all.end(), array.data(), array.data() + array.size());
      return all;
    };
    const std::vector<double> expected = results(compile(made.program, made.shapes, constant({})), refs);
    const Compiled compiled = compile(made.program, made.shapes, constant(operands)).with_constants(chosen(refs, operands, true));
    folded += compiled.plan().beforehand_steps > 0;
    const std::vector<double> given = results(compiled, chosen(refs, operands, false));
    INFO("seed " << seed << "\n" << made.program.text());
    REQUIRE(given.size() == expected.size());
    for (std::size_t n = 0; n < given.size(); ++n)
      if (!(std::isnan(given[n]) && std::isnan(expected[n]))) CHECK(given[n] == Approx(expected[n]).epsilon(1e-9).margin(1e-9));
  }
  CHECK(folded > 50);
}

TEST_CASE("what constants make costs a call nothing, and the order is chosen by that") {
  // Left to right is the cheapest order of all three; with constants b and c it is cheaper to have their large product first.
  const std::vector<Shape> shapes{{2, 64}, {64, 64}, {64, 64}};
  Options options = constant({});
  options.objective = Objective::flops;
  CHECK(compile("ij,jk,kl->il", shapes, options).plan().order == std::vector<std::vector<std::uint32_t>>{{0, 1}, {0, 1}});
  options.constants = {1, 2};
  const Compiled compiled = compile("ij,jk,kl->il", shapes, options);
  CHECK(compiled.plan().order == std::vector<std::vector<std::uint32_t>>{{1, 2}, {0, 1}});
  CHECK(compiled.plan().constants == std::vector<std::uint32_t>{1, 2});
  CHECK(compiled.plan().beforehand_steps == 1);
  CHECK(compiled.plan().beforehand_flops == 2.0 * 64 * 64 * 64);
  CHECK(compiled.plan().flops == 2.0 * 2 * 64 * 64);
  CHECK(compiled.plan().beforehand_bytes == 64 * 64 * 8);
}

TEST_CASE("with all operands constant a call is a copy, with its scalars") {
  const Chain chain;
  const Compiled compiled = compile(chain.text, chain.shapes, constant({0, 1, 2, 3})).with_constants(chain.refs);
  const std::vector<double> expected = run(compile(chain.text, chain.shapes, constant({})), chain.refs);
  CHECK(compiled.plan().flops == 0);
  Array<double> out = numbers(compiled.shape(), 9);
  const std::vector<double> before = contents(out);
  compiled.run({}, {out.data(), DType::f64, out.extents(), out.strides()}, {2, 3});
  for (std::size_t n = 0; n < expected.size(); ++n) CHECK(out[n] == 2 * expected[n] + 3 * before[n]);
}

TEST_CASE("arrays in other strides, conjugated constants and new constants") {
  const std::vector<Shape> shapes{{4, 4}, {4, 4}, {4, 4}};
  using Complex = std::complex<double>;
  std::vector<Array<Complex>> arrays;
  for (std::size_t i = 0; i < 4; ++i) {
    Array<Complex>& array = arrays.emplace_back(Shape{4, 4});
    for (std::size_t n = 0; n < 16; ++n) array[n] = {static_cast<double>((3 * n + i) % 7) - 3, static_cast<double>((5 * n + i) % 3) - 1};
  }
  const auto results = [](const Compiled& compiled, std::initializer_list<ArrayRef> operands) {
    Array<Complex> out(compiled.shape());
    compiled.run(std::span<const ArrayRef>(operands.begin(), operands.size()), {out.data(), DType::c128, out.extents(), out.strides()});
    return std::vector<Complex>(out.data(), out.data() + 16);
  };
  const Strides turned{1, 4};
  const ArrayRef a = ref_of(arrays[0]), b = ref_of(arrays[1], true), c = ref_of(arrays[2]), other = ref_of(arrays[3]);
  ArrayRef turned_a = a, turned_c = c;
  turned_a.strides = turned, turned_c.strides = turned;
  const Compiled whole = compile("ij,jk,kl->il", shapes, constant({}, DType::c128));
  const Compiled without = compile("ij,jk,kl->il", shapes, constant({1, 2}, DType::c128));
  const Compiled with = without.with_constants(std::vector<ArrayRef>{b, c});
  CHECK(results(with, {a}) == results(whole, {a, b, c}));
  CHECK(results(with, {turned_a}) == results(whole, {turned_a, b, c}));
  const ArrayRef conjugated_a = ref_of(arrays[0], true);
  CHECK(results(with, {conjugated_a}) == results(whole, {conjugated_a, b, c}));
  const Compiled again = with.with_constants(std::vector<ArrayRef>{other, turned_c});
  CHECK(results(again, {a}) == results(whole, {a, other, turned_c}));
  CHECK(results(with, {a}) == results(whole, {a, b, c}));
}

TEST_CASE("element types and semirings") {
  const Array<float> a = array_of<float>({2, 3}, {1, 2, 3, 4, 5, 6});
  const Array<std::int8_t> b = array_of<std::int8_t>({3, 2}, {1, -2, 3, 4, 5, 6});
  const Array<bfloat16> c = array_of<bfloat16>({2, 2}, {1, 2, 3, -4});
  Options options;
  options.dtypes = {DType::f32, DType::i8, DType::bf16};
  const Array<float> expected = einsum_as<float>("ij,jk,kl->il", a, b, c);
  for (const std::vector<std::uint32_t>& operands : {std::vector<std::uint32_t>{1, 2}, {1}, {2}}) {
    options.constants = operands;
    const Compiled without = compile("ij,jk,kl->il", {{2, 3}, {3, 2}, {2, 2}}, options);
    const Compiled with = without.with_constants(chosen({ref_of(a), ref_of(b), ref_of(c)}, operands, true));
    Array<float> out({2, 2});
    with.run(chosen({ref_of(a), ref_of(b), ref_of(c)}, operands, false), {out.data(), DType::f32, out.extents(), out.strides()});
    for (std::size_t n = 0; n < 4; ++n) CHECK(out[n] == expected[n]);
  }
  const Chain chain;
  Options tropical = constant({});
  tropical.semiring = semiring::max_plus;
  const std::vector<double> most = run(compile(chain.text, chain.shapes, tropical), chain.refs);
  tropical.constants = {1, 2};
  CHECK(run(compile(chain.text, chain.shapes, tropical).with_constants(chain.arrays[1], chain.arrays[2]), chosen(chain.refs, {1, 2}, false)) == most);
}

TEST_CASE("under a limit of memory, in slices and by tasks") {
  const Chain chain;
  const std::vector<std::uint32_t> operands{1, 2};
  const std::vector<ArrayRef> arrays = chosen(chain.refs, operands, true), others = chosen(chain.refs, operands, false);
  const std::vector<double> expected = run(compile(chain.text, chain.shapes, constant({})), chain.refs);
  bool kept = false, refused = false;
  for (std::int64_t limit = 64; limit < 200000; limit = limit * 5 / 4) {
    Options options = constant(operands);
    options.threads = 1;
    options.memory_limit = limit;
    try {
      const Compiled compiled = compile(chain.text, chain.shapes, options).with_constants(arrays);
      CHECK(compiled.plan().run_bytes + compiled.plan().beforehand_bytes <= limit);
      CHECK(run(compiled, others) == expected);
      kept = true;
    } catch (const Error& error) {
      INFO(error.what());
      CHECK(error.code() == ErrorCode::memory_limit);
      CHECK(!kept);
      refused = true;
    }
  }
  CHECK((kept && refused));
  for (const std::int64_t slices : {2, 6, 20, 30}) {
    Options options = constant(operands);
    options.slices = slices;
    const Compiled compiled = compile(chain.text, chain.shapes, options).with_constants(arrays);
    CHECK(run(compiled, others) == expected);
    const Slicing slicing = compiled.slicing();
    TaskRun tasks = compiled.tasks(others);
    Array<double> out(compiled.shape());
    for (std::int64_t task = 0; task < slicing.tasks; ++task) {
      std::vector<std::byte> partial(slicing.partial_bytes);
      tasks.run(task, 1, partial);
      compiled.merge_task(task, partial, OutputRef{out.data(), DType::f64, out.extents(), out.strides()});
    }
    CHECK(contents(out) == expected);
    const Error error = error_of([&] { run_tasks(compiled, others, std::vector<OutputRef>{{out.data(), DType::f64, out.extents(), out.strides()}}); });
    CHECK(error.code() == ErrorCode::bad_option);
    CHECK(error.sentence().find("constants") != std::string::npos);
  }
}

TEST_CASE("gradients by what varies, of a program with constant inputs") {
  Program p;
  const Tensor x = p.input("x", "i"), w = p.input("w", "ij"), v = p.input("v", "jk");
  p.output("y", einsum("i,ij,jk,ij,jk->", x, w, v, tanh(w), v));
  const Program slope = grad(p, "y", {"x"});
  const Array<double> a = numbers({3}, 1), b = numbers({3, 4}, 2), c = numbers({4, 5}, 3);
  const std::vector<Shape> shapes{{3}, {3, 4}, {4, 5}};
  const Compiled with = compile(slope, shapes, constant({1, 2})).with_constants(b, c);
  CHECK(with.plan().beforehand_steps > 0);
  const auto whole = compile(slope, shapes, constant({})).outputs(a, b, c), some = with.outputs(a);
  REQUIRE(whole.size() == some.size());
  for (std::size_t output = 0; output < whole.size(); ++output)
    for (std::size_t n = 0; n < whole[output].size(); ++n) CHECK(some[output][n] == Approx(whole[output][n]));
}

TEST_CASE("threads may call, also with strides nobody has met") {
  const Chain chain;
  const std::vector<double> expected = run(compile(chain.text, chain.shapes, constant({})), chain.refs);
  const Compiled compiled = compile(chain.text, chain.shapes, constant({1, 2})).with_constants(chain.arrays[1], chain.arrays[2]);
  std::vector<double> turned(120);
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t j = 0; j < 20; ++j) turned[j * 6 + i] = chain.arrays[0][i * 20 + j];
  const Strides strides{1, 6};
  std::vector<std::vector<double>> results(8);
  {
    std::vector<std::jthread> threads;
    for (std::size_t t = 0; t < results.size(); ++t)
      threads.emplace_back([&, t] {
        ArrayRef first = chain.refs[0];
        if (t % 2 == 1) first.data = turned.data(), first.strides = strides;
        results[t] = run(compiled, std::vector<ArrayRef>{first, chain.refs[3]});
      });
  }
  for (const std::vector<double>& result : results) CHECK(result == expected);
}

TEST_CASE("a plan that was saved with constants serves with them and without") {
  const Chain chain;
  const std::string plan = compile(chain.text, chain.shapes, constant({1, 2})).plan_json();
  const std::vector<double> expected = run(compile(chain.text, chain.shapes, constant({})), chain.refs);
  CHECK(run(load_plan(plan), chain.refs) == expected);
  const Compiled loaded = load_plan(plan, constant({1, 2}));
  CHECK(loaded.plan().beforehand_steps == 1);
  CHECK(run(loaded.with_constants(chain.arrays[1], chain.arrays[2]), chosen(chain.refs, {1, 2}, false)) == expected);
}

TEST_CASE("what is wrong with constants is said") {
  const Chain chain;
  const auto fault = [](auto&& call, ErrorCode code, const std::string& part) {
    const Error error = error_of(call);
    CHECK(error.code() == code);
    INFO(error.what());
    CHECK(std::string(error.what()).find(part) != std::string::npos);
  };
  Array<double> out({6, 5});
  const OutputRef ref{out.data(), DType::f64, out.extents(), out.strides()};
  const std::vector<ArrayRef> two{chain.refs[1], chain.refs[2]};
  fault([&] { compile(chain.text, chain.shapes, constant({4})); }, ErrorCode::bad_option, "operand 4, and there are 4");
  fault([&] { compile(chain.text, chain.shapes, constant({1, 1})); }, ErrorCode::bad_option, "operand 1 twice");
  const Compiled plain = compile(chain.text, chain.shapes, constant({})), without = compile(chain.text, chain.shapes, constant({1, 2}));
  fault([&] { plain.with_constants(two); }, ErrorCode::bad_option, "without constants");
  fault([&] { without.run(chain.refs, ref); }, ErrorCode::bad_option, "with_constants");
  fault([&] { without(chain.arrays[0], chain.arrays[3]); }, ErrorCode::bad_option, "operands 1, 2 are constant");
  fault([&] { without.measure_steps(chain.refs, std::vector<OutputRef>{ref}); }, ErrorCode::bad_option, "operands 1, 2 are constant");
  fault([&] { without.with_constants(chain.arrays[1]); }, ErrorCode::operand_count, "2 constants, and 1 array for them");
  fault([&] { without.with_constants(chain.arrays[1], chain.arrays[3]); }, ErrorCode::extent_mismatch, "operand 2 has shape [20, 5]");
  const Array<float> single({30, 20});
  fault([&] { without.with_constants(chain.arrays[1], single); }, ErrorCode::dtype_mismatch, "operand 2 is f32");
  const Compiled with = without.with_constants(two);
  fault([&] { with.run(chain.refs, ref); }, ErrorCode::operand_count, "leave out the constants");
  fault([&] { with.run(two, ref); }, ErrorCode::extent_mismatch, "operand 0");
  fault([&] { with(chain.arrays[0]); }, ErrorCode::operand_count, "4 operands, 2 of them constant; the call has 1 array");
  fault([&] { einsum<double>(chain.text, chain.refs, constant({1})); }, ErrorCode::bad_option, "a call of its own");
}

TEST_CASE("steps are measured as they run: those beforehand take no time in a call") {
  const Chain chain;
  const Compiled compiled = compile(chain.text, chain.shapes, constant({1, 2})).with_constants(chain.arrays[1], chain.arrays[2]);
  Array<double> out({6, 5});
  const std::vector<double> seconds = compiled.measure_steps(std::vector<ArrayRef>{chain.refs[0], chain.refs[3]}, std::vector<OutputRef>{{out.data(), DType::f64, out.extents(), out.strides()}});
  REQUIRE(compiled.plan().beforehand_steps == 1);
  REQUIRE(seconds.size() == 3);
  CHECK(seconds[0] == 0);
  CHECK(seconds[1] > 0);
}
