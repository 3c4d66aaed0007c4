// reproducible.cpp: every kernel family gives the same bits on one thread and on many, and every time it is asked.
#include <algorithm>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>
#include <einc/program.hpp>

#include "ir/executable.hpp"
#include "support/catch.hpp"

using namespace einc;

namespace {

// A call, and the kernel that must compute one of its steps: a case that meets another proves nothing.
struct Case {
  std::string kernel;
  std::string text;  // an einsum, or a program when it has a line end
  std::vector<Shape> shapes;
  Scale scale{};
  std::string said{};  // part of explain() that shows the form of the kernel, where it has several
};

// Large enough that work is shared: extents that no number of threads divides evenly.
const std::vector<Case> cases = {
    {"contract", "ij,jk->ik", {{301, 257}, {257, 203}}},
    {"contract", "bij,bkj->bki", {{13, 70, 90}, {13, 80, 90}}, {1.5, -0.5}},
    {"contract", "input x \"ij\"\ninput y \"jk\"\noutput o = tanh(einsum(\"ij,jk->ik\", x, y)) * 0.5\n", {{301, 257}, {257, 203}}, {}, "then"},
    {"contract", "adb,cd->cba", {{96, 16, 80}, {24, 16}}, {}, "neighbours in b at once"},
    {"contract", "adb,cd->cba", {{96, 16, 80}, {24, 16}}, {1.5, -0.5}, "neighbours in b at once"},
    {"contract", "adb,cd->cba", {{96, 64, 80}, {24, 64}}, {}, "are turned at once"},
    {"contract", "adb,cd->cba", {{96, 64, 80}, {24, 64}}, {1.5, -0.5}, "are turned at once"},
    {"contract", "abd,cd->cba", {{60, 30, 48}, {16, 48}}, {}, "are turned at once"},
    {"contract", "dac,bcd->ba", {{48, 70, 64}, {90, 64, 48}}, {}, "different neighbours along the sum"},
    {"contract", "dac,bcd->ba", {{64, 70, 67}, {90, 67, 64}}, {}, "that has no such parts"},
    {"contract", "bged,cafg->fedcba", {{7, 24, 5, 6}, {5, 24, 4, 24}}, {}, "two free sides"},
    {"contract", "ki,kj->ij", {{20011, 19}, {20011, 13}}, {}, "slices of"},
    {"contract", "bki,kbj->ij", {{11, 2001, 18}, {2001, 11, 14}}, {1.5, -0.5}, "slices of"},
    {"small", "bij,bjk->bik", {{5001, 4, 6}, {5001, 6, 8}}},
    {"interleaved", "ijb,jkb->ikb", {{9, 11, 1003}, {11, 13, 1003}}, {1.5, -0.5}},
    {"interleaved", "hijb,hjkb->hikb", {{3, 33, 70, 18}, {3, 70, 35, 18}}},
    {"matvec", "ij,j->i", {{1501, 1403}, {1403}}},
    {"matvec", "ij,i->j", {{1501, 1403}, {1501}}},
    {"dot", "i,i->", {{3000017}, {3000017}}},
    {"multiply", "ij,ij->ij", {{1301, 907}, {1301, 907}}},
    {"multiply", "i,j->ij", {{1301}, {907}}},
    {"permute", "ijk->kji", {{101, 103, 107}}},
    {"reduce", "ij->i", {{1501, 1403}}},
    {"reduce", "ij->j", {{1501, 1403}}},
    {"reduce", "i->", {{3000017}}},
    {"fill", "i->ii", {{1201}}, {1, 0.5}},
    {"map", "input x \"ij\"\ninput y \"ji\"\noutput o = exp(x) + sin(y) / 3\n", {{701, 503}, {503, 701}}},
    {"map", "input x \"ij\"\noutput o = sum(x * x + 0.25, \"j\")\n", {{1501, 1403}}, {}, "brought down"},
    {"map", "input x \"ij\"\noutput o = sum(exp(x), \"i\")\n", {{1501, 1403}}, {}, "brought down"},
    {"map", "input x \"i\"\noutput o = sum(exp(x), \"i\")\n", {{1000003}}, {}, "brought down"},
    {"map", "input x \"ij\"\noutput o = reduce(max, x * 3, \"j\")\n", {{1501, 1403}}},
    {"gather", "input t \"ve\"\ninput i \"bs\"\noutput o = gather(t, \"v\", i * 20 + 3)\n", {{40, 301}, {70, 61}}},
    {"stream", "input q \"hqc\"\ninput k \"khc\"\ninput v \"khc\"\noutput o = einsum(\"hqk,khc->hqc\", softmax(einsum(\"hqc,khc->hqk\", q, k), \"k\"), v)\n",
     {{3, 5, 40}, {4001, 3, 40}, {4001, 3, 40}}, {}, "few rows"},
    {"stream", "input q \"hqc\"\ninput k \"hkc\"\ninput v \"hkc\"\noutput o = einsum(\"hqk,hkc->hqc\", softmax(einsum(\"hqc,hkc->hqk\", q, k), \"k\"), v)\n",
     {{3, 701, 40}, {3, 803, 40}, {3, 803, 40}}, {}, "exp against the largest so far"},
    {"stream",
     "input q \"qc\"\ninput k \"kc\"\ninput v \"kc\"\ns = where(iota(\"k\") <= iota(\"q\"), einsum(\"qc,kc->qk\", q, k), -infinity)\n"
     "output o = einsum(\"qk,kc->qc\", softmax(s, \"k\"), v)\n",
     {{901, 24}, {901, 24}, {901, 24}}, {}, "partly hidden"},
};

template <class T>
struct Arrays {
  std::vector<Array<T>> operands;
  std::vector<ArrayRef> refs;
  explicit Arrays(const std::vector<Shape>& shapes) {
    for (const Shape& shape : shapes) {
      Array<T>& array = operands.emplace_back(shape);
      std::uint64_t state = 0x9E3779B97F4A7C15U * operands.size();
      for (std::size_t n = 0; n < array.size(); ++n) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        array[n] = static_cast<T>(static_cast<double>(state >> 40) * 0x1p-23 - 1);  // [-1, 1): sums round, and differently in another order
      }
    }
    for (const Array<T>& array : operands) refs.push_back({array.data(), dtype_of<T>, array.extents(), array.strides()});
  }
};

template <class T>
std::vector<T> run(const Compiled& compiled, const Arrays<T>& arrays, const Scale& scale) {
  const Shape& shape = compiled.shape();
  Array<T> out(shape);
  for (std::size_t n = 0; n < out.size(); ++n) out[n] = static_cast<T>(static_cast<double>(n % 101) / 7);
  compiled.run(arrays.refs, {out.data(), dtype_of<T>, out.extents(), out.strides()}, scale);
  return {out.data(), out.data() + out.size()};
}

Compiled compiled_of(const Case& one, const Options& options) {
  if (one.text.find('\n') == std::string::npos) return compile(one.text, one.shapes, options);
  return compile(Program::parse(one.text), one.shapes, options);
}

template <class T>
void check(const std::string& isa) {
  std::set<std::string> met;
  for (const Case& one : cases) {
    const Arrays<T> arrays(one.shapes);
    std::vector<T> first;
    for (const int threads : {1, 2, 3, 7}) {
      const Compiled compiled = compiled_of(one, {.dtype = dtype_of<T>, .threads = threads, .isa = isa});
      INFO("kernel " << one.kernel << ", " << name_of(dtype_of<T>) << ", " << isa << ", " << threads << " threads: " << one.text << "\n" << compiled.explain());
      const auto& steps = compiled.plan().steps;
      REQUIRE(std::any_of(steps.begin(), steps.end(), [&](const StepSummary& step) { return step.kernel == one.kernel; }));
      if (!one.said.empty()) REQUIRE_THAT(compiled.explain(), ContainsSubstring(one.said));
      REQUIRE(compiled.plan().threads == threads);
      for (const StepSummary& step : steps) met.insert(step.kernel);
      for (int round = 0; round < 2; ++round) {
        const std::vector<T> got = run(compiled, arrays, one.scale);
        if (first.empty()) first = got;
        REQUIRE(got.size() == first.size());
        REQUIRE(std::memcmp(got.data(), first.data(), got.size() * sizeof(T)) == 0);
      }
    }
  }
  // A new family must come with a case. Families within a stream are those a tile's instructions use; `online` and `few` run nowhere else.
  for (int number = 0; number < 64; ++number) {
    const std::string name{name_of(static_cast<ir::Kernel>(number))};
    if (name == "?" || name == "online" || name == "few") continue;
    INFO("no case meets the kernel " << name);
    CHECK(met.count(name) == 1);
  }
}

}  // namespace

TEST_CASE("every kernel family gives the same bits for 1, 2, 3 and 7 threads, again and again, on every instruction set") {
  for (const std::string& isa : this_cpu().isas) {
    check<float>(isa);
    check<double>(isa);
  }
}

namespace {

// A tree of tensors with chords: labels between two operands, and one that is kept. Extents are such that some steps are worth sharing
// among threads and others are not.
Case random_network(std::uint64_t seed, std::size_t operands) {
  std::uint64_t state = seed * 0x9E3779B97F4A7C15U + 1;
  auto below = [&](std::size_t limit) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return static_cast<std::size_t>(state >> 33) % limit;
  };
  std::vector<std::string> terms(operands);
  Case network{"", "", std::vector<Shape>(operands)};
  std::size_t labels = 0;
  auto join = [&](std::size_t one, std::size_t other) {
    const std::string name = "[e" + std::to_string(labels++) + "]";
    const Extent extent = static_cast<Extent>(2 + below(4) * below(9));
    for (const std::size_t operand : {one, other}) {
      terms[operand] += name;
      network.shapes[operand].push_back(extent);
    }
  };
  for (std::size_t operand = 1; operand < operands; ++operand) join(operand, operand - 1 - below(std::min<std::size_t>(operand, 3)));
  for (std::size_t chord = 0; chord < operands / 4; ++chord) {
    const std::size_t one = below(operands - 1);
    join(one, one + 1 + below(std::min<std::size_t>(operands - 1 - one, 4)));
  }
  terms[0] += "[kept]";
  network.shapes[0].push_back(61);
  for (const std::string& term : terms) network.text += (network.text.empty() ? "" : ",") + term;
  network.text += "->[kept]";
  return network;
}

}  // namespace

TEST_CASE("a network's order of contraction and its bits do not depend on the number of threads") {
  std::set<std::string> methods;
  for (std::uint64_t seed = 0; seed < 35; ++seed) {
    const Case network = random_network(seed, 6 + seed);
    const Arrays<float> arrays(network.shapes);
    std::vector<float> first;
    std::vector<std::vector<std::uint32_t>> order;
    for (const int threads : {1, 2, 7}) {
      Options options;
      options.threads = threads;
      options.effort = seed % 5 == 0 ? Effort::balanced : Effort::fast;
      const Compiled compiled = compile(network.text, network.shapes, options);
      INFO("seed " << seed << ", " << threads << " threads: " << network.text);
      methods.insert(compiled.plan().method.substr(0, 5));
      const std::vector<float> got = run(compiled, arrays, {});
      if (threads == 1) first = got, order = compiled.plan().order;
      CHECK(compiled.plan().order == order);
      REQUIRE(got.size() == first.size());
      CHECK(std::memcmp(got.data(), first.data(), got.size() * sizeof(float)) == 0);
    }
  }
  CHECK(methods.count("exact") == 1);
}
