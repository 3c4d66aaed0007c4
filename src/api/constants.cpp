// SPDX-License-Identifier: BSD-3-Clause
#include "api/constants.hpp"

#include <algorithm>
#include <cstring>

#include "api/compiled_state.hpp"

namespace einc::api {

KeptArray keep(std::uint32_t operand, const ArrayRef& array, const Options& options) {
  KeptArray kept{operand, array.dtype, {array.extents.begin(), array.extents.end()}, row_major(array.extents), {}};
  std::size_t bytes = bytes_of(array.dtype);
  for (const Extent extent : kept.extents) bytes *= static_cast<std::size_t>(extent);
  kept.memory = allocate(bytes);
  if (bytes == 0) return kept;
  if (!array.conjugated && std::equal(kept.strides.begin(), kept.strides.end(), array.strides.begin(), array.strides.end())) {
    std::memcpy(kept.memory.memory.get(), array.data, bytes);
    return kept;
  }
  Options copying;
  copying.threads = options.threads, copying.isa = options.isa, copying.calibration = options.calibration;
  const bind::Layout layout{array.extents, array.strides, array.dtype, array.conjugated};
  const detail::CompiledState copy("...->...", {&layout, 1}, copying);
  const OutputRef out{kept.memory.memory.get(), kept.dtype, kept.extents, kept.strides};
  copy.run({&array, 1}, {&out, 1}, {});
  return kept;
}

std::vector<ArrayRef> put_among(std::span<const KeptArray> kept, std::span<const ArrayRef> given) {
  std::vector<ArrayRef> all;
  all.reserve(kept.size() + given.size());
  auto next = given.begin();
  for (const KeptArray& array : kept) {
    while (all.size() < array.operand) all.push_back(*next++);
    all.push_back(array.ref());
  }
  all.insert(all.end(), next, given.end());
  return all;
}

}  // namespace einc::api
