// SPDX-License-Identifier: BSD-3-Clause
#include "cli/program_file.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include <einc/error.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace einc::cli {

namespace {

constexpr std::size_t nothing = static_cast<std::size_t>(-1);

[[noreturn]] void refuse(std::string sentence, std::string hint) { throw Error(ErrorCode::bad_option, std::move(sentence), {}, {}, std::move(hint)); }

}  // namespace

std::string read_text_file(const std::string& path, std::string_view what) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  std::string text;
  char block[4096];
  while (file.read(block, sizeof block), file.gcount() > 0) text.append(block, static_cast<std::size_t>(file.gcount()));
  if (!file.is_open() || file.bad())
    throw Error(ErrorCode::bad_file, fmt::format("cannot read the {} `{}`{}", what, path, errno == ENOENT ? ": there is no such file" : errno != 0 ? fmt::format(": {}", std::strerror(errno)) : ""));
  return text;
}

Named parse_named(const std::string& argument) {
  const std::size_t sign = argument.find('=');
  if (sign == std::string::npos || sign == 0 || argument.find('/') < sign) return {"", argument};
  return {argument.substr(0, sign), argument.substr(sign + 1)};
}

std::string quoted(const std::vector<std::string>& names) { return names.empty() ? "none" : fmt::format("`{}`", fmt::join(names, "`, `")); }

std::size_t place_of(const std::vector<std::string>& names, const std::string& name, std::string_view what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) refuse(fmt::format("the program has no {} `{}`", what, name), fmt::format("its {}s: {}", what, quoted(names)));
  return static_cast<std::size_t>(found - names.begin());
}

std::vector<std::size_t> assign(const std::vector<std::string>& names, const std::vector<Named>& arguments, std::string_view what, std::string_view argument) {
  std::vector<std::size_t> of(names.size(), nothing);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].name.empty()) continue;
    std::size_t& place = of[place_of(names, arguments[i].name, what)];
    if (place != nothing) refuse(fmt::format("{} `{}` is given two {}s: {} and {}", what, arguments[i].name, argument, arguments[place].value, arguments[i].value), {});
    place = i;
  }
  std::size_t next = 0, unused = 0;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].name.empty()) continue;
    while (next < of.size() && of[next] != nothing) ++next;
    if (next < of.size()) of[next] = i;
    else ++unused;
  }
  std::vector<std::string> without;
  for (std::size_t i = 0; i < of.size(); ++i)
    if (of[i] == nothing) without.push_back(names[i]);
  if (!without.empty() || unused > 0)
    refuse(fmt::format("the program has {} {}{}, and {} {}{} {} given", names.size(), what, names.size() == 1 ? "" : "s", arguments.size(), argument,
                       arguments.size() == 1 ? "" : "s", arguments.size() == 1 ? "is" : "are"),
           !without.empty() ? fmt::format("without a {}: {}", argument, quoted(without)) : fmt::format("its {}s: {}", what, quoted(names)));
  return of;
}

}  // namespace einc::cli
