// two results
// expect: the result is one term: no comma after `->`
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum<"ij->i,j">(a); }
