// Which extremes cancel.
#include "differentiate/shift_invariance.hpp"

#include <algorithm>

#include "support/catch.hpp"
#include "support/programs.hpp"

using namespace einc;

namespace {

// How many values of a program text cancel on the way to its first output.
std::ptrdiff_t cancelled(const std::string& text) {
  const Program p = Program::parse("input x \"ij\"\ninput s \"i\"\ninput v \"jk\"\n" + text);
  const ir::Program& program = *ProgramAccess::program(p);
  const std::vector<char> found = differentiate::shift_invariant(program, program.outputs.at(0).node);
  return std::count(found.begin(), found.end(), 1);
}

}  // namespace

TEST_CASE("what softmax and logsumexp subtract cancels") {
  CHECK(cancelled("output o = softmax(x, \"j\")\n") == 1);
  CHECK(cancelled("output o = softmax(x, \"j\", nan)\n") == 1);
  CHECK(cancelled("output o = softmax(x, \"j\", uniform)\n") == 1);
  CHECK(cancelled("output o = softmax(x, \"j\", s)\n") == 1);
  CHECK(cancelled("output o = logsumexp(x, \"j\")\n") == 1);
  CHECK(cancelled("output o = logsumexp(x, \"j\", s)\n") == 1);
}

TEST_CASE("so does a softmax written out, divided after the sum, or under other names") {
  CHECK(cancelled("m = reduce(max, x, \"j\")\ne = exp(x - m)\noutput o = einsum(\"ij,jk->ik\", e, v) / sum(e, \"j\")\n") == 1);
  CHECK(cancelled("m = reduce(max, x, \"j\")\ne = exp(2 * (x - m))\noutput o = log(sum(e, \"j\")) / 2 + m\n") == 1);
  CHECK(cancelled("m = reduce(max, x, \"j\")\ne = rename(exp(x - m), \"i\", \"a\")\noutput o = e / sum(e, \"j\")\n") == 1);
}

TEST_CASE("a maximum that is part of the result does not cancel") {
  CHECK(cancelled("output o = reduce(max, x, \"j\")\n") == 0);
  CHECK(cancelled("output o = x - reduce(max, x, \"j\")\n") == 0);
  CHECK(cancelled("output o = exp(x - reduce(max, x, \"j\"))\n") == 0);
  CHECK(cancelled("m = reduce(max, x, \"j\")\ne = exp(x - m)\noutput o = sum(e, \"i\") / sum(e, \"ij\")\n") == 0);
  CHECK(cancelled("m = reduce(max, x, \"j\")\ne = exp(x - m)\noutput o = e / sum(e, \"j\") + tanh(m)\n") == 0);
}
