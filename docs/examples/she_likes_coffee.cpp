// she_likes_coffee.cpp: attention over three words, as five einsums. Returns 0 when the numbers are right.
#include "she_likes_coffee.hpp"

int main() { return examples::she_likes_coffee() ? 0 : 1; }
