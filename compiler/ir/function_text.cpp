// function_text.cpp: operators where C++ has them, calls for the rest.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/function_text.hpp"

#include <cmath>
#include <string_view>

#include <fmt/format.h>

namespace einc::ir {
namespace {

struct Infix {
  std::string_view sign;
  int strength = 0;  // 0: no operator
};

Infix infix_of(Function function) {
  switch (function) {
    case Function::add: return {"+", Phrase::sum};
    case Function::subtract: return {"-", Phrase::sum};
    case Function::multiply: return {"*", Phrase::product};
    case Function::divide: return {"/", Phrase::product};
    case Function::less: return {"<", Phrase::order};
    case Function::less_equal: return {"<=", Phrase::order};
    case Function::equal: return {"==", Phrase::equality};
    case Function::not_equal: return {"!=", Phrase::equality};
    case Function::logical_and: return {"&&", Phrase::conjunction};
    case Function::logical_or: return {"||", Phrase::disjunction};
    default: return {};
  }
}

std::string held(const Phrase& phrase, int least) { return phrase.strength < least ? fmt::format("({})", phrase.text) : phrase.text; }

// Operators group from the left: the right side needs parentheses where its own operator binds as tightly.
Phrase joined(const Phrase& x, const Infix& infix, const Phrase& y) {
  return {fmt::format("{} {} {}", held(x, infix.strength), infix.sign, held(y, infix.strength + 1)), infix.strength};
}

}  // namespace

Phrase phrase_of(double number) {
  if (std::isnan(number)) return {"nan", Phrase::whole};
  const int strength = std::signbit(number) ? Phrase::sign : Phrase::whole;
  if (std::isinf(number)) return {number < 0 ? "-infinity" : "infinity", strength};
  return {fmt::format("{}", number), strength};
}

Phrase phrase_of(Function function, std::span<const Phrase> arguments) {
  const Infix infix = infix_of(function);
  if (infix.strength > 0 && arguments.size() == 2) return joined(arguments[0], infix, arguments[1]);
  if ((function == Function::negative || function == Function::logical_not) && arguments.size() == 1) {
    const bool twice = arguments[0].text.starts_with('-');
    return {fmt::format("{}{}", function == Function::negative ? "-" : "!", held(arguments[0], twice ? Phrase::whole : Phrase::sign)), Phrase::sign};
  }
  const bool rounds = function == Function::round_f32 || function == Function::round_bf16;
  std::string text = fmt::format("{}(", rounds ? "cast" : name_of(function));
  for (std::size_t i = 0; i < arguments.size(); ++i) text += (i == 0 ? "" : ", ") + arguments[i].text;
  if (rounds) text += function == Function::round_f32 ? ", f32" : ", bf16";
  return {text + ")", Phrase::whole};
}

Phrase greater_phrase(Function function, const Phrase& y, const Phrase& x) {
  return joined(x, {function == Function::less ? ">" : ">=", Phrase::order}, y);
}

}  // namespace einc::ir
