// npy.hpp: arrays in .npy files, of every type both numpy and einc have. Reads them itself, because xtensor's reader takes a truncated
// file for whole and knows no half-width numbers.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include <einc/tensor_view.hpp>

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
  NpyArray(DType dtype, Shape extents, bool fortran_order, std::unique_ptr<std::byte[]> elements);
  DType dtype() const { return dtype_; }
  const Shape& extents() const { return extents_; }
  ArrayRef ref() const { return {elements_.get(), dtype_, extents_, strides_}; }

 private:
  DType dtype_;
  Shape extents_;
  Strides strides_;
  std::unique_ptr<std::byte[]> elements_;
};

// Throws Error (bad_file, unsupported_dtype) with the path and what was seen.
NpyArray read_npy(const std::string& path);

}  // namespace einc::cli
