// tensor_views.cpp: functions that give the values of Tensors other labels: rearrange, slice, concat, gather ...
// SPDX-License-Identifier: BSD-3-Clause
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/pair.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/string_view.h>
#include <nanobind/stl/vector.h>

#include "python/arrays.hpp"
#include "python/called_from.hpp"
#include "python/program_parts.hpp"

namespace einc::python {

using namespace nb::literals;

namespace {

// h=8 is the extent of the label `h`, head=8 that of `[head]`.
LabelExtents take_extents(const nb::kwargs& keywords) {
  LabelExtents extents;
  for (const auto [key, value] : keywords) {
    std::string label = nb::cast<std::string>(key);
    if (PyUnicode_GET_LENGTH(key.ptr()) > 1 && label.front() != '[') label = "[" + label + "]";
    Extent extent = 0;
    if (!nb::try_cast<Extent>(value, extent))
      throw nb::type_error(fmt::format("the extent of `{}` is a whole number, not {}", label, nb::cast<std::string>(nb::repr(value))).c_str());
    extents.push_back({std::move(label), extent});
  }
  return extents;
}

Tensor slice_of(const Tensor& x, std::string_view label, Extent begin, std::optional<Extent> end, Extent step, std::string_view as) {
  return slice(x, label, {.begin = begin, .end = end.value_or(Cut{}.end), .step = step}, as);
}

Tensor concat_of(const std::vector<std::pair<Tensor, std::string>>& parts, std::string_view into) {
  std::vector<Part> taken;
  for (const auto& [tensor, label] : parts) taken.push_back({tensor, label});
  return concat(taken, into);
}

}  // namespace

void bind_tensor_views(nb::module_& module) {
  module.def(
      "rearrange", [](std::string_view text, const Tensor& x, const nb::kwargs& extents) { return rearrange(text, x, take_extents(extents)); },
      nb::arg(), nb::arg(), "extents"_a, FromCaller(), nb::sig("def rearrange(text: str, x: Tensor, /, **extents: int) -> Tensor"),
      "Splits, merges, renames and permutes: parentheses group labels that are one, outermost first.\n\n"
      "extents: of labels that are split off: h=8 for the label h, head=8 for [head]; at most one of a group may be left out.\n"
      "Costs nothing where strides allow.\n\n"
      ">>> import einc\n"
      ">>> p = einc.Program()\n"
      ">>> einc.program.rearrange('bs(hd)->bhsd', p.input('x', 'bse'), h=8).labels\n"
      "['b', 'h', 's', 'd']\n");
  module.def(
      "split",
      [](const Tensor& x, std::string_view label, std::string_view into, const nb::kwargs& extents) {
        return split(x, label, into, take_extents(extents));
      },
      nb::arg(), nb::arg(), nb::arg(), "extents"_a, FromCaller(), nb::sig("def split(x: Tensor, label: str, into: str, /, **extents: int) -> Tensor"),
      "One label as several, outermost first.\n\n"
      ">>> import einc\n"
      ">>> p = einc.Program()\n"
      ">>> einc.program.split(p.input('x', 'bh'), 'h', 'gr', r=4).labels\n"
      "['b', 'g', 'r']\n");
  module.def(
      "merge", [](const Tensor& x, std::string_view labels, std::string_view into) { return merge(x, labels, into); }, "x"_a, "labels"_a, "into"_a,
      FromCaller(), "Several labels as one, outermost first: merge(x, 'hd', 'e').");
  module.def(
      "permute", [](const Tensor& x, std::string_view labels) { return permute(x, labels); }, "x"_a, "labels"_a, FromCaller(),
      "The same labels in another order.");
  module.def(
      "broadcast", [](const Tensor& x, std::string_view labels) { return broadcast(x, labels); }, "x"_a, "labels"_a, FromCaller(),
      "More labels, in this order: x does not vary along the new ones.");
  module.def(
      "rename", [](const Tensor& x, std::string_view from, std::string_view to) { return rename(x, from, to); }, "x"_a, "from_"_a, "to"_a,
      FromCaller(), "Other names, label by label: rename(x, 's', 't'). Self-attention reads its input under two names.");
  module.def(
      "cast", [](const Tensor& x, nb::handle dtype) { return cast(x, take_dtype(dtype)); }, "x"_a, "dtype"_a, FromCaller(),
      nb::sig("def cast(x: Tensor, dtype: object) -> Tensor"),
      "Every element rounded to a type's nearest values; the program goes on in its own type. dtype: 'bf16', 'f32' or 'f64',\n"
      "or numpy's names of these.");
  module.def("slice", &slice_of, "x"_a, "label"_a, "begin"_a = 0, "end"_a = nb::none(), "step"_a = 1, nb::kw_only(), "as_"_a, FromCaller(),
             nb::sig("def slice(x: Tensor, label: str, begin: int = 0, end: int | None = None, step: int = 1, *, as_: str) -> Tensor"),
             "Positions begin, begin + step ... before end of a label, as another label. Negative ones count from the end, as in Python.\n\n"
             ">>> import einc\n"
             ">>> p = einc.Program()\n"
             ">>> einc.program.slice(p.input('x', 'bs'), 's', -3, as_='t').labels\n"
             "['b', 't']\n");
  module.def("concat", &concat_of, "parts"_a, "into"_a, FromCaller(), nb::sig("def concat(parts: Sequence[tuple[Tensor, str]], into: str) -> Tensor"),
             "Tensors one behind the other: concat([(x, 's'), (y, 't')], 'u') has the labels of x, u in the place of s.");
  module.def(
      "gather", [](const Tensor& table, std::string_view label, const Tensor& index) { return gather(table, label, index); }, "table"_a, "label"_a,
      "index"_a, FromCaller(),
      "The table at positions `index` along the label; labels both have are aligned. 0 where the index is no position.\n\n"
      ">>> import einc\n"
      ">>> p = einc.Program()\n"
      ">>> einc.program.gather(p.input('words', 'vd'), 'v', p.input('tokens', 'bs')).labels\n"
      "['b', 's', 'd']\n");
}

}  // namespace einc::python
