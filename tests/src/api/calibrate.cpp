// Measuring with a clock that only says that time goes by: what is measured is not what these tests are about.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/calibration.hpp>

#include <einc/einsum.hpp>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;

namespace {

// A second passes every thousand times it is asked.
CalibrateRequest with_fake_clock(const std::string& output) {
  CalibrateRequest request;
  request.output = output;
  request.isa = "baseline";
  request.threads = 1;
  request.seconds = 0.05;
  request.clock = [now = 0.0]() mutable { return now += 1e-3; };
  return request;
}

}  // namespace

TEST_CASE("a calibration writes a file that plans are made by, however little was measured") {
  const test::TemporaryFolder folder;
  CalibrateRequest request = with_fake_clock(folder / "deep/er/speeds.json");
  double last = -1;
  request.progress = [&](double share, const std::string& what) {
    CHECK(share >= last);
    CHECK(share <= 1);
    CHECK_FALSE(what.empty());
    last = share;
  };
  const Calibration done = calibrate(request);
  CHECK(done.path == request.output);
  CHECK(done.measured > 0);
  CHECK(done.measured < done.of);
  CHECK(done.probes.size() == done.measured);
  Options options;
  options.isa = "baseline";
  options.calibration = done.path;
  CHECK_THAT(compile("ij,jk->ik", {{20, 30}, {30, 40}}, options).plan().speeds, ContainsSubstring("measured"));
}

TEST_CASE("stopped, it leaves the file as it was") {
  const test::TemporaryFolder folder;
  CalibrateRequest request = with_fake_clock(folder.put("speeds.json", "before"));
  int asked = 0;
  request.stop = [&] { return ++asked > 3; };
  CHECK(calibrate(request).path.empty());
  CHECK(test::read_file(folder / "speeds.json") == "before");
  CHECK(folder.names().size() == 1);
}

TEST_CASE("what cannot be is refused before anything is measured or after, with nothing left behind") {
  const test::TemporaryFolder folder;
  CalibrateRequest request = with_fake_clock(folder / "speeds.json");
  request.seconds = -1;
  CHECK_THROWS_AS(calibrate(request), Error);
  request = with_fake_clock(folder / "speeds.json");
  request.threads = -2;
  CHECK_THROWS_AS(calibrate(request), Error);
  request = with_fake_clock(folder.put("file", "") + "/speeds.json");
  CHECK_THROWS_AS(calibrate(request), Error);
  CHECK(folder.names() == std::vector<std::string>{"file"});
}
