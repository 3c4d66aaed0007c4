// arrays.cpp: which memory an argument shows, and the arrays results are written into.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/arrays.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/string.h>

#include <einc/error.hpp>

#include "python/element_types.hpp"

namespace einc::python {
namespace {

static_assert(std::is_same_v<npy_intp, Extent> || sizeof(npy_intp) == sizeof(Extent), "numpy counts in 64 bits");

std::span<const Extent> extents_of(PyArrayObject* array) {
  return {reinterpret_cast<const Extent*>(PyArray_SHAPE(array)), static_cast<std::size_t>(PyArray_NDIM(array))};
}

// Whether einc can read the array where it lies: native bytes at addresses and strides that are multiples of the element.
bool readable_in_place(PyArrayObject* array, std::size_t bytes) {
  if (!PyArray_ISBEHAVED_RO(array)) return false;
  const auto step = static_cast<npy_intp>(bytes);
  for (int i = 0; i < PyArray_NDIM(array); ++i)
    if (PyArray_STRIDE(array, i) % step != 0 && PyArray_DIM(array, i) > 1) return false;
  return true;
}

// Strides in elements. numpy leaves those of extents 0 and 1 to chance: such a one is 0 where no element has it.
void strides_in_elements(PyArrayObject* array, std::size_t bytes, Stride* strides) {
  const auto step = static_cast<npy_intp>(bytes);
  const npy_intp* in_bytes = PyArray_STRIDES(array);
  for (int i = 0; i < PyArray_NDIM(array); ++i) strides[i] = in_bytes[i] % step == 0 ? in_bytes[i] / step : 0;
}

void check_device(int device, std::string_view what) {
  if (device == nb::device::cpu::value) return;
  throw nb::buffer_error(fmt::format("{} lies in the memory of another device (DLPack's type {}); einc computes on the processor: move it there first", what, device).c_str());
}

// What an array shows of itself. Its own exceptions pass: nanobind, given the array, would turn them into one that says nothing.
nb::object capsule_of(nb::handle array, std::string_view what) {
  int device = nb::device::cpu::value;
  if (nb::hasattr(array, "__dlpack_device__")) {
    const nb::object place = array.attr("__dlpack_device__")();
    if (!PyTuple_Check(place.ptr()) || PyTuple_GET_SIZE(place.ptr()) < 1 || !nb::try_cast<int>(nb::object(place[0]), device))
      throw nb::type_error(fmt::format("{} does not say in the memory of which device it lies", what).c_str());
  }
  check_device(device, what);
  const nb::object export_ = array.attr("__dlpack__");
  try {
    return export_(nb::arg("max_version") = nb::make_tuple(1, 0));
  } catch (nb::python_error& error) {
    if (!error.matches(PyExc_TypeError)) throw;  // one that knows no versions
  }
  return export_();
}

DType dtype_of_dlpack(const nb::dlpack::dtype& dtype, std::size_t number) {
  using Code = nb::dlpack::dtype_code;
  if (dtype.lanes == 1) {
    const int bits = dtype.bits;
    const auto by_bits = [&](DType eight) { return static_cast<DType>(static_cast<int>(eight) + (bits == 8 ? 0 : bits == 16 ? 1 : bits == 32 ? 2 : 3)); };
    if (dtype.code == static_cast<std::uint8_t>(Code::Float) && bits == 32) return DType::f32;
    if (dtype.code == static_cast<std::uint8_t>(Code::Float) && bits == 64) return DType::f64;
    if (dtype.code == static_cast<std::uint8_t>(Code::Float) && bits == 16) return DType::f16;
    if (dtype.code == static_cast<std::uint8_t>(Code::Bfloat) && bits == 16) return DType::bf16;
    if (dtype.code == static_cast<std::uint8_t>(Code::Complex) && bits == 64) return DType::c64;
    if (dtype.code == static_cast<std::uint8_t>(Code::Complex) && bits == 128) return DType::c128;
    if (dtype.code == static_cast<std::uint8_t>(Code::Bool) && bits == 8) return DType::boolean;
    if (bits == 8 || bits == 16 || bits == 32 || bits == 64) {
      if (dtype.code == static_cast<std::uint8_t>(Code::Int)) return by_bits(DType::i8);
      if (dtype.code == static_cast<std::uint8_t>(Code::UInt)) return by_bits(DType::u8);
    }
  }
  throw Error(ErrorCode::unsupported_dtype, fmt::format("operand {} has elements of DLPack's kind {} with {} bits", number, dtype.code, dtype.bits), {}, {}, element_types_offered);
}

nb::dlpack::dtype dlpack_of_dtype(DType dtype) {
  using Code = nb::dlpack::dtype_code;
  const Code code = dtype == DType::boolean ? Code::Bool : dtype == DType::bf16 ? Code::Bfloat : is_complex(dtype) ? Code::Complex
                    : is_signed_integer(dtype) ? Code::Int : is_unsigned_integer(dtype) ? Code::UInt : Code::Float;
  return {static_cast<std::uint8_t>(code), static_cast<std::uint8_t>(8 * bytes_of(dtype)), 1};
}

std::string name_of_type(nb::handle argument) { return nb::cast<std::string>(argument.type().attr("__name__")); }

// The first part of the name of the module that an array's type is from: "torch", "jaxlib".
std::string library_of(nb::handle argument) {
  const std::string module = nb::cast<std::string>(nb::str(nb::object(argument.type().attr("__module__"))));
  return module.substr(0, module.find('.'));
}

// Memory of another array as one of `foreign`'s library.
nb::object hand_over(nb::handle foreign, void* data, DType dtype, std::span<const Extent> extents, std::span<const Stride> strides, nb::handle owner) {
  const std::vector<std::size_t> shape(extents.begin(), extents.end());
  const std::vector<std::int64_t> steps(strides.begin(), strides.end());
  const std::string library = library_of(foreign);
  const auto as = [&]<class Framework>(Framework) {
    const nb::ndarray<Framework> array(data, shape.size(), shape.data(), owner, steps.data(), dlpack_of_dtype(dtype));
    return nb::cast(array, nb::rv_policy::reference);
  };
  if (library == "torch") return as(nb::pytorch{});
  if (library == "jax" || library == "jaxlib") return as(nb::jax{});
  const nb::object shown = as(nb::array_api{});  // knows __dlpack__ and nothing else
  if (nb::hasattr(foreign, "__array_namespace__")) return foreign.attr("__array_namespace__")().attr("from_dlpack")(shown);
  const nb::object module = nb::steal(PyImport_GetModule(nb::str(library.c_str()).ptr()));
  return module.is_valid() && nb::hasattr(module, "from_dlpack") ? module.attr("from_dlpack")(shown) : shown;
}

}  // namespace

// ------------------------------------------------------------------------------------------------------------- operands

Stride* Operands::numbers(std::size_t count) {
  if (numbers_used_ + count <= inline_numbers) {
    Stride* taken = inline_numbers_ + numbers_used_;
    numbers_used_ += count;
    return taken;
  }
  return more_numbers_.emplace_back(count).data();
}

void Operands::push(const ArrayRef& ref, PyArrayObject* array) {
  if (size_ < inline_count) {
    inline_refs_[size_] = ref;
    arrays_.few[size_] = array;
  } else {
    if (size_ == inline_count) more_refs_.assign(inline_refs_, inline_refs_ + inline_count);
    more_refs_.push_back(ref);
    arrays_.more.push_back(array);
  }
  ++size_;
}

void Operands::add_numpy(PyArrayObject* array) {
  const std::optional<DType> dtype = dtype_of_descr(PyArray_DESCR(array));
  if (!dtype) throw_unsupported(array, size_);
  const std::size_t bytes = bytes_of(*dtype);
  if (!readable_in_place(array, bytes)) {
    PyArray_Descr* native = PyArray_DescrNewByteorder(PyArray_DESCR(array), NPY_NATIVE);
    if (native == nullptr) throw nb::python_error();
    array = reinterpret_cast<PyArrayObject*>(keep(PyArray_FromArray(array, native, NPY_ARRAY_CARRAY | NPY_ARRAY_ENSURECOPY)).ptr());
    if (array == nullptr) throw nb::python_error();
  }
  const auto rank = static_cast<std::size_t>(PyArray_NDIM(array));
  Stride* strides = numbers(rank);
  strides_in_elements(array, bytes, strides);
  push({PyArray_DATA(array), *dtype, extents_of(array), {strides, rank}}, array);
}

void Operands::add_dlpack(nb::handle argument) {
  nb::ndarray<nb::ro> array;
  if (!nb::try_cast<nb::ndarray<nb::ro>>(capsule_of(argument, fmt::format("operand {}", size_)), array))
    throw nb::type_error(fmt::format("operand {}, of type {}, shows no array through DLPack", size_, name_of_type(argument)).c_str());
  const DType dtype = dtype_of_dlpack(array.dtype(), size_);
  const std::size_t rank = array.ndim();
  Stride* numbers_of = numbers(2 * rank);
  for (std::size_t i = 0; i < rank; ++i) numbers_of[i] = static_cast<Extent>(array.shape(i)), numbers_of[rank + i] = array.stride(i);
  push({array.data(), dtype, {numbers_of, rank}, {numbers_of + rank, rank}}, nullptr);
  kept_.push_back(nb::cast(array, nb::rv_policy::reference));
  if (!foreign_.is_valid()) foreign_ = argument;
}

void Operands::add(nb::handle argument) {
  if (PyArray_Check(argument.ptr())) return add_numpy(reinterpret_cast<PyArrayObject*>(argument.ptr()));
  if (nb::hasattr(argument, "__dlpack__")) return add_dlpack(argument);
  nb::object made = keep(PyArray_FROM_O(argument.ptr()));
  if (!made.is_valid()) throw nb::python_error();
  auto* array = reinterpret_cast<PyArrayObject*>(made.ptr());
  if (PyArray_TYPE(array) == NPY_OBJECT)
    throw nb::type_error(fmt::format("operand {} is no array, and makes none of numbers: it is of type {}", size_, name_of_type(argument)).c_str());
  add_numpy(array);
}

void Operands::add_as(nb::handle argument, DType dtype, NPY_CASTING casting) {
  nb::object held;
  PyArrayObject* array = nullptr;
  if (PyArray_Check(argument.ptr())) {
    array = reinterpret_cast<PyArrayObject*>(argument.ptr());
  } else if (nb::hasattr(argument, "__dlpack__")) {
    add_dlpack(argument);
    if (refs().back().dtype == dtype) return;
    throw Error(ErrorCode::dtype_mismatch, fmt::format("operand {} has elements of {}, and dtype asks for {}", size_ - 1, name_of(refs().back().dtype), name_of(dtype)), {}, {},
                "arrays of other libraries are not converted: convert it with its own library");
  } else {
    held = keep(PyArray_FROM_O(argument.ptr()));
    if (!held.is_valid()) throw nb::python_error();
    array = reinterpret_cast<PyArrayObject*>(held.ptr());
  }
  if (dtype_of_descr(PyArray_DESCR(array)) == dtype) return add_numpy(array);  // what einc does not compute with may be cast to what it does
  const nb::object wanted = descr_of_dtype(dtype);
  auto* descr = reinterpret_cast<PyArray_Descr*>(wanted.ptr());
  if (!PyArray_CanCastArrayTo(array, descr, casting))
    throw Error(ErrorCode::dtype_mismatch, fmt::format("operand {} has elements of {}, which the rule '{}' does not cast to {}", size_, name_of_descr(PyArray_DESCR(array)), name_of_casting(casting), name_of(dtype)), {}, {},
                "casting='unsafe' casts everything");
  Py_INCREF(descr);
  const nb::object converted = keep(PyArray_FromArray(array, descr, NPY_ARRAY_ALIGNED | NPY_ARRAY_NOTSWAPPED | NPY_ARRAY_FORCECAST));
  if (!converted.is_valid()) throw nb::python_error();
  add_numpy(reinterpret_cast<PyArrayObject*>(converted.ptr()));
}

// -------------------------------------------------------------------------------------------------------------- outputs

Output::Output(nb::handle argument) {
  if (PyArray_Check(argument.ptr())) {
    auto* array = reinterpret_cast<PyArrayObject*>(argument.ptr());
    const std::optional<DType> dtype = dtype_of_descr(PyArray_DESCR(array));
    if (!dtype) throw_unsupported(array, {});
    if (!PyArray_ISWRITEABLE(array)) throw Error(ErrorCode::bad_output, "the output is read-only", {}, {}, "make it writable, or pass a copy");
    if (!readable_in_place(array, bytes_of(*dtype)))
      throw Error(ErrorCode::bad_output, "the output has foreign byte order or unaligned elements", {}, {}, "pass an array as numpy makes them");
    const std::span<const Extent> extents = extents_of(array);
    extents_.assign(extents.begin(), extents.end());
    strides_.resize(extents.size());
    strides_in_elements(array, bytes_of(*dtype), strides_.data());
    ref_ = {PyArray_DATA(array), *dtype, extents_, strides_};
    array_ = array;
    return;
  }
  if (!nb::hasattr(argument, "__dlpack__")) throw nb::type_error(fmt::format("the output is no array: it is of type {}", name_of_type(argument)).c_str());
  nb::ndarray<> array;
  const std::string library = library_of(argument);
  const bool immutable = library == "jax" || library == "jaxlib";  // its arrays never change, though DLPack's older form cannot say so
  if (immutable || !nb::try_cast<nb::ndarray<>>(capsule_of(argument, "the output"), array)) throw Error(ErrorCode::bad_output, fmt::format("the output is read-only, or its library ({}) does not let it be written", library), {}, {}, "leave `out` away: the result comes back as an array of that library");
  for (std::size_t i = 0; i < array.ndim(); ++i) extents_.push_back(static_cast<Extent>(array.shape(i))), strides_.push_back(array.stride(i));
  ref_ = {array.data(), dtype_of_dlpack(array.dtype(), 0), extents_, strides_};
  kept_ = nb::cast(array, nb::rv_policy::reference);
}

// -------------------------------------------------------------------------------------------------------------- results

Result::Result(DType dtype, std::span<const Extent> extents, std::span<const int> outermost_first) {
  const auto rank = static_cast<int>(extents.size());
  if (rank > NPY_MAXDIMS) throw Error(ErrorCode::bad_output, fmt::format("the result has {} labels, and numpy's arrays have at most {}", rank, NPY_MAXDIMS));
  auto* shape = reinterpret_cast<npy_intp*>(const_cast<Extent*>(extents.data()));  // numpy reads it
  PyArray_Descr* descr = result_descr(dtype);
  const auto bytes = static_cast<npy_intp>(bytes_of(dtype));
  npy_intp in_bytes[NPY_MAXDIMS];
  if (!outermost_first.empty()) {
    npy_intp next = bytes;
    for (auto at = outermost_first.rbegin(); at != outermost_first.rend(); ++at) {
      in_bytes[*at] = next;
      next *= std::max<npy_intp>(shape[*at], 1);
    }
  }
  array_ = nb::steal(PyArray_NewFromDescr(&PyArray_Type, descr, rank, shape, outermost_first.empty() ? nullptr : in_bytes, nullptr, 0, nullptr));
  if (!array_.is_valid()) throw nb::python_error();
  strides_in_elements(numpy_array(), static_cast<std::size_t>(bytes), strides_);
  ref_ = {PyArray_DATA(numpy_array()), dtype, extents_of(numpy_array()), {strides_, static_cast<std::size_t>(rank)}};
}

Result::Result(DType dtype, std::span<const Extent> extents, void* data, const nb::object& owner) {
  const auto rank = static_cast<int>(extents.size());
  auto* shape = reinterpret_cast<npy_intp*>(const_cast<Extent*>(extents.data()));  // numpy reads it
  array_ = nb::steal(PyArray_NewFromDescr(&PyArray_Type, result_descr(dtype), rank, shape, nullptr, data, NPY_ARRAY_CARRAY, nullptr));
  if (!array_.is_valid()) throw nb::python_error();
  if (PyArray_SetBaseObject(numpy_array(), nb::object(owner).release().ptr()) < 0) throw nb::python_error();
  strides_in_elements(numpy_array(), bytes_of(dtype), strides_);
  ref_ = {data, dtype, extents_of(numpy_array()), {strides_, static_cast<std::size_t>(rank)}};
}

nb::object Result::release(nb::handle foreign) {
  if (foreign.is_valid()) return hand_over(foreign, ref_.data, ref_.dtype, ref_.extents, ref_.strides, array_);
  if (ref_.dtype == DType::bf16 && PyArray_TYPE(numpy_array()) == NPY_USHORT) return nb::steal(PyObject_CallMethod(array_.ptr(), "view", "O", descr_of_dtype(DType::bf16).ptr()));
  return nb::steal(PyArray_Return(reinterpret_cast<PyArrayObject*>(array_.release().ptr())));
}

nb::object view_of(const Operands& operands, std::size_t number, nb::handle argument, std::span<const Extent> extents, std::span<const Stride> strides) {
  const ArrayRef& ref = operands.refs()[number];
  PyArrayObject* array = operands.numpy_array(number);
  if (array == nullptr) {
    Strides in_elements(strides.begin(), strides.end());
    for (Stride& stride : in_elements) stride /= static_cast<Stride>(bytes_of(ref.dtype));
    return hand_over(argument, const_cast<void*>(ref.data), ref.dtype, extents, in_elements, argument);
  }
  PyArray_Descr* descr = PyArray_DESCR(array);
  Py_INCREF(descr);
  PyObject* made = PyArray_NewFromDescr(&PyArray_Type, descr, static_cast<int>(extents.size()), reinterpret_cast<const npy_intp*>(extents.data()),
                                        reinterpret_cast<const npy_intp*>(strides.data()), PyArray_DATA(array), PyArray_ISWRITEABLE(array) ? NPY_ARRAY_WRITEABLE : 0, nullptr);
  if (made == nullptr) throw nb::python_error();
  nb::object view = nb::steal(made);
  Py_INCREF(array);
  if (PyArray_SetBaseObject(reinterpret_cast<PyArrayObject*>(made), reinterpret_cast<PyObject*>(array)) < 0) throw nb::python_error();
  return extents.empty() ? nb::steal(PyArray_Return(reinterpret_cast<PyArrayObject*>(view.release().ptr()))) : view;
}

}  // namespace einc::python
