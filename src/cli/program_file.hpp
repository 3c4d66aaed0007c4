// program_file.hpp: programs in text files, and arguments that name the input or output they are for.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace einc::cli {

// Whether an argument names a file that holds a program. No text of an einsum ends so: a dot is part of `...` or a fault.
inline bool is_program_file(std::string_view argument) { return argument.ends_with(".einc"); }

// The text in the file; `what` says what it holds: "plan". Throws Error (bad_file) that names it.
std::string read_text_file(const std::string& path, std::string_view what);
inline std::string read_program_file(const std::string& path) { return read_text_file(path, "program"); }

// An argument for an input or output: `name=value`, or only a value. What stands before a `/` is part of a path, never a name.
struct Named {
  std::string name, value;
  bool operator==(const Named&) const = default;
};
Named parse_named(const std::string& argument);

// Names in backticks, for messages.
std::string quoted(const std::vector<std::string>& names);

// Where `name` is among the names; `what` says what a name is: "input". Throws Error (bad_option) when it is none of them.
std::size_t place_of(const std::vector<std::string>& names, const std::string& name, std::string_view what);

// For each of `names` the number of the argument that it gets: its own, or else the next that has no name, in order.
// `argument` says what a name needs: "shape". Throws Error (bad_option): an unknown name, a name twice, too few arguments or too many.
std::vector<std::size_t> assign(const std::vector<std::string>& names, const std::vector<Named>& arguments, std::string_view what, std::string_view argument);

}  // namespace einc::cli
