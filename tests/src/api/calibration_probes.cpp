// SPDX-License-Identifier: BSD-3-Clause
#include "api/calibration_probes.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include "api/kernel_tables.hpp"
#include "api/target.hpp"
#include "support/catch.hpp"
#include "support/compiled.hpp"

using namespace einc;

TEST_CASE("probes compile, and each has a figure that its prediction depends on") {
  for (const kernels::KernelTable* table : api::runnable_tables()) {
    const ir::Target target = api::make_target(*table, 1);
    for (const api::Probe& probe : api::make_probes(target)) {
      INFO(table->isa << ": " << probe.what);
      if (probe.all_threads) continue;
      ir::Target other = target;
      probe.figure(other.speeds) *= probe.figure(other.speeds) < 1e-3 ? 8 : 1 / 8.0;
      for (const auto& alike : probe.alike) CHECK(alike(other.speeds) > 0);
      if (probe.algebra != Algebra::plus_times || probe.text.find("i,i->") == 0) continue;
      const double with = testing::predicted(probe.text, probe.shapes, target, probe.dtype), without = testing::predicted(probe.text, probe.shapes, other, probe.dtype);
      CHECK(without != with);
    }
  }
}

TEST_CASE("figures are found again from the times they predict") {
  ir::Target truth = api::make_target(api::choose_table({}), 1);
  truth.speeds.product_share = 0.7;
  truth.speeds.pack_seconds *= 1.7;
  truth.speeds.read_bytes[3] *= 0.6;
  truth.speeds.call_seconds *= 2;
  const ir::Target model = api::make_target(api::choose_table({}), 1);
  const std::vector<api::Probe> probes = api::make_probes(model);
  std::vector<api::Sample> samples(probes.size());
  for (std::size_t i = 0; i < probes.size(); ++i) {
    if (probes[i].all_threads || probes[i].algebra != Algebra::plus_times) continue;
    samples[i].executable = testing::compiled(probes[i].text, probes[i].shapes, model, probes[i].dtype).executable;
    samples[i].seconds = predict::predict(samples[i].executable, truth).seconds();
  }
  const ir::Speeds found = api::fit(probes, samples, model);
  ir::Target fitted = model;
  fitted.speeds = found;
  CHECK(std::abs(found.product_share / 0.7 - 1) < 0.1);
  CHECK(std::abs(found.read_bytes[3] / truth.speeds.read_bytes[3] - 1) < 0.05);
  for (std::size_t i = 0; i < probes.size(); ++i) {
    if (!(samples[i].seconds > 0)) continue;
    INFO(probes[i].what);
    CHECK(std::abs(predict::predict(samples[i].executable, fitted).seconds() / samples[i].seconds - 1) < 0.1);
  }
}

TEST_CASE("a time that the other figures explain alone leaves a figure as dear as it may be unseen") {
  const ir::Target model = api::make_target(api::choose_table({}), 1);
  const std::vector<api::Probe> probes = api::make_probes(model);
  std::vector<api::Sample> samples(probes.size());
  const auto at = static_cast<std::size_t>(std::find_if(probes.begin(), probes.end(), [](const api::Probe& probe) { return probe.what == "scattered elements"; }) - probes.begin());
  REQUIRE(at < probes.size());
  samples[at].executable = testing::compiled(probes[at].text, probes[at].shapes, model, probes[at].dtype).executable;
  samples[at].seconds = 1e-12;
  ir::Target fitted = model;
  fitted.speeds = api::fit(probes, samples, model);
  ir::Target free = model;
  free.speeds.element_seconds = 1e-13;
  const double least = predict::predict(samples[at].executable, free).seconds();
  CHECK(fitted.speeds.element_seconds > free.speeds.element_seconds);
  CHECK(predict::predict(samples[at].executable, fitted).seconds() < 1.02 * least);
}

TEST_CASE("absurd times lead to figures that are still a machine's") {
  const ir::Target model = api::make_target(api::choose_table({}), 1);
  const std::vector<api::Probe> probes = api::make_probes(model);
  for (const double factor : {1e-6, 1e6}) {
    std::vector<api::Sample> samples(probes.size());
    for (std::size_t i = 0; i < probes.size(); i += 3) {
      if (probes[i].all_threads || probes[i].algebra != Algebra::plus_times) continue;
      samples[i].executable = testing::compiled(probes[i].text, probes[i].shapes, model, probes[i].dtype).executable;
      samples[i].seconds = factor * predict::predict(samples[i].executable, model).seconds();
    }
    ir::Speeds found = api::fit(probes, samples, model);
    for (const ir::SpeedGroup& group : groups_of(found))
      for (std::size_t i = 0; i < group.count; ++i) {
        INFO(group.name);
        CHECK(group.first[i] >= group.least);
        CHECK(group.first[i] <= group.most);
      }
  }
}
