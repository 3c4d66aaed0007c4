// named labels without a written result
// expect: named labels have no order of their own: write the result after `->`
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum<"[batch]j">(a); }
