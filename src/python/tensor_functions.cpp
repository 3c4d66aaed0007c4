// tensor_functions.cpp: functions of Tensors element by element, and over labels: exp, where, softmax ...
// SPDX-License-Identifier: BSD-3-Clause
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string_view.h>

#include "python/called_from.hpp"
#include "python/program_parts.hpp"
#include "python/tensors.hpp"

namespace einc::python {

using namespace nb::literals;

EmptyRow take_empty_row(std::string_view word) {
  if (word == "zero") return EmptyRow::zero;
  if (word == "uniform") return EmptyRow::uniform;
  if (word == "nan") return EmptyRow::nan;
  throw Error(ErrorCode::bad_option, fmt::format("`{}` is nothing that an empty row can give", word), {}, {}, "offered are zero, uniform, nan");
}

namespace {

Reduction take_reduction(std::string_view word) {
  if (word == "sum") return Reduction::sum;
  if (word == "max") return Reduction::max;
  if (word == "min") return Reduction::min;
  if (word == "mean") return Reduction::mean;
  throw Error(ErrorCode::bad_option, fmt::format("`{}` is no reduction", word), {}, {}, "offered are sum, max, min, mean");
}

template <Tensor (*function)(const Located&)>
void bind_unary(nb::module_& module, const char* name, const char* documentation) {
  module.def(
      name, [](const Tensor& x) { return function(x); }, "x"_a, FromCaller(), documentation);
}
template <Tensor (*function)(const Located&, const Located&)>
void bind_binary(nb::module_& module, const char* name, const char* documentation) {
  module.def(
      name, [](const Tensor& x, const Tensor& y) { return function(x, y); }, "x"_a, "y"_a, FromCaller(), documentation);
}

Tensor softmax_of(const Tensor& x, std::string_view labels, std::string_view empty, const std::optional<Tensor>& sink) {
  const EmptyRow row = take_empty_row(empty);
  if (!sink) return softmax(x, labels, row);
  if (row != EmptyRow::zero) throw Error(ErrorCode::bad_option, fmt::format("with a sink an empty row is zeros, and `empty` asks for `{}`", empty));
  return softmax(x, labels, *sink);
}

Tensor logsumexp_of(const Tensor& x, std::string_view labels, const std::optional<Tensor>& sink) {
  return sink ? logsumexp(x, labels, *sink) : logsumexp(x, labels);
}

constexpr const char* softmax_documentation =
    "exp(x - m) / sum of exp(x - m) over the labels, m the largest (Milakov, Gimelshein, arXiv:1805.02867).\n\n"
    "empty: what a row gives whose scores are all -inf: 'zero', 'uniform' (1 / extent) or 'nan' (what the formula says).\n"
    "sink: one more score a row that takes weight and gives none; an empty row is zeros then.\n\n"
    ">>> import einc, numpy as np\n"
    ">>> p = einc.Program()\n"
    ">>> p.output('y', einc.program.softmax(p.input('x', 'bk'), 'k'))\n"
    ">>> einc.compile(p, (1, 4), dtype='float64')(np.zeros((1, 4)))\n"
    "array([[0.25, 0.25, 0.25, 0.25]])\n";

constexpr const char* where_documentation =
    "`then` where the condition is not 0, else `otherwise`. What is not chosen may be NaN.\n\n"
    "Labels: those of `then` and `otherwise`, then those of the condition.\n\n"
    ">>> import einc\n"
    ">>> p = einc.Program()\n"
    ">>> s = p.input('s', 'bqk')\n"
    ">>> einc.program.where(p.iota('k') <= p.iota('q'), s, -einc.program.infinity).labels\n"
    "['b', 'q', 'k']\n";

}  // namespace

void bind_tensor_functions(nb::module_& module) {
  module.def(
      "einsum",
      [](std::string_view text, const nb::args& tensors) {
        const std::vector<nb::handle> all(tensors.begin(), tensors.end());
        return einsum_of_tensors(text, all);
      },
      "text"_a, "tensors"_a, nb::sig("def einsum(text: str, *tensors: Tensor | float) -> Tensor"),
      "The sum of products over the labels the result does not keep; einc.einsum() of Tensors is the same.\n\n"
      "The text's labels name those of the Tensors by position and become the result's. `...` stands for a Tensor's other labels.\n\n"
      ">>> import einc\n"
      ">>> p = einc.Program()\n"
      ">>> x, w = p.input('x', 'bse'), p.input('w', 'eh')\n"
      ">>> einc.program.einsum('bse,eh->bsh', x, w).labels\n"
      "['b', 's', 'h']\n");
  bind_unary<einc::exp>(module, "exp", "e to the power of x.");
  bind_unary<einc::log>(module, "log", "The natural logarithm.");
  bind_unary<einc::sqrt>(module, "sqrt", "The square root.");
  bind_unary<einc::rsqrt>(module, "rsqrt", "1 / sqrt(x).");
  bind_unary<einc::tanh>(module, "tanh", "The hyperbolic tangent.");
  bind_unary<einc::sigmoid>(module, "sigmoid", "1 / (1 + exp(-x)).");
  bind_unary<einc::relu>(module, "relu", "x where x > 0, else 0.");
  bind_unary<einc::gelu>(module, "gelu", "x * (1 + erf(x / sqrt(2))) / 2.");
  bind_unary<einc::erf>(module, "erf", "The error function.");
  bind_unary<einc::sin>(module, "sin", "The sine.");
  bind_unary<einc::cos>(module, "cos", "The cosine.");
  bind_unary<einc::floor>(module, "floor", "The largest whole number that is not above x.");
  bind_unary<einc::abs>(module, "abs", "The absolute value; Python's abs() of a Tensor is the same.");
  for (const char* name : {"min", "minimum"}) bind_binary<einc::min>(module, name, "The smaller of two, position by position; NaN when either is.");
  for (const char* name : {"max", "maximum"}) bind_binary<einc::max>(module, name, "The larger of two, position by position; NaN when either is.");
  module.def(
      "where", [](const Tensor& condition, const Tensor& then, const Tensor& otherwise) { return where(condition, then, otherwise); }, "condition"_a,
      "then"_a, "otherwise"_a, FromCaller(), where_documentation);

  module.def(
      "reduce", [](std::string_view kind, const Tensor& x, std::string_view labels) { return reduce(take_reduction(kind), x, labels); }, "kind"_a,
      "x"_a, "labels"_a, FromCaller(),
      "Over labels: 'sum', 'max', 'min' or 'mean'. Over no positions a sum is 0, a maximum -inf, a minimum +inf, a mean NaN.\n\n"
      ">>> import einc\n"
      ">>> p = einc.Program()\n"
      ">>> einc.program.reduce('max', p.input('x', 'bqk'), 'qk').labels\n"
      "['b']\n");
  module.def(
      "sum", [](const Tensor& x, std::string_view labels) { return sum(x, labels); }, "x"_a, "labels"_a, FromCaller(),
      "The sum over labels: reduce('sum', x, labels).");
  module.def(
      "mean", [](const Tensor& x, std::string_view labels) { return mean(x, labels); }, "x"_a, "labels"_a, FromCaller(),
      "The mean over labels: reduce('mean', x, labels).");
  module.def("softmax", &softmax_of, "x"_a, "labels"_a, "empty"_a = "zero", "sink"_a = nb::none(), FromCaller(),
             nb::sig("def softmax(x: Tensor, labels: str, empty: str = 'zero', sink: Tensor | float | None = None) -> Tensor"),
             softmax_documentation);
  module.def("logsumexp", &logsumexp_of, "x"_a, "labels"_a, "sink"_a = nb::none(), FromCaller(),
             nb::sig("def logsumexp(x: Tensor, labels: str, sink: Tensor | float | None = None) -> Tensor"),
             "The logarithm of the sum of exp(x) over labels, and of a sink if there is one; -inf along a row that is all -inf.");
  module.def(
      "layer_norm", [](const Tensor& x, std::string_view labels, double epsilon) { return layer_norm(x, labels, epsilon); }, "x"_a, "labels"_a,
      "epsilon"_a = 1e-5, FromCaller(),
      "(x - mean) / sqrt(variance + epsilon) over labels, the variance divided by their number (Ba, Kiros, Hinton, arXiv:1607.06450).");
}

}  // namespace einc::python
