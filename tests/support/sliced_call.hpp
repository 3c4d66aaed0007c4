// sliced_call.hpp: an expression compiled in slices, with operands and outputs of its own: for tests of runs by tasks.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include <einc/einsum.hpp>
#include <einc/tasks.hpp>

#include "support/element_lists.hpp"

namespace einc::testing {

inline Options in_slices(std::int64_t slices, int threads = 1) {
  Options options;
  options.slices = slices;
  options.threads = threads;
  return options;
}

template <class T = float>
struct SlicedCall {
  Compiled compiled;
  std::vector<Array<T>> operands;
  Array<T> out, expected;  // expected: of run()

  SlicedCall(const std::string& text, const std::vector<Shape>& shapes, Options options) : compiled(compile(text, shapes, typed(options))), out(compiled.shape()), expected(compiled.shape()) {
    for (std::size_t i = 0; i < shapes.size(); ++i) {
      Array<T>& array = operands.emplace_back(shapes[i]);
      for (std::size_t n = 0; n < array.size(); ++n) {
        array[n] = element<T>(static_cast<std::int64_t>((n * 7 + i * 3) % 11) - 5);
        if constexpr (std::is_floating_point_v<T>) array[n] *= static_cast<T>(0.3);  // sums that round
      }
    }
    for (std::size_t n = 0; n < out.size(); ++n) out[n] = element<T>(1);
    compiled.run(refs(), ref(expected));
  }
  std::vector<ArrayRef> refs() const {
    std::vector<ArrayRef> refs;
    for (const Array<T>& operand : operands) refs.push_back(ref_of(operand));
    return refs;
  }
  static OutputRef ref(Array<T>& array) { return {array.data(), dtype_of<T>, array.extents(), array.strides()}; }
  OutputRef ref() { return ref(out); }
  std::int64_t tasks() const { return compiled.slicing().tasks; }
  bool is_right() const { return std::memcmp(out.data(), expected.data(), out.size() * sizeof(T)) == 0; }

 private:
  static Options typed(Options options) {
    options.dtype = dtype_of<T>;
    return options;
  }
};

// A chain whose slices are some fifty.
inline const std::string chain = "ij,jk,kl->il";
inline const std::vector<Shape> chain_shapes{{30, 48}, {48, 36}, {36, 20}};

}  // namespace einc::testing
