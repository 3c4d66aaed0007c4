// element_types.hpp: numpy's element types and ours, and numpy's rules of casting.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "python/arrays.hpp"

namespace einc::python {

inline constexpr const char* element_types_offered = "einc computes with float32, float64, float16, bfloat16, complex64, complex128, integers of 8 to 64 bits and bool";

std::string name_of_descr(PyArray_Descr* descr);  // as numpy writes it: "float32", ">f8"

// Throws Error (unsupported_dtype) that names numpy's type; of an operand, or, without a number, of the output.
[[noreturn]] void throw_unsupported(PyArrayObject* array, std::optional<std::size_t> operand);

// A new reference for an array of this type; of 16-bit integers in the place of bf16, whose type may be missing.
PyArray_Descr* result_descr(DType dtype);

NPY_CASTING take_casting(nb::handle casting);  // throws ValueError for a name that is no rule of numpy's
std::string_view name_of_casting(NPY_CASTING casting);

}  // namespace einc::python
