// write_rounded.hpp: numbers finished into an array of another type: rounded once, as they are written.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <einc/vocabulary.hpp>

#include "runtime/element_blocks.hpp"
#include "runtime/typed_kernels.hpp"

namespace einc::runtime {

inline constexpr Extent map_chunk = 512;  // numbers at a time: enough that calling a kernel costs nothing beside it

// Finishes adjacent numbers, at most map_chunk, into elements of another type: what is there is taken into T first.
template <class T>
void write_rounded(const kernels::KernelTable& table, DType dtype, const T* numbers, Extent count, void* c, Stride stride, const kernels::Epilogue<T>& epilogue) {
  const auto& convert = convert_kernels<T>(table);
  const auto type = static_cast<std::size_t>(dtype);
  if (epilogue.update == kernels::Update::store) return convert.to[type](numbers, c, stride, count);
  alignas(64) T held[map_chunk];
  if (epilogue.update == kernels::Update::accumulate) convert.from[type](c, stride, held, count);
  vector_kernels<T>(table).finish(numbers, held, 1, count, epilogue);
  convert.to[type](held, c, stride, count);
}

}  // namespace einc::runtime
