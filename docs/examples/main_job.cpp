// main_job.cpp: what `./bootstrap.sh demo` runs. Attention scores computed, checked, timed and explained; then two worked
// examples of attention, each held against known numbers. Returns 0 when everything is right.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/xtensor.hpp>

#include "gated_attention.hpp"
#include "she_likes_coffee.hpp"

namespace {

constexpr std::size_t batch = 2, length = 128, heads = 8, width = 64;

xt::xarray<float> filled(double phase) {
  auto array = xt::xarray<float>::from_shape({batch, length, heads, width});
  for (std::size_t n = 0; n < array.size(); ++n) array.data()[n] = static_cast<float>(std::sin(0.37 * static_cast<double>(n) + phase));
  return array;
}

// Every 997th element against a plain loop in f64.
bool check(const xt::xarray<float>& scores, const xt::xarray<float>& q, const xt::xarray<float>& k) {
  std::size_t checked = 0;
  double off = 0;
  for (std::size_t n = 0; n < scores.size(); n += 997, ++checked) {
    const std::size_t b = n / (heads * length * length), h = n / (length * length) % heads, i = n / length % length, j = n % length;
    double expected = 0;
    for (std::size_t c = 0; c < width; ++c) expected += static_cast<double>(q(b, i, h, c)) * static_cast<double>(k(b, j, h, c));
    const double here = std::abs(static_cast<double>(scores.data()[n]) - expected);
    off = here <= off ? off : here;
  }
  const bool right = off <= 1e-4;
  std::printf("  %zu of %zu elements against a plain loop: largest difference %.1e, %s\n", checked, scores.size(), off, right ? "right" : "WRONG");
  return right;
}

// The median of many calls into the same memory.
void time(const einc::Compiled& compiled, xt::xarray<float>& scores, const xt::xarray<float>& q, const xt::xarray<float>& k) {
  using Clock = std::chrono::steady_clock;
  std::vector<double> times;
  for (int call = 0; call < 200; ++call) {
    const auto start = Clock::now();
    compiled.into(scores, q, k);
    times.push_back(std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::nth_element(times.begin(), times.begin() + 100, times.end());
  std::printf("  one call takes %.0f us (median of %zu): %.1f GFLOP/s\n\n", times[100] * 1e6, times.size(), compiled.plan().flops / times[100] / 1e9);
}

bool scores_of_attention() {
  const xt::xarray<float> q = filled(0.1), k = filled(0.7);
  xt::xarray<float> scores = einc::einsum("bqhc,bkhc->bhqk", q, k);
  const bool right = check(scores, q, k);
  const auto compiled = einc::compile("bqhc,bkhc->bhqk", {{batch, length, heads, width}, {batch, length, heads, width}});
  time(compiled, scores, q, k);
  std::printf("%s\n", compiled.explain().c_str());
  return right;
}

}  // namespace

int main() {
  std::printf("%s\n\n1. attention scores: einsum(\"bqhc,bkhc->bhqk\", q, k), batch 2, length 128, 8 heads of 64\n", einc::version().c_str());
  bool right = scores_of_attention();
  std::printf("2. she / likes / coffee: self-attention over three words\n");
  right = examples::she_likes_coffee() && right;
  std::printf("\n3. gated attention with bias and mask, one of its texts \"bqc, chv->bqhv\"\n");
  right = examples::gated_attention() && right;
  std::printf("\n%s\n", right ? "all three jobs gave the right numbers" : "FAILED: some numbers are wrong");
  return right ? 0 : 1;
}
