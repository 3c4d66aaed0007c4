// element_types.cpp: numpy's element types and ours.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/element_types.hpp"

#include <string>

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include <einc/error.hpp>

namespace einc::python {
namespace {

constexpr int numpy_numbers[dtype_count] = {NPY_FLOAT, NPY_DOUBLE, NPY_USHORT, NPY_HALF, NPY_CFLOAT, NPY_CDOUBLE, NPY_INT8, NPY_INT16,
                                            NPY_INT32, NPY_INT64,  NPY_UINT8,  NPY_UINT16, NPY_UINT32, NPY_UINT64, NPY_BOOL};

// The type that ml_dtypes registers with numpy; asked for by name once per type number.
bool is_bfloat16(PyArray_Descr* descr) {
  static int known = -1;  // under the interpreter's lock
  if (descr->type_num == known) return true;
  if (descr->type_num < NPY_USERDEF || PyDataType_ELSIZE(descr) != 2 || name_of_descr(descr) != "bfloat16") return false;
  known = descr->type_num;
  return true;
}

}  // namespace

std::string name_of_descr(PyArray_Descr* descr) { return nb::cast<std::string>(nb::str(nb::handle(reinterpret_cast<PyObject*>(descr)))); }

std::optional<DType> dtype_of_descr(PyArray_Descr* descr) {
  switch (descr->type_num) {
    case NPY_FLOAT: return DType::f32;
    case NPY_DOUBLE: return DType::f64;
    case NPY_HALF: return DType::f16;
    case NPY_CFLOAT: return DType::c64;
    case NPY_CDOUBLE: return DType::c128;
    case NPY_BOOL: return DType::boolean;
    case NPY_BYTE: return DType::i8;
    case NPY_SHORT: return DType::i16;
    case NPY_INT: return DType::i32;
    case NPY_LONG: return sizeof(long) == 8 ? DType::i64 : DType::i32;
    case NPY_LONGLONG: return DType::i64;
    case NPY_UBYTE: return DType::u8;
    case NPY_USHORT: return DType::u16;
    case NPY_UINT: return DType::u32;
    case NPY_ULONG: return sizeof(long) == 8 ? DType::u64 : DType::u32;
    case NPY_ULONGLONG: return DType::u64;
    default: break;
  }
  if (is_bfloat16(descr)) return DType::bf16;
  return std::nullopt;
}

nb::object descr_of_dtype(DType dtype) {
  if (dtype != DType::bf16) return nb::steal(reinterpret_cast<PyObject*>(PyArray_DescrFromType(numpy_numbers[static_cast<std::size_t>(dtype)])));
  try {
    const nb::object type = nb::module_::import_("ml_dtypes").attr("bfloat16");
    PyArray_Descr* descr = nullptr;
    if (!PyArray_DescrConverter(type.ptr(), &descr)) throw nb::python_error();
    return nb::steal(reinterpret_cast<PyObject*>(descr));
  } catch (const nb::python_error&) {
    throw nb::type_error("numpy has no bfloat16 of its own: install the package ml_dtypes, or use an array library that has it");
  }
}

PyArray_Descr* result_descr(DType dtype) { return PyArray_DescrFromType(numpy_numbers[static_cast<std::size_t>(dtype)]); }

DType take_dtype(nb::handle dtype) {
  PyArray_Descr* descr = nullptr;
  if (PyArray_DescrConverter(dtype.ptr(), &descr) && descr != nullptr) {
    const nb::object held = nb::steal(reinterpret_cast<PyObject*>(descr));
    if (const std::optional<DType> known = dtype_of_descr(descr)) return *known;
    throw Error(ErrorCode::unsupported_dtype, fmt::format("einc has no element type {}", name_of_descr(descr)), {}, {}, element_types_offered);
  }
  PyErr_Clear();
  if (nb::isinstance<nb::str>(dtype)) {  // names that only einc has; where both have one, numpy's meaning holds
    bool found = false;
    const DType known = dtype_named(nb::cast<std::string>(dtype), found);
    if (found) return known;
  }
  throw nb::type_error(fmt::format("{} is no element type; {}", nb::cast<std::string>(nb::repr(dtype)), element_types_offered).c_str());
}

void throw_unsupported(PyArrayObject* array, std::optional<std::size_t> operand) {
  throw Error(ErrorCode::unsupported_dtype, fmt::format("{} has elements of type {}", operand ? fmt::format("operand {}", *operand) : "the output", name_of_descr(PyArray_DESCR(array))), {}, {},
              element_types_offered);
}

NPY_CASTING take_casting(nb::handle casting) {
  NPY_CASTING taken = NPY_SAFE_CASTING;
  if (!PyArray_CastingConverter(casting.ptr(), &taken)) throw nb::python_error();
  if (taken > NPY_UNSAFE_CASTING) throw Error(ErrorCode::bad_option, "einc has the casting rules 'no', 'equiv', 'safe', 'same_kind' and 'unsafe'");
  return taken;
}

std::string_view name_of_casting(NPY_CASTING casting) {
  switch (casting) {
    case NPY_NO_CASTING: return "no";
    case NPY_EQUIV_CASTING: return "equiv";
    case NPY_SAFE_CASTING: return "safe";
    case NPY_SAME_KIND_CASTING: return "same_kind";
    default: return "unsafe";
  }
}

}  // namespace einc::python
