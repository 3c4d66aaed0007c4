// options.hpp: keyword arguments of Python as einc's options, and words for what einc counts.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <string_view>

#include <einc/options.hpp>
#include <nanobind/nanobind.h>

namespace einc::python {

namespace nb = nanobind;

// What Python calls begin with: numpy's rule for extents of 1.
inline Options python_options() {
  Options options;
  options.broadcast = Broadcast::numpy;
  return options;
}

// Sets the option called `name`: broadcast, sum_ellipsis, planner, effort, seed, objective, path (Options::order: `order` is numpy's word for memory), plan, stream, threads, isa, memory_limit, slices, accumulate, semiring,
// conjugate, forbid_fallback. False when there is none of that name. Throws Error (bad_option) for a word that is no value of it,
// TypeError for a value of another kind.
bool set_option(Options& options, std::string_view name, nb::handle value);

// The options in keyword arguments, over `options`. Throws TypeError for a name that is no option of `function`.
Options take_options(nb::handle keywords, std::string_view function, Options options = python_options());

// A form of explain(): "text", "json", "dot", "html".
Format take_format(std::string_view name);

}  // namespace einc::python
