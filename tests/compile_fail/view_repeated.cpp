// a view with elements that are in no array
// expect: a view has no place for a label twice in the result
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum_view<"i->ii">(a); }
