// agree.hpp: one outcome for all ranks of something each has tried.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <string>
#include <utility>

#include "mpi/link.hpp"

namespace einc::mpi {

// "rank 2: "; nothing of rank 0, which speaks for all.
std::string origin_of(const Link& link);

// Throws on every rank what the first rank that has an error brings.
void agree(const Link& link, const std::exception_ptr& error);

// Does something on this rank; throws on every rank if it throws on one.
template <class Body>
void all_or_none(const Link& link, Body&& body) {
  std::exception_ptr error;
  try {
    std::forward<Body>(body)();
  } catch (...) {
    error = std::current_exception();
  }
  agree(link, error);
}

}  // namespace einc::mpi
