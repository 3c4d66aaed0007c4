// named_arrays.hpp: the arrays of one call on attention, by name and of one element type, f32 or f64.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <einc/attention_arrays.hpp>

#include "python/arrays.hpp"

namespace einc::python {

// How an array takes part. numbers: computed with, where it lies; the type of its elements is that of the call. counts: masks, lengths,
// positions, words: of any type, converted to that of the call.
enum class Role : std::uint8_t { numbers, counts };

struct Argument {
  std::string name;
  nb::handle value;  // None or nothing: not given
  Role role = Role::numbers;
};
using Arguments = std::vector<Argument>;

// The type of a result that no array tells. Throws ElementTypeError unless it is f32 or f64.
DType take_float(nb::handle dtype);

class NamedArrays {
 public:
  // Throws ElementTypeError when the numbers are of several types, of neither f32 nor f64, or not of the type `expected` (that of a
  // layer); TypeError for what is no array. Lists and numbers of Python take the type of the others, and are f64 among themselves.
  explicit NamedArrays(const Arguments& arguments, std::optional<DType> expected = {});

  DType dtype() const { return dtype_; }
  nb::handle foreign() const { return operands_.foreign(); }  // whose library gets the results; null: numpy's

  // Shows what is held here; nothing when the argument was not given. Does not touch Python.
  template <class T>
  attention::Given<T> get(std::string_view name) const {
    for (const auto& [own, at] : places_) {
      if (own != name) continue;
      const ArrayRef& ref = operands_.refs()[at];
      TensorView<const T> view(static_cast<const T*>(ref.data), {ref.extents.begin(), ref.extents.end()}, {ref.strides.begin(), ref.strides.end()});
      return attention::Given<T>(std::move(view));
    }
    return {};
  }

 private:
  void add_numbers(const Argument& argument);
  void add_converted(const Argument& argument);

  DType dtype_ = DType::f64;
  std::string typed_by_;  // the argument that dtype_ is from
  Operands operands_;
  std::vector<nb::object> held_;
  std::vector<std::pair<std::string, std::size_t>> places_;
};

// body.operator()<T>() for the T that dtype means.
template <class Body>
decltype(auto) with_element(DType dtype, Body&& body) {
  return dtype == DType::f32 ? body.template operator()<float>() : body.template operator()<double>();
}

// body() with the interpreter's lock released: it touches nothing of Python's.
template <class Body>
auto released(Body&& body) {
  const nb::gil_scoped_release unlocked;
  return body();
}

// The array as Python's, whose memory it becomes: numpy's, or of the library of `foreign`.
template <class T>
nb::object handed_over(Array<T>&& array, nb::handle foreign) {
  const Shape extents = array.extents();
  T* data = array.release().release();
  const nb::capsule owner(data, [](void* memory) noexcept { delete[] static_cast<T*>(memory); });
  return Result(dtype_of<T>, extents, data, owner).release(foreign);
}

}  // namespace einc::python
