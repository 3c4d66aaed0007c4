// keywords.cpp: keyword arguments as values, and complaints that name them.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/keywords.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nanobind/stl/string.h>

#include "python/options.hpp"

namespace einc::python {
namespace {

template <class T>
T value_of(const char* name, nb::handle value, const char* wanted, T otherwise) {
  if (!value.is_valid()) return otherwise;
  T taken{};
  if (!nb::try_cast<T>(value, taken))
    throw nb::type_error(fmt::format("`{}` is {}, not {}", name, wanted, nb::cast<std::string>(nb::repr(value))).c_str());
  return taken;
}

}  // namespace

nb::handle Keywords::take(const char* name) {
  taken_.push_back(name);
  const nb::handle value = PyDict_GetItemString(given_.ptr(), name);
  return value.is_valid() && value.is_none() ? nb::handle() : value;
}

bool Keywords::flag(const char* name, bool otherwise) { return value_of<bool>(name, take(name), "True or False", otherwise); }
double Keywords::number(const char* name, double otherwise) { return value_of<double>(name, take(name), "a number", otherwise); }
Extent Keywords::whole(const char* name, Extent otherwise) { return value_of<Extent>(name, take(name), "a whole number", otherwise); }
std::string Keywords::word(const char* name, std::string_view otherwise) {
  return value_of<std::string>(name, take(name), "a word", std::string(otherwise));
}

bool Keywords::taken(std::string_view name) const { return std::find(taken_.begin(), taken_.end(), name) != taken_.end(); }

Options Keywords::options() const {
  nb::dict rest;
  for (const auto [key, value] : given_)
    if (!taken(nb::cast<std::string>(key))) rest[key] = value;
  return take_options(rest, function_, Options{});
}

void Keywords::end() const {
  for (const auto [key, value] : given_)
    if (!taken(nb::cast<std::string>(key)))
      throw nb::type_error(fmt::format("{}() has no argument `{}`", function_, nb::cast<std::string>(key)).c_str());
}

}  // namespace einc::python
