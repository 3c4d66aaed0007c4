// an ellipsis of two dots
// expect: an ellipsis is written `...`, at most once in a term
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum<"..i->i">(a); }
