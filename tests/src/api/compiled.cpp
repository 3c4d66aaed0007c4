// Compiled expressions under load: many operands, many threads, many strides; and the passes they went through.
#include <atomic>
#include <cmath>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/fill.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// The n-th label of a long text: single characters beyond ASCII, so that thousands of them are different.
std::string label(std::size_t n) {
  const std::size_t code = 0x4E00 + n;  // three bytes in UTF-8
  return {static_cast<char>(0xE0 | (code >> 12)), static_cast<char>(0x80 | ((code >> 6) & 0x3F)), static_cast<char>(0x80 | (code & 0x3F))};
}

}  // namespace

TEST_CASE("a chain of two thousand matrices is planned and computed") {
  const std::size_t count = 2000;
  // Rotations: their product is the rotation by the sum of the angles, and stays of size 1 on the way.
  std::vector<Array<double>> matrices;
  std::vector<ArrayRef> refs;
  std::string text;
  for (std::size_t i = 0; i < count; ++i) {
    const double angle = 0.001 * static_cast<double>(i % 17);
    Array<double>& matrix = matrices.emplace_back(Shape{2, 2});
    matrix[0] = matrix[3] = std::cos(angle);
    matrix[1] = -(matrix[2] = std::sin(angle));
    text += (i > 0 ? "," : "") + label(i) + label(i + 1);
  }
  for (const auto& matrix : matrices) refs.push_back({matrix.data(), DType::f64, matrix.extents(), matrix.strides()});
  text += "->" + label(0) + label(count);
  double angle = 0;
  for (std::size_t i = 0; i < count; ++i) angle += 0.001 * static_cast<double>(i % 17);
  for (const Planner planner : {Planner::automatic, Planner::greedy, Planner::left_to_right}) {
    const Array<double> product = einsum<double>(text, refs, {.planner = planner});
    CHECK(product[0] == Approx(std::cos(angle)).margin(1e-10));
    CHECK(product[2] == Approx(std::sin(angle)).margin(1e-10));
  }
}

TEST_CASE("thousands of scalars and vectors meet in one product") {
  std::vector<double> values(3000);
  for (std::size_t n = 0; n < values.size(); ++n) values[n] = 1 + 1e-4 * static_cast<double>(n % 7);
  const Shape none, three{3};
  const Strides no_strides, one{1};
  std::vector<ArrayRef> refs;
  std::string text;
  double expected = 1;
  for (std::size_t n = 0; n + 3 < values.size(); ++n) {
    const bool vector = n % 2 == 0;
    refs.push_back({&values[n], DType::f64, vector ? three : none, vector ? one : no_strides});
    text += n > 0 ? "," : "";
    text += vector ? "i" : "";
    expected *= values[vector ? n + 1 : n];
  }
  CHECK(einsum<double>(text + "->i", refs)[1] == Approx(expected).epsilon(1e-10));
}

TEST_CASE("one compiled expression may be called from several threads with different strides at once") {
  const std::size_t extent = 24;
  Array<double> memory({2 * 24, 2 * 24});
  for (std::size_t n = 0; n < memory.size(); ++n) memory[n] = fill_value<double>(n, 0, 0.5);
  const auto e = static_cast<Extent>(extent);
  const Compiled multiply = compile("ij,jk->ik", {{e, e}, {e, e}}, {.dtype = DType::f64, .threads = 1});
  std::vector<TensorView<const double>> views;
  for (Stride step = 1; step <= 2; ++step)
    for (Stride row : {Stride{48}, Stride{49}, Stride{96}}) {
      if (row * (e - 1) + 2 * (e - 1) >= 48 * 48) continue;
      views.emplace_back(memory.data(), Shape{e, e}, Strides{row, step});
      views.emplace_back(memory.data(), Shape{e, e}, Strides{step, row});
      views.emplace_back(memory.data() + step * (e - 1), Shape{e, e}, Strides{row, -step});
    }
  std::vector<Reference<double>> expected;
  for (const auto& view : views) expected.push_back(reference_einsum<double>("ij,jk->ik", {view, views[0]}));
  std::atomic<int> wrong = 0;
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < 4; ++number)
    threads.emplace_back([&, number] {
      try {
        Array<double> out({e, e});
        for (std::size_t round = 0; round < 100; ++round) {
          const std::size_t which = (round * (number + 1)) % views.size();
          multiply.into(out, views[which], views[0]);
          if (first_difference(expected[which], out.data()) >= 0) ++wrong;
        }
      } catch (const std::exception&) {
        ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  CHECK(wrong == 0);
}

TEST_CASE("the order of contraction does not depend on the number of threads") {
  const std::vector<std::pair<std::string, std::vector<Shape>>> calls = {
      {"abc,a,bc->bca", {{9, 9, 32}, {9}, {9, 32}}},
      {"ij,jk,kl,lm->im", {{300, 20}, {20, 400}, {400, 30}, {30, 500}}},
      {"ab,ab,ab,b->a", {{100, 90}, {100, 90}, {100, 90}, {90}}},
  };
  for (const auto& [text, shapes] : calls)
    for (const Planner planner : {Planner::automatic, Planner::exact, Planner::greedy}) {
      std::vector<std::string> orders;
      for (const int threads : {1, 2, 64}) {
        std::string& order = orders.emplace_back();
        const Compiled compiled = compile(text, shapes, {.planner = planner, .threads = threads, .isa = "baseline"});
        for (const StepSummary& step : compiled.plan().steps) order += step.text + " ";
      }
      CHECK(orders[0] == orders[1]);
      CHECK(orders[0] == orders[2]);
    }
}

TEST_CASE("every pass has a name and shows what it made") {
  const std::vector<std::string> names = pass_names();
  REQUIRE(names.size() >= 4);
  CHECK(std::set<std::string>(names.begin(), names.end()).size() == names.size());
  const std::string all = print_after("all", "ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 5}});
  std::size_t place = 0;
  for (const std::string& name : names) {
    const std::string one = print_after(name, "ij,jk,kl->il", {{2, 3}, {3, 4}, {4, 5}});
    INFO(name);
    CHECK(one.size() > name.size() + 10);
    const std::size_t found = all.find(name, place);
    REQUIRE(found != std::string::npos);  // in the order of the passes
    place = found;
  }
  try {
    print_after("simplfy", "i->", {{3}});
    FAIL("a pass that does not exist was printed");
  } catch (const Error& error) {
    for (const std::string& name : names) CHECK_THAT(error.what(), ContainsSubstring(name));
  }
}

TEST_CASE("common calls need no kernel that goes element by element, on any instruction set") {
  const std::vector<std::pair<std::string, std::vector<Shape>>> calls = {
      {"ij,jk->ik", {{64, 48}, {48, 80}}},   {"bqhc,bkhc->bhqk", {{2, 16, 4, 32}, {2, 16, 4, 32}}},
      {"bhqk,bkhc->bqhc", {{2, 4, 16, 16}, {2, 16, 4, 32}}},
      {"ij,j->i", {{64, 48}, {48}}},         {"i,i->", {{100}, {100}}},
      {"i,j->ij", {{30}, {40}}},             {"ij,ij->ij", {{30, 40}, {30, 40}}},
      {"ij->ji", {{30, 40}}},                {"ij->i", {{30, 40}}},
      {"ij->j", {{30, 40}}},                 {"abcd->dcba", {{4, 5, 6, 7}}},
  };
  for (const std::string& isa : this_cpu().isas)
    for (const auto& [text, shapes] : calls)
      for (const DType dtype : {DType::f32, DType::f64}) {
        INFO(text << " " << isa);
        CHECK_NOTHROW(compile(text, shapes, {.dtype = dtype, .isa = isa, .forbid_fallback = true}));
      }
}
