// program.cpp: the class Program, and the submodule of functions on its tensors.
// SPDX-License-Identifier: BSD-3-Clause
#include <optional>
#include <string>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "python/bindings.hpp"
#include "python/called_from.hpp"
#include "python/program_parts.hpp"
#include "python/tensors.hpp"

namespace einc::python {

using namespace nb::literals;

bool is_program(nb::handle object) { return nb::isinstance<Program>(object) && nb::inst_ready(object); }
const Program& program_of(nb::handle program) { return *nb::inst_ptr<Program>(program); }

namespace {

constexpr const char* documentation =
    "einsums, functions, masks and softmax, compiled together: what Tensors belong to.\n\n"
    "Tensors meet by label, never by position, and a label has one extent in a whole program. A result has the labels of its first\n"
    "operand, then the new ones of the next. einc.einsum() takes Tensors too; the other functions are in einc.program. einc.compile()\n"
    "binds a program to shapes, as often as you like. print() shows it as a program text, which parse() reads.\n"
    "Every Error names the operation, its labels and extents, and the line of Python that wrote it.\n\n"
    ">>> import einc, numpy as np\n"
    ">>> from einc.program import infinity, rsqrt, softmax, where\n"
    ">>> p = einc.Program()\n"
    ">>> q, k, v = p.input('q', 'bqhc'), p.input('k', 'bkhc'), p.input('v', 'bkhc')\n"
    ">>> s = einc.einsum('bqhc,bkhc->bhqk', q, k) * rsqrt(p.extent('c'))\n"
    ">>> s = where(p.iota('k') <= p.iota('q'), s, -infinity)\n"
    ">>> p.output('o', einc.einsum('bhqk,bkhc->bqhc', softmax(s, 'k'), v))\n"
    ">>> x = np.ones((1, 16, 2, 8), np.float32)\n"
    ">>> attention = einc.compile(p, x, x, x)\n"
    ">>> attention(x, x, x).shape\n"
    "(1, 16, 2, 8)\n";

void output(Program& program, std::string_view name, const Tensor& x, std::optional<std::string_view> labels) {
  labels ? program.output(name, x, *labels) : program.output(name, x);
}

}  // namespace

void bind_program(nb::module_& module) {
  bind_tensor(module);
  nb::class_<Program> program(module, "Program", documentation);
  program.def(nb::init<>())
      .def(
          "input", [](Program& p, std::string_view name, std::string_view labels) { return p.input(name, labels); }, "name"_a, "labels"_a,
          FromCaller(), "An array of the caller, in the order of these calls. Raises Error (bad_program) for a name twice.")
      .def(
          "constant", [](Program& p, double number) { return p.constant(number); }, "number"_a, FromCaller(), "A number as a Tensor of this program.")
      .def(
          "extent", [](Program& p, std::string_view label) { return p.extent(label); }, "label"_a, FromCaller(),
          "How many positions a label has, as a number.")
      .def(
          "iota", [](Program& p, std::string_view label) { return p.iota(label); }, "label"_a, FromCaller(),
          "0, 1, 2 ... along a label: masks and position biases are made of these.\n\n"
          ">>> import einc\n"
          ">>> p = einc.Program()\n"
          ">>> (p.iota('k') <= p.iota('q')).labels\n"
          "['k', 'q']\n")
      .def("output", &output, "name"_a, "x"_a, "labels"_a = nb::none(), FromCaller(),
           "A result, in the order of these calls; its labels in the order of x, or of `labels`.")
      .def(
          "fix", [](Program& p, std::string_view label, Extent extent) { p.fix(label, extent); }, "label"_a, "extent"_a, FromCaller(),
          "Fixes the extent of a label that no input tells.\n\n"
          ">>> import einc\n"
          ">>> p = einc.Program()\n"
          ">>> p.output('squares', p.iota('n') * p.iota('n'))\n"
          ">>> p.fix('n', 4)\n"
          ">>> einc.compile(p)()\n"
          "array([0., 1., 4., 9.], dtype=float32)\n")
      .def_prop_ro("inputs", &Program::inputs, "The names of the inputs, in order.")
      .def_prop_ro("outputs", &Program::outputs, "The names of the outputs, in order.")
      .def_prop_ro("text", &Program::text, "The program as a program text: parse(text) is the same program.")
      .def_static("parse", &Program::parse, "text"_a,
                  "Reads a program text. Raises Error with the line and carets.\n\n"
                  ">>> import einc\n"
                  ">>> p = einc.Program.parse('''\n"
                  "... input x \"bk\"\n"
                  "... output y = softmax(x, \"k\")\n"
                  "... ''')\n"
                  ">>> p\n"
                  "<einc.Program x -> y>\n")
      .def("__str__", &Program::text)
      .def("__repr__",
           [](const Program& p) { return fmt::format("<einc.Program {} -> {}>", fmt::join(p.inputs(), ", "), fmt::join(p.outputs(), ", ")); })
      .def(
          "__eq__",
          [](const Program& p, nb::handle other) -> nb::object {
            if (!is_program(other)) return nb::borrow(Py_NotImplemented);
            return nb::bool_(p == program_of(other));
          },
          nb::sig("def __eq__(self, other: object) -> bool"), "Programs are equal when their texts are.");
  program.attr("__hash__") = nb::none();  // a program grows

  nb::module_ functions = module.def_submodule("program", "Functions on the Tensors of a Program.");
  functions.attr("infinity") = infinity;
  bind_tensor_functions(functions);
  bind_tensor_views(functions);
}

}  // namespace einc::python
