// a number that would be an array
// expect: the result has labels: a scalar has none
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum_scalar<"ij->i">(a); }
