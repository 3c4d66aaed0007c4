// SPDX-License-Identifier: BSD-3-Clause
#include "api/kernel_tables.hpp"

#include <cstdlib>
#include <string>

#include <einc/cpu.hpp>
#include <einc/error.hpp>

#include "support/catch.hpp"
#include "support/element_kernels.hpp"

namespace {

using einc::api::choose_table;
using einc::api::runnable_tables;

// Sets EINC_ISA while it lives, then puts back what was there.
class WithIsa {
 public:
  explicit WithIsa(const char* value) {
    if (const char* now = std::getenv("EINC_ISA")) before_ = now;
    setenv("EINC_ISA", value, 1);
  }
  WithIsa(const WithIsa&) = delete;
  ~WithIsa() { before_.empty() ? unsetenv("EINC_ISA") : setenv("EINC_ISA", before_.c_str(), 1); }

 private:
  std::string before_;
};

}  // namespace

TEST_CASE("every machine runs the baseline kernels, and wider ones come later") {
  REQUIRE_FALSE(runnable_tables().empty());
  CHECK(std::string(runnable_tables().front()->isa) == "baseline");
  for (std::size_t i = 1; i < runnable_tables().size(); ++i)
    CHECK(runnable_tables()[i - 1]->vector_bytes <= runnable_tables()[i]->vector_bytes);
}

TEST_CASE("a table is chosen by the option, else by EINC_ISA, else it is the best") {
  const WithIsa set("baseline");
  CHECK(std::string(choose_table("").isa) == "baseline");
  for (const auto* table : runnable_tables()) CHECK(&choose_table(table->isa) == table);
  {
    const WithIsa empty("");
    CHECK(&choose_table("") == runnable_tables().back());
  }
}

TEST_CASE("an instruction set that is not there is an error that names those that are") {
  const auto said = [](const std::string& isa) {
    try {
      choose_table(isa);
    } catch (const einc::Error& error) {
      CHECK(error.code() == einc::ErrorCode::bad_option);
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(said("avx9"), ContainsSubstring("`avx9`") && ContainsSubstring("`baseline`"));
  const WithIsa set("sse9");
  CHECK_THAT(said(""), ContainsSubstring("`sse9`") && ContainsSubstring("EINC_ISA"));
}

TEST_CASE("tiles of bytes through VNNI give what a plain loop gives, modulo 256") {
  for (const auto* table : runnable_tables())
    if (std::string(table->isa) == "avx512vnni") einc::testing::check_tiles<std::uint8_t>(*table);
}
