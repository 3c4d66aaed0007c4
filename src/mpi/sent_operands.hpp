// sent_operands.hpp: the operands of rank 0 on every rank.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <span>
#include <vector>

#include <einc/tensor_view.hpp>

#include "mpi/link.hpp"

namespace einc::mpi {

class SentOperands {
 public:
  // On rank 0 the row-major arrays to send, which are taken as they are; anything elsewhere. Throws on every rank what one rank throws.
  SentOperands(const Link& link, std::span<const ArrayRef> mine);
  std::span<const ArrayRef> refs() const { return refs_; }

 private:
  std::vector<Shape> shapes_;
  std::vector<Strides> strides_;
  std::vector<std::unique_ptr<std::byte[]>> memory_;
  std::vector<ArrayRef> refs_;
};

}  // namespace einc::mpi
