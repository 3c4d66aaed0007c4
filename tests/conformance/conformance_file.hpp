// conformance_file.hpp: reads a file of cases and counts what passed; the same frame for every conformance program.
#pragma once

#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

namespace einc::testing {

using Json = nlohmann::json;

// The file that the environment variable names, else `file` among the test data.
inline Json read_file(const char* variable, const std::string& file, const std::string& schema) {
  const char* named = std::getenv(variable);
  const std::string path = named != nullptr && *named != '\0' ? named : EINC_TEST_DATA "/" + file;
  std::ifstream stream(path);
  if (!stream) throw std::runtime_error("cannot read " + path);
  const Json content = Json::parse(stream);
  if (content.at("schema") != schema) throw std::runtime_error(path + " is no file of schema " + schema);
  std::printf("%s\n", path.c_str());
  return content;
}
inline Json read_cases(const char* variable, const std::string& file, const std::string& schema) {
  return read_file(variable, file, schema).at("cases");
}

// What became of the cases of one file.
class Tally {
 public:
  void pass() { ++passed_; }
  void fail(const std::string& what) {
    if (++failed_ <= 50) std::printf("FAILED %s\n", what.c_str());
  }
  void skip(const std::string& reason) { ++skipped_[reason]; }

  // Prints the verdict; the exit code of the program. A file that tested nothing is a failure.
  int finish() const {
    for (const auto& [reason, count] : skipped_) std::printf("not covered yet: %zu (%s)\n", count, reason.c_str());
    if (passed_ + failed_ == 0) std::printf("FAILED the file holds no case that this build covers\n");
    std::printf("%zu passed, %zu failed\n", passed_, failed_);
    return failed_ == 0 && passed_ > 0 ? 0 : 1;
  }

 private:
  std::size_t passed_ = 0, failed_ = 0;
  std::map<std::string, std::size_t> skipped_;
};

// Runs `body`, which throws nothing but std::exception, and gives the program's exit code.
template <class Body>
int conformance_main(const Body& body) {
  try {
    return body();
  } catch (const std::exception& fault) {
    std::printf("FAILED %s\n0 passed, 1 failed\n", fault.what());
    return 1;
  }
}

}  // namespace einc::testing
