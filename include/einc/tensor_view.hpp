// tensor_view.hpp: arrays as einc sees them: an address, extents and strides. Owns nothing, except Array.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>
#include <utility>

#include <einc/element_types.hpp>

namespace einc {

// Strides of a dense row-major array, in elements. Of extents too large to count they wrap around: calls refuse such shapes.
inline Strides row_major(std::span<const Extent> extents) {
  Strides strides(extents.size());
  std::uint64_t next = 1;
  for (std::size_t i = extents.size(); i-- > 0;) {
    strides[i] = static_cast<Stride>(next);
    next *= extents[i] > 0 ? static_cast<std::uint64_t>(extents[i]) : 1;
  }
  return strides;
}

// An operand with its element type erased: what the compiled library takes. The spans must outlive the call.
struct ArrayRef {
  const void* data = nullptr;  // the element at index 0 along every label
  DType dtype = DType::f32;
  std::span<const Extent> extents;
  std::span<const Stride> strides;  // in elements; any sign, zero too
  bool conjugated = false;          // taken with the sign of its imaginary parts changed
};

// A caller's output with its element type erased.
struct OutputRef {
  void* data = nullptr;
  DType dtype = DType::f32;
  std::span<const Extent> extents;
  std::span<const Stride> strides;
};

// Raw memory as an array: TensorView<const float>(data, {2, 3}) is row-major, TensorView<float>(data, {2, 3}, {1, 2}) is not.
template <class T>
class TensorView {
 public:
  TensorView(T* data, Shape extents) : data_(data), extents_(std::move(extents)), strides_(row_major(extents_)) {}
  TensorView(T* data, Shape extents, Strides strides)
      : data_(data), extents_(std::move(extents)), strides_(std::move(strides)) {}

  T* data() const noexcept { return data_; }
  std::size_t rank() const noexcept { return extents_.size(); }
  const Shape& extents() const noexcept { return extents_; }
  const Strides& strides() const noexcept { return strides_; }

 private:
  T* data_;
  Shape extents_;
  Strides strides_;
};

// A dense row-major array that owns its memory: the result of calls on TensorViews alone. Elements start uninitialised.
template <class T>
class Array {
 public:
  Array() : Array(Shape{0}) {}
  explicit Array(Shape extents) : extents_(std::move(extents)), strides_(row_major(extents_)) {
    size_ = 1;
    for (Extent extent : extents_) size_ *= static_cast<std::size_t>(extent);
    data_ = std::make_unique_for_overwrite<T[]>(size_);
  }

  T* data() noexcept { return data_.get(); }
  const T* data() const noexcept { return data_.get(); }
  std::size_t size() const noexcept { return size_; }
  std::size_t rank() const noexcept { return extents_.size(); }
  const Shape& extents() const noexcept { return extents_; }
  const Strides& strides() const noexcept { return strides_; }
  T& operator[](std::size_t i) noexcept { return data_[i]; }
  const T& operator[](std::size_t i) const noexcept { return data_[i]; }
  TensorView<const T> view() const { return {data(), extents_}; }
  // Gives the memory away, and is an array without elements from then on.
  std::unique_ptr<T[]> release() {
    extents_.assign(1, 0), strides_.assign(1, 1);
    size_ = 0;
    return std::move(data_);
  }

 private:
  Shape extents_;
  Strides strides_;
  std::size_t size_ = 0;
  std::unique_ptr<T[]> data_;
};

// How a kind of array takes part in calls. Specialised for TensorView and Array here, for xtensor in <einc/xtensor.hpp>,
// and by users for their own arrays. A specialisation has
//   using element = ...;                      the element type, without const
//   static constexpr int rank = ...;          -1 when only known at run time
//   template <class A> Borrow                 Borrow(A&), ArrayRef ref() const, OutputRef output() const (writable arrays only);
//                                             valid while the array lives
//   Results                                   make<T>(shape), make_fixed<T, rank>(shape): how results are made when an
//                                             operand is of this kind; in mixed calls the highest Results::priority wins
template <class A>
struct ArrayTraits;

namespace detail {

// Results of calls on raw memory.
struct ArrayResults {
  static constexpr int priority = 0;
  template <class T>
  static Array<T> make(const Shape& extents) {
    return Array<T>(extents);
  }
  template <class T, std::size_t>
  static Array<T> make_fixed(const Shape& extents) {
    return Array<T>(extents);
  }
};

// Borrows anything with data(), extents() and strides() members.
template <class A>
struct MemberBorrow {
  A& array;
  explicit MemberBorrow(A& borrowed) : array(borrowed) {}
  using element = std::remove_cv_t<std::remove_pointer_t<decltype(std::declval<A&>().data())>>;
  ArrayRef ref() const { return {array.data(), dtype_of<element>, array.extents(), array.strides()}; }
  OutputRef output() const
    requires(!std::is_const_v<std::remove_pointer_t<decltype(std::declval<A&>().data())>>)
  {
    return {array.data(), dtype_of<element>, array.extents(), array.strides()};
  }
};

}  // namespace detail

template <class T>
  requires is_element<std::remove_const_t<T>>
struct ArrayTraits<TensorView<T>> {
  using element = std::remove_const_t<T>;
  static constexpr int rank = -1;
  template <class A>
  using Borrow = detail::MemberBorrow<A>;
  using Results = detail::ArrayResults;
};

template <class T>
  requires is_element<T>
struct ArrayTraits<Array<T>> {
  using element = T;
  static constexpr int rank = -1;
  template <class A>
  using Borrow = detail::MemberBorrow<A>;
  using Results = detail::ArrayResults;
};

// Anything that can be an operand.
template <class A>
concept Operand = requires { typename ArrayTraits<std::remove_cvref_t<A>>::element; };

// An operand taken with the sign of its imaginary parts changed. Nothing is copied: contractions change it as they pack.
template <class A>
struct Conjugated {
  const A& array;
};
template <Operand A>
Conjugated<A> conj(const A& array) {
  return {array};
}

template <class A>
struct ArrayTraits<Conjugated<A>> {
  using element = typename ArrayTraits<A>::element;
  static constexpr int rank = ArrayTraits<A>::rank;
  template <class>
  struct Borrow {
    typename ArrayTraits<A>::template Borrow<const A> borrowed;
    explicit Borrow(const Conjugated<A>& conjugated) : borrowed(conjugated.array) {}
    ArrayRef ref() const {
      ArrayRef made = borrowed.ref();
      made.conjugated = is_complex(made.dtype);
      return made;
    }
  };
  using Results = typename ArrayTraits<A>::Results;
};

}  // namespace einc
