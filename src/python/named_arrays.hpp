// named_arrays.hpp: the arrays of one call on attention, by name: of f64, or of f32 and halves.
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

// How an array takes part. numbers: computed with, where it lies; its elements are of the type the call computes in, or beside f32 halves. counts:
// masks, lengths, positions, words: of any type, converted to that of the call.
enum class Role : std::uint8_t { numbers, counts };

struct Argument {
  std::string name;
  nb::handle value;  // None or nothing: not given
  Role role = Role::numbers;
};
using Arguments = std::vector<Argument>;

// The type of a result that no array tells. Throws ElementTypeError unless it is f32 or f64.
DType take_float(nb::handle dtype);

// How results are given: as arrays of a library (null: numpy's), rounded to halves where a type is said.
struct ResultKind {
  nb::handle foreign = {};
  std::optional<DType> rounded = {};
};

class NamedArrays {
 public:
  // Throws ElementTypeError when the numbers are of f64 and of another type, of no float type, or not of the type `expected` (that of a layer's
  // weights); TypeError for what is no array. Lists and numbers of Python take the type of the others, and are f64 among themselves.
  explicit NamedArrays(const Arguments& arguments, std::optional<DType> expected = {});

  DType dtype() const { return dtype_; }  // that is computed in: f32 or f64
  DType result_dtype() const { return met_.value_or(dtype_); }  // in which the numbers, and the layer's weights, meet
  ResultKind results() const { return {operands_.foreign(), is_half(result_dtype()) ? std::optional(result_dtype()) : std::nullopt}; }

  // Shows what is held here; nothing when the argument was not given. Does not touch Python.
  template <class T>
  attention::Given<T> get(std::string_view name) const {
    for (const auto& [own, at] : places_) {
      if (own != name) continue;
      const ArrayRef& ref = operands_.refs()[at];
      if constexpr (std::is_same_v<T, float>) {
        if (ref.dtype == DType::bf16) return view<T, bfloat16>(ref);
        if (ref.dtype == DType::f16) return view<T, float16>(ref);
      }
      return view<T, T>(ref);
    }
    return {};
  }

 private:
  template <class T, class E>
  static attention::Given<T> view(const ArrayRef& ref) {
    TensorView<const E> view(static_cast<const E*>(ref.data), {ref.extents.begin(), ref.extents.end()}, {ref.strides.begin(), ref.strides.end()});
    return attention::Given<T>(std::move(view));
  }
  void add_numbers(const Argument& argument);
  void add_converted(const Argument& argument);

  DType dtype_ = DType::f64;
  std::optional<DType> met_;
  std::string typed_by_;  // the argument that dtype_ is from,
  DType typed_as_ = DType::f64;  // and its type
  Operands operands_;
  std::vector<nb::object> held_;
  std::vector<std::pair<std::string, std::size_t>> places_;
};

// body.operator()<T>() for the T that numbers of a float type are computed in.
template <class Body>
decltype(auto) with_element(DType dtype, Body&& body) {
  return computed_in(dtype) == DType::f32 ? body.template operator()<float>() : body.template operator()<double>();
}

// body() with the interpreter's lock released: it touches nothing of Python's.
template <class Body>
auto released(Body&& body) {
  const nb::gil_scoped_release unlocked;
  return body();
}

// The array as Python's, whose memory it becomes.
template <class T>
nb::object handed_over(Array<T>&& array, const ResultKind& kind) {
  if constexpr (std::is_same_v<T, float>) {
    if (kind.rounded == DType::bf16) return handed_over(attention::rounded<bfloat16>(array), {kind.foreign, {}});
    if (kind.rounded == DType::f16) return handed_over(attention::rounded<float16>(array), {kind.foreign, {}});
  }
  const Shape extents = array.extents();
  T* data = array.release().release();
  const nb::capsule owner(data, [](void* memory) noexcept { delete[] static_cast<T*>(memory); });
  return Result(dtype_of<T>, extents, data, owner).release(kind.foreign);
}

}  // namespace einc::python
