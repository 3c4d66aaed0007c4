// npy.hpp: arrays in .npy files. Looks at header and size itself, because xtensor's reader takes a truncated file for whole.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <istream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <einc/tensor_view.hpp>

#if __has_include(<xtensor/io/xnpy.hpp>)  // xtensor 0.26 and later
#include <xtensor/io/xnpy.hpp>
#else
#include <xtensor/xnpy.hpp>
#endif

namespace einc::cli {

struct NpyHeader {
  std::string type;  // as numpy writes it: "<f4"
  bool fortran_order = false;
  Shape extents;
  std::size_t data_begin = 0;  // bytes before the elements
  bool operator==(const NpyHeader&) const = default;
};

// Reads the header at the beginning of a file. Throws Error (bad_file), naming `path`.
NpyHeader parse_npy_header(std::string_view bytes, const std::string& path);

// The bytes that come before the elements of a row-major array.
std::string make_npy_header(DType dtype, const Shape& extents);

// An array read from a file, in C or Fortran order.
class NpyArray {
 public:
  template <class T>
  using Elements = decltype(xt::load_npy<T>(std::declval<std::istream&>()));

  explicit NpyArray(std::variant<Elements<float>, Elements<double>> elements) : elements_(std::move(elements)) {
    std::visit(
        [this](const auto& held) {
          extents_.assign(held.shape().begin(), held.shape().end());
          strides_.assign(held.strides().begin(), held.strides().end());
        },
        elements_);
  }
  DType dtype() const { return elements_.index() == 0 ? DType::f32 : DType::f64; }
  const Shape& extents() const { return extents_; }
  ArrayRef ref() const {
    const auto address = [](const auto& held) { return static_cast<const void*>(held.data()); };
    return {std::visit(address, elements_), dtype(), extents_, strides_};
  }

 private:
  std::variant<Elements<float>, Elements<double>> elements_;
  Shape extents_;
  Strides strides_;
};

// Throws Error (bad_file, unsupported_dtype) with the path and what was seen.
NpyArray read_npy(const std::string& path);

}  // namespace einc::cli
