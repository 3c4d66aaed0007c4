// a label of the result that no operand has
// expect: a label of the result is in no operand
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum<"ij->ijk">(a); }
