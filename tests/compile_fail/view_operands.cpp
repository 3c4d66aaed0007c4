// a view of two arrays
// expect: a view has one operand
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum_view<"i,j->ij">(a); }
