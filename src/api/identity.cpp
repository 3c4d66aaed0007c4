// identity.cpp: what decides the bits of a result beside the operands, as text.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/tasks.hpp>
#include <einc/version.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "api/compiled_state.hpp"

namespace einc {

std::string identity(const Compiled& compiled) {
  const detail::CompiledState& state = detail::CompiledState::of(compiled);
  const compiler::Compilation& made = state.compilation();
  const Semiring& semiring = state.options.semiring;
  std::string text = fmt::format("einc {}, {}\n{}\n", version_text, state.table.isa, made.text);
  for (std::size_t i = 0; i < made.operand_shapes.size(); ++i)
    text += fmt::format("operand {} [{}]{}\n", name_of(made.operand_dtypes[i]), fmt::join(made.operand_shapes[i], ", "), made.conjugated[i] ? " conjugated" : "");
  for (const Shape& shape : made.shapes) text += fmt::format("result {} [{}]\n", name_of(made.dtype), fmt::join(shape, ", "));
  text += fmt::format("{} {} {} {} {} {}\n", name_of(semiring.algebra), semiring.name, semiring.add, semiring.multiply, semiring.zero, semiring.one);
  return text + ir::print(made.expression) + ir::print(made.executable) + ir::print(made.combine);
}

}  // namespace einc
