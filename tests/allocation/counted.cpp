// counted.cpp: operator new, aligned_alloc and free of the whole program. Linked into one test alone; needs glibc's own names.
// SPDX-License-Identifier: BSD-3-Clause
#include "allocation/counted.hpp"

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <new>

extern "C" void __libc_free(void* memory);                             // NOLINT: glibc's names of the functions replaced here
extern "C" void* __libc_memalign(std::size_t alignment, std::size_t);  // NOLINT

namespace {

std::atomic<long> live{0};

thread_local std::size_t wait = 0;  // allocations until one fails; 0: none will
thread_local bool on = false, forever = false, failed = false;

// Whether this allocation is the one. Those that may not throw answer null and are let through, since nobody hears of them.
bool fails_now() {
  if (!on || wait == 0) return false;
  if (wait > 1) return --wait, false;
  if (!forever) wait = 0;
  return failed = true;
}

void* counted(std::size_t bytes, std::size_t alignment) {
  void* const memory = __libc_memalign(alignment < 16 ? 16 : alignment, bytes > 0 ? bytes : 1);
  if (memory != nullptr) live.fetch_add(1, std::memory_order_relaxed);
  return memory;
}
void* counted_or_throw(std::size_t bytes, std::size_t alignment) {
  if (fails_now()) throw std::bad_alloc();
  void* const memory = counted(bytes, alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void release(void* memory) {
  if (memory == nullptr) return;
  live.fetch_sub(1, std::memory_order_relaxed);
  __libc_free(memory);
}

// What aligned_alloc gave: std::free must know it from what malloc gave, which is not counted.
constexpr std::size_t most_aligned = 4096;
std::atomic<void*> aligned[most_aligned];

bool forget_aligned(void* memory) {
  for (std::atomic<void*>& place : aligned) {
    void* expected = memory;
    if (place.load(std::memory_order_relaxed) == memory && place.compare_exchange_strong(expected, nullptr)) return true;
  }
  return false;
}

}  // namespace

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  if (fails_now()) {
    errno = ENOMEM;
    return nullptr;
  }
  void* const memory = counted(bytes, alignment);
  for (std::atomic<void*>& place : aligned) {
    void* expected = nullptr;
    if (memory == nullptr || place.compare_exchange_strong(expected, memory)) return memory;
  }
  std::abort();
}
extern "C" void free(void* memory) {
  if (memory == nullptr) return;
  if (forget_aligned(memory)) live.fetch_sub(1, std::memory_order_relaxed);
  __libc_free(memory);
}

void* operator new(std::size_t bytes) { return counted_or_throw(bytes, 16); }
void* operator new[](std::size_t bytes) { return counted_or_throw(bytes, 16); }
void* operator new(std::size_t bytes, std::align_val_t alignment) { return counted_or_throw(bytes, static_cast<std::size_t>(alignment)); }
void* operator new[](std::size_t bytes, std::align_val_t alignment) { return counted_or_throw(bytes, static_cast<std::size_t>(alignment)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes, 16); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return counted(bytes, 16); }
void operator delete(void* memory) noexcept { release(memory); }
void operator delete[](void* memory) noexcept { release(memory); }
void operator delete(void* memory, std::size_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t) noexcept { release(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { release(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { release(memory); }
void operator delete[](void* memory, const std::nothrow_t&) noexcept { release(memory); }

namespace einc::testing {

void fail_allocation(std::size_t n, Failing how) {
  wait = n;
  forever = how == Failing::forever;
  failed = false;
  on = true;
}
bool stop_failing() {
  on = false;
  return failed;
}
long live_blocks() { return live.load(); }

}  // namespace einc::testing
