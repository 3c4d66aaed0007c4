// f32 and f64 in one call
// expect: the operands of one call have one element type: convert one of them
#include <einc/einsum.hpp>

auto result(const einc::Array<float>& a, const einc::Array<double>& b) { return einc::einsum("i,i->", a, b); }
