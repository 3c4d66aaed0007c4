// planner.cpp: how long the planners take, and how good their orders are, on networks of given kinds and sizes. One
// thread, the best of some calls each; the same networks and the same machine description everywhere, so that orders
// and work never differ.
//     bench_planner [NAME...]    only networks whose name begins so
// SPDX-License-Identifier: BSD-3-Clause
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "plan/noise.hpp"
#include "plan/order_exact.hpp"
#include "plan/order_random_greedy.hpp"

using namespace einc;
using namespace einc::plan;

namespace {

constexpr int graphs = 5;                        // of each kind: times are the median and the worst of them
constexpr std::uint64_t patience = 200'000'000;  // of the exact planner: some seconds

struct Objectives {
  std::string_view name;
  Objective objective;
};
constexpr Objectives objectives[] = {{"flops", Objective::flops},
                                     {"size", Objective::size},
                                     {"write", Objective::write},
                                     {"seconds", Objective::seconds}};

// The machine of the figures in docs: what is planned must not depend on where it is timed.
ir::Target one_thread() {
  ir::Target target;
  target.isa = "avx512";
  target.vector_bytes = 64;
  target.l1_bytes = 48 << 10, target.l2_bytes = 2 << 20, target.l3_bytes = 32 << 20;
  target.tiles = {{DType::f32, 6, 64}};
  target.threads = 1;
  return target;
}

void join(Network& network, std::uint32_t one, std::uint32_t other, double extent) {
  for (const std::uint32_t tensor : {one, other})
    network.tensors[tensor].push_back(static_cast<Label>(network.extents.size()));
  network.extents.push_back(extent);
}

// Edge ends are paired at random; when a pair would be a loop or there twice, everything is shuffled again. Large
// graphs keep such pairs out instead.
Network regular(std::uint64_t seed, std::uint32_t tensors, std::uint32_t degree, double extent) {
  Noise noise(seed);
  while (true) {
    std::vector<std::uint32_t> ends;
    for (std::uint32_t end = 0; end < tensors * degree; ++end) ends.push_back(end % tensors);
    for (std::size_t at = ends.size() - 1; at > 0; --at)
      std::swap(ends[at], ends[noise.below(static_cast<std::uint32_t>(at + 1))]);
    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;
    for (std::size_t at = 0; at < ends.size(); at += 2)
      edges.emplace_back(std::min(ends[at], ends[at + 1]), std::max(ends[at], ends[at + 1]));
    std::sort(edges.begin(), edges.end());
    const auto bad = [](const auto& edge) { return edge.first == edge.second; };
    if (tensors > 1000) {
      std::erase_if(edges, bad);
      edges.erase(std::unique(edges.begin(), edges.end()), edges.end());
    }
    if (std::any_of(edges.begin(), edges.end(), bad) || std::adjacent_find(edges.begin(), edges.end()) != edges.end())
      continue;
    Network network;
    network.tensors.resize(tensors);
    for (const auto& [one, other] : edges) join(network, one, other, extent);
    if (tensors > 1000 || connected_parts(network).size() == 1) return network;
  }
}

Network lattice(std::uint32_t width, std::uint32_t height, double extent) {
  Network network;
  network.tensors.resize(width * height);
  for (std::uint32_t tensor = 0; tensor < width * height; ++tensor) {
    if ((tensor + 1) % width != 0) join(network, tensor, tensor + 1, extent);
    if (tensor + width < width * height) join(network, tensor, tensor + width, extent);
  }
  return network;
}

Network chain(std::uint32_t tensors, double extent) {
  Network network;
  network.tensors.resize(tensors);
  for (std::uint32_t tensor = 0; tensor + 1 < tensors; ++tensor) join(network, tensor, tensor + 1, extent);
  return network;
}

double seconds_of(const std::function<void()>& call) {
  double best = std::numeric_limits<double>::infinity(), spent = 0;
  for (int round = 0; round < 5 && spent < 0.5; ++round) {
    const auto start = std::chrono::steady_clock::now();
    call();
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    best = std::min(best, seconds), spent += seconds;
  }
  return best;
}

// One line: times over the graphs of a kind, and the mean logarithm of what their orders cost.
class Line {
 public:
  void add(double seconds, double cost) {
    seconds_.push_back(seconds);
    logs_ += std::log10(cost);
  }
  void give_up(double seconds) { seconds_.push_back(seconds), ++failed_; }

  void print(std::string_view network, std::string_view planner, std::string_view objective) {
    std::sort(seconds_.begin(), seconds_.end());
    const auto found = static_cast<int>(seconds_.size()) - failed_;
    const std::string cost = found > 0 ? fmt::format("10^{:.2f}", logs_ / found) : "-";
    fmt::print("{:<18} {:<18} {:<8} {:>10.3f} {:>10.3f}  {:>9}{}\n", network, planner, objective,
               1e3 * seconds_[seconds_.size() / 2], 1e3 * seconds_.back(), cost,
               failed_ > 0 ? fmt::format("  {} not finished", failed_) : "");
    std::fflush(stdout);
  }

 private:
  std::vector<double> seconds_;
  double logs_ = 0;
  int failed_ = 0;
};

struct Kind {
  std::string name;
  std::function<Network(std::uint64_t)> make;
  int count = graphs;
};

void time_exact(const Kind& kind, const CostModel& model) {
  for (const auto& [name, objective] : objectives) {
    Line line;
    for (int seed = 1; seed <= kind.count; ++seed) {
      const Network network = kind.make(static_cast<std::uint64_t>(seed));
      std::optional<Exact> exact;
      const double seconds =
          seconds_of([&] { exact = order_exact(network, model, {.objective = objective, .work_limit = patience}); });
      if (exact)
        line.add(seconds, model.of_order(network, exact->order, objective));
      else
        line.give_up(seconds);
    }
    line.print(kind.name, "exact", name);
  }
}

void time_greedy(const Kind& kind, const CostModel& model, int trials) {
  Line line;
  for (int seed = 1; seed <= kind.count; ++seed) {
    const Network network = kind.make(static_cast<std::uint64_t>(seed));
    Trial best;
    const double seconds = seconds_of(
        [&] { best = order_random_greedy(network, model, {.objective = Objective::flops, .trials = trials}); });
    line.add(seconds, best.cost);
  }
  line.print(kind.name, trials == 1 ? "greedy" : fmt::format("greedy, {} trials", trials), "flops");
}

}  // namespace

int main(int argc, char** argv) {
  const CostModel model(one_thread(), DType::f32);
  const auto wanted = [&](const Kind& kind) {
    return argc < 2 ||
           std::any_of(argv + 1, argv + argc, [&](std::string_view name) { return kind.name.starts_with(name); });
  };
  auto regular_kind = [](std::uint32_t degree, std::uint32_t tensors, double extent, int count = graphs) {
    return Kind{fmt::format("regular{}-n{}-d{}", degree, tensors, extent),
                [=](std::uint64_t seed) { return regular(seed, tensors, degree, extent); }, count};
  };
  auto lattice_kind = [](std::uint32_t width, std::uint32_t height, double extent) {
    return Kind{fmt::format("lattice-{}x{}-d{}", width, height, extent),
                [=](std::uint64_t) { return lattice(width, height, extent); }, 1};
  };
  const Kind chains{"chain-n100000-d4", [](std::uint64_t) { return chain(100'000, 4); }, 1};

  fmt::print("{:<18} {:<18} {:<8} {:>10} {:>10}  {:>9}\n", "network", "planner", "for", "median ms", "worst ms",
             "cost");
  for (const Kind& kind :
       {regular_kind(3, 20, 8), regular_kind(3, 20, 2), regular_kind(3, 30, 8), regular_kind(3, 30, 2),
        regular_kind(4, 20, 4), regular_kind(4, 30, 3), lattice_kind(4, 4, 4), lattice_kind(6, 6, 2)}) {
    if (wanted(kind)) time_exact(kind, model);
  }
  for (const Kind& kind : {regular_kind(3, 20, 8), regular_kind(3, 64, 4), lattice_kind(8, 8, 4)}) {
    if (wanted(kind)) time_greedy(kind, model, 128);
  }
  for (const Kind& kind : {chains, lattice_kind(316, 316, 2), regular_kind(3, 100'000, 2, 1)}) {
    if (wanted(kind)) time_greedy(kind, model, 1);
  }
  return 0;
}
