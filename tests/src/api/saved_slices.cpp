// saved_slices.cpp: a plan in slices outlives its process: the same steps, tasks and bits, without a search; or the field that is wrong.
#include <cstring>
#include <functional>
#include <optional>
#include <string>

#include <einc/einsum.hpp>
#include <einc/program.hpp>
#include <einc/tasks.hpp>
#include <nlohmann/json.hpp>

#include "support/catch.hpp"
#include "support/random_einsum.hpp"
#include "support/sliced_call.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

struct Case {
  std::string text;
  std::vector<Shape> shapes;
};
const std::vector<Case> cases = {
    {chain, chain_shapes},
    {"abc,abd,abf,ce,de->", {{2, 20, 100}, {2, 20, 2}, {2, 20, 50}, {100, 3}, {2, 3}}},
    {"ac,bd,cde,be->d", {{40, 2}, {8, 20}, {2, 20, 40}, {8, 40}}},
    {"ab,bc,cd,de,ef,fa,ad,be->cf", std::vector<Shape>(8, Shape{6, 6})},
    {"xyi,xyj->xyij", {{4, 6, 3}, {4, 6, 5}}},  // x and y are one loop
    {"ab,ab->", {{30, 40}, {30, 40}}},
    {"ab->a", {{6, 4}}},
};

// What was decided, and what decides the bits.
bool same_plan(const Compiled& x, const Compiled& y) {
  const auto each = [](const Compiled& of) {
    std::string text = identity(of);
    for (const StepSummary& step : of.plan().steps) text += step.text + step.kernel;
    for (const SlicedLabel& label : of.plan().sliced) text += label.label + "/" + std::to_string(label.parts);
    return text;
  };
  return each(x) == each(y) && x.plan().order == y.plan().order && x.plan().slices == y.plan().slices && x.plan().tasks == y.plan().tasks && x.plan().run_bytes == y.plan().run_bytes &&
         x.plan().flops == y.plan().flops && x.plan().memory_limit == y.plan().memory_limit && x.slicing().partial_bytes == y.slicing().partial_bytes &&
         x.plan().slicing_overhead == y.plan().slicing_overhead;
}

Options within(std::int64_t bytes, int threads = 1) {
  Options options;
  options.memory_limit = bytes, options.threads = threads;
  return options;
}

std::string fault(const std::function<void(nlohmann::json&)>& change, const Options& made = in_slices(16), Options options = {}) {
  auto json = nlohmann::json::parse(compile(chain, chain_shapes, made).plan_json());
  change(json);
  options.plan = json.dump();
  try {
    compile(chain, chain_shapes, options);
  } catch (const Error& error) {
    CHECK((error.code() == ErrorCode::bad_plan || error.code() == ErrorCode::memory_limit));
    CHECK_FALSE(error.hint().empty());
    return error.sentence();
  }
  return "taken";
}

const auto as_it_is = [](nlohmann::json&) {};

}  // namespace

TEST_CASE("a plan in slices is the plan that was saved: steps, tasks, bits") {
  for (const auto& [text, shapes] : cases)
    for (const int threads : {1, 3}) {
      CAPTURE(text, threads);
      for (const std::int64_t slices : {1, 2, 20}) {
        SlicedCall first(text, shapes, in_slices(slices, threads));
        Options options;
        options.threads = threads;
        const Compiled loaded = load_plan(first.compiled.plan_json(), options);
        CHECK(same_plan(first.compiled, loaded));
        CHECK(loaded.plan_json() == first.compiled.plan_json());
        CHECK_THAT(loaded.plan().method, ContainsSubstring("given by a saved plan"));
        options.plan = first.compiled.plan_json();
        SlicedCall again(text, shapes, options);
        CHECK(same_plan(first.compiled, again.compiled));
        CHECK(std::memcmp(first.expected.data(), again.expected.data(), again.out.size() * sizeof(float)) == 0);
        run_tasks(again.compiled, again.refs(), again.ref());
        CHECK(again.is_right());
      }
    }
}

TEST_CASE("a plan in slices for memory keeps its limit, or the caller's") {
  int sliced = 0;
  for (const auto& [text, shapes] : cases) {
    const std::int64_t whole = compile(text, shapes, within(0)).plan().run_bytes;
    for (const std::int64_t divisor : {2, 5, 20}) {
      CAPTURE(text, divisor);
      const Options limit = within(std::max<std::int64_t>(whole / divisor, 512), 2);
      std::optional<Compiled> first;
      try {
        first = compile(text, shapes, limit);
      } catch (const Error&) {
        continue;
      }
      sliced += first->plan().slices > 1 ? 1 : 0;
      Options options;
      options.threads = 2;
      const Compiled loaded = load_plan(first->plan_json(), options);
      CHECK(same_plan(*first, loaded));
      options.memory_limit = std::int64_t{1} << 40;
      CHECK(load_plan(first->plan_json(), options).plan().slices == first->plan().slices);
    }
  }
  CHECK(sliced > 4);
}

TEST_CASE("programs in slices are saved, too") {
  const Program program = Program::parse("input x \"bij\"\ninput y \"bjk\"\ns = einsum(\"bij,bjk->bik\", x, y)\nt = exp(s)\noutput o \"bil\" = einsum(\"bik,blk->bil\", t, t)\n");
  const std::vector<Shape> shapes = {{16, 40, 40}, {16, 40, 40}};
  for (const Options& made : {in_slices(8), within(compile(program, shapes, within(0)).plan().run_bytes / 4)}) {
    const Compiled first = compile(program, shapes, made);
    REQUIRE(first.plan().slices > 1);
    CHECK(same_plan(first, load_plan(first.plan_json(), within(0))));
  }
}

TEST_CASE("random einsums in slices come back as they were") {
  Random random(std::uint64_t{21});
  int sliced = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const RandomEinsum call = random_einsum(seed, 4e4, 7);
    std::vector<Shape> shapes;
    for (const Layout& layout : call.operands) shapes.push_back(layout.extents);
    Options options = call.options;
    options.threads = 1;
    options.slices = static_cast<std::int64_t>(1 + random.below(40));
    CAPTURE(seed, call.text, options.slices);
    try {
      const Compiled first = compile(call.text, shapes, options);
      sliced += first.plan().slices > 1 ? 1 : 0;
      CHECK(same_plan(first, load_plan(first.plan_json(), within(0))));
    } catch (const Error& error) {
      REQUIRE_THAT(error.sentence(), ContainsSubstring("what can be cut has"));
    }
  }
  CHECK(sliced > 60);
}

TEST_CASE("arrays with other strides run by a loaded plan, though what was one loop is two") {
  const auto& [text, shapes] = cases[4];
  SlicedCall first(text, shapes, in_slices(8));
  const Compiled loaded = load_plan(first.compiled.plan_json());
  Array<float> turned({6, 4, 3});  // x and y exchanged in memory
  for (Extent x = 0; x < 4; ++x)
    for (Extent y = 0; y < 6; ++y)
      for (Extent i = 0; i < 3; ++i) turned[static_cast<std::size_t>((y * 4 + x) * 3 + i)] = first.operands[0][static_cast<std::size_t>((x * 6 + y) * 3 + i)];
  const Strides strides{3, 12, 1};
  std::vector<ArrayRef> refs = first.refs();
  refs[0] = {turned.data(), DType::f32, shapes[0], strides};
  loaded.run(refs, first.ref());
  CHECK(first.is_right());  // nothing is summed: no rounding
}

TEST_CASE("a checkpoint goes on by the saved plan of the run that began it") {
  SlicedCall begun(chain, chain_shapes, in_slices(16));
  const test::TemporaryFolder folder;
  TaskOptions tasks;
  tasks.checkpoint = folder / "c";
  std::int64_t computed = 0;
  tasks.before_tasks = [&](std::int64_t, std::int64_t count) {
    if (computed >= 5) throw Error(ErrorCode::cancelled, "enough");
    computed += count;
  };
  CHECK_THROWS_AS(run_tasks(begun.compiled, begun.refs(), begun.ref(), tasks), Error);
  Options options;
  options.plan = begun.compiled.plan_json();
  options.threads = 1;
  SlicedCall resumed(chain, chain_shapes, options);
  tasks.before_tasks = {};
  tasks.resume = true;
  CHECK(run_tasks(resumed.compiled, resumed.refs(), resumed.ref(), tasks).resumed >= 5);
  CHECK(resumed.is_right());
}

TEST_CASE("slices that do not fit are refused with the field") {
  CHECK(fault(as_it_is) == "taken");
  CHECK(fault([](auto& json) { json["slices"][0]["labels"] = {"x"}; }) == "`slices[0].labels` of the plan names `x`, which is no label of the text");
  CHECK(fault([](auto& json) { json["slices"][0]["labels"] = "i"; }) == "`slices[0].labels` of the plan is \"i\", not a list");
  CHECK_THAT(fault([](auto& json) { json["slices"][0]["parts"] = 0; }), ContainsSubstring("`slices[0].parts` of the plan is 0"));
  CHECK_THAT(fault([](auto& json) { json["slices"][0]["parts"] = 1000; }), ContainsSubstring("`slices[0].parts` of the plan is 1000, and"));
  CHECK_THAT(fault([](auto& json) { json["slices"][0]["parts"] = -2; }), ContainsSubstring("not a whole number, 0 or more"));
  CHECK_THAT(fault([](auto& json) { json["slices"][0].erase("parts"); }), ContainsSubstring("no field `slices[0].parts`"));
  CHECK_THAT(fault([](auto& json) { json["slices"] = 3; }), ContainsSubstring("`slices` of the plan is 3, not a list"));
  CHECK_THAT(fault([](auto& json) { json["slices_per_task"] = 0; }), ContainsSubstring("`slices_per_task` of the plan is 0, and a task has 1 to"));
  CHECK_THAT(fault([](auto& json) { json["slices_per_task"] = 100000; }), ContainsSubstring("`slices_per_task` of the plan is 100000"));
  CHECK_THAT(fault([](auto& json) { json["slices"] = nlohmann::json::array(); }), ContainsSubstring("`slices` is 16, and the plan is cut into 1"));
  CHECK_THAT(fault([](auto& json) { json["slices"] = nlohmann::json::array(), json["slices_asked_for"] = 0; }), ContainsSubstring("`slices_per_task` of the plan is"));
  CHECK_THAT(fault([](auto& json) { json["most_shared"] = "x"; }), ContainsSubstring("`most_shared`"));
  CHECK_THAT(fault(as_it_is, in_slices(16), in_slices(1000)), ContainsSubstring("`slices` is 1000, and the plan is cut into"));
  CHECK_THAT(fault(as_it_is, {}, in_slices(10)), ContainsSubstring("`slices` is 10, and the plan was made without it"));
  CHECK_THAT(fault([](auto& json) { json["memory_limit"] = 100; }), ContainsSubstring("a run of the saved plan needs") && ContainsSubstring("`memory_limit` is 100"));
  CHECK_THAT(fault(as_it_is, in_slices(16), within(100)), ContainsSubstring("a run of the saved plan needs"));
  CHECK_THAT(fault(as_it_is, {}, within(100)), ContainsSubstring("a run of the saved plan needs"));
}
