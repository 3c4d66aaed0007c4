// named_arrays.cpp: which type a call computes in, and the arguments as arrays of it.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/named_arrays.hpp"

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <einc/error.hpp>

namespace einc::python {
namespace {

bool is_given(const Argument& argument) { return argument.value.is_valid() && !argument.value.is_none(); }

// Whether the value says itself what its elements are; lists and numbers of Python do not.
bool has_type(nb::handle value) { return PyArray_Check(value.ptr()) || PyArray_CheckScalar(value.ptr()) || nb::hasattr(value, "__dlpack__"); }

std::string type_of(nb::handle value) { return nb::cast<std::string>(nb::str(nb::object(value.type().attr("__name__")))); }

}  // namespace

DType take_float(nb::handle dtype) {
  const DType taken = take_dtype(dtype);
  if (taken != DType::f32 && taken != DType::f64)
    throw Error(ErrorCode::unsupported_dtype, fmt::format("attention computes in f32 or f64, not in {}", name_of(taken)));
  return taken;
}

NamedArrays::NamedArrays(const Arguments& arguments, std::optional<DType> expected) {
  if (expected) met_ = *expected, dtype_ = computed_in(*expected), typed_by_ = "the layer", typed_as_ = *expected;
  for (const Argument& argument : arguments)
    if (is_given(argument) && argument.role == Role::numbers && has_type(argument.value)) add_numbers(argument);
  for (const Argument& argument : arguments)
    if (is_given(argument) && !(argument.role == Role::numbers && has_type(argument.value))) add_converted(argument);
}

void NamedArrays::add_numbers(const Argument& argument) {
  const std::size_t at = operands_.size();
  operands_.add(argument.value);
  const DType own = operands_.refs()[at].dtype;
  if (own != DType::f32 && own != DType::f64 && !is_half(own))
    throw Error(ErrorCode::unsupported_dtype, fmt::format("`{}` has elements of {}: attention takes f32, f64, bf16 and f16", argument.name, name_of(own)),
                {}, {}, "convert it; masks, lengths, positions and words may be of any type");
  if (typed_by_.empty()) dtype_ = computed_in(own), typed_by_ = fmt::format("`{}`", argument.name), typed_as_ = own;
  if (computed_in(own) != dtype_)
    throw Error(ErrorCode::dtype_mismatch, fmt::format("`{}` has elements of {}, {} of {}", argument.name, name_of(own), typed_by_, name_of(typed_as_)),
                {}, {}, "arrays of a call are of one type; beside f32 they may be halves");
  met_ = met_ ? promoted(*met_, own) : own;
  held_.push_back(nb::borrow(argument.value));
  places_.emplace_back(argument.name, at);
}

void NamedArrays::add_converted(const Argument& argument) {
  const nb::object array =
      PyArray_Check(argument.value.ptr()) ? nb::borrow(argument.value) : nb::object(nb::module_::import_("numpy").attr("asarray")(argument.value));
  PyArray_Descr* descr = PyArray_DESCR(reinterpret_cast<PyArrayObject*>(array.ptr()));
  const std::optional<DType> own = dtype_of_descr(descr);
  if (!own && descr->type_num == NPY_OBJECT)
    throw nb::type_error(
        fmt::format("`{}` is no array, and makes none of numbers: it is of type {}", argument.name, type_of(argument.value)).c_str());
  if (!own || is_complex(*own))
    throw Error(ErrorCode::unsupported_dtype, fmt::format("`{}` has elements of type {}, which are no real numbers", argument.name,
                                                          nb::cast<std::string>(nb::str(nb::object(array.attr("dtype"))))));
  const std::size_t at = operands_.size();
  operands_.add_as(array, dtype_, NPY_UNSAFE_CASTING);
  held_.push_back(array);
  places_.emplace_back(argument.name, at);
}

}  // namespace einc::python
