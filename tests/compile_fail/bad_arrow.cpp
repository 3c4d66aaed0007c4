// an arrow with a blank inside
// expect: the arrow is written `->`, once, without a blank inside
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum<"ij- >ji">(a); }
