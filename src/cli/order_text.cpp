// SPDX-License-Identifier: BSD-3-Clause
#include "cli/order_text.hpp"

#include <charconv>
#include <string>

#include <einc/error.hpp>
#include <fmt/format.h>

namespace einc::cli {

namespace {

class Reader {
 public:
  explicit Reader(std::string_view text) : all_(text), rest_(text) {}

  bool take(std::string_view what) {
    while (!rest_.empty() && (rest_[0] == ' ' || rest_[0] == '\t' || rest_[0] == '\n')) rest_.remove_prefix(1);
    const bool found = rest_.starts_with(what);
    if (found) rest_.remove_prefix(what.size());
    return found;
  }
  bool at_end() { return take("") && rest_.empty(); }
  std::uint32_t number() {
    take("");
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    if (error != std::errc()) refuse("a place: a whole number, 0 or more");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return value;
  }
  [[noreturn]] void refuse(std::string_view wanted) {
    take("");
    const auto at = static_cast<std::uint32_t>(all_.size() - rest_.size());
    throw Error(ErrorCode::bad_option, fmt::format("this is no order of contraction: at byte {} there should be {}", at, wanted), std::string(all_),
                {{{at, at + (rest_.empty() ? 0u : 1u)}, ""}}, "write steps in parentheses, as numpy.einsum_path does: `(1,2),(0,1)`");
  }

 private:
  std::string_view all_, rest_;
};

std::vector<std::uint32_t> step(Reader& reader, std::string_view close) {
  std::vector<std::uint32_t> places;
  while (!reader.take(close)) {
    places.push_back(reader.number());
    if (reader.take(",")) continue;
    if (!reader.take(close)) reader.refuse(fmt::format("`,` or `{}`", close));
    break;
  }
  return places;
}

}  // namespace

std::vector<std::vector<std::uint32_t>> parse_order(std::string_view text) {
  Reader reader(text);
  std::vector<std::vector<std::uint32_t>> order;
  const bool listed = reader.take("[");
  if (reader.take("'einsum_path'") || reader.take("\"einsum_path\"")) reader.take(",");
  while (!reader.at_end()) {
    if (listed && reader.take("]")) {
      if (!reader.at_end()) reader.refuse("the end");
      if (order.empty()) reader.refuse("a step, `(`");
      return order;
    }
    if (reader.take("(")) order.push_back(step(reader, ")"));
    else if (reader.take("[")) order.push_back(step(reader, "]"));
    else reader.refuse("`(`");
    reader.take(",");
  }
  if (listed) reader.refuse("`]`");
  if (order.empty()) reader.refuse("`(`");
  return order;
}

}  // namespace einc::cli
