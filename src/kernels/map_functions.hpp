// map_functions.hpp: what every function of a map does to one vector.
// Knows one register of each input; no runs.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include "kernels/exp_log.hpp"
#include "kernels/map_kernels.hpp"

namespace einc::kernels {

template <class Arch, class T>
struct MapFunctions {
  using L = Lanes<Arch, T>;
  using E = ExpLog<Arch, T>;
  using Vector = typename L::Vector;
  using Truth = typename L::Truth;
  static constexpr bool single = sizeof(T) == 4;

  [[gnu::always_inline]] static Vector number(Truth truth) { return truth ? L::all(T(1)) : L::all(T(0)); }

  // tanh|x| = -u / (u + 2) with u = exp(-2|x|) - 1: nothing cancels and nothing overflows.
  [[gnu::always_inline]] static Vector tanh(Vector x) {
    const Vector u = E::exp_less_one(L::magnitude(x) * L::all(T(-2)));
    return L::with_sign_of(-u / (u + L::all(T(2))), x);
  }

  // Up to 1 a polynomial in x * x times x; from there 1 - exp(-x * x) * g(x), g in (x - k) / (x + k).
  [[gnu::always_inline]] static Vector erf(Vector x) {
    const Vector size = L::magnitude(x);
    Vector small, g;
    const Vector z = L::smaller_or_second(L::all(T(1)), size * size);
    constexpr T limit = single ? T(4) : T(6), k = single ? T(2) : T(2.5);
    const Vector far = L::smaller_or_second(L::all(limit), L::larger_or_second(L::all(T(1)), size));
    const Vector t = (far - L::all(k)) / (far + L::all(k));
    if constexpr (single) {
      constexpr T p[] = {1.128379166f, -0.3761262667f, 0.1128359472f, -0.02685421201f, 0.005189087423f, -0.0008016864287f, 7.875875063e-5f};
      constexpr T q[] = {0.2553956763f, -0.4271859898f, 0.2416582015f, -0.07896830613f, 0.003732371759f, 0.006811140131f, -0.0008379754387f};
      small = L::polynomial(z, p), g = L::polynomial(t, q);
    } else {
      constexpr T p[] = {1.12837916709551257,    -0.376126389031835404,   0.112837916709450063,   -0.0268661706432377704,
                         0.00522397760711642273, -0.000854832597538969208, 0.000120552949048397079, -0.0000149247369074196603,
                         1.64474247033173624e-6, -1.62084838018717059e-7, 1.37200645467776856e-8,  -7.79589882700224214e-10};
      constexpr T q[] = {0.210806364061143584,   -0.37173673394897296,    0.251713193217448766,   -0.125033052378917812,
                         0.0399225390754652319,  -0.00399370116012302921, -0.00264236595181345486, 0.000875915287577432747,
                         0.0002283799633257643,  -0.000128874831348378418, -0.0000341757188968562926, 0.0000185967477311445286,
                         7.49973505076329867e-6, -2.23285165175552144e-6, -1.58763389312734402e-6};
      small = L::polynomial(z, p), g = L::polynomial(t, q);
    }
    const Vector large = L::all(T(1)) - E::exp(-far * far) * g;
    return size <= L::all(T(1)) ? x * small : x == x ? L::with_sign_of(large, x) : x;
  }

  // Lane by lane, by the library of the machine: exact for arguments of any size, and rare.
  template <class OfOne>
  [[gnu::always_inline]] static Vector lane_by_lane(Vector x, OfOne of_one) {
    alignas(64) T lanes[L::width];
    L::store(lanes, x);
    for (int lane = 0; lane < L::width; ++lane) lanes[lane] = of_one(lanes[lane]);
    return L::load(lanes);
  }
  [[gnu::always_inline]] static Vector sin(Vector x) {
    return lane_by_lane(x, [](T lane) { return single ? T(__builtin_sinf(float(lane))) : T(__builtin_sin(double(lane))); });
  }
  [[gnu::always_inline]] static Vector cos(Vector x) {
    return lane_by_lane(x, [](T lane) { return single ? T(__builtin_cosf(float(lane))) : T(__builtin_cos(double(lane))); });
  }

  typedef float Singles __attribute__((vector_size(L::width * sizeof(float))));
  typedef std::uint32_t SingleBits __attribute__((vector_size(L::width * sizeof(float))));
  [[gnu::always_inline]] static Vector round_f32(Vector x) {
    if constexpr (single) return x;
    else return __builtin_convertvector(__builtin_convertvector(x, Singles), Vector);
  }
  [[gnu::always_inline]] static Vector round_bf16(Vector x) {
    Singles near;
    if constexpr (single) near = x;
    else near = __builtin_convertvector(x, Singles);
    const SingleBits bits = (SingleBits)near;
    const Singles rounded = (Singles)((bits + (((bits >> 16) & 1u) + 0x7FFFu)) & 0xFFFF0000u);
    if constexpr (single) return x == x ? rounded : x;
    else return x == x ? __builtin_convertvector(rounded, Vector) : x;
  }

  template <Unary function>
  [[gnu::always_inline]] static Vector one(Vector x) {
    const Vector zero = L::all(T(0)), unit = L::all(T(1));
    if constexpr (function == Unary::negative) return -x;
    if constexpr (function == Unary::absolute) return L::magnitude(x);
    if constexpr (function == Unary::exp) return E::exp(x);
    if constexpr (function == Unary::log) return E::log(x);
    if constexpr (function == Unary::sqrt) return L::sqrt(x);
    if constexpr (function == Unary::rsqrt) return unit / L::sqrt(x);
    if constexpr (function == Unary::tanh) return tanh(x);
    if constexpr (function == Unary::sigmoid) return unit / (unit + E::exp(-x));
    if constexpr (function == Unary::relu) return L::larger_or_second(zero, x);
    if constexpr (function == Unary::gelu) return L::all(T(0.5)) * x * (unit + erf(x * L::all(T(0.70710678118654752440))));
    if constexpr (function == Unary::erf) return erf(x);
    if constexpr (function == Unary::sin) return sin(x);
    if constexpr (function == Unary::cos) return cos(x);
    if constexpr (function == Unary::floor) return L::floor(x);
    if constexpr (function == Unary::logical_not) return number(x == zero);
    if constexpr (function == Unary::round_f32) return round_f32(x);
    if constexpr (function == Unary::round_bf16) return round_bf16(x);
    if constexpr (function == Unary::conjugate) return x;
  }

  template <Binary function>
  [[gnu::always_inline]] static Vector two(Vector x, Vector y) {
    const Vector zero = L::all(T(0));
    if constexpr (function == Binary::add) return x + y;
    if constexpr (function == Binary::subtract) return x - y;
    if constexpr (function == Binary::multiply) return x * y;
    if constexpr (function == Binary::divide) return x / y;
    if constexpr (function == Binary::minimum) return L::smaller(x, y);
    if constexpr (function == Binary::maximum) return L::larger(x, y);
    if constexpr (function == Binary::less) return number(x < y);
    if constexpr (function == Binary::less_equal) return number(x <= y);
    if constexpr (function == Binary::equal) return number(x == y);
    if constexpr (function == Binary::not_equal) return number(x != y);
    if constexpr (function == Binary::logical_and) return number((x != zero) & (y != zero));
    if constexpr (function == Binary::logical_or) return number((x != zero) | (y != zero));
  }
};

}  // namespace einc::kernels
