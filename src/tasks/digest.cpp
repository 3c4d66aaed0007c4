// SPDX-License-Identifier: BSD-3-Clause
#include "tasks/digest.hpp"

#include <memory>
#include <new>
#include <vector>

#define XXH_INLINE_ALL  // headers only: an installed einc names no library of hashes
#include <xxhash.h>

namespace einc::tasks {
namespace {

struct Free {
  void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
};

class Sum {
 public:
  Sum() : state_(XXH3_createState()) {
    if (!state_) throw std::bad_alloc();
    XXH3_64bits_reset(state_.get());
  }
  void add(const void* data, std::size_t bytes) { XXH3_64bits_update(state_.get(), data, bytes); }
  void add(std::int64_t number) { add(&number, sizeof number); }
  std::uint64_t value() const { return XXH3_64bits_digest(state_.get()); }

 private:
  std::unique_ptr<XXH3_state_t, Free> state_;
};

void add_elements(Sum& sum, const ArrayRef& array) {
  const std::size_t element = bytes_of(array.dtype);
  std::size_t rank = array.extents.size();
  for (const Extent extent : array.extents)
    if (extent == 0) return;
  std::size_t run = 1;  // elements that are neighbours
  while (rank > 0 && (array.extents[rank - 1] == 1 || array.strides[rank - 1] == static_cast<Stride>(run))) run *= static_cast<std::size_t>(array.extents[--rank]);
  std::vector<Extent> at(rank, 0);
  const std::byte* from = static_cast<const std::byte*>(array.data);
  const auto bytes = static_cast<Stride>(element);
  for (;;) {
    sum.add(from, run * element);
    std::size_t label = rank;
    while (label > 0 && ++at[label - 1] == array.extents[label - 1]) {
      --label;
      at[label] = 0;
      from -= (array.extents[label] - 1) * array.strides[label] * bytes;
    }
    if (label == 0) return;
    from += array.strides[label - 1] * bytes;
  }
}

}  // namespace

std::uint64_t digest(std::span<const std::byte> bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }
std::uint64_t digest(std::string_view text) { return XXH3_64bits(text.data(), text.size()); }

std::uint64_t digest(std::span<const std::span<const std::byte>> parts) {
  if (parts.size() == 1) return digest(parts[0]);
  Sum sum;
  for (const auto& part : parts) sum.add(part.data(), part.size());
  return sum.value();
}

std::uint64_t digest(std::span<const ArrayRef> operands) {
  Sum sum;
  for (const ArrayRef& operand : operands) {
    sum.add(static_cast<std::int64_t>(operand.dtype));
    sum.add(operand.conjugated ? 1 : 0);
    sum.add(static_cast<std::int64_t>(operand.extents.size()));
    for (const Extent extent : operand.extents) sum.add(extent);
    add_elements(sum, operand);
  }
  return sum.value();
}

}  // namespace einc::tasks
