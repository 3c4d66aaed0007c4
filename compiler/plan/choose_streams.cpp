// SPDX-License-Identifier: BSD-3-Clause
#include "plan/choose_streams.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <einc/error.hpp>

#include "plan/plan_stream.hpp"

namespace einc::plan {
namespace {

// Whether somebody outside of a stream needs its scores too: then they lie in memory anyway, and would be computed twice.
bool needs_scores(const ir::Expression& expression, std::uint32_t stream, const StreamMembers& members) {
  std::vector<bool> seen(expression.values.size(), false);
  std::vector<ir::ValueId> open;
  const auto want = [&](ir::ValueId value) {
    if (seen[value]) return;
    seen[value] = true;
    open.push_back(value);
  };
  for (const ir::Output& output : expression.outputs) want(output.value);
  while (!open.empty()) {
    const ir::ValueId value = open.back();
    open.pop_back();
    if (members.producer(value) == stream) {
      for (ir::ValueId input : members.inputs(stream)) want(input);
      continue;
    }
    if (value == expression.streams[stream].scores || value == expression.streams[stream].masked) return true;
    for (ir::ValueId argument : expression.values[value].arguments) want(argument);
  }
  return false;
}

std::optional<std::string> objection(const ir::Expression& expression, std::uint32_t stream, const StreamMembers& members) {
  if (needs_scores(expression, stream, members)) return "the weights or scores are wanted too, so they lie in memory anyway: computing them twice would save nothing";
  return {};
}

}  // namespace

ir::Expression choose_streams(ir::Expression expression, Stream wanted) {
  if (wanted == Stream::require && !expression.refusals.empty())
    throw Error(ErrorCode::cannot_stream, "a softmax cannot be streamed: " + expression.refusals.front().condition, {}, {},
                "Stream::allow computes it with its scores in memory");
  if (wanted == Stream::forbid) expression.streams.clear(), expression.refusals.clear();
  if (wanted != Stream::allow) return expression;
  std::vector<ir::Region> kept;
  const StreamMembers members(expression);
  for (std::uint32_t stream = 0; stream < expression.streams.size(); ++stream) {
    if (std::optional<std::string> reason = objection(expression, stream, members)) expression.refusals.push_back({expression.streams[stream].maximum, std::move(*reason)});
    else kept.push_back(expression.streams[stream]);
  }
  expression.streams = std::move(kept);
  return expression;
}

}  // namespace einc::plan
