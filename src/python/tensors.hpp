// tensors.hpp: how the calls on arrays meet programs and their tensors.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <span>
#include <string_view>

#include <einc/program.hpp>
#include <nanobind/nanobind.h>

namespace einc::python {

namespace nb = nanobind;

bool is_tensor(nb::handle object);
bool is_program(nb::handle object);
const Program& program_of(nb::handle program);  // of one that is_program()

// einsum(text, tensors...) as a Tensor of their program. Throws TypeError when one of `tensors` is none.
nb::object einsum_of_tensors(std::string_view text, std::span<const nb::handle> tensors);

}  // namespace einc::python
