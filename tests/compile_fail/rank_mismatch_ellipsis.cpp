// an ellipsis covers labels, never fewer than none
// expect: an operand's rank does not fit its term
#include <einc/xtensor.hpp>

auto result(const xt::xtensor<float, 1>& a) { return einc::einsum<"i...j->...">(a); }
