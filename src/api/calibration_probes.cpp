// SPDX-License-Identifier: BSD-3-Clause
#include "api/calibration_probes.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "pipeline.hpp"

namespace einc::api {
namespace {

using ir::Function;
using ir::Speeds;

std::function<double&(Speeds&)> of(double Speeds::*figure) {
  return [figure](Speeds& speeds) -> double& { return speeds.*figure; };
}
template <std::size_t count>
std::function<double&(Speeds&)> of(std::array<double, count> Speeds::*figures, std::size_t index) {
  return [figures, index](Speeds& speeds) -> double& { return (speeds.*figures)[index]; };
}
std::function<double&(Speeds&)> of(Function function) { return of(&Speeds::function_seconds, static_cast<std::size_t>(function)); }

// Sizes of arrays, together, that lie in each level.
struct Sizes {
  std::int64_t bytes[ir::cache_levels];
  explicit Sizes(const ir::Target& target)
      : bytes{target.l1_bytes * 3 / 5, target.l2_bytes * 2 / 5, std::min(8 * target.l2_bytes, std::max(target.l3_bytes / 4, target.l2_bytes)),
              std::clamp<std::int64_t>(2 * target.l3_bytes, 64 << 20, 512 << 20)} {}
  Extent elements(std::size_t level) const { return bytes[level] / 4 / 16 * 16; }
  Extent side(std::size_t level, int arrays) const { return static_cast<Extent>(std::sqrt(static_cast<double>(bytes[level] / 4 / arrays))) / 16 * 16; }
};

constexpr std::string_view level_names[] = {"l1", "l2", "l3", "memory"};

void add_bandwidths(std::vector<Probe>& probes, const Sizes& sizes) {
  const auto copies = {&Speeds::l1_bytes, &Speeds::l2_bytes, &Speeds::l3_bytes, &Speeds::memory_bytes};
  for (std::size_t level = 0; level < ir::cache_levels; ++level) {
    const std::string where{level_names[level]};
    const Extent one = sizes.side(level, 1), two = sizes.side(level, 2);
    probes.push_back({"reading " + where, "i->", {{sizes.elements(level)}}, DType::f32, {}, false, of(&Speeds::read_bytes, level)});
    probes.push_back({"writing " + where, "i,j->ij", {{one}, {one}}, DType::f32, {}, false, of(&Speeds::write_bytes, level)});
    probes.push_back({"copying " + where, "i->i", {{sizes.elements(level) / 2}}, DType::f32, {}, false, of(copies.begin()[level])});
    if (level == 0)  // hardly more than the start of an instruction: not to be trusted far
      for (Probe* probe = &probes.back() - 2; probe <= &probes.back(); ++probe) probe->furthest = 1.6;
    if (level > 0) probes.push_back({"transposing " + where, "ij->ji", {{two, two}}, DType::f32, {}, false, of(&Speeds::turn_bytes, level)});
  }
  const DType of_size[] = {DType::i8, DType::i16, DType::f32, DType::f64, DType::c128};
  for (std::size_t size = 0; size < std::size(of_size); ++size) {
    // Small elements are turned one by one: what counts is that, not where they lie.
    const auto side = size < 2 ? 256 : static_cast<Extent>(std::sqrt(static_cast<double>(sizes.bytes[0]) / 2 / static_cast<double>(bytes_of(of_size[size])))) / 16 * 16;
    probes.push_back({fmt::format("turning {}", name_of(of_size[size])), "ij->ji", {{side, side}}, of_size[size], {}, false, of(&Speeds::turn_seconds, size)});
  }
}

void add_functions(std::vector<Probe>& probes) {
  struct Spelled {
    Function function;
    const char* text;
    std::vector<Function> alike = {};
  };
  const std::vector<Spelled> spelled = {{Function::exp, "exp(x)"},
                                        {Function::log, "log(x)"},
                                        {Function::sqrt, "sqrt(x)"},
                                        {Function::rsqrt, "rsqrt(x)"},
                                        {Function::tanh, "tanh(x)"},
                                        {Function::sigmoid, "sigmoid(x)"},
                                        {Function::relu, "relu(x)"},
                                        {Function::gelu, "gelu(x)"},
                                        {Function::erf, "erf(x)"},
                                        {Function::sin, "sin(x)", {Function::cos}},
                                        {Function::floor, "floor(x)", {Function::round_f32, Function::round_bf16}},
                                        {Function::absolute, "abs(x)", {Function::negative, Function::logical_not, Function::conjugate}},
                                        {Function::add, "x + y", {Function::subtract, Function::multiply}},
                                        {Function::divide, "x / y"},
                                        {Function::maximum, "max(x, y)", {Function::minimum}},
                                        {Function::less, "x < y", {Function::less_equal, Function::equal, Function::not_equal, Function::logical_and, Function::logical_or}},
                                        {Function::select, "where(x, y, 3)"}};
  for (const Spelled& each : spelled) {
    const bool two = std::string_view(each.text).find('y') != std::string_view::npos;
    Probe probe{fmt::format("the function {}", ir::name_of(each.function)), fmt::format("input x \"i\"\n{}output o = {}\n", two ? "input y \"i\"\n" : "", each.text), {{4096}}, DType::f32, {}, false, of(each.function)};
    if (two) probe.shapes.push_back({4096});
    for (const Function other : each.alike) probe.alike.push_back(of(other));
    probes.push_back(std::move(probe));
  }
}

void add_contractions(std::vector<Probe>& probes) {
  const auto add = [&](const char* what, const char* text, std::vector<Shape> shapes, std::function<double&(Speeds&)> figure, DType dtype = DType::f32, Algebra algebra = Algebra::plus_times) {
    probes.push_back({what, text, std::move(shapes), dtype, algebra, false, std::move(figure)});
  };
  const char* const product = "ij,jk->ik";
  add("large products", product, {{384, 384}, {384, 384}}, of(&Speeds::product_share));
  probes.back().weight = 10;  // the clock falls and rises while much is multiplied
  add("tiles of short sums", product, {{28, 16}, {16, 192}}, of(&Speeds::tile_seconds));
  probes.back().weight = 3;
  add("direct calls", product, {{4, 4}, {4, 4}}, of(&Speeds::direct_seconds));
  add("small products", product, {{16, 8}, {8, 16}}, of(&Speeds::small_tile_seconds));
  add("batches of small products", "bij,bjk->bik", {{500, 4, 4}, {500, 4, 4}}, of(&Speeds::batch_seconds));
  add("packing neighbours", "mk,bkc->mbc", {{32, 64}, {16, 64, 64}}, of(&Speeds::pack_seconds));
  add("packing across", "mk,nk->mn", {{8, 64}, {1024, 64}}, of(&Speeds::pack_turn_seconds));
  add("packing one by one", "mkx,nkx->xmn", {{64, 64, 2}, {64, 64, 2}}, of(&Speeds::pack_element_seconds));
  add("columns apart", "ak,kbc->bac", {{64, 192}, {192, 64, 3}}, of(&Speeds::scatter_seconds));
  add("packing halves", product, {{64, 512}, {512, 64}}, of(&Speeds::convert_seconds), DType::f16);
  for (const DType dtype : {DType::i8, DType::i16, DType::i32, DType::i64, DType::boolean}) {
    Probe probe{fmt::format("products of {}", name_of(dtype)), product, {{256, 256}, {256, 256}}, dtype, {}, false, of(&Speeds::type_costs, static_cast<std::size_t>(dtype))};
    if (is_integer(dtype)) probe.alike = {of(&Speeds::type_costs, static_cast<std::size_t>(dtype) + 4)};  // unsigned
    probes.push_back(std::move(probe));
  }
  for (const DType dtype : {DType::c64, DType::c128, DType::i8, DType::i16, DType::i32, DType::i64, DType::boolean}) {
    Probe probe{fmt::format("dot products of {}", name_of(dtype)), "ij,ij->i", {{48, 512}, {48, 512}}, dtype, {}, false, of(&Speeds::sum_costs, static_cast<std::size_t>(dtype))};
    if (is_integer(dtype)) probe.alike = {of(&Speeds::sum_costs, static_cast<std::size_t>(dtype) + 4)};
    probes.push_back(std::move(probe));
  }
  add("products of bf16", "ij,ij->ij", {{64, 512}, {64, 512}}, of(&Speeds::take_seconds), DType::bf16);
  for (const Algebra algebra : {Algebra::max_plus, Algebra::log_sum_exp}) {
    Probe probe{fmt::format("products of {}", name_of(algebra)), product, {{64, 64}, {64, 64}}, DType::f32, algebra, false, of(&Speeds::algebra_costs, static_cast<std::size_t>(algebra))};
    if (algebra == Algebra::max_plus) probe.alike = {of(&Speeds::algebra_costs, static_cast<std::size_t>(Algebra::min_plus))};
    probes.push_back(std::move(probe));
  }
}

void add_overheads(std::vector<Probe>& probes, const Sizes& sizes) {
  const auto add = [&](const char* what, const char* text, std::vector<Shape> shapes, std::function<double&(Speeds&)> figure, bool all = false) {
    probes.push_back({what, text, std::move(shapes), DType::f32, {}, all, std::move(figure)});
  };
  add("calls", "ij,jk,kl->il", {{8, 8}, {8, 8}, {8, 8}}, of(&Speeds::call_seconds));
  add("instructions", "ij,jk,kl,lm,mn->in", {{8, 8}, {8, 8}, {8, 8}, {8, 8}, {8, 8}}, of(&Speeds::instruction_seconds));
  add("starting copies", "ij->ji", {{4, 4}}, of(&Speeds::nest_seconds));
  add("starting sums", "ij,j->i", {{8, 8}, {8}}, of(&Speeds::sum_seconds));
  add("starting maps", "input x \"i\"\noutput o = max(x, 0)\n", {{16}}, of(&Speeds::map_seconds));
  add("short rows", "ijk->jik", {{64, 64, 8}}, of(&Speeds::row_seconds));
  add("scattered elements", "ijj->ij", {{64, 32, 32}}, of(&Speeds::element_seconds));
  const Extent wide = sizes.side(2, 1), vast = sizes.side(3, 1);
  add("lines of l3", "ij,jk->ik", {{wide, 16}, {16, wide}}, of(&Speeds::line_seconds, 2));
  add("lines of memory", "ij,jk->ik", {{vast, 16}, {16, vast}}, of(&Speeds::line_seconds, 3));
  add("lines of l2", "ij,jk->ik", {{480, 8}, {8, 480}}, of(&Speeds::line_seconds, 1));
  const Extent some = sizes.elements(2) / 96 / 96, many = sizes.elements(3) / 2 / 96 / 96;
  add("packed lines of l3", "mk,bkc->mbc", {{40, 96}, {some, 96, 96}}, of(&Speeds::pack_line_seconds, 2));
  add("packed lines of memory", "mk,bkc->mbc", {{40, 96}, {many, 96, 96}}, of(&Speeds::pack_line_seconds, 3));
  add("rows of l3", "ij,jk->ik", {{sizes.elements(2) / 96, 64}, {64, 32}}, of(&Speeds::row_line_seconds, 2));
  add("rows of memory", "ij,jk->ik", {{sizes.elements(3) / 96, 64}, {64, 32}}, of(&Speeds::row_line_seconds, 3));
  add("a large part of l3", "i->", {{sizes.elements(3) / 5}}, of(&Speeds::l3_share));
  add("waking threads", "ij,jk->ik", {{96, 96}, {96, 96}}, of(&Speeds::fork_seconds), true);
  add("memory for all threads", "i->", {{sizes.elements(3)}}, of(&Speeds::memory_threads), true);
}

}  // namespace

std::vector<Probe> make_probes(const ir::Target& target) {
  const Sizes sizes(target);
  std::vector<Probe> probes;
  add_overheads(probes, sizes);
  add_contractions(probes);
  add_bandwidths(probes, sizes);
  add_functions(probes);
  // The longest last, so that little is lost when time runs out.
  const auto elements = [](const Probe& probe) {
    double most = 0;
    for (const Shape& shape : probe.shapes) {
      double count = 1;
      for (const Extent extent : shape) count *= static_cast<double>(extent);
      most = std::max(most, count);
    }
    return most;
  };
  for (Probe& probe : probes) probe.is_long = elements(probe) > 3e7;
  std::stable_partition(probes.begin(), probes.end(), [](const Probe& probe) { return !probe.is_long; });
  return probes;
}

Speeds fit(const std::vector<Probe>& probes, const std::vector<Sample>& samples, ir::Target target) {
  constexpr int rounds = 6, halvings = 40;
  const Speeds model = target.speeds;
  const std::vector<ir::SpeedGroup> groups = groups_of(target.speeds);
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < probes.size(); ++i) {
      if (!(samples[i].seconds > 0)) continue;
      target.threads = samples[i].threads;
      double& figure = probes[i].figure(target.speeds);
      Speeds usual_speeds = model;
      const double usual = probes[i].figure(usual_speeds), before = figure;
      const auto predicted = [&](double value) {
        figure = value;
        for (const auto& other : probes[i].alike) other(target.speeds) = value;
        return predict::predict(samples[i].executable, target).seconds();
      };
      double low = usual / probes[i].furthest, high = usual * probes[i].furthest;
      const bool falls = predicted(low) > predicted(high);
      if (std::abs(predicted(low) / predicted(high) - 1) < 1e-3) {  // it does not matter here
        predicted(before);
        continue;
      }
      const ir::SpeedGroup* bounds = nullptr;
      for (const ir::SpeedGroup& group : groups)
        if (&figure >= group.first && &figure < group.first + group.count) bounds = &group;
      low = std::max(low, bounds->least), high = std::min(high, bounds->most);
      // Where less was measured than the rest takes, the figure is as dear as it can be without being seen.
      const double wanted = std::max(samples[i].seconds, 1.01 * std::min(predicted(low), predicted(high)));
      for (int halving = 0; halving < halvings; ++halving) {
        const double middle = std::sqrt(low * high);
        ((predicted(middle) > wanted) == falls ? low : high) = middle;
      }
      predicted(std::sqrt(low * high));
    }
  }
  return target.speeds;
}

}  // namespace einc::api
