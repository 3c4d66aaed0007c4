// measure_steps.cpp: every step of any kind of expression gets a time, and what cannot be held in memory is refused.
#include "cli/measure_steps.hpp"

#include <einc/program.hpp>

#include "support/catch.hpp"

using namespace einc;

TEST_CASE("every step gets a time, whatever the types") {
  for (const DType dtype : {DType::f32, DType::f64, DType::bf16, DType::c64, DType::i8, DType::u16, DType::boolean}) {
    Options options;
    options.dtype = dtype;
    const Compiled compiled = compile("ij,jk,kl->il", {{2, 30}, {30, 4}, {4, 50}}, options);
    const std::vector<double> seconds = cli::measure_steps(compiled, 0.01);
    REQUIRE(seconds.size() == compiled.plan().steps.size());
    for (const double each : seconds) CHECK(each > 0);
  }
  const Compiled program = compile(Program::parse("input a \"ij\"\nb = exp(a)\noutput c = einsum(\"ij,ij->\", a, b)\n"), {{5, 7}});
  CHECK(cli::measure_steps(program, 0.01).size() == program.plan().steps.size());
  CHECK(cli::measure_steps(compile("ij->", {{0, 3}}), 0).size() == compile("ij->", {{0, 3}}).plan().steps.size());
}

TEST_CASE("plans in slices are measured, too") {
  Options options;
  options.slices = 20;
  const Compiled compiled = compile("ij,jk,kl->il", {{20, 30}, {30, 40}, {40, 50}}, options);
  REQUIRE(compiled.plan().slices >= 20);
  const std::vector<double> seconds = cli::measure_steps(compiled, 0.01);
  REQUIRE(seconds.size() == compiled.plan().steps.size());
  for (const double each : seconds) CHECK(each > 0);
}

TEST_CASE("arrays that no machine holds are refused before any is made") {
  const Compiled compiled = compile("i,j->ij", {{std::int64_t{1} << 27}, {std::int64_t{1} << 27}});
  CHECK_THROWS_WITH(cli::measure_steps(compiled), ContainsSubstring("GB of arrays"));
}
