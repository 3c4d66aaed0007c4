// tensor.cpp: the class Tensor: symbolic values of programs with Python's operators.
// SPDX-License-Identifier: BSD-3-Clause
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nanobind/operators.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include "python/called_from.hpp"
#include "python/program_parts.hpp"
#include "python/tensors.hpp"

namespace einc::python {

using namespace nb::literals;

bool is_tensor(nb::handle object) { return nb::isinstance<Tensor>(object); }

nb::object einsum_of_tensors(std::string_view text, std::span<const nb::handle> tensors) {
  std::vector<Tensor> all;
  for (nb::handle tensor : tensors) {
    Tensor taken;
    if (!nb::try_cast<Tensor>(tensor, taken))
      throw nb::type_error(fmt::format("einsum() of Tensors takes Tensors and numbers, not {}: an array takes part as an input of the program",
                                       nb::cast<std::string>(tensor.type().attr("__name__")))
                               .c_str());
    all.push_back(std::move(taken));
  }
  const CalledFrom caller;
  return nb::cast(einc::einsum(text, all));
}

namespace {

constexpr const char* no_truth =
    "a Tensor is true or false at every position, not as a whole: write `&`, `|` and `~` in the place of `and`, `or` and `not`, "
    "`(a <= x) & (x < b)` in the place of `a <= x < b`, and where() in the place of `if`";

constexpr const char* documentation =
    "A symbolic value of a Program: its labels are known, their extents are not. Nothing is computed before compile().\n\n"
    "Operators work element by element, on Tensors that meet by label, and on numbers: + - * /, comparisons, which give 1 or 0,\n"
    "and & | ~ for and, or, not, where anything but 0 is true. & and | bind tighter than comparisons: write (x < 1) & (y < 1).\n"
    "Python's own `and`, `or`, `not` and `if` cannot be made part of a program: they raise TypeError. == compares positions too, so\n"
    "that Tensors cannot be looked for in lists; as keys of a dict they are told apart by identity.\n\n"
    ">>> import einc\n"
    ">>> p = einc.Program()\n"
    ">>> x = p.input('x', 'bq')\n"
    ">>> y = (2 * x + p.iota('q')) / 3\n"
    ">>> y.labels\n"
    "['b', 'q']\n"
    ">>> y\n"
    "<einc.Tensor b q>\n";

}  // namespace

void bind_tensor(nb::module_& module) {
  nb::class_<Tensor> tensor(module, "Tensor", documentation);
  tensor.def(nb::init_implicit<double>(), "number"_a, FromCaller(), "A number, which joins the program of whatever it meets.");
#define EINC_OPERATOR(name, expression, reflected)                                                                              \
  tensor.def("__" name "__", [](const Tensor& x, const Tensor& y) { return expression; }, nb::is_operator(), FromCaller());    \
  tensor.def("__" reflected "__", [](const Tensor& y, const Tensor& x) { return expression; }, nb::is_operator(), FromCaller())
  EINC_OPERATOR("add", x + y, "radd");
  EINC_OPERATOR("sub", x - y, "rsub");
  EINC_OPERATOR("mul", x * y, "rmul");
  EINC_OPERATOR("truediv", x / y, "rtruediv");
  EINC_OPERATOR("and", x && y, "rand");
  EINC_OPERATOR("or", x || y, "ror");
#undef EINC_OPERATOR
  // Python reflects comparisons itself: 2 < x asks x > 2.
  tensor.def("__lt__", [](const Tensor& x, const Tensor& y) { return x < y; }, nb::is_operator(), FromCaller())
      .def("__le__", [](const Tensor& x, const Tensor& y) { return x <= y; }, nb::is_operator(), FromCaller())
      .def("__gt__", [](const Tensor& x, const Tensor& y) { return x > y; }, nb::is_operator(), FromCaller())
      .def("__ge__", [](const Tensor& x, const Tensor& y) { return x >= y; }, nb::is_operator(), FromCaller())
      .def("__eq__", [](const Tensor& x, const Tensor& y) { return x == y; }, nb::is_operator(), FromCaller())
      .def("__ne__", [](const Tensor& x, const Tensor& y) { return x != y; }, nb::is_operator(), FromCaller())
      .def("__neg__", [](const Tensor& x) { return -x; }, FromCaller())
      .def("__invert__", [](const Tensor& x) { return !x; }, FromCaller())
      .def("__abs__", [](const Tensor& x) { return einc::abs(x); }, FromCaller())
      .def("__hash__", [](nb::handle self) { return static_cast<Py_ssize_t>(reinterpret_cast<std::uintptr_t>(self.ptr()) >> 4); })
      .def("__bool__", [](const Tensor&) -> bool { throw nb::type_error(no_truth); }, nb::sig("def __bool__(self) -> NoReturn"), no_truth)
      .def_prop_ro("labels", &Tensor::labels, "The labels, one entry each, as written: 'b', '[batch]'.")
      .def("__repr__", [](const Tensor& x) { return fmt::format("<einc.Tensor{}{}>", x.labels().empty() ? "" : " ", fmt::join(x.labels(), " ")); });
  tensor.attr("__array_ufunc__") = nb::none();  // numpy leaves operators to the Tensor, which refuses arrays
}

}  // namespace einc::python
