// SPDX-License-Identifier: BSD-3-Clause
#include "cli/explain.hpp"

#include <algorithm>
#include <charconv>
#include <string_view>

#include <einc/einsum.hpp>
#include <fmt/format.h>

namespace einc::cli {

namespace {
void put(std::ostream& out, const std::string& text) {
  out << text;
  if (!text.ends_with('\n')) out << '\n';
}
}  // namespace

Shape parse_shape(const std::string& text) {
  const auto refuse = [&] {
    throw Error(ErrorCode::bad_option, fmt::format("`{}` is no shape", text), {}, {}, "write extents with commas: `2,128,8,64`");
  };
  std::string_view rest = text;
  const auto skip_blanks = [&] { rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size())); };
  const auto take = [&](char c) {
    const bool found = rest.starts_with(c);
    if (found) rest.remove_prefix(1);
    return found;
  };
  Shape shape;
  skip_blanks();
  const char close = take('[') ? ']' : take('(') ? ')' : '\0';
  for (skip_blanks(); !rest.empty() && rest[0] != close; skip_blanks()) {
    Extent extent = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), extent);
    if (error != std::errc() || extent < 0) refuse();
    rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
    shape.push_back(extent);
    skip_blanks();
    if (!take(',') && !take('x')) break;
  }
  skip_blanks();
  if (close != '\0' && !take(close)) refuse();
  skip_blanks();
  if (!rest.empty()) refuse();
  return shape;
}

void explain(const ExplainRequest& request, std::ostream& out) {
  if (!request.print_after.empty())
    put(out, einc::print_after(request.print_after, request.text, request.shapes, request.options));
  else
    put(out, einc::explain(request.text, request.shapes, request.options, request.format));
}

}  // namespace einc::cli
