// program_functions.cpp: one row a function; the names are those of einc/program.hpp.
// SPDX-License-Identifier: BSD-3-Clause
#include "parse/program_functions.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace einc::parse {
namespace {

using Build = ProgramBuilder;
using Given = ProgramArguments;
using ir::Function;

template <Function function>
ir::NodeId pointwise(Build& build, const Given& given) {
  return build.map(function, given.tensors);
}
template <Reduction kind>
ir::NodeId reduction(Build& build, const Given& given) {
  return build.reduce(kind, given.tensors[0], given.texts[0]);
}
std::optional<ir::NodeId> sink_of(const Given& given) {
  return given.tensors.size() > 1 ? std::optional(given.tensors[1]) : std::nullopt;
}

constexpr ProgramFunction functions[] = {
    {"einsum", "t*", [](Build& b, const Given& g) { return b.einsum(g.texts[0], g.tensors); }},
    {"extent", "t", [](Build& b, const Given& g) { return b.extent(g.texts[0]); }},
    {"iota", "t", [](Build& b, const Given& g) { return b.iota(g.texts[0]); }},
    {"exp", "x", pointwise<Function::exp>},
    {"log", "x", pointwise<Function::log>},
    {"sqrt", "x", pointwise<Function::sqrt>},
    {"rsqrt", "x", pointwise<Function::rsqrt>},
    {"tanh", "x", pointwise<Function::tanh>},
    {"sigmoid", "x", pointwise<Function::sigmoid>},
    {"relu", "x", pointwise<Function::relu>},
    {"gelu", "x", pointwise<Function::gelu>},
    {"erf", "x", pointwise<Function::erf>},
    {"sin", "x", pointwise<Function::sin>},
    {"cos", "x", pointwise<Function::cos>},
    {"floor", "x", pointwise<Function::floor>},
    {"abs", "x", pointwise<Function::absolute>},
    {"min", "xx", pointwise<Function::minimum>},
    {"max", "xx", pointwise<Function::maximum>},
    {"where", "xxx", pointwise<Function::select>},
    {"sum", "xt", reduction<Reduction::sum>},
    {"mean", "xt", reduction<Reduction::mean>},
    {"reduce", "rxt", [](Build& b, const Given& g) { return b.reduce(g.reduction, g.tensors[0], g.texts[0]); }},
    {"softmax", "xts", [](Build& b, const Given& g) { return b.softmax(g.tensors[0], g.texts[0], g.empty, sink_of(g)); }},
    {"logsumexp", "xtk", [](Build& b, const Given& g) { return b.logsumexp(g.tensors[0], g.texts[0], sink_of(g)); }},
    {"layer_norm", "xtn", [](Build& b, const Given& g) { return b.layer_norm(g.tensors[0], g.texts[0], g.number); }},
    {"rearrange", "txe", [](Build& b, const Given& g) { return b.rearrange(g.texts[0], g.tensors[0], g.extents); }},
    {"split", "xtte", [](Build& b, const Given& g) { return b.split(g.tensors[0], g.texts[0], g.texts[1], g.extents); }},
    {"merge", "xtt", [](Build& b, const Given& g) { return b.merge(g.tensors[0], g.texts[0], g.texts[1]); }},
    {"permute", "xt", [](Build& b, const Given& g) { return b.permute(g.tensors[0], g.texts[0]); }},
    {"broadcast", "xt", [](Build& b, const Given& g) { return b.broadcast(g.tensors[0], g.texts[0]); }},
    {"rename", "xtt", [](Build& b, const Given& g) { return b.rename(g.tensors[0], g.texts[0], g.texts[1]); }},
    {"cast", "xd", [](Build& b, const Given& g) { return b.cast(g.tensors[0], g.dtype); }},
    {"slice", "xtct", [](Build& b, const Given& g) { return b.slice(g.tensors[0], g.texts[0], g.cut, g.texts[1]); }},
    {"concat", "pt", [](Build& b, const Given& g) { return b.concat(g.pieces, g.texts[0]); }},
    {"gather", "xtx", [](Build& b, const Given& g) { return b.gather(g.tensors[0], g.texts[0], g.tensors[1]); }},
};

std::string_view shown(char kind) {
  switch (kind) {
    case 'x': return "x";
    case 't': return "\"labels\"";
    case '*': return "x...";
    case 'd': return "bf16";
    case 'r': return "max";
    case 'c': return "{begin, end, step}";
    case 'p': return "{{x, \"label\"}, ...}";
    case 'e': return "{{\"label\", extent}}";
    case 'n': return "number";
    case 's': return "uniform";
    case 'k': return "sink";
    default: return "?";
  }
}

}  // namespace

const ProgramFunction* find_function(std::string_view name) {
  const auto found = std::find_if(std::begin(functions), std::end(functions), [&](const ProgramFunction& function) { return function.name == name; });
  return found == std::end(functions) ? nullptr : found;
}

std::string usage(const ProgramFunction& function) {
  std::string text = fmt::format("{}(", function.name);
  for (const char kind : function.takes) text += fmt::format("{}{}", text.back() == '(' ? "" : ", ", shown(kind));
  return text + ")";
}

std::size_t spelling_distance(std::string_view x, std::string_view y) {
  std::vector<std::size_t> row(y.size() + 1);
  for (std::size_t j = 0; j <= y.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= x.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= y.size(); ++j) {
      const std::size_t change = diagonal + (x[i - 1] != y[j - 1]);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[y.size()];
}

std::string nearest_function(std::string_view name) {
  if (name.size() > 32) return {};
  std::string_view best;
  std::size_t least = std::max<std::size_t>(name.size() / 2, 1) + 1;
  for (const ProgramFunction& function : functions)
    if (const std::size_t distance = spelling_distance(name, function.name); distance < least) least = distance, best = function.name;
  return std::string(best);
}

}  // namespace einc::parse
