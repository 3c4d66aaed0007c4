// a parenthesis without its other half
// expect: parentheses enclose whole operands, in pairs, before `->`
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum<"(ij,jk,kl->il">(a, a, a); }
