// Maps of random loops, inputs and code against ir::evaluate, one position after the other.
// SPDX-License-Identifier: BSD-3-Clause
#include "ir/executable.hpp"

#include <array>

#include "support/loop_reference.hpp"

namespace {

using namespace einc;
using testing::RandomLoops;

struct MapCase {
  ir::Instruction instruction;
  ir::Map map;
};

void give_strides(RandomLoops& random, const std::vector<ir::Loop>& loops, std::vector<Stride>& strides, bool is_result) {
  std::vector<std::size_t> order(loops.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = order.size() - 1 - i;
  if (random.below(3) == 0 && order.size() > 1)
    for (std::size_t i = order.size() - 1; i > 0; --i) std::swap(order[i], order[static_cast<std::size_t>(random.below(static_cast<int>(i) + 1))]);
  strides.assign(loops.size(), 0);
  Stride step = random.below(8) == 0 ? 2 : 1;
  for (std::size_t i : order) {
    if (is_result ? loops[i].role == ir::Role::k : random.below(5) == 0) continue;
    strides[i] = random.below(8) == 0 ? -step : step;
    step *= loops[i].extent;
    if (random.below(6) == 0) step += random.below(5);
  }
}

// A few bounded functions of a few inputs; positions are brought between 0 and 1 first.
ir::ScalarCode random_code(RandomLoops& random, const std::vector<ir::MapInput>& inputs) {
  using ir::Function;
  ir::ScalarCode code;
  const auto push = [&](Function function, std::array<std::uint32_t, 3> in = {}, double value = 0) {
    code.push_back({function, in, value});
    return static_cast<std::uint32_t>(code.size() - 1);
  };
  std::vector<std::uint32_t> made;
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    std::uint32_t at = push(Function::argument, {i});
    if (inputs[i].position) at = push(Function::sigmoid, {push(Function::multiply, {at, push(Function::constant, {}, 0.001)})});
    made.push_back(at);
  }
  made.push_back(push(Function::constant, {}, 0.375));
  static const Function functions[] = {Function::negative, Function::absolute,  Function::tanh,    Function::sigmoid,    Function::relu,
                                       Function::gelu,     Function::erf,       Function::sin,     Function::cos,        Function::add,
                                       Function::add,      Function::subtract,  Function::multiply, Function::multiply,  Function::minimum,
                                       Function::maximum,  Function::less,      Function::select,  Function::logical_or, Function::select};
  for (int left = random.below(12); left > 0; --left) {
    const auto any = [&] { return made[static_cast<std::size_t>(random.below(static_cast<int>(made.size())))]; };
    const Function function = functions[random.below(static_cast<int>(std::size(functions)))];
    made.push_back(push(function, {any(), any(), any()}));
  }
  return code;
}

MapCase random_case(RandomLoops& random, std::int64_t most) {
  static const Extent extents[] = {1, 2, 3, 5, 7, 8, 13, 16, 17, 31, 63, 64, 65, 100, 257, 1000, 5000};
  MapCase made{};
  made.instruction.kernel = ir::Kernel::map;
  std::int64_t iterations = 1;
  for (int left = random.below(5); left > 0; --left) {
    const Extent extent = extents[random.below(static_cast<int>(std::size(extents)))];
    if (iterations * extent > most) continue;
    iterations *= extent;
    made.instruction.loops.push_back({random.below(3) == 0 ? ir::Role::k : ir::Role::m, extent, 0, 0, 0});
  }
  auto& loops = made.instruction.loops;
  std::stable_sort(loops.begin(), loops.end(), [](auto& x, auto& y) { return x.role < y.role; });
  std::vector<Stride> strides;
  give_strides(random, loops, strides, true);
  for (std::size_t i = 0; i < loops.size(); ++i) loops[i].c = strides[i];
  const bool folds = !loops.empty() && loops.back().role == ir::Role::k;
  if (folds) made.map.fold = static_cast<ir::Fold>(1 + random.below(3));
  made.map.inputs.resize(static_cast<std::size_t>(1 + random.below(4)));
  for (ir::MapInput& input : made.map.inputs) {
    input.position = random.below(4) == 0;
    give_strides(random, loops, input.strides, false);
  }
  made.map.code = random_code(random, made.map.inputs);
  return made;
}

// Calls body(offset of c, arguments) at every position, the terms of one result in any order.
template <class Body>
void each_position(const MapCase& given, std::vector<Stride>& at, Stride c, std::size_t level, Body& body) {
  const auto& loops = given.instruction.loops;
  if (level == loops.size()) return body(c, at);
  for (Extent i = 0; i < loops[level].extent; ++i) {
    std::vector<Stride> inner = at;
    for (std::size_t input = 0; input < at.size(); ++input) inner[input] += i * given.map.inputs[input].strides[level];
    each_position(given, inner, c + i * loops[level].c, level + 1, body);
  }
}

template <class T>
void check(const MapCase& given, RandomLoops& random, T alpha, T beta) {
  const auto& loops = given.instruction.loops;
  std::vector<std::vector<T>> arrays;
  std::vector<Stride> starts;
  for (const ir::MapInput& input : given.map.inputs) {
    std::vector<ir::Loop> reaching = loops;
    for (std::size_t i = 0; i < loops.size(); ++i) reaching[i].a = input.strides[i];
    const testing::Reach reach = testing::reach(reaching, &ir::Loop::a);
    arrays.push_back(input.position ? std::vector<T>{} : random.values<T>(reach.elements));
    starts.push_back(input.position ? random.below(100) - 50 : reach.first);
  }
  const testing::Reach reach = testing::reach(loops, &ir::Loop::c);
  std::vector<T> before = random.values<T>(reach.elements);
  if (beta == T(0)) std::fill(before.begin(), before.end(), std::numeric_limits<T>::quiet_NaN());

  const double none = given.map.fold == ir::Fold::maximum ? -1e300 : given.map.fold == ir::Fold::minimum ? 1e300 : 0;
  std::vector<double> exact(before.size(), none), terms(before.size(), 0);
  std::vector<bool> owned(before.size(), false);
  std::vector<double> arguments(arrays.size());
  auto body = [&](Stride c, const std::vector<Stride>& at) {
    for (std::size_t i = 0; i < arguments.size(); ++i)
      arguments[i] = given.map.inputs[i].position ? static_cast<double>(at[i]) : static_cast<double>(arrays[i][static_cast<std::size_t>(at[i])]);
    const double value = ir::evaluate(given.map.code, arguments);
    const auto place = static_cast<std::size_t>(c);
    owned[place] = true;
    terms[place] += 1 + std::abs(value);
    if (given.map.fold == ir::Fold::maximum) exact[place] = std::max(exact[place], value);
    else if (given.map.fold == ir::Fold::minimum) exact[place] = std::min(exact[place], value);
    else exact[place] += value;
  };
  each_position(given, starts, reach.first, 0, body);

  std::vector<runtime::MapSource<T>> sources;
  for (std::size_t i = 0; i < arrays.size(); ++i)
    sources.push_back(given.map.inputs[i].position ? runtime::MapSource<T>{nullptr, starts[i]} : runtime::MapSource<T>{arrays[i].data() + starts[i], 0});
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    std::vector<T> first;
    for (int threads = 1; threads <= 3; ++threads) {
      std::vector<T> c = before;
      runtime::run_map<T>({given.instruction, *table, nullptr, nullptr, c.data() + reach.first, alpha, beta, nullptr, 0, threads}, given.map, sources.data());
      if (threads == 1) first = c;
      REQUIRE(std::memcmp(c.data(), first.data(), c.size() * sizeof(T)) == 0);
    }
    for (std::size_t i = 0; i < first.size(); ++i) {
      const double old = static_cast<double>(before[i]), got = static_cast<double>(first[i]);
      const double kept = beta == T(0) ? 0 : static_cast<double>(beta) * old;
      const double expected = owned[i] ? static_cast<double>(alpha) * exact[i] + kept : old;
      const double tolerance = owned[i] ? 200 * static_cast<double>(std::numeric_limits<T>::epsilon()) * (terms[i] + std::abs(kept)) : 0;
      if (std::isnan(expected) ? !std::isnan(got) : !(std::abs(got - expected) <= tolerance)) {
        std::string text = ir::print(given.map.code);
        for (const ir::Loop& loop : loops) text += "\n" + std::to_string(loop.extent) + " c " + std::to_string(loop.c) + " role " + std::to_string(int(loop.role));
        FAIL(table->isa << ": element " << i << " is " << got << ", expected " << expected << " of " << text);
      }
    }
  }
}

ir::MapInput dense(std::vector<Stride> strides) {
  ir::MapInput input;
  input.strides = std::move(strides);
  return input;
}

}  // namespace

TEMPLATE_TEST_CASE("a map is its code at every position, folded or not, with any number of threads", "", float, double) {
  RandomLoops random(7);
  for (int round = 0; round < 250; ++round) {
    MapCase given = random_case(random, round % 10 == 0 ? 60000 : 3000);
    given.instruction.dtype = dtype_of<TestType>;
    const int scaling = random.below(4);
    given.instruction.write = scaling == 0 ? ir::Write::store : ir::Write::scale_into;
    check<TestType>(given, random, scaling == 1 || scaling == 2 ? TestType(1.5) : TestType(1), scaling == 1 || scaling == 3 ? TestType(-0.5) : TestType(0));
  }
}

TEMPLATE_TEST_CASE("long folds into few results are cut by extents alone", "", float, double) {
  RandomLoops random(8);
  for (int form = 0; form < 4; ++form) {
    MapCase given{};
    given.instruction.kernel = ir::Kernel::map;
    given.instruction.loops = {{ir::Role::m, 16, 0, 0, 1}, {ir::Role::k, 70001, 0, 0, 0}};
    if (form == 3) given.instruction.loops.erase(given.instruction.loops.begin());
    given.map.inputs = {form == 3 ? dense({1}) : form == 0 ? dense({70001, 1}) : dense({1, 16})};
    given.map.code = {{ir::Function::argument, {0}, 0}, {ir::Function::multiply, {0, 0}, 0}};
    given.map.fold = form == 2 ? ir::Fold::maximum : ir::Fold::sum;
    check<TestType>(given, random, TestType(2), TestType(0));
  }
}

TEMPLATE_TEST_CASE("a map may write over its own input", "", float, double) {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    std::vector<TestType> c(1003);
    for (std::size_t i = 0; i < c.size(); ++i) c[i] = static_cast<TestType>(i);
    ir::Instruction instruction{};
    instruction.kernel = ir::Kernel::map;
    instruction.loops = {{ir::Role::m, 17, 0, 0, 59}, {ir::Role::m, 59, 0, 0, 1}};
    ir::Map map;
    map.inputs = {dense({59, 1}), dense({0, 1})};
    map.code = {{ir::Function::argument, {0}, 0}, {ir::Function::constant, {}, 1}, {ir::Function::add, {0, 1}, 0}, {ir::Function::multiply, {2, 0}, 0}};
    const runtime::MapSource<TestType> sources[] = {{c.data(), 0}, {c.data(), 0}};
    runtime::run_map<TestType>({instruction, *table, nullptr, nullptr, c.data(), 1, 0, nullptr, 0, 1}, map, sources);
    int wrong = 0;
    for (std::size_t i = 0; i < c.size(); ++i) wrong += c[i] != static_cast<TestType>(i) * static_cast<TestType>(i + 1);
    CHECK(wrong == 0);
  }
}

// Rows long and short: positions beside dense arrays are counted row by row, rows of an array that repeats or skips are copied together.
TEMPLATE_TEST_CASE("several rows go through a map together", "", float, double) {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    for (const auto& [planes, rows, columns] : {std::array<Extent, 3>{1, 9, 130}, {3, 50, 16}, {2, 7, 5}, {4, 1, 700}, {3, 4, 64}}) {
      std::vector<TestType> dense_array(static_cast<std::size_t>(planes * rows * columns)), few(static_cast<std::size_t>(columns)), apart(static_cast<std::size_t>(rows * (columns + 3)));
      for (std::vector<TestType>* each : {&dense_array, &few, &apart})
        for (std::size_t i = 0; i < each->size(); ++i) (*each)[i] = static_cast<TestType>(i % 37);
      for (const bool copies : {false, true}) {
        std::vector<TestType> c(dense_array.size());
        ir::Instruction instruction{};
        instruction.kernel = ir::Kernel::map;
        instruction.loops = {{ir::Role::m, planes, 0, 0, rows * columns}, {ir::Role::m, rows, 0, 0, columns}, {ir::Role::m, columns, 0, 0, 1}};
        ir::Map map;
        map.inputs = {dense({rows * columns, columns, 1}), dense({100, -1, 1})};
        map.inputs[1].position = true;
        map.code = {{ir::Function::argument, {0}, 0}, {ir::Function::argument, {1}, 0}, {ir::Function::add, {0, 1}, 0}};
        if (copies) {
          map.inputs.push_back(dense({0, 0, 1})), map.inputs.push_back(dense({0, columns + 3, 1}));
          for (const std::uint32_t input : {2u, 3u}) {
            map.code.push_back({ir::Function::argument, {input}, 0});
            map.code.push_back({ir::Function::add, {static_cast<std::uint32_t>(map.code.size() - 2), static_cast<std::uint32_t>(map.code.size() - 1)}, 0});
          }
        }
        const runtime::MapSource<TestType> sources[] = {{dense_array.data(), 0}, {nullptr, 7}, {few.data(), 0}, {apart.data(), 0}};
        runtime::run_map<TestType>({instruction, *table, nullptr, nullptr, c.data(), 1, 0, nullptr, 0, 1}, map, sources);
        int wrong = 0;
        for (Extent p = 0, at = 0; p < planes; ++p)
          for (Extent row = 0; row < rows; ++row)
            for (Extent i = 0; i < columns; ++i, ++at) {
              TestType wanted = dense_array[static_cast<std::size_t>(at)] + static_cast<TestType>(7 + 100 * p - row + i);
              if (copies) wanted += few[static_cast<std::size_t>(i)] + apart[static_cast<std::size_t>(row * (columns + 3) + i)];
              wrong += c[static_cast<std::size_t>(at)] != wanted;
            }
        INFO(table->isa << " " << planes << " x " << rows << " x " << columns << (copies ? " with copies" : ""));
        CHECK(wrong == 0);
      }
    }
  }
}

// (x + a row for all rows) * a number for each row.
TEMPLATE_TEST_CASE("a row for all rows and a number for each meet a dense array, however long rows are", "", float, double) {
  constexpr Extent rows = 37;
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    for (const Extent columns : {1, 2, 5, 63, 64, 100, 159, 160, 300}) {
      std::vector<TestType> x(static_cast<std::size_t>(rows * columns)), row(static_cast<std::size_t>(columns)), each(static_cast<std::size_t>(rows)), c(x.size());
      for (std::vector<TestType>* array : {&x, &row, &each})
        for (std::size_t i = 0; i < array->size(); ++i) (*array)[i] = static_cast<TestType>(i % 29);
      ir::Instruction instruction{};
      instruction.kernel = ir::Kernel::map;
      instruction.loops = {{ir::Role::m, rows, 0, 0, columns}, {ir::Role::m, columns, 0, 0, 1}};
      ir::Map map;
      map.inputs = {dense({columns, 1}), dense({0, 1}), dense({1, 0})};
      using ir::Function;
      map.code = {{Function::argument, {0}, 0}, {Function::argument, {1}, 0}, {Function::add, {0, 1}, 0}, {Function::argument, {2}, 0}, {Function::multiply, {2, 3}, 0}};
      const runtime::MapSource<TestType> sources[] = {{x.data(), 0}, {row.data(), 0}, {each.data(), 0}};
      runtime::run_map<TestType>({instruction, *table, nullptr, nullptr, c.data(), 1, 0, nullptr, 0, 2}, map, sources);
      int wrong = 0;
      for (std::size_t i = 0; i < c.size(); ++i) {
        const std::size_t at = i / row.size(), in_row = i % row.size();
        wrong += c[i] != (x[i] + row[in_row]) * each[at];
      }
      INFO(table->isa << ", rows of " << columns);
      CHECK(wrong == 0);
    }
  }
}

TEMPLATE_TEST_CASE("the largest of numbers with a NaN among them is NaN", "", float, double) {
  for (const kernels::KernelTable* table : testing::runnable_tables()) {
    for (std::size_t hole = 0; hole < 70; hole += 3) {
      std::vector<TestType> a(70, TestType(-1));
      a[hole] = std::numeric_limits<TestType>::quiet_NaN();
      ir::Instruction instruction{};
      instruction.kernel = ir::Kernel::map;
      instruction.loops = {{ir::Role::k, 70, 0, 0, 0}};
      ir::Map map;
      map.inputs = {dense({1})};
      map.code = {{ir::Function::argument, {0}, 0}};
      for (ir::Fold fold : {ir::Fold::maximum, ir::Fold::minimum, ir::Fold::sum}) {
        map.fold = fold;
        TestType c = 0;
        const runtime::MapSource<TestType> sources[] = {{a.data(), 0}};
        runtime::run_map<TestType>({instruction, *table, nullptr, nullptr, &c, 1, 0, nullptr, 0, 1}, map, sources);
        CHECK(std::isnan(c));
      }
    }
  }
}
