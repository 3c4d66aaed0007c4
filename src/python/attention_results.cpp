// attention_results.cpp: the kinds of named tuples that calls on attention give.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/attention_results.hpp"

#include <string>

namespace einc::python {

namespace {

PyObject* kinds = nullptr;  // name to class; made once with the module, and as long-lived as the interpreter

void make(nb::module_& attention, const char* name, std::initializer_list<const char*> fields, const char* documentation) {
  nb::list names;
  for (const char* field : fields) names.append(field);
  const nb::object kind = nb::module_::import_("collections").attr("namedtuple")(name, names);
  kind.attr("__doc__") = documentation;
  kind.attr("__module__") = "einc.attention";
  if (PyDict_SetItemString(kinds, name, kind.ptr()) != 0) throw nb::python_error();
  attention.attr(name) = kind;
}

}  // namespace

void bind_results(nb::module_& attention) {
  kinds = nb::dict().release().ptr();
  make(attention, "AttendResult", {"out", "weights", "logsumexp"}, "out [b h q v]; weights [b h q k] and logsumexp [b h q], None where not wanted.");
  make(attention, "AttendGradients", {"out", "q", "k", "v"}, "out [b h q v], and the gradients in the shapes of q, k and v.");
  make(attention, "MultiHeadResult", {"out", "weights", "combined"},
       "out [b q o]; weights [b h q k] and combined [b q h*v], the heads side by side before the output projection, None where not wanted.");
  make(attention, "PerHeadResult", {"out", "weights", "projected"}, "out; weights [h s t] and projected [h s d], None where not wanted.");
  make(attention, "AdditiveResult", {"out", "weights", "scores"}, "out [b n v]; weights and scores [b n m].");
  make(attention, "AttentionLayerResult", {"rows", "global_", "weights"},
       "rows [b n a]; global_ [b a], their sum; weights [b n m], None where not wanted.");
}

nb::object named_result(std::string_view name, const nb::tuple& fields) { return nb::handle(kinds)[nb::str(name.data(), name.size())](*fields); }

}  // namespace einc::python
