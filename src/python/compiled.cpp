// compiled.cpp: expressions compiled once and called many times.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/compiled.hpp"

#include <algorithm>
#include <string>

#include <fmt/format.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "python/bindings.hpp"
#include "python/element_types.hpp"
#include "python/errors.hpp"
#include "python/options.hpp"
#include "python/planning.hpp"
#include "python/run.hpp"
#include "python/tensors.hpp"

namespace einc::python {

using namespace nb::literals;

std::string_view take_text(nb::handle subscripts, bool& is_text) {
  Py_ssize_t size = 0;
  if (PyUnicode_Check(subscripts.ptr())) {
    const char* text = PyUnicode_AsUTF8AndSize(subscripts.ptr(), &size);
    if (text == nullptr) throw nb::python_error();
    is_text = true;
    return {text, static_cast<std::size_t>(size)};
  }
  is_text = PyBytes_Check(subscripts.ptr());
  if (!is_text) return {};
  return {PyBytes_AS_STRING(subscripts.ptr()), static_cast<std::size_t>(PyBytes_GET_SIZE(subscripts.ptr()))};
}

nb::object run_fresh(const Compiled& compiled, const Operands& operands, std::span<const int> outermost_first) {
  Result result(compiled.dtype(), compiled.shape(), outermost_first);
  run(compiled, operands.refs(), {&result.ref(), 1});
  return result.release(operands.foreign());
}

nb::object run_into(const Compiled& compiled, const Operands& operands, nb::handle out, const Scale& scale, NPY_CASTING casting) {
  const Output output(out);
  const OutputRef& ref = output.ref();
  if (ref.dtype == compiled.dtype()) {
    try {
      run(compiled, operands.refs(), {&ref, 1}, scale);
      return nb::borrow(out);
    } catch (const Error& error) {
      if (error.code() != ErrorCode::overlap || output.numpy_array() == nullptr || scale.beta != 0) throw;
    }
  }
  // Computed elsewhere, then copied, cast as numpy casts.
  const auto fault = [&](std::string hint) {
    return Error(ErrorCode::dtype_mismatch, fmt::format("the result has elements of {}, which the rule '{}' does not cast to the output's {}", name_of(compiled.dtype()), name_of_casting(casting), name_of(ref.dtype)),
                 {}, {}, std::move(hint));
  };
  if (output.numpy_array() == nullptr || scale.beta != 0) throw fault("pass an output of the result's type");
  const nb::object own = descr_of_dtype(compiled.dtype());
  if (!PyArray_CanCastTypeTo(reinterpret_cast<PyArray_Descr*>(own.ptr()), PyArray_DESCR(output.numpy_array()), casting)) throw fault("casting='same_kind' or 'unsafe' allows more");
  if (!std::equal(ref.extents.begin(), ref.extents.end(), compiled.shape().begin(), compiled.shape().end()))
    throw Error(ErrorCode::bad_output, fmt::format("the output has shape ({}), the result ({})", fmt::join(ref.extents, ", "), fmt::join(compiled.shape(), ", ")));
  Result result(compiled.dtype(), compiled.shape());
  run(compiled, operands.refs(), {&result.ref(), 1}, scale);
  nb::module_::import_("numpy").attr("copyto")(out, result.release({}), "casting"_a = "unsafe");  // the rule was asked for above
  return nb::borrow(out);
}

namespace {

constexpr std::size_t no_array = ~std::size_t{0};

// What a shape may be: a tuple or list of whole numbers. Throws TypeError.
bool take_shape(nb::handle argument, Shape& shape) {
  if (!PyTuple_Check(argument.ptr()) && !PyList_Check(argument.ptr())) return false;
  return nb::try_cast<Shape>(argument, shape);
}

// The lock is let go: what is made of the constants alone is computed now.
Compiled with_constants(const Compiled& compiled, std::span<const ArrayRef> arrays) {
  const nb::gil_scoped_release released;
  return compiled.with_constants(arrays);
}

// The arrays among the arguments of compile() that are constants. `places`: which of `operands` each argument is, or none for a shape.
Compiled with_constants(const Compiled& compiled, const Options& options, const Operands& operands, const std::vector<std::size_t>& places) {
  std::vector<ArrayRef> arrays;
  for (const std::uint32_t operand : options.constants) {
    if (places[operand] == no_array)
      throw Error(ErrorCode::bad_option, fmt::format("operand {} is constant, and given by its shape", operand), {}, {}, "give its array: it is left out of the calls");
    arrays.push_back(operands.refs()[places[operand]]);
  }
  return with_constants(compiled, arrays);
}

// Beside constants, operands that are given by shape are of the type in which the arrays meet.
void take_type_of_arrays(std::vector<DType>& dtypes, const Operands& operands, const std::vector<std::size_t>& places) {
  std::vector<DType> types;
  for (const ArrayRef& array : operands.refs()) types.push_back(array.dtype);
  if (types.empty()) return;
  dtypes.resize(places.size());
  for (std::size_t i = 0; i < places.size(); ++i)
    if (places[i] == no_array) dtypes[i] = promoted(types);
}

// The option `constants` of a program, whose inputs go by number or by name.
nb::dict with_numbers(const Program& program, nb::handle constants) {
  nb::dict option;
  option["constants"] = nb::borrow(constants);
  if (constants.is_none()) return option;
  const std::vector<std::string> inputs = program.inputs();
  nb::list numbers;
  for (nb::handle each : constants) {
    std::string name;
    if (!nb::try_cast<std::string>(each, name)) {
      numbers.append(each);
      continue;
    }
    const auto found = std::find(inputs.begin(), inputs.end(), name);
    if (found == inputs.end()) throw Error(ErrorCode::bad_option, fmt::format("`constants` names `{}`, which is no input", name), {}, {}, fmt::format("the inputs are {}", fmt::join(inputs, ", ")));
    numbers.append(found - inputs.begin());
  }
  option["constants"] = numbers;
  return option;
}

Compiled compile(const nb::args& arguments, const nb::kwargs& keywords) {
  if (arguments.size() == 0) throw nb::type_error("compile() takes the subscripts or a Program, then a shape or an array for each operand");
  Options options = is_program(arguments[0]) ? Options{} : python_options();
  nb::object dtype = nb::none();
  bool dtypes_given = false;
  for (const auto [key, value] : keywords) {
    const auto name = nb::cast<std::string>(key);
    if (name == "dtype") dtype = nb::borrow(value);
    else if (name == "constants" && is_program(arguments[0])) options = take_options(with_numbers(program_of(arguments[0]), value), "compile", std::move(options));
    else if (name == "dtypes") {
      dtypes_given = true;
      for (nb::handle each : value) options.dtypes.push_back(take_dtype(each));
    } else {
      nb::dict one;
      one[key] = value;
      options = take_options(one, "compile", std::move(options));
    }
  }
  std::vector<Shape> shapes;
  Operands operands;
  std::vector<std::size_t> places;
  bool all_arrays = arguments.size() > 1;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    Shape shape;
    if (take_shape(arguments[i], shape)) {
      shapes.push_back(std::move(shape));
      places.push_back(no_array);
      all_arrays = false;
      continue;
    }
    const std::size_t at = operands.size();
    operands.add(arguments[i]);
    places.push_back(at);
    const ArrayRef& ref = operands.refs()[at];
    shapes.emplace_back(ref.extents.begin(), ref.extents.end());
    options.dtypes.resize(shapes.size(), options.dtype);
    options.dtypes.back() = ref.dtype;
  }
  if (dtype.is_none() && !dtypes_given && !options.constants.empty()) take_type_of_arrays(options.dtypes, operands, places);
  if (!dtype.is_none()) {
    options.dtypes.clear();
    options.dtype = take_dtype(dtype);
  } else if (!options.dtypes.empty()) {
    options.dtypes.resize(shapes.size(), options.dtypes.back());
  }
  if (is_program(arguments[0])) {
    const Compiled compiled = plan(options, Held::yes, [&](const PlanProgress& progress) { return einc::compile(program_of(arguments[0]), shapes, options, progress); });
    return options.constants.empty() ? compiled : with_constants(compiled, options, operands, places);
  }
  bool is_text = false;
  const std::string_view text = take_text(arguments[0], is_text);
  if (!is_text) throw nb::type_error("compile() takes the subscripts as a text, or a Program, first");
  if (all_arrays && dtype.is_none() && options.constants.empty()) {
    options.dtypes.clear();
    return plan(options, Held::no, [&](const PlanProgress& progress) { return compiled_for(text, operands.refs(), options, progress); });  // for their strides too
  }
  const Compiled compiled = plan(options, Held::no, [&](const PlanProgress& progress) { return einc::compile(text, shapes, options, progress); });
  return options.constants.empty() ? compiled : with_constants(compiled, options, operands, places);
}

// f(*arrays, out=None). Called by Python itself, since it may take less time than a call through templates would.
PyObject* call_compiled(PyObject* self, PyObject* arguments, PyObject* keywords) {
  return guarded([&]() -> nb::object {
    if (!nb::inst_ready(self)) throw nb::type_error("this Compiled was not made by compile()");
    const Compiled& compiled = *nb::inst_ptr<Compiled>(nb::handle(self));
    nb::handle out;
    if (keywords != nullptr) {
      for (const auto [key, value] : nb::borrow<nb::dict>(keywords)) {
        if (nb::cast<std::string_view>(key) != "out") throw nb::type_error("a compiled expression takes arrays, and `out`");
        if (!value.is_none()) out = value;
      }
    }
    Operands operands;
    for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(arguments); ++i) operands.add(PyTuple_GET_ITEM(arguments, i));
    if (out.is_valid()) return run_into(compiled, operands, out, {}, NPY_SAFE_CASTING);
    return run_fresh(compiled, operands, {});
  });
}

// The arguments of a call, and arrays for all its outputs.
struct Call {
  Call(const Compiled& compiled, const nb::args& arguments) {
    for (nb::handle argument : arguments) operands.add(argument);
    results.reserve(compiled.shapes().size());
    for (const Shape& extents : compiled.shapes()) refs.push_back(results.emplace_back(compiled.dtype(), extents).ref());
  }
  Operands operands;
  std::vector<Result> results;
  std::vector<OutputRef> refs;
};

nb::list outputs(const Compiled& compiled, const nb::args& arguments) {
  Call call(compiled, arguments);
  run(compiled, call.operands.refs(), call.refs);
  nb::list given;
  for (Result& result : call.results) given.append(result.release(call.operands.foreign()));
  return given;
}

std::vector<double> measure_steps(const Compiled& compiled, const nb::args& arguments) {
  Call call(compiled, arguments);
  return compiled.measure_steps(call.operands.refs(), call.refs);
}

Compiled load_plan(std::string_view plan, const nb::kwargs& keywords) { return einc::load_plan(plan, take_options(keywords, "load_plan")); }

nb::dict plan_of(const Compiled& compiled) {
  const PlanSummary& plan = compiled.plan();
  nb::dict result;
  nb::list steps;
  for (const StepSummary& step : plan.steps) {
    nb::dict each;
    each["text"] = step.text, each["kernel"] = step.kernel, each["reason"] = step.reason;
    each["flops"] = step.flops, each["bytes"] = step.bytes, each["seconds"] = step.seconds;
    steps.append(each);
  }
  nb::list order;
  for (const auto& places : plan.order) {
    nb::list each;
    for (std::uint32_t place : places) each.append(place);
    order.append(nb::tuple(each));
  }
  result["steps"] = steps, result["method"] = plan.method, result["order"] = order;
  result["naive_flops"] = plan.naive_flops, result["flops"] = plan.flops, result["bytes"] = plan.bytes, result["seconds"] = plan.seconds;
  result["largest_intermediate_bytes"] = plan.largest_intermediate_bytes;
  result["arena_bytes"] = plan.arena_bytes, result["scratch_bytes"] = plan.scratch_bytes, result["run_bytes"] = plan.run_bytes;
  result["constants"] = plan.constants, result["beforehand_steps"] = plan.beforehand_steps, result["beforehand_flops"] = plan.beforehand_flops;
  result["beforehand_seconds"] = plan.beforehand_seconds, result["beforehand_bytes"] = plan.beforehand_bytes;
  result["slices"] = plan.slices, result["tasks"] = plan.tasks, result["workers"] = plan.workers;
  result["memory_limit"] = plan.memory_limit, result["isa"] = plan.isa, result["threads"] = plan.threads;
  return result;
}

nb::object tuple_of(const Shape& extents) {
  nb::list numbers;
  for (Extent extent : extents) numbers.append(extent);
  return nb::tuple(numbers);
}

nb::object name_of_numpy(DType dtype) { return dtype == DType::bf16 ? nb::object(nb::str("bfloat16")) : descr_of_dtype(dtype).attr("name"); }

// Seconds of every step, or none.
std::vector<double> take_measured(nb::handle measured) {
  std::vector<double> seconds;
  if (!measured.is_none() && !nb::try_cast<std::vector<double>>(measured, seconds)) throw nb::type_error("`measured` is what measure_steps() gave: a list of numbers");
  return seconds;
}

nb::object explain(const Compiled& compiled, std::string_view format, nb::handle measured_steps) {
  const std::vector<double> measured = take_measured(measured_steps);
  const Format form = take_format(format);
  if (form == Format::text) return nb::module_::import_("einc._explanation").attr("Explanation")(compiled.explain(form, measured), compiled.explain(Format::json, measured));
  return nb::cast(compiled.explain(form, measured));
}

}  // namespace

void bind_compiled(nb::module_& module) {
  static PyType_Slot slots[] = {{Py_tp_call, reinterpret_cast<void*>(&call_compiled)}, {0, nullptr}};
  nb::class_<Compiled>(module, "Compiled", nb::type_slots(slots),
                       "An expression or a program compiled for given shapes: f(*arrays, out=None) computes it.\n\n"
                       "Arrays have the shapes and element types it was compiled for, and any strides. Results are row-major. May be called\n"
                       "from several threads at once. Raises Error for arrays that do not fit, or an output that does not.")
      .def("outputs", &outputs, "arrays"_a, nb::sig("def outputs(self, *arrays: object) -> list"), "All outputs of a program, in its order.")
      .def("explain", &explain, "format"_a = "text", "measured"_a = nb::none(), nb::sig("def explain(self, format: str = 'text', measured: object = None) -> str"),
           "The plan: 'text' (shown as a table in a notebook), 'json', 'dot' (for graphviz) or 'html' (a page of its own). measured: what\n"
           "measure_steps() gave, to be shown beside what is predicted.")
      .def("measure_steps", &measure_steps, "arrays"_a, nb::sig("def measure_steps(self, *arrays: object) -> list[float]"),
           "Runs, and tells how many seconds each step took, in the order of plan['steps'].")
      .def(
          "with_constants",
          [](const Compiled& compiled, const nb::args& arguments) {
            Operands operands;
            for (nb::handle argument : arguments) operands.add(argument);
            return with_constants(compiled, operands.refs());
          },
          "arrays"_a, nb::sig("def with_constants(self, *arrays: object) -> Compiled"),
          "The same with other arrays for the operands that are constant, in the order of the option `constants`. They are copied, and what is made\n"
          "of them alone is computed now.")
      .def("plan_json", [](const Compiled& compiled) { return compiled.plan_json(); }, nb::sig("def plan_json(self) -> str"),
           "The plan as a text to keep: load_plan() compiles it without a search, here or in another process.")
      .def("_repr_html_", [](const Compiled& compiled) { return explain(compiled, "text", nb::none()).attr("_repr_html_")(); })
      .def("__repr__", [](const Compiled& compiled) { return fmt::format("<einc.Compiled {}>", compiled.text().substr(0, compiled.text().find('\n'))); })
      .def_prop_ro("text", [](const Compiled& compiled) { return compiled.text(); }, "The subscripts, or the text of the program.")
      .def_prop_ro("plan", &plan_of, nb::sig("def plan(self) -> dict"), "Counted and predicted figures: flops, bytes, seconds, steps, order, memory.")
      .def_prop_ro("shape", [](const Compiled& compiled) { return tuple_of(compiled.shape()); }, nb::sig("def shape(self) -> tuple[int, ...]"), "Of the only output. Raises Error when there are several.")
      .def_prop_ro(
          "shapes",
          [](const Compiled& compiled) {
            nb::list all;
            for (const Shape& extents : compiled.shapes()) all.append(tuple_of(extents));
            return all;
          },
          nb::sig("def shapes(self) -> list[tuple[int, ...]]"), "Of all outputs.")
      .def_prop_ro("dtype", [](const Compiled& compiled) { return name_of_numpy(compiled.dtype()); }, nb::sig("def dtype(self) -> str"), "Of the results, as numpy calls it.");
  module.def("compile", &compile, "arguments"_a, "options"_a,
             nb::sig("def compile(subscripts: str | Program, /, *operands: object, dtype: object = None, dtypes: object = None, **options: object) -> Compiled"),
             "Compiles subscripts or a Program for shapes, or for arrays like those it will be called with.\n\n"
             "operands: a tuple of extents or an array for each. dtype: of all operands given by shape; dtypes: of each.\n"
             "Inputs of a Program may be halves beside f32 and f64: results have the type all meet in; those of halves are computed in f32 and\n"
             "rounded once, or stay f32 with accumulate='wide'.\n"
             "constants: numbers of operands (of a program also names of inputs) that keep their elements over all calls, and are left out of them:\n"
             "what is made of them alone is computed once. They are given as arrays here, and copied; operands given by shape are of the type in\n"
             "which the arrays meet, unless dtype or dtypes says otherwise.\n"
             "options: broadcast, planner, effort, seed, objective, path, plan, stream, threads, isa, memory_limit, accumulate, semiring, conjugate, as in\n"
             "C++; path is the order of contraction as einsum_path() writes it, plan a text that plan_json() gave.\n"
             "Raises Error, with carets under the fault.\n\n"
             ">>> import einc, numpy as np\n"
             ">>> f = einc.compile('ij,jk->ik', (2, 3), (3, 2), dtype='float64')\n"
             ">>> f(np.ones((2, 3)), np.ones((3, 2)))\n"
             "array([[3., 3.],\n"
             "       [3., 3.]])\n");
  module.def("load_plan", &load_plan, "plan"_a, "options"_a, nb::sig("def load_plan(plan: str, /, **options: object) -> Compiled"),
             "Compiles what a saved plan is of, by that plan, without a search. options: threads, isa, memory_limit, as of compile().\n"
             "Raises Error ('bad_plan') that names the field at fault.\n\n"
             ">>> import einc, numpy as np\n"
             ">>> text = einc.compile('ij,jk,kl->il', (20, 30), (30, 40), (40, 50), effort='best').plan_json()\n"
             ">>> einc.load_plan(text).plan['order']\n"
             "[(0, 1), (0, 1)]\n");
}

}  // namespace einc::python
