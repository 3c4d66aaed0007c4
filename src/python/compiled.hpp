// compiled.hpp: what is shared by the calls that compile and those that run at once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <einc/einsum.hpp>
#include <nanobind/nanobind.h>

#include "python/arrays.hpp"

namespace einc::python {

// The subscripts of a call as UTF-8: a str, or bytes of ASCII. Empty pointer: it is neither.
std::string_view take_text(nb::handle subscripts, bool& is_text);

// Computes into `out` and returns it: the caller's array, of the type of the result or, by numpy's rules, of one it is cast to. An output
// that shares memory with an operand is computed elsewhere and copied, as numpy does. Throws Error.
nb::object run_into(const Compiled& compiled, const Operands& operands, nb::handle out, const Scale& scale, NPY_CASTING casting);

// Computes a fresh result, its places in memory in the order given (row-major when empty).
nb::object run_fresh(const Compiled& compiled, const Operands& operands, std::span<const int> outermost_first);

}  // namespace einc::python
