// pieces.hpp: any number of bytes as messages whose lengths an int can say.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <algorithm>
#include <cstddef>

namespace einc::mpi {

template <class Body>
void for_pieces(void* data, std::size_t bytes, Body&& body) {
  constexpr std::size_t most = std::size_t{1} << 30;
  for (auto* at = static_cast<std::byte*>(data); bytes > 0;) {
    const std::size_t length = std::min(bytes, most);
    body(at, static_cast<int>(length));
    at += length;
    bytes -= length;
  }
}

}  // namespace einc::mpi
