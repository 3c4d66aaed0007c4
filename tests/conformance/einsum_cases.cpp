// einsum_cases.cpp: known einsums with known results, computed in every way a user could ask for them: each instruction
// set, planner and rule of broadcasting, through raw memory and xtensor, from and into memory of several layouts.
// EINC_EINSUM_CASES names another file of the same form.
#include <cmath>
#include <complex>
#include <cstdio>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>
#include <einc/xtensor.hpp>

#include "conformance/conformance_file.hpp"
#include "support/fill.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// A case with its operands in memory, and what is expected of it.
template <class T>
struct Case {
  std::string text;
  std::vector<Shape> shapes;
  std::vector<std::vector<Held<T>>> operands;  // row-major
  Reference<T> expected;

  explicit Case(const Json& json) : text(json.at("subscripts")), shapes(json.at("shapes").get<std::vector<Shape>>()) {
    const auto phases = json.at("phases").get<std::vector<double>>();
    for (std::size_t number = 0; number < shapes.size(); ++number) {
      std::size_t size = 1;
      for (const Extent extent : shapes[number]) size *= static_cast<std::size_t>(extent);
      std::vector<Held<T>>& values = operands.emplace_back(size);
      for (std::size_t n = 0; n < size; ++n) values[n] = fill_value<T>(n, number, phases.at(number));
    }
    // The reference gives the scale of rounding; the values expected are those of the file.
    expected = reference_einsum<T>(text, views());
    const Shape shape = json.at("shape").get<Shape>();
    std::vector<Held<T>> values;
    for (const Json& value : json.at("expected")) {
      if constexpr (is_complex_number<T>) values.emplace_back(value.at(0).template get<typename T::value_type>(), value.at(1).template get<typename T::value_type>());
      else values.push_back(static_cast<Held<T>>(value.template get<T>()));
    }
    if (expected.extents != shape || expected.values.size() != values.size())
      throw std::runtime_error(text + ": the file's shape is not that of the reference");
    expected.values = values;
  }

  std::vector<TensorView<const T>> views() const {
    std::vector<TensorView<const T>> all;
    for (std::size_t i = 0; i < shapes.size(); ++i) all.emplace_back(address_of<T>(operands[i]), shapes[i]);
    return all;
  }
};

template <class T>
struct Result {
  Shape extents;
  std::vector<Held<T>> values;
};
template <class T>
Result<T> to_result(const Array<T>& array) {
  return {array.extents(), std::vector<Held<T>>(array.data(), array.data() + array.size())};
}
template <class T>
Result<T> to_result(const xt::xarray<T>& array) {
  return {Shape(array.shape().begin(), array.shape().end()), std::vector<Held<T>>(array.storage().begin(), array.storage().end())};
}

// einsum() takes its operands as arguments: spreads up to six of them.
template <class T, class A>
Result<T> call(const std::string& text, const Options& options, const std::vector<A>& operands) {
  auto spread = [&]<std::size_t... number>(std::index_sequence<number...>) {
    return to_result<T>(einsum(text, options, operands[number]...));
  };
  switch (operands.size()) {
    case 1: return spread(std::make_index_sequence<1>());
    case 2: return spread(std::make_index_sequence<2>());
    case 3: return spread(std::make_index_sequence<3>());
    case 4: return spread(std::make_index_sequence<4>());
    case 5: return spread(std::make_index_sequence<5>());
    case 6: return spread(std::make_index_sequence<6>());
    default: throw std::runtime_error("more operands than this test can spread");
  }
}

// The way a call is made.
template <class T>
using Way = std::function<Result<T>(const Case<T>&, const Options&)>;

template <class T>
Result<T> through_views(const Case<T>& c, const Options& options) {
  return call<T>(c.text, options, c.views());
}

template <class T, xt::layout_type layout>
Result<T> through_xtensor(const Case<T>& c, const Options& options) {
  std::vector<xt::xarray<T, layout>> arrays;
  for (std::size_t i = 0; i < c.shapes.size(); ++i) {
    const std::vector<std::size_t> shape(c.shapes[i].begin(), c.shapes[i].end());
    auto& array = arrays.emplace_back(xt::xarray<T, layout>::from_shape({shape.begin(), shape.end()}));
    const auto given = xt::adapt(c.operands[i], shape);
    std::copy(given.begin(), given.end(), array.template begin<xt::layout_type::row_major>());
  }
  return call<T>(c.text, options, arrays);
}

// Operands whose labels stand in memory the other way round, every second one backwards, with gaps between elements.
template <class T>
Result<T> through_strides(const Case<T>& c, const Options& options) {
  std::vector<std::vector<Held<T>>> memory;
  std::vector<TensorView<const T>> moved;
  for (std::size_t i = 0; i < c.shapes.size(); ++i) {
    const Shape& shape = c.shapes[i];
    Strides strides(shape.size());
    Stride next = 2, first = 0;
    for (std::size_t at = 0; at < shape.size(); ++at) {
      strides[at] = at % 2 == 0 ? next : -next;
      if (at % 2 != 0 && shape[at] > 0) first += next * (shape[at] - 1);
      next *= std::max<Extent>(shape[at], 1);
    }
    std::vector<Held<T>>& values = memory.emplace_back(static_cast<std::size_t>(next), Held<T>{});
    for (std::size_t n = 0; n < c.operands[i].size(); ++n) {
      Stride place = first;
      std::size_t rest = n;
      for (std::size_t at = shape.size(); at-- > 0; rest /= static_cast<std::size_t>(shape[at]))
        place += strides[at] * static_cast<Stride>(rest % static_cast<std::size_t>(shape[at]));
      values[static_cast<std::size_t>(place)] = c.operands[i][n];
    }
    moved.emplace_back(address_of<T>(values) + first, shape, strides);
  }
  return call<T>(c.text, options, moved);
}

template <class T>
Held<T> garbage() {
  if constexpr (is_complex_number<T>) return {std::numeric_limits<typename T::value_type>::quiet_NaN(), 0};
  else if constexpr (std::is_integral_v<T>) return static_cast<Held<T>>(1);
  else return std::numeric_limits<T>::quiet_NaN();
}
template <class T>
std::string shown(T value) {
  if constexpr (is_complex_number<T>) return "(" + std::to_string(value.real()) + ", " + std::to_string(value.imag()) + ")";
  else return std::to_string(value);
}

// Compiled once, run into memory that holds NaN and has its labels the other way round.
template <class T>
Result<T> through_compile(const Case<T>& c, const Options& options) {
  Options typed = options;
  typed.dtype = dtype_of<T>;
  const Compiled compiled = compile(c.text, c.shapes, typed);
  const Shape shape = compiled.shape();
  Strides strides(shape.size());
  std::size_t size = 1;
  for (std::size_t at = 0; at < shape.size(); ++at) {
    strides[at] = static_cast<Stride>(size);
    size *= static_cast<std::size_t>(shape[at]);
  }
  std::vector<Held<T>> memory(size, garbage<T>());
  std::vector<ArrayRef> refs;
  const auto views = c.views();
  for (const auto& view : views) refs.push_back({view.data(), dtype_of<T>, view.extents(), view.strides()});
  compiled.run(refs, {address_of<T>(memory), dtype_of<T>, shape, strides});
  Result<T> result{shape, {}};
  for (std::size_t n = 0; n < size; ++n) {
    Stride place = 0;
    std::size_t rest = n;
    for (std::size_t at = shape.size(); at-- > 0; rest /= static_cast<std::size_t>(shape[at]))
      place += strides[at] * static_cast<Stride>(rest % static_cast<std::size_t>(shape[at]));
    result.values.push_back(memory[static_cast<std::size_t>(place)]);
  }
  return result;
}

const std::map<std::string, Planner> planners = {{"automatic", Planner::automatic},
                                                 {"exact", Planner::exact},
                                                 {"greedy", Planner::greedy},
                                                 {"left_to_right", Planner::left_to_right}};

// Empty when every way gives the expected numbers; otherwise the first that does not.
template <class T>
std::string check(const Json& json) {
  const Case<T> c(json);
  const std::vector<std::pair<std::string, Way<T>>> ways = {{"views", through_views<T>},
                                                            {"xtensor", through_xtensor<T, xt::layout_type::row_major>},
                                                            {"xtensor, columns first", through_xtensor<T, xt::layout_type::column_major>},
                                                            {"strides", through_strides<T>},
                                                            {"compile", through_compile<T>}};
  std::vector<Broadcast> rules = {Broadcast::numpy};
  if (json.at("broadcast") == "strict") rules.push_back(Broadcast::strict);
  for (const Broadcast rule : rules)
    for (const std::string& isa : this_cpu().isas)
      for (const auto& [planner_name, planner] : planners)
        for (const auto& [way_name, way] : ways) {
          Options options;
          options.broadcast = rule;
          options.isa = isa;
          options.planner = planner;
          const std::string how = " [" + way_name + ", " + isa + ", " + planner_name + (rule == Broadcast::numpy ? ", numpy" : ", strict") + "]";
          try {
            const Result<T> got = way(c, options);
            if (got.extents != c.expected.extents) return how + " wrong shape";
            const std::ptrdiff_t off = first_difference(c.expected, address_of<T>(got.values));
            if (off < 0) continue;
            const auto at = static_cast<std::size_t>(off);
            return how + " element " + std::to_string(at) + " is " + shown(got.values[at]) + ", expected " +
                   shown(c.expected.values[at]);
          } catch (const std::exception& fault) {
            return how + " throws " + fault.what();
          }
        }
  return {};
}

// The element types this build computes with: one line each.
const std::map<std::string, std::string (*)(const Json&)> checks = {
    {"f32", check<float>},
    {"f64", check<double>},
    {"c64", check<std::complex<float>>},
    {"c128", check<std::complex<double>>},
    {"i32", check<std::int32_t>},
    {"i64", check<std::int64_t>},
    {"bool", check<bool>},
};

}  // namespace

int main() {
  return conformance_main([] {
    Tally tally;
    for (const Json& json : read_cases("EINC_EINSUM_CASES", "einsum_cases.json", "einsum-cases/1")) {
      const std::string dtype = json.at("dtype");
      if (checks.count(dtype) == 0) {
        tally.skip(dtype);
        continue;
      }
      const std::string fault = checks.at(dtype)(json);
      const std::string name = json.at("name").get<std::string>() + " `" + json.at("subscripts").get<std::string>() + "` " + dtype;
      fault.empty() ? tally.pass() : tally.fail(name + fault);
    }
    return tally.finish();
  });
}
