// SPDX-License-Identifier: BSD-3-Clause
#include "cli/grad.hpp"

#include <sstream>

#include <einc/gradients.hpp>

#include "support/catch.hpp"

using namespace einc;
using namespace einc::cli;

namespace {

std::string printed(const GradRequest& request) {
  std::ostringstream out;
  grad(request, out);
  return out.str();
}

}  // namespace

TEST_CASE("grad prints the program of the gradients of an einsum") {
  CHECK(printed({.text = "ij,jk->ik", .program = {}, .output = {}, .inputs = {"x0"}}) ==
        "input x0 \"ij\"\ninput x1 \"jk\"\ninput o_gradient \"ik\"\noutput x0_gradient = einsum(\"ik,jk->ij\", o_gradient, x1)\n");
}

TEST_CASE("grad reads a program, whose only output need not be named") {
  GradRequest request;
  request.program = EINC_TEST_SOURCES "/../docs/examples/attention.einc";
  request.keep_outputs = true;
  const Program program = Program::parse(printed(request));
  CHECK(program.inputs() == std::vector<std::string>{"q", "k", "v", "o_gradient"});
  CHECK(program.outputs() == std::vector<std::string>{"o", "q_gradient", "k_gradient", "v_gradient"});
  request.output = "p";
  CHECK_THROWS_AS(printed(request), Error);
}
