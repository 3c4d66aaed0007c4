// bindings.hpp: the parts of the module, each registered by its own file.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nanobind/nanobind.h>

namespace einc::python {

namespace nb = nanobind;

void bind_errors(nb::module_& module);     // Error and its kinds; first, since everything throws them
void bind_machine(nb::module_& module);    // this_cpu, threads, limits, version
void bind_compiled(nb::module_& module);   // Compiled, compile
void bind_einsum(nb::module_& module);     // einsum, contract, einsum_view
void bind_program(nb::module_& module);    // Tensor, Program, the functions of program.hpp
void bind_gradients(nb::module_& module);  // grad
void bind_attention(nb::module_& module);  // the submodule attention

}  // namespace einc::python
