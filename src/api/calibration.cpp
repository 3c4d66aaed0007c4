// SPDX-License-Identifier: BSD-3-Clause
#include "api/calibration.hpp"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <system_error>

#include <einc/calibration.hpp>
#include <einc/cpu.hpp>
#include <einc/error.hpp>
#include <einc/version.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

#include "api/kernel_tables.hpp"

namespace einc::api {
namespace {

using Json = nlohmann::ordered_json;

constexpr int format_version = 1;  // what the figures mean: raised when the model changes

std::uint64_t hash_of(std::string_view text) {  // FNV-1a
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

const char* environment(const char* name) {
  const char* const text = std::getenv(name);
  return text == nullptr || *text == '\0' ? nullptr : text;
}

// The figures of one group; what is wrong with them otherwise.
std::string take(const Json& json, const ir::SpeedGroup& group) {
  const std::string name{group.name};
  if (!json.contains(name)) return fmt::format("`{}` is missing", name);
  const Json& given = json.at(name);
  if (group.count > 1 && (!given.is_array() || given.size() != group.count)) return fmt::format("`{}` is no list of {} numbers", name, group.count);
  for (std::size_t i = 0; i < group.count; ++i) {
    const Json& number = group.count > 1 ? given[i] : given;
    if (!number.is_number()) return fmt::format("`{}` is no number", name);
    group.first[i] = number.get<double>();
    if (!std::isfinite(group.first[i]) || group.first[i] < group.least || group.first[i] > group.most)
      return fmt::format("`{}` is {}, which no machine has", name, group.first[i]);
  }
  return {};
}

[[noreturn]] void refuse(const std::string& path, const std::string& why) { throw Error(ErrorCode::bad_file, fmt::format("`{}`: {}", path, why)); }

struct Named {
  std::string path;  // empty: no calibration is wanted
  bool by_user = false;
};

Named name_of_file(const std::string& chosen, const std::string& isa) {
  std::string named = chosen;
  if (const char* variable = environment("EINC_CALIBRATION"); named.empty() && variable != nullptr) named = variable;
  if (named == "off") return {"", true};
  if (!named.empty()) return {named, true};
  return {calibration_path(isa), false};
}

FoundSpeeds read(const Named& named, const kernels::KernelTable& table) {
  const ir::Speeds model = ir::completed({}, table.vector_bytes);
  const std::string by_model = "a general model of the processor";
  if (named.path.empty()) return {model, named.by_user ? by_model + ", as was asked for" : by_model + "; `einc calibrate` measures this machine"};
  std::ifstream file(named.path, std::ios::binary);
  std::stringstream text;
  if (file) text << file.rdbuf();
  if (!file || !text) {
    if (named.by_user) refuse(named.path, "cannot be read");
    return {model, by_model + "; `einc calibrate` measures this machine"};
  }
  ReadSpeeds found = read_calibration(text.str(), machine_key(table));
  if (found.speeds) return {*found.speeds, fmt::format("measured on this machine: `{}`", named.path)};
  if (named.by_user && found.damaged) refuse(named.path, found.why_not);
  return {model, fmt::format("{}; `{}` is not used: {}", by_model, named.path, found.why_not)};
}

struct Known {
  std::mutex mutex;
  std::map<std::pair<std::string, std::string>, FoundSpeeds> files;  // by path and instruction set
};
Known& known() {
  static Known instance;
  return instance;
}

}  // namespace

std::string machine_key(const kernels::KernelTable& table) {
  const Cpu& cpu = this_cpu();
  return fmt::format("{}, {} kernels of einc {}, caches {} {} {}, {} processors; of {}", cpu.name, table.isa, version_text, cpu.l1_bytes, cpu.l2_bytes, cpu.l3_bytes,
                     cpu.processors, fmt::join(cpu.isas, " "));
}

std::string calibration_text(const ir::Speeds& given, const std::string& key) {
  ir::Speeds speeds = given;
  Json figures = Json::object();
  for (const ir::SpeedGroup& group : groups_of(speeds)) {
    if (group.count == 1) figures[std::string(group.name)] = *group.first;
    else figures[std::string(group.name)] = std::vector<double>(group.first, group.first + group.count);
  }
  return Json{{"einc_calibration", format_version}, {"machine", key}, {"speeds", std::move(figures)}}.dump(2) + "\n";
}

ReadSpeeds read_calibration(std::string_view text, const std::string& key) {
  const Json json = Json::parse(text, nullptr, false);
  const auto damaged = [](std::string why) { return ReadSpeeds{{}, std::move(why), true}; };
  if (json.is_discarded() || !json.is_object() || !json.contains("einc_calibration") || !json["einc_calibration"].is_number_integer())
    return damaged("it is no calibration");
  if (json["einc_calibration"] != format_version) return {{}, "it is of another version", false};
  if (!json.contains("machine") || !json["machine"].is_string()) return damaged("it does not say of which machine it is");
  if (json["machine"].get<std::string>() != key) return {{}, "it is of another machine or release", false};
  if (!json.contains("speeds") || !json["speeds"].is_object()) return damaged("it has no speeds");
  ir::Speeds speeds;
  for (const ir::SpeedGroup& group : groups_of(speeds))
    if (std::string why = take(json["speeds"], group); !why.empty()) return damaged(std::move(why));
  return {speeds, {}, false};
}

FoundSpeeds find_speeds(const std::string& chosen, const kernels::KernelTable& table) {
  const Named named = name_of_file(chosen, table.isa);
  const std::lock_guard lock(known().mutex);
  const auto place = known().files.find({named.path, table.isa});
  if (place != known().files.end() && !named.path.empty()) return place->second;
  FoundSpeeds found = read(named, table);
  if (!named.path.empty()) known().files[{named.path, table.isa}] = found;
  return found;
}

void forget_calibrations() {
  const std::lock_guard lock(known().mutex);
  known().files.clear();
}

void write_calibration(const std::string& path, const std::string& text) {
  std::error_code ignored;
  const std::filesystem::path target(path);
  if (target.has_parent_path()) std::filesystem::create_directories(target.parent_path(), ignored);
  const std::string beside = fmt::format("{}.{}.tmp", path, ::getpid());
  std::ofstream file(beside, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  std::error_code failed;
  if (file) std::filesystem::rename(beside, target, failed);
  if (file && !failed) return;
  std::filesystem::remove(beside, ignored);
  refuse(path, "cannot be written");
}

}  // namespace einc::api

namespace einc {

std::string calibration_path(const std::string& isa) {
  const kernels::KernelTable& table = api::choose_table(isa);
  std::string folder;
  if (const char* cache = api::environment("XDG_CACHE_HOME")) folder = cache;
  else if (const char* home = api::environment("HOME")) folder = std::string(home) + "/.cache";
  else return {};
  return fmt::format("{}/einc/speeds-{}-{:016x}.json", folder, table.isa, api::hash_of(api::machine_key(table)));
}

}  // namespace einc
