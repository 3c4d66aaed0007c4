// a matrix where the term has three labels
// expect: an operand's rank does not fit its term
#include <einc/xtensor.hpp>

auto result(const xt::xtensor<float, 2>& a) { return einc::einsum<"ijk->k">(a); }
