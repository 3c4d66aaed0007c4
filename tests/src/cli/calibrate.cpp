// SPDX-License-Identifier: BSD-3-Clause
#include "cli/calibrate.hpp"

#include <sstream>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;

TEST_CASE("calibrate says where it wrote and how much it measured, and lists it when asked") {
  const test::TemporaryFolder folder;
  CalibrateRequest request;
  request.output = folder / "speeds.json";
  request.isa = "baseline";
  request.threads = 1;
  request.seconds = 0.03;
  request.clock = [now = 0.0]() mutable { return now += 1e-3; };
  std::ostringstream brief, list;
  CHECK(cli::calibrate(request, false, brief));
  CHECK_THAT(brief.str(), ContainsSubstring("speeds.json") && ContainsSubstring("general model"));
  request.clock = [now = 0.0]() mutable { return now += 1e-3; };
  CHECK(cli::calibrate(request, true, list));
  CHECK_THAT(list.str(), ContainsSubstring("the model says"));
}
