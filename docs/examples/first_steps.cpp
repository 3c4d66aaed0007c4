// first_steps.cpp: every spelling of a call, as on the first page of README.md. Returns 0 when all give the same numbers.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>

#include <einc/xtensor.hpp>

namespace {

template <class A>
bool same(const A& a, const xt::xarray<float>& b) {
  float off = a.size() == b.size() ? 0.0F : 1.0F;
  for (std::size_t n = 0; n < a.size() && off <= 1e-4F; ++n) off = std::max(off, std::abs(a.data()[n] - b.data()[n]));
  return off <= 1e-4F;
}

}  // namespace

int main() {
  xt::xarray<float> q = xt::xarray<float>::from_shape({2, 128, 8, 64}), k = q;
  for (std::size_t n = 0; n < q.size(); ++n) {
    q.data()[n] = std::sin(0.3F * static_cast<float>(n % 1000));
    k.data()[n] = std::cos(0.2F * static_cast<float>(n % 1000));
  }

  // The text at run time; any xtensor array, view or adaptor.
  const xt::xarray<float> scores = einc::einsum("bqhc,bkhc->bhqk", q, k);

  // The text checked while compiling: the rank of the result is known.
  const xt::xtensor<float, 4> checked = einc::einsum<"bqhc,bkhc->bhqk">(q, k);

  // The caller's memory: out = 1 * result + 0.5 * out.
  xt::xarray<float> out = scores;
  einc::einsum_into(out, "bqhc,bkhc->bhqk", {1, 0.5}, q, k);
  const xt::xarray<float> one_and_a_half = 1.5F * scores;

  // Planned once, called many times, from any thread.
  const einc::Compiled f = einc::compile("bqhc,bkhc->bhqk", {{2, 128, 8, 64}, {2, 128, 8, 64}});
  const xt::xarray<float> again = f(q, k);
  std::cout << f.explain();

  // A wrong text or a wrong shape is one clear error.
  bool refused = false;
  try {
    einc::einsum("bqhc,bkhd->bhqk", q, scores);
  } catch (const einc::Error& error) {
    std::cout << "\n" << error.what() << "\n";
    refused = error.code() == einc::ErrorCode::extent_mismatch;
  }
  const bool right = same(checked, scores) && same(out, one_and_a_half) && same(again, scores) && refused;
  std::puts(right ? "all calls gave the same numbers" : "FAILED: the calls differ");
  return right ? 0 : 1;
}
