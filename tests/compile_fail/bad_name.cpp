// a name whose bracket stays open
// expect: a named label is written `[name]`
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a) { return einc::einsum<"[batch->">(a); }
