// options.cpp: keyword arguments as options.
// SPDX-License-Identifier: BSD-3-Clause
#include "python/options.hpp"

#include <array>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <einc/error.hpp>

#include "python/arrays.hpp"

namespace einc::python {
namespace {

constexpr std::string_view names = "broadcast, sum_ellipsis, planner, effort, seed, objective, path, plan, constants, stream, threads, isa, memory_limit, slices, accumulate, semiring, conjugate, forbid_fallback";

// Python's value as a T, or a TypeError that names the option.
template <class T>
T as(std::string_view name, std::string_view wanted, nb::handle value) {
  T taken{};
  if (!nb::try_cast<T>(value, taken))
    throw nb::type_error(fmt::format("the option `{}` is {}, not {}", name, wanted, nb::cast<std::string>(nb::repr(value))).c_str());
  return taken;
}

template <class E, std::size_t count>
void set_word(E& option, std::string_view name, const std::array<std::pair<std::string_view, E>, count>& words, nb::handle value) {
  const auto given = as<std::string>(name, "a word", value);
  std::string offered;
  for (const auto& [word, meaning] : words) {
    if (word == given) {
      option = meaning;
      return;
    }
    offered += offered.empty() ? std::string(word) : ", " + std::string(word);
  }
  throw Error(ErrorCode::bad_option, fmt::format("`{}` is no {}", given, name), {}, {}, "offered are " + offered);
}

// A word, or how many seconds to search.
void set_effort(Options& options, nb::handle value) {
  const bool is_number = (PyFloat_Check(value.ptr()) || PyLong_Check(value.ptr())) && !PyBool_Check(value.ptr());
  options.plan_seconds = 0;
  if (!is_number) return set_word<Effort, 3>(options.effort, "effort", {{{"fast", Effort::fast}, {"balanced", Effort::balanced}, {"best", Effort::best}}}, value);
  const auto seconds = as<double>("effort", "a word, or a number of seconds", value);
  if (!(seconds > 0)) throw Error(ErrorCode::bad_option, fmt::format("`effort` is {} seconds, which is no time to search for", seconds));
  options.plan_seconds = seconds;
}

// Any collection of numbers, or None.
void set_constants(Options& options, nb::handle value) {
  options.constants.clear();
  if (value.is_none()) return;
  const nb::object list = nb::steal(PySequence_List(value.ptr()));
  if (!list.is_valid()) throw nb::python_error();
  options.constants = as<std::vector<std::uint32_t>>("constants", "a list of numbers of operands", list);
}

// same, wide, or whatever numpy takes for an element type; None, to numpy f64, is none here.
void set_accumulate(Accumulate& option, nb::handle value) {
  std::string word;
  if (nb::try_cast<std::string>(value, word) && (word == "same" || word == "wide")) option = word == "same" ? Accumulate::same : Accumulate::wide;
  else if (value.is_none()) throw nb::type_error("the option `accumulate` is 'same', 'wide' or an element type, not None");
  else option = take_dtype(value);
}

void set_semiring(Semiring& option, nb::handle value) {
  if (nb::isinstance<nb::dict>(value)) {  // name, add, multiply, zero, one: functions of the user
    const auto given = nb::borrow<nb::dict>(value);
    const auto part = [&](const char* key) -> nb::object {
      if (!given.contains(key)) throw Error(ErrorCode::bad_option, fmt::format("a semiring of your own says its `{}`", key), {}, {}, "as in {'name': 'max-times', 'add': 'max(x, y)', 'multiply': 'x * y', 'zero': 0, 'one': 1}");
      return given[key];
    };
    option = semiring::custom(as<std::string>("name", "a text", part("name")), as<std::string>("add", "a text", part("add")), as<std::string>("multiply", "a text", part("multiply")),
                              as<double>("zero", "a number", part("zero")), as<double>("one", "a number", part("one")));
    return;
  }
  std::string given = as<std::string>("semiring", "a name or a dict", value);
  for (char& c : given) c = c == '_' ? '-' : c;
  for (const Algebra algebra : {Algebra::plus_times, Algebra::max_plus, Algebra::min_plus, Algebra::log_sum_exp, Algebra::or_and, Algebra::count})
    if (name_of(algebra) == given) {
      option = {.algebra = algebra};
      return;
    }
  throw Error(ErrorCode::bad_option, fmt::format("`{}` is no semiring", given), {}, {}, "offered are plus_times, max_plus, min_plus, log_sum_exp, or_and, count, and a dict for one of your own");
}

}  // namespace

bool set_option(Options& options, std::string_view name, nb::handle value) {
  if (name == "broadcast") set_word<Broadcast, 2>(options.broadcast, name, {{{"strict", Broadcast::strict}, {"numpy", Broadcast::numpy}}}, value);
  else if (name == "sum_ellipsis") options.sum_ellipsis = as<bool>(name, "True or False", value);
  else if (name == "planner")
    set_word<Planner, 4>(options.planner, name, {{{"automatic", Planner::automatic}, {"exact", Planner::exact}, {"greedy", Planner::greedy}, {"left_to_right", Planner::left_to_right}}}, value);
  else if (name == "effort") set_effort(options, value);
  else if (name == "seed") options.seed = as<std::uint64_t>(name, "a whole number that is not negative", value);
  else if (name == "objective")
    set_word<Objective, 4>(options.objective, name, {{{"seconds", Objective::seconds}, {"flops", Objective::flops}, {"size", Objective::size}, {"write", Objective::write}}}, value);
  else if (name == "stream") set_word<Stream, 3>(options.stream, name, {{{"allow", Stream::allow}, {"require", Stream::require}, {"forbid", Stream::forbid}}}, value);
  else if (name == "path") options.order = as<std::vector<std::vector<std::uint32_t>>>(name, "a list of tuples of whole numbers", value);
  else if (name == "plan") options.plan = as<std::string>(name, "the text of a saved plan", value);
  else if (name == "constants") set_constants(options, value);
  else if (name == "threads") options.threads = as<int>(name, "a whole number", value);
  else if (name == "isa") options.isa = as<std::string>(name, "a name", value);
  else if (name == "memory_limit") options.memory_limit = as<std::int64_t>(name, "a number of bytes", value);
  else if (name == "slices") options.slices = as<std::int64_t>(name, "a whole number", value);
  else if (name == "accumulate") set_accumulate(options.accumulate, value);
  else if (name == "semiring") set_semiring(options.semiring, value);
  else if (name == "conjugate") options.conjugate = as<std::vector<bool>>(name, "a list with True or False for each operand", value);
  else if (name == "forbid_fallback") options.forbid_fallback = as<bool>(name, "True or False", value);
  else return false;
  return true;
}

Options take_options(nb::handle keywords, std::string_view function, Options options) {
  if (!keywords.is_valid()) return options;
  for (const auto [key, value] : nb::borrow<nb::dict>(keywords)) {
    const auto name = nb::cast<std::string>(key);
    if (!set_option(options, name, value)) throw nb::type_error(fmt::format("{}() has no argument `{}`; its options are {}", function, name, names).c_str());
  }
  return options;
}

Format take_format(std::string_view name) {
  if (name == "text") return Format::text;
  if (name == "json") return Format::json;
  if (name == "dot") return Format::dot;
  if (name == "html") return Format::html;
  throw Error(ErrorCode::bad_option, fmt::format("`{}` is no form of explain()", name), {}, {}, "offered are text, json, dot, html");
}

}  // namespace einc::python
