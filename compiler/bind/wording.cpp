#include "bind/wording.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace einc::bind {

std::string shown(std::span<const Extent> shape) {
  constexpr std::size_t most = 16, kept = 6;
  if (shape.size() <= most) return fmt::format("[{}]", fmt::join(shape, ", "));
  return fmt::format("[{}, ... {} more ..., {}]", fmt::join(shape.first(kept), ", "), shape.size() - 2 * kept, fmt::join(shape.last(kept), ", "));
}

std::string counted(std::size_t count, std::string_view noun) { return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s"); }

std::string brief(std::string_view text) {
  constexpr std::size_t most = 72, kept = 30;
  if (text.size() <= most) return std::string(text);
  const auto inside = [&](std::size_t at) { return (static_cast<unsigned char>(text[at]) & 0xC0u) == 0x80u; };  // of a character of several bytes
  std::size_t end = kept, begin = text.size() - kept;
  while (end > 0 && inside(end)) --end;
  while (begin < text.size() && inside(begin)) ++begin;
  return fmt::format("{} ... {}", text.substr(0, end), text.substr(begin));
}

}  // namespace einc::bind
