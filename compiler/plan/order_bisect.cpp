// SPDX-License-Identifier: BSD-3-Clause
#include "plan/order_bisect.hpp"

#ifdef EINC_METIS
#include <metis.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <mutex>
#include <new>
#include <numeric>
#include <utility>
#include <vector>

#include <einc/error.hpp>

#include "plan/noise.hpp"

namespace einc::plan {

#ifdef EINC_METIS

namespace {

using Tensors = std::vector<std::uint32_t>;

// A label of more tensors than this is cut wherever the halves are: it says nothing about the better place.
constexpr std::size_t most_holders = 32;

// Weights are whole numbers: so many for each doubling of an extent, at most those of 64 doublings.
constexpr double weight_of_two = 16, most_doublings = 64;

// METIS draws from the C library's rand(), which all threads share: its calls follow one another. While one lasts, numbers come from a
// state of ours where the C library lets us have one, so that the program's own go on as if nothing had been.
class Drawing {
 public:
#ifdef __GLIBC__
  Drawing() : before_(initstate(1, state_, sizeof state_)) {}
  ~Drawing() { setstate(before_); }
#else
  Drawing() = default;
#endif
  Drawing(const Drawing&) = delete;
  Drawing& operator=(const Drawing&) = delete;

 private:
  static inline std::mutex mutex_;
  const std::lock_guard<std::mutex> lock_{mutex_};
#ifdef __GLIBC__
  char state_[128];
  char* before_;
#endif
};

// Tensors, counted from 0, and what joins them, as METIS reads it: neighbours of each, one behind the other.
struct Graph {
  std::vector<idx_t> begins{0}, neighbours, weights;

  Graph(const Network& network, const Tensors& tensors) {
    std::map<Label, Tensors> holders;
    for (std::uint32_t tensor = 0; tensor < tensors.size(); ++tensor)
      for (Label label : network.tensors[tensors[tensor]]) holders[label].push_back(tensor);
    std::vector<std::map<std::uint32_t, double>> joined(tensors.size());
    for (const auto& [label, who] : holders) {
      if (who.size() < 2 || who.size() > most_holders) continue;
      const double weight = std::min(std::log2(network.extents[label]), most_doublings) / static_cast<double>(who.size() - 1);
      for (std::uint32_t one : who)
        for (std::uint32_t other : who)
          if (one != other) joined[one][other] += weight;
    }
    for (const auto& neighbours_of : joined) {
      for (const auto& [other, weight] : neighbours_of) {
        neighbours.push_back(static_cast<idx_t>(other));
        weights.push_back(std::max<idx_t>(1, static_cast<idx_t>(std::lround(weight_of_two * std::min(weight, most_doublings)))));
      }
      begins.push_back(static_cast<idx_t>(neighbours.size()));
    }
  }
};

// The side of each tensor. Both sides have one at least.
std::vector<idx_t> halves(Graph graph, double imbalance, idx_t seed) {
  idx_t count = static_cast<idx_t>(graph.begins.size() - 1), constraints = 1, parts = 2, cut = 0;
  std::vector<idx_t> side(static_cast<std::size_t>(count), 0);
  if (!graph.neighbours.empty()) {
    idx_t options[METIS_NOPTIONS];
    METIS_SetDefaultOptions(options);
    options[METIS_OPTION_SEED] = seed;
    real_t most = static_cast<real_t>(1 + 2 * imbalance);  // of half
    const Drawing drawing;
    const int status = METIS_PartGraphRecursive(&count, &constraints, graph.begins.data(), graph.neighbours.data(), nullptr, nullptr, graph.weights.data(), &parts,
                                                nullptr, &most, options, &cut, side.data());
    if (status == METIS_ERROR_MEMORY) throw std::bad_alloc();
    if (status != METIS_OK) throw InternalError("METIS refuses a graph that was made for it");
  }
  const auto ones = std::count(side.begin(), side.end(), 1);
  if (ones == 0 || ones == count) std::fill(side.begin() + count / 2, side.end(), 1 - side[0]);
  return side;
}

class Bisection {
 public:
  Bisection(const Network& network, const BisectOptions& options)
      : network_(network), options_(options), noise_(options.seed) {}

  Order run() {
    Tensors all(network_.tensors.size());
    std::iota(all.begin(), all.end(), 0U);
    if (!all.empty()) split(all);
    return std::move(order_);
  }

 private:
  // The number of the product of these tensors.
  std::uint32_t split(const Tensors& tensors) {
    if (tensors.size() == 1) return tensors[0];
    std::vector<idx_t> side{0, 1};
    if (tensors.size() > 2) side = halves(Graph(network_, tensors), options_.imbalance, static_cast<idx_t>(noise_.below(1U << 30)));
    Tensors left, right;
    for (std::size_t at = 0; at < tensors.size(); ++at) (side[at] != 0 ? right : left).push_back(tensors[at]);
    const std::uint32_t lhs = split(left), rhs = split(right);
    order_.push_back({std::min(lhs, rhs), std::max(lhs, rhs)});
    return static_cast<std::uint32_t>(network_.tensors.size() + order_.size() - 1);
  }

  const Network& network_;
  const BisectOptions& options_;
  Noise noise_;
  Order order_;
};

}  // namespace

std::string_view bisection_by() { return "METIS"; }

Order order_bisect(const Network& network, const BisectOptions& options) { return Bisection(network, options).run(); }

#else

std::string_view bisection_by() { return ""; }

Order order_bisect(const Network&, const BisectOptions&) { throw InternalError("a bisection was asked for in a build without METIS"); }

#endif

}  // namespace einc::plan
