// arrays.hpp: Python's arrays as operands and results, without copies: numpy arrays directly, those of other libraries (torch, jax)
// through DLPack, everything else through numpy.asarray, which knows the buffer protocol, lists and numbers.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <einc/tensor_view.hpp>

#include "python/numpy_api.hpp"

namespace einc::python {

namespace nb = nanobind;

// Element types, numpy's and ours. bf16 is that of the package ml_dtypes.
std::optional<DType> dtype_of_descr(PyArray_Descr* descr);
nb::object descr_of_dtype(DType dtype);             // throws TypeError where bf16 needs a package that is missing
DType take_dtype(nb::handle dtype);                 // anything numpy.dtype() takes, and "bf16", "f32" ...; throws ElementTypeError

// The arguments of one call as operands. What they show stays alive as long as this.
class Operands {
 public:
  Operands() = default;
  Operands(const Operands&) = delete;
  Operands& operator=(const Operands&) = delete;

  // Takes one more argument. Throws ElementTypeError for elements einc does not compute with, TypeError for what is no array,
  // BufferError for memory of another device.
  void add(nb::handle argument);
  // The same, converted to `dtype` if `casting` (numpy's rule) allows it. Throws ElementTypeError.
  void add_as(nb::handle argument, DType dtype, NPY_CASTING casting);

  std::size_t size() const { return size_; }
  std::span<const ArrayRef> refs() const { return size_ <= inline_count ? std::span<const ArrayRef>(inline_refs_, size_) : std::span<const ArrayRef>(more_refs_); }
  std::span<ArrayRef> refs() { return size_ <= inline_count ? std::span<ArrayRef>(inline_refs_, size_) : std::span<ArrayRef>(more_refs_); }
  // The numpy array behind operand `number`; null where it came from another library.
  PyArrayObject* numpy_array(std::size_t number) const { return arrays_[number]; }
  // The argument whose library gets the result: the first that is not numpy's; null when all are.
  nb::handle foreign() const { return foreign_; }

 private:
  static constexpr std::size_t inline_count = 4, inline_numbers = 48;
  void add_numpy(PyArrayObject* array);  // borrowed: the caller or `kept_` holds it
  void add_dlpack(nb::handle argument);
  void push(const ArrayRef& ref, PyArrayObject* array);
  Stride* numbers(std::size_t count);  // memory for extents or strides
  nb::object keep(PyObject* made) {
    kept_.push_back(nb::steal(made));
    return kept_.back();
  }

  ArrayRef inline_refs_[inline_count];
  std::vector<ArrayRef> more_refs_;
  std::size_t size_ = 0;
  Stride inline_numbers_[inline_numbers];
  std::size_t numbers_used_ = 0;
  std::deque<std::vector<Stride>> more_numbers_;
  struct Arrays {  // few need no memory of their own
    PyArrayObject* few[inline_count] = {};
    std::vector<PyArrayObject*> more;
    PyArrayObject* operator[](std::size_t number) const { return number < inline_count ? few[number] : more[number - inline_count]; }
  } arrays_;
  std::vector<nb::object> kept_;
  nb::handle foreign_;
};

// An array of the caller that is written. Throws ValueError for one that is read-only, else as Operands does.
class Output {
 public:
  explicit Output(nb::handle argument);
  const OutputRef& ref() const { return ref_; }
  PyArrayObject* numpy_array() const { return array_; }

 private:
  OutputRef ref_;
  Strides extents_, strides_;
  PyArrayObject* array_ = nullptr;
  nb::object kept_;
};

// A fresh result. Its memory is laid out row-major, or, with `outermost_first`, with the places in that order.
class Result {
 public:
  Result(DType dtype, std::span<const Extent> extents, std::span<const int> outermost_first = {});
  // Memory that is there already, row-major, and lives as long as `owner`.
  Result(DType dtype, std::span<const Extent> extents, void* data, const nb::object& owner);
  const OutputRef& ref() const { return ref_; }
  PyArrayObject* numpy_array() const { return reinterpret_cast<PyArrayObject*>(array_.ptr()); }
  // The array, as numpy's (a number when it has no labels) or as the library of `foreign`.
  nb::object release(nb::handle foreign);

 private:
  nb::object array_;  // of numpy; of unsigned integers for bf16 that goes to another library
  OutputRef ref_;
  Stride strides_[64];
};

// Memory of another array under other extents and strides (in bytes), as the library of `foreign` or as numpy's: for views.
nb::object view_of(const Operands& operands, std::size_t number, nb::handle argument, std::span<const Extent> extents, std::span<const Stride> strides);

}  // namespace einc::python
