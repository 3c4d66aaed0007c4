#include "parse/parse.hpp"

#include <fmt/format.h>

namespace einc::parse {

std::string print(const Subscripts& subscripts, std::string_view text) {
  const auto piece = [&](Span span) { return text.substr(span.begin, span.end - span.begin); };
  const auto line = [&](std::string_view what, const SubscriptTerm& term) {
    std::string result = fmt::format("{} `{}`", what, piece(term.span));
    for (const Subscript& subscript : term.subscripts)
      result += fmt::format(" {}{}@{}-{}", piece(subscripts.names[subscript.name]), subscript.ellipsis ? "..." : "", subscript.span.begin, subscript.span.end);
    return result + "\n";
  };
  std::string result;
  for (std::size_t i = 0; i < subscripts.operands.size(); ++i) result += line(fmt::format("operand {}", i), subscripts.operands[i]);
  return result + line(subscripts.has_arrow ? "result" : "result (deduced)", subscripts.output);
}

}  // namespace einc::parse
