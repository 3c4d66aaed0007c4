// attention_results.hpp: what calls on attention give when it is more than one array: named tuples, None where nothing was wanted.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>
#include <utility>

#include "python/keywords.hpp"
#include "python/named_arrays.hpp"

namespace einc::python {

// The kinds of named tuples, as attributes of the submodule attention.
void bind_results(nb::module_& attention);

// One of the kind called `name`, its fields in order.
nb::object named_result(std::string_view name, const nb::tuple& fields);

// An array that is there when it was wanted, else None.
template <class T>
nb::object wanted_array(bool wanted, Array<T>&& array, const ResultKind& kind) {
  return wanted ? handed_over(std::move(array), kind) : nb::none();
}

// weights, logsumexp, heads: those of them that the function offers.
inline attention::Wanted take_wanted(Keywords& keywords, bool logsumexp, bool heads) {
  attention::Wanted wanted;
  wanted.weights = keywords.flag("weights", false);
  if (logsumexp) wanted.logsumexp = keywords.flag("logsumexp", false);
  if (heads) wanted.heads = keywords.flag("heads", false);
  return wanted;
}

// The array alone, or an AttendResult when more was wanted. Logarithms are never rounded to halves.
template <class T>
nb::object attend_result(attention::AttendResult<T>&& result, const attention::Wanted& wanted, const ResultKind& kind) {
  nb::object out = handed_over(std::move(result.out), kind);
  if (!wanted.weights && !wanted.logsumexp) return out;
  return named_result("AttendResult", nb::make_tuple(out, wanted_array(wanted.weights, std::move(result.weights), kind),
                                                     wanted_array(wanted.logsumexp, std::move(result.logsumexp), {kind.foreign, {}})));
}

}  // namespace einc::python
