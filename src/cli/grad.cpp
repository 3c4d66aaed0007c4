// SPDX-License-Identifier: BSD-3-Clause
#include "cli/grad.hpp"

#include <einc/gradients.hpp>

#include "cli/program_file.hpp"

namespace einc::cli {

void grad(const GradRequest& request, std::ostream& out) {
  const Program program = request.program.empty() ? einsum_program(request.text) : Program::parse(read_program_file(request.program));
  std::string output = request.output;
  if (output.empty() && program.outputs().size() == 1) output = program.outputs()[0];
  if (output.empty()) throw Error(ErrorCode::bad_program, "the program has several outputs: `--output` says which one", {}, {}, "a gradient is that of one output");
  GradientOptions options;
  options.keep_outputs = request.keep_outputs;
  out << einc::grad(program, output, request.inputs, options).text();
}

}  // namespace einc::cli
