// called_from.cpp: asks the interpreter which line runs.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/called_from.hpp"

#include <string>

namespace einc::python {
namespace {

WrittenAt running_line() {
  PyFrameObject* frame = PyEval_GetFrame();  // borrowed; null when no Python runs at all
  if (frame == nullptr) return {"python", 0};
  const nb::object code = nb::steal(reinterpret_cast<PyObject*>(PyFrame_GetCode(frame)));
  const nb::object file = code.attr("co_filename");
  const char* name = PyUnicode_AsUTF8(file.ptr());
  if (name == nullptr) PyErr_Clear();  // a path whose bytes are no UTF-8
  return {name == nullptr ? "?" : name, static_cast<std::uint32_t>(PyFrame_GetLineNumber(frame))};
}

}  // namespace

CalledFrom::CalledFrom() : place(running_line()) {}

}  // namespace einc::python
