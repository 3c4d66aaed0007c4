// plan.cpp: `einc plan` writes what `--plan` takes, and nothing where the command fails.
#include "cli/plan.hpp"

#include <sstream>

#include <nlohmann/json.hpp>

#include "cli/plan_file.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;

namespace {

cli::PlanRequest request() {
  cli::PlanRequest request;
  request.what.text = "ij,jk,kl->il";
  request.what.shapes = {{2, 30}, {30, 4}, {4, 50}};
  return request;
}

}  // namespace

TEST_CASE("a plan goes to its file, or to standard output, and is taken from there") {
  const test::TemporaryFolder folder;
  cli::PlanRequest wanted = request();
  std::ostringstream printed, nothing;
  cli::plan(wanted, printed);
  wanted.output = folder / "plan.json";
  cli::plan(wanted, nothing);
  CHECK(nothing.str().empty());
  CHECK(test::read_file(wanted.output) == printed.str());
  cli::ExplainRequest explained = request().what;
  explained.options.plan = cli::read_plan_file(wanted.output);
  for (const bool named : {true, false}) {  // text and shapes are in the plan, too
    std::ostringstream out;
    if (!named) explained.text.clear(), explained.shapes.clear();
    cli::explain(explained, out);
    CHECK_THAT(out.str(), ContainsSubstring("given by a saved plan") && ContainsSubstring("ij,jk,kl->il"));
  }
  explained.text = "ij,jk->ik";
  CHECK_THROWS_AS(cli::compile_for(explained), Error);
}

TEST_CASE("no file is left behind by a plan that cannot be made") {
  const test::TemporaryFolder folder;
  cli::PlanRequest wanted = request();
  wanted.output = folder / "plan.json";
  wanted.what.shapes.pop_back();
  std::ostringstream out;
  CHECK_THROWS_AS(cli::plan(wanted, out), Error);
  CHECK(folder.names().empty());
  CHECK(out.str().empty());
}
