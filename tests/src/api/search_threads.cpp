// search_threads.cpp: searches on the runtime's threads: faults come back, plans do not depend on threads, watchers are heard.
// SPDX-License-Identifier: BSD-3-Clause
#include "api/search_threads.hpp"

#include <atomic>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "support/catch.hpp"

using namespace einc;

namespace {

struct Call {
  std::string text;
  std::vector<Shape> shapes;
};

// w x w operands, each with a label to its right and to its lower neighbour.
Call lattice(int width, Extent extent) {
  Call call;
  const auto name = [](char kind, int x, int y) { return "[" + std::string(1, kind) + std::to_string(x) + "_" + std::to_string(y) + "]"; };
  for (int y = 0; y < width; ++y)
    for (int x = 0; x < width; ++x) {
      std::string term;
      Shape shape;
      const auto add = [&](bool there, const std::string& label) {
        if (there) term += label, shape.push_back(extent);
      };
      add(x > 0, name('r', x - 1, y));
      add(x + 1 < width, name('r', x, y));
      add(y > 0, name('d', x, y - 1));
      add(y + 1 < width, name('d', x, y));
      call.text += (call.shapes.empty() ? "" : ",") + term;
      call.shapes.push_back(shape);
    }
  call.text += "->";
  return call;
}

}  // namespace

TEST_CASE("every worker runs, and the first fault comes back when all have ended") {
  const plan::SearchControl control = api::search_control(2, {});
  std::atomic<int> runs = 0;
  control.in_parallel(3, [&] { ++runs; });
  CHECK(runs == 3);
  const auto fail = [&] {
    ++runs;
    throw std::runtime_error("one of them");
  };
  CHECK_THROWS_WITH(control.in_parallel(3, fail), "one of them");
  CHECK(runs == 6);
  CHECK(api::search_control(1 << 30, {}).workers <= this_cpu().processors);
}

TEST_CASE("a plan by effort is the same for any number of threads") {
  const Call call = lattice(8, 2);
  Options options;
  options.effort = Effort::balanced;
  options.objective = Objective::flops;
  options.threads = 1;
  const Compiled alone = compile(call.text, call.shapes, options);
  for (int threads : {2, 5}) {
    options.threads = threads;
    const Compiled several = compile(call.text, call.shapes, options);
    CHECK(several.plan().order == alone.plan().order);
    CHECK(several.plan().method == alone.plan().method);
  }
}

TEST_CASE("a search by time gives a plan, however short, and one that is watched ends when it is told to") {
  const Call call = lattice(8, 2);
  Options options;
  for (double seconds : {1e-300, 1e-9, 0.02}) {
    options.plan_seconds = seconds;
    CHECK_THAT(compile(call.text, call.shapes, options).plan().method, ContainsSubstring("search: 64 operands"));
  }
  options.plan_seconds = 1e6;
  int told = 0;
  const Compiled stopped = compile(call.text, call.shapes, options, [&](const PlanState& state) {
    ++told;
    CHECK(state.cost > 0);
    CHECK(state.share < 1e-3);
    return told < 2;
  });
  CHECK(told == 2);
  CHECK_THAT(stopped.plan().method, ContainsSubstring("stopped by whoever watched"));
  CHECK_THROWS_WITH(compile(call.text, call.shapes, options, [](const PlanState&) -> bool { throw std::runtime_error("enough"); }), "enough");
}

TEST_CASE("time that is none is refused") {
  Options options;
  for (double seconds : {-1.0, -1e-300, std::nan(""), std::numeric_limits<double>::infinity()}) {
    options.plan_seconds = seconds;
    try {
      compile("ij,jk->ik", {{2, 3}, {3, 4}}, options);
      FAIL("taken: " << seconds);
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::bad_option);
    }
  }
}

TEST_CASE("every contraction of a program has a part of the time") {
  const Call call = lattice(6, 2);
  std::string text;
  for (const char* name : {"a", "b"}) {
    std::string list, terms = call.text.substr(0, call.text.size() - 2) + ",";
    for (std::size_t operand = 0; operand < call.shapes.size(); ++operand) {
      const std::string term = terms.substr(0, terms.find(','));
      terms.erase(0, terms.find(',') + 1);
      const std::string input = name + std::to_string(operand);
      text += "input " + input + " \"" + term + "\"\n";
      list += ", " + input;
    }
    text += "output o" + std::string(name) + " = einsum(\"" + call.text + "\"" + list + ")\n";
  }
  std::vector<Shape> shapes = call.shapes;
  shapes.insert(shapes.end(), call.shapes.begin(), call.shapes.end());
  Options options;
  options.plan_seconds = 0.02;
  CHECK_THAT(compile(Program::parse(text), shapes, options).plan().method, ContainsSubstring("search: 36 operands"));
}
