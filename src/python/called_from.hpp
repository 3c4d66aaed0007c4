// called_from.hpp: the line of Python that calls into the module, for programs to remember who wrote what.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <nanobind/nanobind.h>
#include <einc/program.hpp>

namespace einc::python {

namespace nb = nanobind;

// While one lives, what is added to programs counts as written on the line of Python that runs. Needs the interpreter's lock to begin.
struct CalledFrom {
  CalledFrom();
  WrittenAt place;
};

// For def(): the whole call counts as written on its caller's line.
using FromCaller = nb::call_guard<CalledFrom>;

}  // namespace einc::python
