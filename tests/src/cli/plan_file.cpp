// plan_file.cpp: a message about a saved plan names the file; other messages stay what they are.
#include "cli/plan_file.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;

TEST_CASE("a plan that cannot be read is named") {
  const test::TemporaryFolder folder;
  CHECK(cli::read_plan_file(folder.put("p.json", "{}")) == "{}");
  CHECK_THROWS_WITH(cli::read_plan_file(folder / "none.json"), ContainsSubstring("cannot read the plan `") && ContainsSubstring("none.json"));
}

TEST_CASE("errors of plans name the file, others do not") {
  const Error of_plan(ErrorCode::bad_plan, "`orders` is no list", {}, {}, "make it anew"), other(ErrorCode::bad_option, "no");
  CHECK_THAT(cli::naming_plan(of_plan, "p.json").what(), ContainsSubstring("`p.json`: `orders` is no list") && ContainsSubstring("make it anew"));
  CHECK(std::string(cli::naming_plan(of_plan, "").what()) == of_plan.what());
  CHECK(std::string(cli::naming_plan(other, "p.json").what()) == other.what());
}
