// gradients.cpp: grad(), which gives the program of the gradients of a program or of an einsum.
// SPDX-License-Identifier: BSD-3-Clause
#include <optional>
#include <string>
#include <vector>

#include <einc/gradients.hpp>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "python/bindings.hpp"
#include "python/called_from.hpp"
#include "python/program_parts.hpp"

namespace einc::python {

using namespace nb::literals;

namespace {

constexpr const char* documentation =
    "The Program that computes the gradients of an output by some inputs, by all of them when none is named.\n\n"
    "Its outputs are `<input>_gradient`, after those of the program with keep_outputs=True. An output with labels has a gradient of its\n"
    "own: one more input, the last, `<output>_gradient`; the result is its product with the Jacobian, as jax.vjp and torch.autograd.grad\n"
    "give it. An einsum may stand for a program: its inputs are x0, x1 ..., its output o. The rules are in docs/gradients.md.\n"
    "Raises Error (bad_program) for a name the program does not have.\n\n"
    ">>> import einc, numpy as np\n"
    ">>> print(einc.grad('ij,jk->ik', inputs=['x0']))\n"
    "input x0 \"ij\"\n"
    "input x1 \"jk\"\n"
    "input o_gradient \"ik\"\n"
    "output x0_gradient = einsum(\"ik,jk->ij\", o_gradient, x1)\n"
    "<BLANKLINE>\n"
    ">>> p = einc.Program.parse('input x \"i\"\\noutput y = sum(x * x, \"i\")')\n"
    ">>> x = np.arange(3.0)\n"
    ">>> einc.compile(einc.grad(p, 'y'), x)(x)\n"
    "array([0., 2., 4.])\n";

Program gradients_of(const Program& program, const std::optional<std::string>& output, const std::optional<std::vector<std::string>>& inputs, bool keep_outputs) {
  GradientOptions options;
  options.keep_outputs = keep_outputs;
  const std::vector<std::string> outputs = program.outputs();
  if (!output && outputs.size() != 1) throw Error(ErrorCode::bad_program, "the program has several outputs: name one", {}, {}, "a gradient is that of one output");
  if (inputs && inputs->empty()) throw Error(ErrorCode::bad_program, "no input is named: leave `inputs` away for all of them");
  return grad(program, output ? *output : outputs[0], inputs.value_or(std::vector<std::string>{}), options);
}

}  // namespace

void bind_gradients(nb::module_& module) {
  module.def(
      "grad",
      [](nb::handle program, const std::optional<std::string>& output, const std::optional<std::vector<std::string>>& inputs, bool keep_outputs) {
        if (nb::isinstance<Program>(program)) return gradients_of(nb::cast<const Program&>(program), output, inputs, keep_outputs);
        if (!nb::isinstance<nb::str>(program)) throw nb::type_error("grad: a Program or the text of an einsum is expected");
        return gradients_of(einsum_program(nb::cast<std::string>(program)), output, inputs, keep_outputs);
      },
      "program"_a, "output"_a = nb::none(), "inputs"_a = nb::none(), nb::kw_only(), "keep_outputs"_a = false, FromCaller(),
      nb::sig("def grad(program: Program | str, output: str | None = None, inputs: list[str] | None = None, *, keep_outputs: bool = False) -> Program"), documentation);
}

}  // namespace einc::python
