#include "arithmetic.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include <einc/error.hpp>
#include <einc/program.hpp>

#include "bind/bind_program.hpp"
#include "fuse/fuse.hpp"
#include "ir/executable.hpp"
#include "ir/program_access.hpp"
#include "simplify/simplify.hpp"

namespace einc::compiler {
namespace {

using ir::Function;

// An expression of x and y is a program of two numbers; what is left of it after the passes is one map, or a part of one.
ir::ScalarCode function_of(const Semiring& semiring, std::string_view name, const std::string& text) {
  const auto fail = [&](std::string_view why) {
    throw Error(ErrorCode::bad_option, fmt::format("`{}` of the semiring {} {}", name, semiring.name, why), text, {},
                "write an expression of x and y, such as `max(x, y)` or `x * y`");
  };
  if (text.empty() || text.find('\n') != std::string::npos) fail(text.empty() ? "is empty" : "has more lines than one");
  const Program program = Program::parse(fmt::format("input x \"\"\ninput y \"\"\noutput o = {}\n", text));
  const bind::Layout number{{}, {}, DType::f64, false};
  const bind::Layout both[] = {number, number};
  ir::Expression expression = bind::bind_program(*ProgramAccess::program(program), both, {.dtype = DType::f64}, {}).expression;
  if (expression.outputs.size() != 1) fail("is no expression of x and y");
  expression = fuse::fuse_maps(simplify::fold_constants(simplify::share_values(simplify::resolve_views(std::move(expression)))));
  const ir::Value& result = expression.values[expression.outputs[0].value];
  if (result.op == ir::Op::operand) return {{.function = Function::argument, .in = {result.operand, 0, 0}}};
  if (result.op != ir::Op::map) fail("does not depend on x and y");
  ir::ScalarCode code = result.code;
  if (std::none_of(code.begin(), code.end(), [](const ir::ScalarOp& op) { return op.function == Function::argument; })) fail("does not depend on x and y");
  for (ir::ScalarOp& op : code) {
    if (op.function != Function::argument) continue;
    const ir::Value& argument = expression.values[result.arguments[op.in[0]]];
    if (argument.op != ir::Op::operand) fail("is more than a map of x and y");
    op.in[0] = argument.operand;
  }
  if (code.size() > ir::most_combine_operations) fail(fmt::format("has {} operations, more than {}", code.size(), ir::most_combine_operations));
  return code;
}

}  // namespace

ir::Arithmetic arithmetic_of(const Semiring& semiring) {
  ir::Arithmetic made;
  if (semiring.algebra != Algebra::custom) {
    const bool own = semiring.algebra == Algebra::max_plus || semiring.algebra == Algebra::min_plus || semiring.algebra == Algebra::log_sum_exp;
    if (own) made.algebra = semiring.algebra;
    return made;
  }
  made.algebra = Algebra::custom;
  made.add = function_of(semiring, "add", semiring.add);
  made.multiply = function_of(semiring, "multiply", semiring.multiply);
  made.zero = semiring.zero;
  return made;
}

}  // namespace einc::compiler
