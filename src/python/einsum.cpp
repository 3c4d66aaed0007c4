// einsum.cpp: numpy's call, with numpy's rules: fresh results or views, order, dtype, casting, lists in the place of a text.
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>

#include <einc/einsum.hpp>

#include "python/bindings.hpp"
#include "python/compiled.hpp"
#include "python/element_types.hpp"
#include "python/errors.hpp"
#include "python/memory_order.hpp"
#include "python/options.hpp"
#include "python/planning.hpp"
#include "python/tensors.hpp"

namespace einc::python {
namespace {

// The last texts, parsed: einsum is called with the same few again and again. A str never changes, so its address names it.
const Subscripts& parsed(nb::handle text, std::string_view characters) {
  struct Slot {
    nb::object text;
    Subscripts subscripts;
  };
  static auto* slots = new std::array<Slot, 64>;  // as long-lived as the interpreter; under its lock
  Slot& slot = (*slots)[(reinterpret_cast<std::uintptr_t>(text.ptr()) >> 4) % slots->size()];
  if (slot.text.ptr() != text.ptr()) {
    slot.subscripts = parse_subscripts(characters);
    slot.text = nb::borrow(text);
  }
  return slot.subscripts;
}

// The arguments of a call, sorted.
struct Call {
  nb::object made_text;             // of lists or of a path
  nb::handle text;
  std::string_view characters;
  std::vector<nb::handle> operands;
  nb::handle out, dtype;
  NPY_ORDER order = NPY_KEEPORDER;
  NPY_CASTING casting = NPY_SAFE_CASTING;
  std::optional<Options> options;   // where they are not the usual ones
};

LabelList take_list(nb::handle list) {
  LabelList labels;
  const nb::object entries = nb::steal(PySequence_Tuple(list.ptr()));  // a copy: what turns entries into numbers may change the list
  if (!entries.is_valid()) throw nb::python_error();
  const Py_ssize_t count = PyTuple_GET_SIZE(entries.ptr());
  for (Py_ssize_t i = 0; i < count; ++i) {
    const nb::handle entry = PyTuple_GET_ITEM(entries.ptr(), i);
    if (entry.ptr() == Py_Ellipsis) {
      labels.labels.emplace_back(ellipsis);
      continue;
    }
    const nb::object number = nb::steal(PyNumber_Index(entry.ptr()));
    if (!number.is_valid()) throw nb::python_error();
    int overflow = 0;
    const long long value = PyLong_AsLongLongAndOverflow(number.ptr(), &overflow);
    labels.labels.emplace_back(overflow > 0 ? std::numeric_limits<std::int64_t>::max() : overflow < 0 ? std::int64_t{-1} : static_cast<std::int64_t>(value));
  }
  return labels;
}

// einsum(a, [0, 1], b, [1, 2], [0, 2]).
void take_lists(Call& call, PyObject* const* arguments, Py_ssize_t count) {
  std::vector<LabelList> lists;
  for (Py_ssize_t i = 0; i + 1 < count; i += 2) {
    call.operands.emplace_back(arguments[i]);
    lists.push_back(take_list(arguments[i + 1]));
  }
  const ResultList result = count % 2 == 1 ? ResultList(take_list(arguments[count - 1])) : ResultList::deduced();
  const std::string text = text_of_lists(lists, result);
  call.made_text = nb::str(text.data(), text.size());
}

Options& options_of(Call& call) {
  if (!call.options) call.options = python_options();
  return *call.options;
}

// numpy's argument `optimize`: who chooses the order of contraction.
void take_optimize(Call& call, nb::handle value) {
  if (value.is_none() || value.ptr() == Py_True) return;
  if (value.ptr() == Py_False) {
    options_of(call).planner = Planner::left_to_right;
    return;
  }
  const nb::object chosen = nb::module_::import_("einc._paths").attr("take_optimize")(call.text, call.operands.size(), value);
  if (nb::isinstance<nb::str>(chosen)) {
    set_option(options_of(call), "planner", chosen);
    return;
  }
  // A path: the text with its operands in another order, in parentheses.
  call.made_text = chosen[0];
  std::vector<nb::handle> operands;
  for (nb::handle place : chosen[1]) operands.push_back(call.operands[nb::cast<std::size_t>(place)]);
  call.operands = std::move(operands);
}

Call take_arguments(PyObject* const* arguments, Py_ssize_t count, PyObject* keywords) {
  Call call;
  if (count < 2)
    throw Error(ErrorCode::operand_count, "einsum takes subscripts and at least one operand", {}, {}, "as in einsum('ij->i', a), or einsum(a, [0, 1], [0])");
  bool is_text = false;
  call.text = arguments[0];
  call.characters = take_text(call.text, is_text);
  if (is_text) {
    call.operands.assign(arguments + 1, arguments + count);
  } else {
    take_lists(call, arguments, count);
  }
  if (PyBytes_Check(call.text.ptr())) {
    call.made_text = nb::steal(PyUnicode_DecodeUTF8(call.characters.data(), static_cast<Py_ssize_t>(call.characters.size()), nullptr));
    if (!call.made_text.is_valid()) throw nb::python_error();
  }
  nb::handle optimize = Py_None;
  const Py_ssize_t keyword_count = keywords == nullptr ? 0 : PyTuple_GET_SIZE(keywords);
  for (Py_ssize_t i = 0; i < keyword_count; ++i) {
    const nb::handle value = arguments[count + i];
    const auto name = nb::cast<std::string_view>(nb::handle(PyTuple_GET_ITEM(keywords, i)));
    if (name == "out") {
      if (!value.is_none()) call.out = value;
    } else if (name == "dtype") {
      if (!value.is_none()) call.dtype = value;
    } else if (name == "order") {
      if (!value.is_none() && !PyArray_OrderConverter(value.ptr(), &call.order)) throw nb::python_error();
    } else if (name == "casting") {
      call.casting = take_casting(value);
    } else if (name == "optimize") {
      optimize = value;
    } else if (!set_option(options_of(call), name, value)) {
      throw nb::type_error(fmt::format("einsum() has no argument `{}`; it takes out, dtype, order, casting, optimize, and options of einc such as threads and semiring", name).c_str());
    }
  }
  const auto use_made = [&] {
    if (!call.made_text.is_valid()) return;
    call.text = call.made_text;
    call.characters = nb::cast<std::string_view>(call.text);
  };
  use_made();
  if (!optimize.is_none()) {
    take_optimize(call, optimize);
    use_made();
  }
  return call;
}

void add_operands(Operands& operands, const Call& call) {
  if (call.dtype.is_valid()) {
    const DType dtype = take_dtype(call.dtype);
    for (nb::handle operand : call.operands) operands.add_as(operand, dtype, call.casting);
    return;
  }
  for (nb::handle operand : call.operands) operands.add(operand);
}

// numpy computes in the type that the operands and the output meet in; the rule of casting must allow the way there.
void meet(std::optional<Operands>& operands, const Call& call) {
  if (call.dtype.is_valid()) return;
  std::vector<DType> dtypes;
  for (const ArrayRef& ref : operands->refs()) dtypes.push_back(ref.dtype);
  const DType among_operands = promoted(dtypes);
  DType met = among_operands;
  const bool as_usual = !call.options || (call.options->semiring.algebra != Algebra::count && call.options->accumulate == Accumulate::same);
  if (call.out.is_valid() && as_usual && PyArray_Check(call.out.ptr())) {
    if (const std::optional<DType> wanted = dtype_of_descr(PyArray_DESCR(reinterpret_cast<PyArrayObject*>(call.out.ptr())))) dtypes.push_back(*wanted);
    met = promoted(dtypes);
  }
  const bool strict = call.casting < NPY_SAFE_CASTING && std::any_of(dtypes.begin(), dtypes.end(), [&](DType dtype) { return dtype != met; });
  if (met == among_operands && !strict) return;
  operands.emplace();
  for (nb::handle operand : call.operands) operands->add_as(operand, met, call.casting);
}

// Whether numpy gives a view where the text allows it.
bool wants_view(const Call& call, const Options& options) {
  return call.operands.size() == 1 && !call.out.is_valid() && !call.dtype.is_valid() && (call.order == NPY_KEEPORDER || call.order == NPY_ANYORDER) && options.conjugate.empty() &&
         options.accumulate == Accumulate::same && options.semiring.algebra != Algebra::count;
}

// One operand's memory under other labels, as numpy gives it.
nb::object take_view(const Call& call, const Operands& operands) {
  const ArrayRef& ref = operands.refs()[0];
  Strides in_bytes(ref.strides.begin(), ref.strides.end());
  for (Stride& stride : in_bytes) stride *= static_cast<Stride>(bytes_of(ref.dtype));
  const TensorView<const std::uint8_t> bytes(static_cast<const std::uint8_t*>(ref.data), Shape(ref.extents.begin(), ref.extents.end()), std::move(in_bytes));
  const auto view = einc::einsum_view(call.characters, bytes);
  return view_of(operands, 0, call.operands[0], view.extents(), view.strides());
}

PyObject* einsum(PyObject*, PyObject* const* arguments, Py_ssize_t count, PyObject* keywords) {
  return guarded([&]() -> nb::object {
    const Call call = take_arguments(arguments, PyVectorcall_NARGS(static_cast<std::size_t>(count)), keywords);
    if (is_tensor(call.operands[0])) return einsum_of_tensors(call.characters, call.operands);
    std::optional<Operands> operands;
    operands.emplace();
    add_operands(*operands, call);
    if (call.out.is_valid() || call.casting < NPY_SAFE_CASTING) meet(operands, call);
    static const Options* usual = new Options(python_options());
    const Options& options = call.options ? *call.options : *usual;
    const Subscripts& subscripts = parsed(call.text, call.characters);
    if (wants_view(call, options) && is_view(subscripts)) return take_view(call, *operands);
    const bool searches = options.effort != Effort::fast || options.plan_seconds > 0;
    const Compiled compiled = searches ? plan(options, Held::no, [&](const PlanProgress& progress) { return compiled_for(call.characters, operands->refs(), options, progress); })
                                       : compiled_for(call.characters, operands->refs(), options);
    if (call.out.is_valid()) return run_into(compiled, *operands, call.out, {}, call.casting);
    const MemoryOrder order = memory_order(call.order, call.characters, subscripts, *operands, compiled.shape());
    return run_fresh(compiled, *operands, order.outermost_first());
  });
}

nb::object contract(nb::object subscripts, nb::object a, nb::object b, nb::object alpha, nb::object beta, bool conja, bool conjb, nb::object out, const nb::kwargs& keywords) {
  bool is_text = false;
  const std::string_view text = take_text(subscripts, is_text);
  if (!is_text) throw nb::type_error("contract() takes the subscripts as a text first");
  const auto factor = [](const char* name, nb::handle value) {
    double taken = 0;
    if (!nb::try_cast<double>(value, taken)) throw nb::type_error(fmt::format("`{}` is a real number, not {}", name, nb::cast<std::string>(nb::repr(value))).c_str());
    return taken;
  };
  const Scale scale{factor("alpha", alpha), factor("beta", beta)};
  if (out.is_none() && scale.beta != 0) throw Error(ErrorCode::bad_output, "`beta` says how much of the output to keep, and there is no output", {}, {}, "pass `out`");
  Operands operands;
  operands.add(a);
  operands.add(b);
  operands.refs()[0].conjugated = conja && is_complex(operands.refs()[0].dtype);
  operands.refs()[1].conjugated = conjb && is_complex(operands.refs()[1].dtype);
  const Compiled compiled = compiled_for(text, operands.refs(), take_options(keywords, "contract"));
  if (!out.is_none()) return run_into(compiled, operands, out, scale, NPY_SAFE_CASTING);
  if (scale.alpha == 1) return run_fresh(compiled, operands, {});
  Result result(compiled.dtype(), compiled.shape());
  compiled.run(operands.refs(), result.ref(), scale);
  return result.release(operands.foreign());
}

nb::object view(std::string_view text, nb::object array) {
  Operands operands;
  operands.add(array);
  if (operands.numpy_array(0) != nullptr && operands.numpy_array(0) != reinterpret_cast<PyArrayObject*>(array.ptr()))
    throw Error(ErrorCode::no_view, "a view shows the memory of an array, and this is none that einc can show", {}, {}, "its elements are unaligned or of foreign byte order, or it is no array");
  Call call;
  call.characters = text;
  call.operands.push_back(array);
  return take_view(call, operands);
}

std::string text_of(const nb::list& lists, nb::object result) {
  std::vector<LabelList> labels;
  for (nb::handle list : lists) labels.push_back(take_list(list));
  return text_of_lists(labels, result.is_none() ? ResultList::deduced() : ResultList(take_list(result)));
}

constexpr const char* einsum_documentation =
    "einsum(subscripts, *operands, out=None, dtype=None, order='K', casting='safe', optimize=None, **options)\n--\n\n"
    "The sum of products over the labels that the result does not keep, as numpy.einsum.\n\n"
    "subscripts: a text such as 'ij,jk->ik', or lists: einsum(a, [0, 1], b, [1, 2], [0, 2]). Beside numpy's letters: any UTF-8 letter,\n"
    "    named labels '[batch] i', and parentheses '(ij,jk),kl' that fix the order.\n"
    "operands: arrays of numpy, torch, jax or any library with DLPack or the buffer protocol; nothing is copied. Of extents of 1 the rule is\n"
    "    numpy's: they stretch. The result is numpy's array, or of the library of the first operand that is not numpy's.\n"
    "out: an array for the result. dtype: what operands are converted to first. casting: numpy's rule for that, and for the output.\n"
    "order: how the result lies in memory: 'C', 'F', 'A' or 'K', as numpy has it.\n"
    "optimize: None or True: by predicted time. 'greedy', 'optimal': that planner. False: as written. A path of einsum_path(): that one.\n"
    "options: threads, planner, effort, seed, objective, isa, memory_limit, semiring, accumulate, broadcast and others, as in C++.\n\n"
    "One operand under other labels, without a sum, comes back as a view, as in numpy.\n"
    "Raises Error (a ValueError) with carets under the fault; ElementTypeError (a TypeError too) for element types.\n\n"
    ">>> import einc, numpy as np\n"
    ">>> a = np.arange(6.0).reshape(2, 3)\n"
    ">>> einc.einsum('ij,kj->ik', a, a)\n"
    "array([[ 5., 14.],\n"
    "       [14., 50.]])\n"
    ">>> einc.einsum('ii->i', np.eye(3))\n"
    "array([1., 1., 1.])\n";

}  // namespace

void bind_einsum(nb::module_& module) {
  using namespace nb::literals;
  static PyMethodDef definition = {"einsum", reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(&einsum)), METH_FASTCALL | METH_KEYWORDS, einsum_documentation};
  module.attr("einsum") = nb::steal(PyCFunction_NewEx(&definition, nullptr, nb::str("einc").release().ptr()));
  module.def("contract", &contract, "subscripts"_a, "a"_a, "b"_a, "alpha"_a = 1, "beta"_a = 0, "conja"_a = false, "conjb"_a = false, "out"_a = nb::none(), "options"_a,
             nb::sig("def contract(subscripts: str, a: object, b: object, alpha: float = 1, beta: float = 0, conja: bool = False, conjb: bool = False, out: object = None, **options: object) -> object"),
             "alpha * einsum(subscripts, a, b) + beta * out, with a and b conjugated where asked; into `out` when there is one.\n\n"
             "Results are row-major. With beta 0 the output is not read. Raises Error.\n\n"
             ">>> import einc, numpy as np\n"
             ">>> einc.contract('i,i->', np.array([1j, 2]), np.array([1j, 1]), alpha=2, conja=True)\n"
             "np.complex128(6+0j)\n");
  module.def("_text_of_lists", &text_of, "lists"_a, "result"_a = nb::none(), "The text that stands for lists of labels.");
  module.def("einsum_view", &view, "subscripts"_a, "array"_a,
             "The memory of an array under other labels: permutations and diagonals, without a copy, writable where the array is.\n\n"
             "Raises Error (code 'no_view') for what needs arithmetic.\n\n"
             ">>> import einc, numpy as np\n"
             ">>> a = np.zeros((2, 2))\n"
             ">>> einc.einsum_view('ii->i', a)[:] = 7\n"
             ">>> a\n"
             "array([[7., 0.],\n"
             "       [0., 7.]])\n");
}

}  // namespace einc::python
