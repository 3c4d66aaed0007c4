// SPDX-License-Identifier: BSD-3-Clause
#include "mpi/sent_operands.hpp"

#include <cstddef>

#include <einc/error.hpp>
#include <fmt/format.h>

#include "mpi/agree.hpp"
#include "tasks/dense.hpp"

namespace einc::mpi {
namespace {

void check_row_major(std::span<const ArrayRef> operands) {
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (!tasks::is_row_major(operands[i].extents, operands[i].strides))
      throw Error(ErrorCode::bad_option, fmt::format("operand {} is not row-major, and is to be sent to other ranks", i), {}, {}, "copy it, or have it on every rank");
}

}  // namespace

SentOperands::SentOperands(const Link& link, std::span<const ArrayRef> mine) {
  const bool sends = link.rank() == 0;
  all_or_none(link, [&] {
    if (sends) check_row_major(mine);
  });
  std::vector<bool> conjugated;
  std::vector<DType> dtypes;
  const auto count = static_cast<std::size_t>(link.broadcast_number(static_cast<std::int64_t>(mine.size())));
  for (std::size_t i = 0; i < count; ++i) {
    dtypes.push_back(static_cast<DType>(link.broadcast_number(sends ? static_cast<std::int64_t>(mine[i].dtype) : 0)));
    conjugated.push_back(link.broadcast_number(sends && mine[i].conjugated ? 1 : 0) != 0);
    Shape& shape = shapes_.emplace_back(static_cast<std::size_t>(link.broadcast_number(sends ? static_cast<std::int64_t>(mine[i].extents.size()) : 0)));
    for (std::size_t label = 0; label < shape.size(); ++label) shape[label] = link.broadcast_number(sends ? mine[i].extents[label] : 0);
    strides_.push_back(row_major(shape));
  }
  all_or_none(link, [&] {
    for (std::size_t i = 0; i < count && !sends; ++i) memory_.push_back(std::make_unique_for_overwrite<std::byte[]>(tasks::dense_bytes(dtypes[i], shapes_[i])));
  });
  for (std::size_t i = 0; i < count; ++i) {
    void* const data = sends ? const_cast<void*>(mine[i].data) : memory_[i].get();  // MPI_Bcast only reads it on the rank that sends
    link.broadcast(data, tasks::dense_bytes(dtypes[i], shapes_[i]));
    refs_.push_back({data, dtypes[i], shapes_[i], strides_[i], conjugated[i]});
  }
}

}  // namespace einc::mpi
