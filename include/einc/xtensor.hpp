// xtensor.hpp: xtensor arrays as operands and results. The only header of einc that includes xtensor.
//
// Containers, adaptors and views over strided memory are used in place; other expressions are evaluated once.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#if __has_include(<xtensor/containers/xarray.hpp>)  // xtensor 0.26 and later
#include <xtensor/containers/xadapt.hpp>
#include <xtensor/containers/xarray.hpp>
#include <xtensor/containers/xtensor.hpp>
#include <xtensor/core/xstrides.hpp>
#include <xtensor/views/xstrided_view.hpp>
#else
#include <xtensor/xadapt.hpp>
#include <xtensor/xarray.hpp>
#include <xtensor/xstrided_view.hpp>
#include <xtensor/xstrides.hpp>
#include <xtensor/xtensor.hpp>
#endif

#include <array>
#include <optional>
#include <type_traits>

#include <einc/einsum.hpp>

namespace einc {

namespace detail {

struct XtensorResults {
  static constexpr int priority = 1;
  template <class T>
  static xt::xarray<T> make(const Shape& extents) {
    return xt::xarray<T>::from_shape(typename xt::xarray<T>::shape_type(extents.begin(), extents.end()));
  }
  template <class T, std::size_t N>
  static xt::xtensor<T, N> make_fixed(const Shape& extents) {
    std::array<std::size_t, N> shape{};
    for (std::size_t i = 0; i < N; ++i) shape[i] = static_cast<std::size_t>(extents[i]);
    return xt::xtensor<T, N>::from_shape(shape);
  }
};

template <class E>
concept XtensorExpression = xt::is_xexpression<E>::value;

// Strided memory: an address and strides that describe every element.
template <class E>
concept StridedXtensor = XtensorExpression<E> && xt::has_data_interface<E>::value && xt::has_strides<E>::value &&
                         requires(const E& e) { static_cast<const typename E::value_type*>(&*e.data()); };

template <class E>
struct XtensorRank {
  static constexpr int value = -1;
};
template <class E>
  requires requires { std::tuple_size<typename E::shape_type>::value; }
struct XtensorRank<E> {
  static constexpr int value = static_cast<int>(std::tuple_size<typename E::shape_type>::value);
};

// Extents and strides of an xtensor in einc's types; ranks up to eight need no allocation.
class XtensorLayout {
 public:
  template <class E>
  explicit XtensorLayout(const E& e) : rank_(e.dimension()) {
    Extent* to = small_.data();
    if (2 * rank_ > small_.size()) {
      large_.resize(2 * rank_);
      to = large_.data();
    }
    for (std::size_t i = 0; i < rank_; ++i) {
      to[i] = static_cast<Extent>(e.shape()[i]);
      to[rank_ + i] = static_cast<Stride>(e.strides()[i]);
    }
  }
  std::span<const Extent> extents() const { return {first(), rank_}; }
  std::span<const Stride> strides() const { return {first() + rank_, rank_}; }

 private:
  const Extent* first() const { return large_.empty() ? small_.data() : large_.data(); }
  std::size_t rank_;
  std::array<Extent, 16> small_;
  std::vector<Extent> large_;
};

// The address of the element at index 0.
template <class E>
auto first_element(E& e) -> std::remove_reference_t<decltype(*e.data())>* {
  if (e.size() == 0) return nullptr;
  return &*e.data() + static_cast<std::ptrdiff_t>(e.data_offset());
}

// A view from its first element. Steps may go backwards, so xtensor is shown the memory from its lowest address on.
template <class T>
auto xtensor_view(T* first, const Shape& extents, const Strides& strides) {
  std::ptrdiff_t low = 0, high = 0;
  for (std::size_t i = 0; i < extents.size() && first != nullptr; ++i) (strides[i] < 0 ? low : high) += strides[i] * (extents[i] - 1);
  const std::ptrdiff_t size = first != nullptr ? high - low + 1 : 0;
  return xt::strided_view(xt::adapt(first + low, static_cast<std::size_t>(size), xt::no_ownership(), std::array<std::size_t, 1>{static_cast<std::size_t>(size)}),
                          xt::dynamic_shape<std::size_t>(extents.begin(), extents.end()), xt::dynamic_shape<std::ptrdiff_t>(strides.begin(), strides.end()),
                          static_cast<std::size_t>(-low));
}

// Strided memory is borrowed in place.
template <class E>
class XtensorBorrow {
 public:
  explicit XtensorBorrow(E& e) : data_(first_element(e)), layout_(e) {}
  ArrayRef ref() const { return {data_, dtype_of<element>, layout_.extents(), layout_.strides()}; }
  OutputRef output() const
    requires(!std::is_const_v<E> && !std::is_const_v<std::remove_reference_t<decltype(*std::declval<E&>().data())>>)
  {
    return {data_, dtype_of<element>, layout_.extents(), layout_.strides()};
  }

 private:
  using element = std::remove_cv_t<typename std::remove_cv_t<E>::value_type>;
  using Pointer = std::remove_reference_t<decltype(*std::declval<E&>().data())>*;
  Pointer data_;
  XtensorLayout layout_;
};

// Other expressions are evaluated into memory of their own.
template <class E>
class XtensorEvaluated {
 public:
  explicit XtensorEvaluated(const E& e) : value_(e), borrow_(value_) {}
  XtensorEvaluated(const XtensorEvaluated&) = delete;
  ArrayRef ref() const { return borrow_.ref(); }

 private:
  xt::xarray<std::remove_cv_t<typename E::value_type>> value_;
  XtensorBorrow<const xt::xarray<std::remove_cv_t<typename E::value_type>>> borrow_;
};

}  // namespace detail

template <class E>
  requires detail::XtensorExpression<E> && is_element<std::remove_cv_t<typename E::value_type>>
struct ArrayTraits<E> {
  using element = std::remove_cv_t<typename E::value_type>;
  static constexpr int rank = detail::XtensorRank<E>::value;
  template <class A>
  using Borrow = std::conditional_t<detail::StridedXtensor<E>, detail::XtensorBorrow<A>, detail::XtensorEvaluated<E>>;
  using Results = detail::XtensorResults;

  template <class A>
    requires detail::StridedXtensor<E>
  static auto make_view(A& array, const Shape& extents, const Strides& strides) {
    return detail::xtensor_view(detail::first_element(array), extents, strides);
  }
};

}  // namespace einc
