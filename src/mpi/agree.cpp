// SPDX-License-Identifier: BSD-3-Clause
#include "mpi/agree.hpp"

#include <string>

#include <fmt/format.h>

#include "mpi/error_text.hpp"

namespace einc::mpi {

std::string origin_of(const Link& link) { return link.rank() > 0 ? fmt::format("rank {}: ", link.rank()) : ""; }

void agree(const Link& link, const std::exception_ptr& error) {
  const int first = static_cast<int>(link.smallest(error ? link.rank() : link.ranks()));
  if (first == link.ranks()) return;
  throw_error(link.broadcast_text(first == link.rank() ? write_error(error, origin_of(link)) : "", first));
}

}  // namespace einc::mpi
