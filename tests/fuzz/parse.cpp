// parse.cpp: any bytes as subscripts: never a crash, spans that lie in the text, and memory at most linear in its length.
// SPDX-License-Identifier: BSD-3-Clause
#include <cstdlib>
#include <new>
#include <string>

#include <einc/subscripts.hpp>

#include "fuzz/fuzz.hpp"
#include "parse/parse.hpp"

namespace {

std::size_t allocated = 0;  // bytes, in all

}  // namespace

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EINC_TOLD_OF_ALLOCATIONS
#endif
#endif
#ifdef EINC_TOLD_OF_ALLOCATIONS
// The sanitizer owns operator new, and tells of every allocation.
#include <sanitizer/allocator_interface.h>
namespace {
[[maybe_unused]] const int hooks = __sanitizer_install_malloc_and_free_hooks([](const volatile void*, std::size_t bytes) { allocated += bytes; },
                                                                             [](const volatile void*) {});
}  // namespace
#else
void* operator new(std::size_t bytes) {
  allocated += bytes;
  void* const memory = std::malloc(bytes > 0 ? bytes : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
#endif

namespace {

using namespace einc;

// Bytes allocated for one byte of text, at most, and for an empty text. A label of one byte takes a Subscript of 16 bytes, its
// name and its place in a sorted list, each in a vector that has doubled its way up; so a few hundred. An Error repeats the text.
constexpr std::size_t bytes_a_character = 1000, bytes_a_text = 20000;

void check_span(Span span, std::string_view text) {
  if (span.begin > span.end || span.end > text.size()) fuzz::fail("a span leaves the text");
}

void check_term(const SubscriptTerm& term, const Subscripts& parsed, std::string_view text) {
  check_span(term.span, text);
  for (const Subscript& subscript : term.subscripts) {
    check_span(subscript.span, text);
    if (subscript.name >= parsed.names.size()) fuzz::fail("a subscript has no name");
  }
}

void check(std::string_view text) {
  allocated = 0;
  const Subscripts parsed = parse_subscripts(text);
  bool refused = false;
  try {
    if (parse::parse(text) != parsed) fuzz::fail("parse() gives other subscripts than parse_subscripts()");
  } catch (const Error& error) {
    refused = true;
    if (error.code() != parsed.fault.code) fuzz::fail("parse() throws another code than parse_subscripts() gives");
  }
  if (allocated > bytes_a_text + bytes_a_character * text.size())
    fuzz::fail(std::to_string(allocated) + " bytes were allocated for a text of " + std::to_string(text.size()));
  if (refused != (parsed.fault.code != ErrorCode::none)) fuzz::fail("a fault is not an Error, or an Error no fault");
  check_span(parsed.fault.first, text);
  check_span(parsed.fault.second, text);
  if (refused) return;
  for (const Span name : parsed.names) check_span(name, text);
  for (const SubscriptTerm& term : parsed.operands) check_term(term, parsed, text);
  for (const Subscript& subscript : parsed.output.subscripts)
    if (subscript.name >= parsed.names.size()) fuzz::fail("a subscript of the result has no name");
}

}  // namespace

// Every text once as it is, and once repeated to many times its length: what grows faster than the text shows there, as bytes
// or as the fuzzer's own limit of time.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::Bytes(data, size).text();
  check(text);
  if (text.empty() || text.size() > 4096) return 0;
  std::string repeated;
  const std::size_t times = data[0] % 8 == 0 ? 16384 / text.size() : 2;
  for (std::size_t i = 0; i < times; ++i) (repeated += text) += data[size - 1] % 2 == 0 ? "," : "";
  check(repeated);
  return 0;
}
