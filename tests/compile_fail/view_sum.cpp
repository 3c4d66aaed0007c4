// a view that would have to sum
// expect: a view sums nothing: every label is in the result
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum_view<"ij->i">(a); }
