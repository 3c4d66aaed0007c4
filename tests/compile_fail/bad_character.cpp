// a label that is none
// expect: a character that is no label, comma, arrow or ellipsis
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum<"i$->i">(a); }
