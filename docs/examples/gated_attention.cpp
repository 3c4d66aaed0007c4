// gated_attention.cpp: a gated attention layer as a sequence of einsums. Returns 0 when the numbers are right.
#include "gated_attention.hpp"

int main() { return examples::gated_attention() ? 0 : 1; }
