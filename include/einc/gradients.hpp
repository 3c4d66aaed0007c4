// gradients.hpp: the derivative of a program is a program: einsums, pointwise functions and reductions again, which prints as
// text and is compiled, fused and streamed like any other. docs/gradients.md has the rules.
//
//   Program p;
//   Tensor x = p.input("x", "bi"), w = p.input("w", "ij");
//   p.output("y", tanh(einsum("bi,ij->bj", x, w)));
//   Program g = grad(p, "y", {"w"});   // inputs x, w, y_gradient; output w_gradient
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string>
#include <vector>

#include <einc/program.hpp>

namespace einc {

struct GradientOptions {
  bool keep_outputs = false;  // the program gives what the first one gave, too, before the gradients
};

// The gradients of an output by some inputs, all of them when none is named: outputs `<input>_gradient`, with the labels of the
// input, in the order asked for. An output with labels has a gradient that comes from outside: the program takes it as one more
// input, the last, `<output>_gradient`, and gives its product with the Jacobian (reverse mode). An output without labels has
// gradient 1. Throws Error: bad_program for a name the program does not have, or has twice here.
Program grad(const Program& program, const LocatedText& output, const std::vector<std::string>& inputs = {}, const GradientOptions& options = {});

// An einsum as a program: inputs x0, x1 ... and output `o`. Labels an operand repeats get other names in its input.
// Throws Error: as einsum, and for an ellipsis and for labels twice in the result, which programs do not have.
Program einsum_program(const LocatedText& subscripts);

}  // namespace einc
