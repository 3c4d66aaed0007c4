#include "api/term_marks.hpp"

#include <utility>

#include <einc/subscripts.hpp>

namespace einc::api {

std::vector<Mark> term_marks(std::string_view text, std::size_t number, std::string note) {
  const Subscripts subscripts = parse_subscripts(text);
  if (subscripts.fault.code != ErrorCode::none || (number != of_result && number >= subscripts.operands.size())) return {};
  return {{number == of_result ? subscripts.output.span : subscripts.operands[number].span, std::move(note)}};
}

}  // namespace einc::api
