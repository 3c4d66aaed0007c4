// faults.hpp: the Error a call ends with.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <einc/error.hpp>

#include "support/catch.hpp"

namespace einc::testing {

// Fails the test when nothing is thrown.
template <class Call>
Error error_of(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  FAIL("nothing is thrown");
  throw 0;
}

}  // namespace einc::testing
