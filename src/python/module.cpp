// module.cpp: the module einc._einc, all parts together.
// SPDX-License-Identifier: BSD-3-Clause
#define EINC_FILLS_NUMPY_API
#include "python/numpy_api.hpp"

#include "python/bindings.hpp"

namespace {

// numpy's table of functions; the macro returns null from the function it stands in when numpy cannot be imported.
void* fill_numpy_api() {
  import_array();
  return &PyArray_API;
}

}  // namespace

NB_MODULE(_einc, module) {
  if (fill_numpy_api() == nullptr) throw nanobind::python_error();
  module.doc() = "The compiled part of einc.";
  einc::python::bind_errors(module);
  einc::python::bind_machine(module);
  einc::python::bind_compiled(module);
  einc::python::bind_einsum(module);
  einc::python::bind_program(module);
  einc::python::bind_gradients(module);
  einc::python::bind_attention(module);
}
