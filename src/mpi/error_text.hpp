// error_text.hpp: an exception as bytes, to be thrown again by another rank.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <string>

namespace einc::mpi {

// `origin`: the words that come first, such as "rank 2: "; may be empty.
std::string write_error(const std::exception_ptr& error, const std::string& origin);
// An Error with all it had, an InternalError, or a std::runtime_error for any other.
[[noreturn]] void throw_error(const std::string& bytes);

}  // namespace einc::mpi
