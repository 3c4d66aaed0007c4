// The file of a machine's speeds: what goes in comes out, and nothing that is no such file gets through.
// SPDX-License-Identifier: BSD-3-Clause
#include "api/calibration.hpp"

#include <cmath>
#include <cstdlib>

#include <einc/calibration.hpp>
#include <einc/einsum.hpp>
#include <nlohmann/json.hpp>

#include "api/kernel_tables.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using nlohmann::json;

namespace {

// Sets a variable of the environment, and puts it back.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) {
    if (const char* before = std::getenv(name)) before_ = before, had_ = true;
    if (value == nullptr) unsetenv(name);
    else setenv(name, value, 1);
    api::forget_calibrations();
  }
  Variable(const Variable&) = delete;
  ~Variable() {
    if (had_) setenv(name_, before_.c_str(), 1);
    else unsetenv(name_);
    api::forget_calibrations();
  }

 private:
  const char* name_;
  std::string before_;
  bool had_ = false;
};

ir::Speeds some_speeds() {
  ir::Speeds speeds = ir::completed({}, 64);
  speeds.f32_flops = 123456789012.5;
  return speeds;
}

std::string file_of(const kernels::KernelTable& table) { return api::calibration_text(some_speeds(), api::machine_key(table)); }

std::string speeds_of(const std::string& calibration) {
  Options options;
  options.calibration = calibration;
  return compile("ij,jk->ik", {{20, 30}, {30, 40}}, options).plan().speeds;
}

}  // namespace

TEST_CASE("speeds come out of a file as they went in, to the last bit") {
  const api::ReadSpeeds read = api::read_calibration(api::calibration_text(some_speeds(), "a machine"), "a machine");
  REQUIRE(read.speeds);
  CHECK(*read.speeds == some_speeds());
}

TEST_CASE("another machine's file, and another version's, is no fault, and is not used") {
  const std::string text = api::calibration_text(some_speeds(), "a machine");
  const api::ReadSpeeds other = api::read_calibration(text, "another machine");
  CHECK_FALSE(other.speeds);
  CHECK_FALSE(other.damaged);
  json newer = json::parse(text);
  newer["einc_calibration"] = 1000;
  CHECK_FALSE(api::read_calibration(newer.dump(), "a machine").speeds);
  CHECK_FALSE(api::read_calibration(newer.dump(), "a machine").damaged);
}

TEST_CASE("whatever is damaged or absurd is told apart") {
  const std::string text = api::calibration_text(some_speeds(), "a machine");
  for (std::size_t length = 0; length + 2 < text.size(); length += 37) CHECK(api::read_calibration(text.substr(0, length), "a machine").damaged);
  for (const char* other : {"", "null", "[]", "{}", "3", "{\"einc_calibration\": \"1\"}", "{\"einc_calibration\": 1, \"machine\": 7}"}) CHECK(api::read_calibration(other, "a machine").damaged);
  for (const char* number : {"-1e9", "0", "1e300", "null", "\"fast\"", "[1]", "1e-300"}) {
    INFO(number);
    json changed = json::parse(text);
    changed["speeds"]["f32_flops"] = json::parse(number);
    CHECK(api::read_calibration(changed.dump(), "a machine").damaged);
  }
  for (const char* list : {"[1e9, 1e9, 1e9]", "[1e9, 1e9, 1e9, -4]", "7", "[1e9, 1e9, 1e9, null]"}) {
    json changed = json::parse(text);
    changed["speeds"]["read_bytes"] = json::parse(list);
    CHECK(api::read_calibration(changed.dump(), "a machine").damaged);
  }
  json missing = json::parse(text);
  missing["speeds"].erase("tile_seconds");
  CHECK(api::read_calibration(missing.dump(), "a machine").damaged);
}

TEST_CASE("a plan is made by the file the options name, and says so") {
  const test::TemporaryFolder folder;
  const std::string best;
  const kernels::KernelTable& table = api::choose_table(best);
  const std::string path = folder.put("speeds.json", file_of(table));
  CHECK_THAT(speeds_of(path), ContainsSubstring("measured") && ContainsSubstring(path));
  CHECK_THAT(speeds_of("off"), ContainsSubstring("model") && ContainsSubstring("asked for"));
  Options options;
  options.calibration = path;
  CHECK_THAT(explain("ij,jk->ik", {{20, 30}, {30, 40}}, options), ContainsSubstring("speeds") && ContainsSubstring(path));
  CHECK_THAT(json::parse(explain("ij,jk->ik", {{20, 30}, {30, 40}}, options, Format::json))["target"]["speeds"].get<std::string>(), ContainsSubstring(path));
}

TEST_CASE("a file the user named must be one; another machine's is only noted") {
  const test::TemporaryFolder folder;
  for (const std::string& path : {folder / "none.json", folder.put("bad.json", "{\"einc_calibration\": 1}"), folder.put("cut.json", file_of(api::choose_table({})).substr(0, 300)), folder / ""}) {
    INFO(path);
    try {
      speeds_of(path);
      FAIL("it was taken");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::bad_file);
    }
  }
  const std::string other = folder.put("other.json", api::calibration_text(some_speeds(), "another machine"));
  CHECK_THAT(speeds_of(other), ContainsSubstring("model") && ContainsSubstring("another machine"));
  const Variable named("EINC_CALIBRATION", (folder / "cut.json").c_str());
  CHECK_THROWS_AS(speeds_of(""), Error);
}

TEST_CASE("without a name, the file of the cache folder is used, and a damaged one is noted only") {
  const test::TemporaryFolder folder;
  const Variable unnamed("EINC_CALIBRATION", nullptr), cache("XDG_CACHE_HOME", (folder / "").c_str());
  CHECK_THAT(speeds_of(""), ContainsSubstring("einc calibrate"));
  const std::string path = calibration_path();
  CHECK_THAT(path, ContainsSubstring("einc/speeds-"));
  api::write_calibration(path, file_of(api::choose_table({})));
  CHECK_THAT(speeds_of(""), ContainsSubstring("einc calibrate"));  // asked once for a process
  api::forget_calibrations();
  CHECK_THAT(speeds_of(""), ContainsSubstring("measured"));
  api::write_calibration(path, "damaged");
  api::forget_calibrations();
  CHECK_THAT(speeds_of(""), ContainsSubstring("not used"));
}

TEST_CASE("results have the same bits with and without a calibration") {
  const test::TemporaryFolder folder;
  const std::string path = folder.put("speeds.json", file_of(api::choose_table({})));
  std::vector<float> a(60 * 70), b(70 * 80), with(60 * 80), without(60 * 80);
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = std::sin(static_cast<float>(i));
  for (std::size_t i = 0; i < b.size(); ++i) b[i] = std::cos(static_cast<float>(i));
  for (const auto& [out, calibration] : {std::pair{&with, path}, {&without, std::string("off")}}) {
    Options options;
    options.calibration = calibration;
    const Shape left{60, 70}, right{70, 80}, result{60, 80};
    const Strides of_left = row_major(left), of_right = row_major(right), of_result = row_major(result);
    const ArrayRef operands[] = {{a.data(), DType::f32, left, of_left}, {b.data(), DType::f32, right, of_right}};
    const OutputRef outs[] = {{out->data(), DType::f32, result, of_result}};
    compile("ij,jk->ik", {left, right}, options).run(operands, outs);
  }
  CHECK(with == without);
}
