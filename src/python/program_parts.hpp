// program_parts.hpp: the parts of bind_program, and words of Python as values of einc/program.hpp.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include <nanobind/nanobind.h>
#include <einc/program.hpp>

namespace einc::python {

namespace nb = nanobind;

void bind_tensor(nb::module_& module);            // class Tensor
void bind_tensor_functions(nb::module_& module);  // exp, softmax, where ..., in the submodule program
void bind_tensor_views(nb::module_& module);      // rearrange, slice, gather ..., there too

EmptyRow take_empty_row(std::string_view word);  // "zero", "uniform", "nan". Throws Error (bad_option)

}  // namespace einc::python
