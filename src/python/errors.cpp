// errors.cpp: einc's faults as Python's exceptions: Error, a ValueError with the message and its parts, and two kinds of it.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/errors.hpp"

#include <string>

#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include "python/bindings.hpp"

namespace einc::python {
namespace {

// Made once with the module, and as long-lived as the interpreter.
PyObject *error_class = nullptr, *element_type_class = nullptr, *memory_limit_class = nullptr, *internal_class = nullptr;

PyObject* make_class(nb::module_& module, const char* name, const char* documentation, nb::handle bases, nb::handle attributes = {}) {
  PyObject* made = PyErr_NewExceptionWithDoc(("einc." + std::string(name)).c_str(), documentation, bases.ptr(), attributes.ptr());
  if (made == nullptr) throw nb::python_error();
  module.attr(name) = nb::borrow(made);
  return made;
}

PyObject* class_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::dtype_mismatch:
    case ErrorCode::unsupported_dtype: return element_type_class;
    case ErrorCode::memory_limit: return memory_limit_class;
    default: return error_class;
  }
}

void set(const Error& error) {
  const nb::object raised = nb::borrow(class_of(error.code()))(error.what());
  raised.attr("code") = nb::str(name_of(error.code()).data(), name_of(error.code()).size());
  raised.attr("sentence") = error.sentence();
  raised.attr("text") = error.text();
  raised.attr("hint") = error.hint();
  nb::list marks;
  for (const Mark& mark : error.marks()) marks.append(nb::make_tuple(mark.span.begin, mark.span.end, mark.note));
  raised.attr("marks") = marks;
  PyErr_SetObject(raised.type().ptr(), raised.ptr());
}

}  // namespace

void set_python_error(const std::exception_ptr& fault) {
  try {
    std::rethrow_exception(fault);
  } catch (nb::python_error& error) {
    error.restore();
  } catch (const nb::builtin_exception& error) {
    PyObject* kind = error.type() == nb::exception_type::type_error     ? PyExc_TypeError
                     : error.type() == nb::exception_type::buffer_error ? PyExc_BufferError
                     : error.type() == nb::exception_type::index_error  ? PyExc_IndexError
                     : error.type() == nb::exception_type::key_error    ? PyExc_KeyError
                     : error.type() == nb::exception_type::value_error  ? PyExc_ValueError
                                                                        : PyExc_RuntimeError;
    PyErr_SetString(kind, error.what());
  } catch (const nb::cast_error&) {
    PyErr_SetString(PyExc_TypeError, "an argument is of the wrong type");
  } catch (const Error& error) {
    set(error);
  } catch (const InternalError& error) {
    PyErr_SetString(internal_class, error.what());
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
}

void bind_errors(nb::module_& module) {
  nb::dict parts;  // of errors that Python code of this package raises
  parts["code"] = "bad_option", parts["sentence"] = "", parts["text"] = "", parts["hint"] = "", parts["marks"] = nb::tuple();
  error_class = make_class(module, "Error",
                           "What a caller gave is wrong. str() is the whole message: a sentence, the text with carets under the fault, a hint.\n\n"
                           "code: the kind of fault, such as 'extent_mismatch'. sentence, text, hint: the parts of the message.\n"
                           "marks: a list of (begin, end, note), places in the text counted in bytes.",
                           nb::borrow(PyExc_ValueError), parts);
  const auto with_error = [](PyObject* other) { return nb::make_tuple(nb::borrow(error_class), nb::borrow(other)); };
  element_type_class = make_class(module, "ElementTypeError", "An Error about the types of elements, and a TypeError.", with_error(PyExc_TypeError));
  memory_limit_class = make_class(module, "MemoryLimitError", "An Error that names the bytes a run would need, and a MemoryError.", with_error(PyExc_MemoryError));
  internal_class = make_class(module, "InternalError", "A fault of einc itself. Please report it, with the message.", nb::borrow(PyExc_RuntimeError));
  nb::register_exception_translator([](const std::exception_ptr& fault, void*) {
    try {
      std::rethrow_exception(fault);
    } catch (const Error&) {
      set_python_error(fault);
    } catch (const InternalError&) {
      set_python_error(fault);
    }
  });
}

}  // namespace einc::python
