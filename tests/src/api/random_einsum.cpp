// Random einsums against the plain loop nest: every instruction set, planner and number of threads, any memory layout.
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/fill.hpp"
#include "support/random_einsum.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

constexpr Planner planners[] = {Planner::automatic, Planner::exact, Planner::greedy, Planner::left_to_right};

// The operands of a random call in memory of their own.
template <class T>
struct Operands {
  std::vector<std::vector<T>> memory;
  std::vector<TensorView<const T>> views;
  std::vector<ArrayRef> refs;

  explicit Operands(const RandomEinsum& call) {
    for (const Layout& layout : call.operands) {
      const std::size_t number = memory.size();
      std::vector<T>& values = memory.emplace_back(layout.size);
      for (std::size_t n = 0; n < layout.size; ++n) values[n] = fill_value<T>(n, number, 0.3 + 1.1 * static_cast<double>(number));
      views.emplace_back(values.data() + layout.first, layout.extents, layout.strides);
    }
    for (const auto& view : views) refs.push_back({view.data(), dtype_of<T>, view.extents(), view.strides()});
  }
};

template <class T>
bool same_bits(const Array<T>& a, const Array<T>& b) {
  return a.size() == b.size() && (a.size() == 0 || std::memcmp(a.data(), b.data(), a.size() * sizeof(T)) == 0);
}

std::string describe(std::uint64_t seed, const RandomEinsum& call, const Options& options, DType dtype) {
  std::string text = "seed " + std::to_string(seed) + " `" + call.text + "` " + std::string(name_of(dtype));
  for (const Layout& layout : call.operands) {
    text += " [";
    for (std::size_t i = 0; i < layout.extents.size(); ++i)
      text += (i > 0 ? ", " : "") + std::to_string(layout.extents[i]) + ":" + std::to_string(layout.strides[i]);
    text += "]";
  }
  return text + " isa " + options.isa + " planner " + std::to_string(static_cast<int>(options.planner)) + " threads " +
         std::to_string(options.threads) + (options.broadcast == Broadcast::numpy ? " numpy" : " strict") +
         (options.sum_ellipsis ? " sum_ellipsis" : "");
}

// out = alpha * result + beta * out in memory with any strides; the gaps between elements must stay as they were.
template <class T>
std::string check_into(std::uint64_t seed, const RandomEinsum& call, const Options& options, const Operands<T>& operands,
                       const Reference<T>& reference) {
  Random random(seed);
  const Layout layout = random_layout(random, reference.extents, false);
  const Scale scale = random.chance(0.5) ? Scale{} : Scale{random.chance(0.5) ? -1.5 : 0.0, random.chance(0.5) ? 0.5 : 0.0};
  std::vector<T> memory(layout.size);
  for (std::size_t n = 0; n < layout.size; ++n)
    memory[n] = scale.beta == 0 ? std::numeric_limits<T>::quiet_NaN() : fill_value<T>(n, 9, 2.5);
  const std::vector<T> before = memory;

  Reference<T> expected = reference;
  std::vector<char> written(layout.size, 0);
  std::vector<std::size_t> places;
  for (std::size_t n = 0; n < expected.values.size(); ++n) {
    auto place = static_cast<Stride>(layout.first);
    std::size_t rest = n;
    for (std::size_t at = layout.extents.size(); at-- > 0; rest /= static_cast<std::size_t>(layout.extents[at]))
      place += layout.strides[at] * static_cast<Stride>(rest % static_cast<std::size_t>(layout.extents[at]));
    places.push_back(static_cast<std::size_t>(place));
    written[places.back()] = 1;
    const double old = scale.beta == 0 ? 0 : scale.beta * static_cast<double>(before[places.back()]);
    expected.values[n] = static_cast<T>(scale.alpha * static_cast<double>(expected.values[n]) + old);
    expected.magnitudes[n] = std::abs(scale.alpha) * expected.magnitudes[n] + std::abs(old);
  }

  std::vector<Shape> shapes;
  for (const Layout& operand : call.operands) shapes.push_back(operand.extents);
  const Compiled compiled = compile(call.text, shapes, options);
  if (compiled.shape() != reference.extents) return "compile() has another shape";
  compiled.run(operands.refs, {memory.data() + layout.first, dtype_of<T>, layout.extents, layout.strides}, scale);
  std::vector<T> got;
  for (const std::size_t place : places) got.push_back(memory[place]);
  const std::ptrdiff_t off = first_difference(expected, got.data());
  if (off >= 0)
    return "into: element " + std::to_string(off) + " is " + std::to_string(got[static_cast<std::size_t>(off)]) + ", expected " +
           std::to_string(expected.values[static_cast<std::size_t>(off)]);
  for (std::size_t n = 0; n < layout.size; ++n)
    if (written[n] == 0 && std::memcmp(&memory[n], &before[n], sizeof(T)) != 0) return "into: wrote between the elements of the output";
  return {};
}

// Empty when every way to compute the call agrees with the loop nest; else what differs.
template <class T>
std::string check(std::uint64_t seed, const RandomEinsum& call) {
  const Operands<T> operands(call);
  const Reference<T> reference = reference_einsum<T>(call.text, operands.views);
  Options options = call.options;
  options.dtype = dtype_of<T>;
  for (const std::string& isa : this_cpu().isas) {
    options.isa = isa;
    for (const Planner planner : planners) {
      options.planner = planner;
      options.threads = 1;
      try {
        const Array<T> result = einsum<T>(call.text, operands.refs, options);
        if (result.extents() != reference.extents) return describe(seed, call, options, dtype_of<T>) + ": wrong shape";
        const std::ptrdiff_t off = first_difference(reference, result.data());
        if (off >= 0)
          return describe(seed, call, options, dtype_of<T>) + ": element " + std::to_string(off) + " is " +
                 std::to_string(result[static_cast<std::size_t>(off)]) + ", expected " +
                 std::to_string(reference.values[static_cast<std::size_t>(off)]);
        const std::string into = check_into(seed, call, options, operands, reference);
        if (!into.empty()) return describe(seed, call, options, dtype_of<T>) + ": " + into;
        if (planner != Planner::automatic) continue;
        for (const int threads : {2, 3}) {
          options.threads = threads;
          if (!same_bits(result, einsum<T>(call.text, operands.refs, options)))
            return describe(seed, call, options, dtype_of<T>) + ": other bits than with one thread";
        }
      } catch (const std::exception& fault) {
        return describe(seed, call, options, dtype_of<T>) + ": throws " + fault.what();
      }
    }
  }
  return {};
}

// Reports every failing seed up to a few, so that a run shows whether one cause or many.
template <class T>
void check_seeds(std::uint64_t first, std::uint64_t count, double points, std::size_t most_operands) {
  int failures = 0;
  for (std::uint64_t seed = first; seed < first + count && failures < 10; ++seed) {
    const std::string fault = check<T>(seed, random_einsum(seed, points, most_operands));
    if (fault.empty()) continue;
    ++failures;
    UNSCOPED_INFO(fault);
  }
  CHECK(failures == 0);
}

}  // namespace

TEST_CASE("random einsums of few operands agree with the loop nest") {
  check_seeds<float>(1, 400, 3000, 3);
  check_seeds<double>(1001, 400, 3000, 3);
}

TEST_CASE("random einsums of many operands agree with the loop nest") {
  check_seeds<float>(2001, 150, 3000, 9);
  check_seeds<double>(3001, 150, 3000, 9);
}

TEST_CASE("random einsums large enough for blocks and threads agree with the loop nest") {
  check_seeds<float>(4001, 24, 8e5, 3);
  check_seeds<double>(5001, 24, 8e5, 3);
}
