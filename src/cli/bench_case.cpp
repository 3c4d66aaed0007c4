// SPDX-License-Identifier: BSD-3-Clause
#include "cli/bench_case.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <system_error>

#include <einc/error.hpp>
#include <einc/program.hpp>
#include <einc/subscripts.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/case_arrays.hpp"
#include "cli/output_file.hpp"
#include "cli/program_file.hpp"

namespace einc::cli {

namespace {

using Json = nlohmann::ordered_json;
using Path = std::filesystem::path;

[[noreturn]] void refuse(const Path& file, const std::string& why) {
  throw Error(ErrorCode::bad_file, fmt::format("`{}`: {}", file.string(), why));
}

Json read_json(const Path& file) {
  std::ifstream stream(file);
  if (!stream) refuse(file, "cannot be read");
  try {
    Json json = Json::parse(stream);
    if (!json.is_object() || !json.contains("suite") || !json.contains("cases") || !json["cases"].is_array())
      refuse(file, "is no file of cases: an object with `suite` and a list `cases`");
    return json;
  } catch (const nlohmann::json::exception& error) {
    refuse(file, error.what());
  }
}

constexpr std::string_view known_keys[] = {"name", "subscripts", "program",  "flops",   "shapes", "extents",   "dtype", "accumulate",
                                           "fill", "seed",       "checksum", "threads", "small",  "plan_only", "note"};

// `{"b": 2, ...}` and the text give every operand's shape.
std::vector<Shape> shapes_from(const Json& extents, const std::string& text) {
  const Subscripts parsed = parse_subscripts(text);
  if (parsed.fault.code != ErrorCode::none)
    throw Error(parsed.fault.code, std::string(sentence_of(parsed.fault.code)), text, {{parsed.fault.first, ""}});
  std::vector<Shape> shapes;
  for (const SubscriptTerm& term : parsed.operands) {
    shapes.emplace_back();
    for (const Subscript& subscript : term.subscripts) {
      const Span span = parsed.names[subscript.name];
      const std::string name = text.substr(span.begin, span.end - span.begin);
      if (!extents.contains(name)) throw Error(ErrorCode::bad_file, fmt::format("`extents` has no label `{}`", name));
      shapes.back().push_back(extents.at(name).get<Extent>());
    }
  }
  return shapes;
}

template <class Value>
Value choose(const std::string& word, const std::map<std::string, Value>& values) {
  if (const auto found = values.find(word); found != values.end()) return found->second;
  std::string list;
  for (const auto& [name, value] : values) list += fmt::format("{}`{}`", list.empty() ? "" : ", ", name);
  throw Error(ErrorCode::bad_file, fmt::format("`{}` is none of {}", word, list));
}

std::map<std::string, DType> element_types() {
  std::map<std::string, DType> types;
  for (std::size_t i = 0; i < dtype_count; ++i) types.emplace(name_of(static_cast<DType>(i)), static_cast<DType>(i));
  return types;
}

// The type holds what the operands are filled with, and a checksum can be met.
void check_filling(const BenchCase& bench_case) {
  const DType dtype = bench_case.dtype;
  const Fill fill = bench_case.filling.fill;
  const bool real = dtype == DType::f32 || dtype == DType::f64 || is_half(dtype), rounded = bench_case.is_program() && is_half(dtype);
  const bool continuous = dtype == DType::f32 || dtype == DType::f64 || is_complex(dtype) || rounded;
  if (bench_case.is_program() && !real) throw Error(ErrorCode::bad_file, fmt::format("a program takes floats, not {}", name_of(dtype)));
  if (!continuous && !is_whole(fill)) throw Error(ErrorCode::bad_file, fmt::format("operands of {} hold whole numbers only", name_of(dtype)));
  if ((is_unsigned_integer(dtype) || dtype == DType::boolean) && fill != Fill::sparse)
    throw Error(ErrorCode::bad_file, fmt::format("operands of {} need the fill `sparse`", name_of(dtype)));
}

// A program stands in the case itself or in a file beside the file of cases.
std::string program_from(const std::string& given, const Path& folder) {
  return is_program_file(given) ? read_program_file((folder / given).string()) : given;
}

// The text of an einsum or a program and its shapes fit, or it throws.
void check(const BenchCase& bench_case) {
  if (!bench_case.is_program()) {
    labelling_of(bench_case);
    return;
  }
  const std::vector<std::string> inputs = Program::parse(bench_case.program).inputs();
  if (inputs.size() != bench_case.shapes.size())
    throw Error(ErrorCode::operand_count, fmt::format("{} inputs, {} shapes", inputs.size(), bench_case.shapes.size()));
}

BenchCase parse_case(const Json& json, const std::string& suite, const Path& folder) {
  for (const auto& item : json.items())
    if (std::find(std::begin(known_keys), std::end(known_keys), item.key()) == std::end(known_keys))
      throw Error(ErrorCode::bad_file, fmt::format("`{}` is no key of a case", item.key()));
  BenchCase result;
  result.suite = suite;
  result.name = json.at("name").get<std::string>();
  if (json.contains("program") == json.contains("subscripts")) throw Error(ErrorCode::bad_file, "one of `subscripts` and `program`");
  if (json.contains("program")) result.program = program_from(json["program"].get<std::string>(), folder);
  else result.subscripts = json["subscripts"].get<std::string>();
  if (json.contains("flops")) result.flops = json["flops"].get<double>();
  if (result.is_program() && !json.contains("shapes")) throw Error(ErrorCode::bad_file, "a program needs `shapes`");
  result.shapes = json.contains("shapes") ? json["shapes"].get<std::vector<Shape>>() : shapes_from(json.at("extents"), result.subscripts);
  result.dtype = choose(json.value("dtype", "f32"), element_types());
  if (json.contains("accumulate")) result.accumulate = choose(json["accumulate"].get<std::string>(), element_types());
  result.filling.fill = choose<Fill>(json.value("fill", "integers"), {{"integers", Fill::integers},
                                                                      {"signs", Fill::signs},
                                                                      {"sparse", Fill::sparse},
                                                                      {"uniform", Fill::uniform},
                                                                      {"positive", Fill::positive}});
  result.filling.seed = json.value("seed", std::uint64_t{0});
  result.threads = json.value("threads", 0);
  result.small = json.value("small", false);
  result.plan_only = json.value("plan_only", false);
  if (json.contains("checksum") && !json["checksum"].is_null()) result.checksum = json["checksum"].get<double>();
  check_filling(result);
  check(result);
  return result;
}

}  // namespace

Compiled compile_case(const BenchCase& bench_case, Options options, const PlanProgress& progress) {
  if (bench_case.accumulate && options.dtype == bench_case.dtype) options.accumulate = *bench_case.accumulate;
  return bench_case.is_program() ? compile(Program::parse(bench_case.program), bench_case.shapes, options, progress)
                                 : compile(bench_case.subscripts, bench_case.shapes, options, progress);
}

Labelling labelling_of(const BenchCase& bench_case) {
  const std::string& text = bench_case.subscripts;
  const Subscripts parsed = parse_subscripts(text);
  if (parsed.fault.code != ErrorCode::none)
    throw Error(parsed.fault.code, std::string(sentence_of(parsed.fault.code)), text, {{parsed.fault.first, ""}});
  if (parsed.operands.size() != bench_case.shapes.size())
    throw Error(ErrorCode::operand_count, fmt::format("{} terms, {} shapes", parsed.operands.size(), bench_case.shapes.size()), text);
  Labelling labelling;
  labelling.extents.assign(parsed.names.size(), -1);
  for (std::size_t operand = 0; operand < parsed.operands.size(); ++operand) {
    const SubscriptTerm& term = parsed.operands[operand];
    const Shape& shape = bench_case.shapes[operand];
    if (term.subscripts.size() != shape.size())
      throw Error(ErrorCode::rank_mismatch, fmt::format("operand {} has {} extents", operand, shape.size()), text, {{term.span, ""}});
    labelling.operands.emplace_back();
    for (std::size_t i = 0; i < shape.size(); ++i) {
      const Subscript& subscript = term.subscripts[i];
      if (subscript.ellipsis) throw Error(ErrorCode::bad_ellipsis, "a case spells all labels out", text, {{subscript.span, ""}});
      Extent& extent = labelling.extents[subscript.name];
      if (shape[i] < 0 || (extent >= 0 && extent != shape[i]))
        throw Error(ErrorCode::extent_mismatch, "a label has two extents, or a negative one", text, {{subscript.span, ""}});
      extent = shape[i];
      labelling.operands.back().push_back(subscript.name);
    }
  }
  for (const Subscript& subscript : parsed.output.subscripts) labelling.output.push_back(subscript.name);
  return labelling;
}

std::vector<BenchCase> read_cases(const Path& file) {
  const Json json = read_json(file);
  std::vector<BenchCase> cases;
  for (const Json& given : json["cases"]) {
    std::string name = "?";
    try {
      Json whole = json.value("defaults", Json::object());
      whole.update(given);
      name = whole.value("name", name);
      cases.push_back(parse_case(whole, json["suite"].get<std::string>(), file.parent_path()));
    } catch (const nlohmann::json::exception& error) {
      refuse(file, fmt::format("case `{}`: {}", name, error.what()));
    } catch (const Error& error) {
      refuse(file, fmt::format("case `{}`: {}", name, error.what()));
    }
  }
  return cases;
}

void write_checksums(const Path& file) {
  const std::vector<BenchCase> cases = read_cases(file);
  Json json = read_json(file);
  std::string text = "{";
  for (const auto& item : json.items()) {
    text += fmt::format("{}\n  {}: ", text.size() > 1 ? "," : "", Json(item.key()).dump());
    if (item.key() != "cases") {
      text += item.value().dump();
      continue;
    }
    for (std::size_t i = 0; i < cases.size(); ++i) {
      Json& given = item.value()[i];
      if (!cases[i].plan_only) {
        const double checksum = expected_of(cases[i]);
        if (is_whole(cases[i].filling.fill) && !cases[i].is_program()) given["checksum"] = static_cast<std::int64_t>(checksum);
        else given["checksum"] = checksum;
      }
      text += fmt::format("{}\n    {}", i == 0 ? "[" : ",", given.dump());
    }
    text += cases.empty() ? "[]" : "\n  ]";
  }
  text += "\n}\n";
  OutputFile out(file.string());
  out.write(text.data(), text.size());
  out.commit();
}

Path find_cases(const std::string& chosen) {
  std::error_code ignored;
  const auto is_there = [&](const Path& folder) { return std::filesystem::is_directory(folder, ignored); };
  const char* variable = std::getenv("EINC_CASES");
  const std::string given = !chosen.empty() ? chosen : variable != nullptr ? variable : "";
  if (!given.empty()) {
    if (is_there(given)) return given;
    throw Error(ErrorCode::bad_file, fmt::format("there is no folder `{}`", given));
  }
  const Path tool = std::filesystem::read_symlink("/proc/self/exe", ignored);
  if (const Path installed = tool.parent_path().parent_path() / "share/einc/cases"; is_there(installed)) return installed;
  for (const Path& start : {tool.parent_path(), std::filesystem::current_path(ignored)})
    for (Path at = start; !at.empty(); at = at.parent_path()) {
      if (const Path folder = at / "benchmarks/cases"; is_there(folder)) return folder;
      if (at == at.parent_path()) break;
    }
  throw Error(ErrorCode::bad_file, "there are no case files", {}, {}, "name their folder: `--cases FOLDER` or EINC_CASES");
}

std::vector<Path> case_files(const Path& folder) {
  std::vector<Path> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder, error))
    if (entry.path().extension() == ".json") files.push_back(entry.path());
  if (error) refuse(folder, error.message());
  std::sort(files.begin(), files.end());
  return files;
}

bool matches(std::string_view pattern, std::string_view text) {
  // On a mismatch the last star takes one character more; an earlier star never needs to.
  std::size_t p = 0, t = 0, star = std::string_view::npos, taken = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') star = p++, taken = t;
    else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) ++p, ++t;
    else if (star != std::string_view::npos) p = star + 1, t = ++taken;
    else return false;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

std::vector<BenchCase> select(const std::vector<BenchCase>& cases, const std::vector<std::string>& patterns) {
  if (patterns.empty()) return cases;
  std::vector<char> chosen(cases.size(), 0);
  for (const std::string& pattern : patterns) {
    bool any = false;
    for (std::size_t i = 0; i < cases.size(); ++i)
      if (matches(pattern, cases[i].id()) || matches(pattern, cases[i].suite)) chosen[i] = any = true;
    if (!any)
      throw Error(ErrorCode::bad_option, fmt::format("no case matches `{}`", pattern), {}, {}, "`einc bench --list` names them all");
  }
  std::vector<BenchCase> result;
  for (std::size_t i = 0; i < cases.size(); ++i)
    if (chosen[i]) result.push_back(cases[i]);
  return result;
}

}  // namespace einc::cli
