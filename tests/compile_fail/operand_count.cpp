// two terms, one array
// expect: the text has another number of operands than the call
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum<"ij,jk->ik">(a); }
