// einsum_program.cpp: an einsum as a program: an input for each operand, and one statement.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/gradients.hpp>

#include <algorithm>

#include <fmt/format.h>

#include "parse/parse.hpp"

namespace einc {

Program einsum_program(const LocatedText& subscripts) {
  const std::string_view text = subscripts.text;
  const Subscripts read = parse::parse(text);
  const auto refuse = [&](ErrorCode code, const char* sentence, Span span, const char* hint) { throw Error(code, sentence, std::string(text), {{span, {}}}, hint); };
  std::size_t made = 0;
  const auto label_of = [&](const Subscript& subscript) {
    const Span span = read.names[subscript.name];
    if (subscript.ellipsis) refuse(ErrorCode::bad_ellipsis, "an ellipsis does not say which labels the operands of a program have", subscript.span, "write the labels");
    const std::string name(text.substr(span.begin, span.end - span.begin));
    return name.size() > 1 && static_cast<unsigned char>(name[0]) < 0x80 ? fmt::format("[{}]", name) : name;
  };
  Program program;
  std::vector<Tensor> operands;
  std::string terms;
  for (const SubscriptTerm& term : read.operands) {
    std::string labels;
    std::vector<std::uint32_t> seen;
    terms += operands.empty() ? "" : ",";
    for (const Subscript& subscript : term.subscripts) {
      const std::string label = label_of(subscript);
      const bool again = std::find(seen.begin(), seen.end(), subscript.name) != seen.end();
      seen.push_back(subscript.name);
      labels += again ? fmt::format("[_{}]", made++) : label;
      terms += label;
    }
    operands.push_back(program.input({fmt::format("x{}", operands.size()), subscripts.where}, labels));
  }
  std::string kept;
  std::vector<std::uint32_t> seen;
  for (const Subscript& subscript : read.output.subscripts) {
    if (std::find(seen.begin(), seen.end(), subscript.name) != seen.end())
      refuse(ErrorCode::repeated_output_label, "a tensor of a program has a label once", subscript.span, "write the diagonal with `where` and `iota`");
    seen.push_back(subscript.name);
    kept += label_of(subscript);
  }
  program.output({"o", subscripts.where}, einsum(LocatedText(terms + "->" + kept, subscripts.where), operands));
  return program;
}

}  // namespace einc
