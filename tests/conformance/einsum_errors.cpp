// einsum_errors.cpp: faulty calls, each with the code, the marked bytes and the words its error must have.
// EINC_EINSUM_ERRORS names another file of the same form.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <einc/einsum.hpp>

#include "conformance/conformance_file.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

using Marks = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

std::string print(const Marks& marks) {
  std::string all;
  for (const auto& [begin, end] : marks) all += "[" + std::to_string(begin) + ", " + std::to_string(end) + ")";
  return all.empty() ? "nothing" : all;
}

// Empty when the error is as the case demands.
std::string check_error(const Error& error, const Json& json) {
  const std::string code(name_of(error.code()));
  if (code != json.at("code").get<std::string>()) return "has code " + code;
  Marks marked;
  for (const Mark& mark : error.marks()) marked.emplace_back(mark.span.begin, mark.span.end);
  std::sort(marked.begin(), marked.end());
  Marks expected = json.at("marks").get<Marks>();
  std::sort(expected.begin(), expected.end());
  if (marked != expected) return "marks " + print(marked) + " instead of " + print(expected);
  const std::string message = error.what();
  for (const std::string word : json.at("mentions"))
    if (message.find(word) == std::string::npos) return "does not mention `" + word + "`";
  if (message.find(error.sentence()) == std::string::npos) return "does not hold its own sentence";
  return {};
}

std::string check(const Json& json, DType dtype) {
  Options options;
  options.dtype = dtype;
  options.broadcast = json.at("mode") == "numpy" ? Broadcast::numpy : Broadcast::strict;
  const std::string text = json.at("subscripts");
  try {
    compile(text, json.at("shapes").get<std::vector<Shape>>(), options);
  } catch (const Error& error) {
    const std::string fault = check_error(error, json);
    return fault.empty() ? fault : fault + "\n" + error.what();
  }
  return "is accepted";
}

}  // namespace

int main() {
  return conformance_main([] {
    Tally tally;
    for (const Json& json : read_cases("EINC_EINSUM_ERRORS", "einsum_errors.json", "einsum-errors/1")) {
      const std::string name = "`" + json.at("subscripts").get<std::string>() + "` " + json.at("shapes").dump() + " ";
      std::string fault = check(json, DType::f32);
      if (fault.empty()) fault = check(json, DType::f64);
      fault.empty() ? tally.pass() : tally.fail(name + fault);
    }
    return tally.finish();
  });
}
