// errors.hpp: faults as Python's exceptions.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <exception>
#include <new>

#include <einc/error.hpp>
#include <nanobind/nanobind.h>

namespace einc::python {

namespace nb = nanobind;

// Sets Python's error from the exception being handled.
void set_python_error(const std::exception_ptr& fault);

// Runs body for a function that Python calls without nanobind: the object it gives, or null with Python's error set.
template <class Body>
PyObject* guarded(Body&& body) noexcept {
  try {
    return body().release().ptr();
  } catch (...) {
    set_python_error(std::current_exception());
    return nullptr;
  }
}

}  // namespace einc::python
