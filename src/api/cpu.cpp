// cpu.cpp: asks CPUID and the operating system what this machine has. Never guesses from the processor's name.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/cpu.hpp>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <string_view>

#include <einc/error.hpp>
#include <einc/version.hpp>
#include <fmt/format.h>
#include <sched.h>
#include <unistd.h>

#include "api/kernel_tables.hpp"
#include "runtime/parallel_for.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace einc {

namespace {

#if defined(__x86_64__)
struct Registers {
  unsigned a = 0, b = 0, c = 0, d = 0;
};

// One leaf of CPUID; zeros when the processor does not have it.
Registers cpuid(unsigned leaf, unsigned subleaf = 0) {
  Registers r;
  if (__get_cpuid_count(leaf, subleaf, &r.a, &r.b, &r.c, &r.d) == 0) return {};
  return r;
}

// Leaf 4 of Intel and leaf 0x8000001D of AMD describe one cache a subleaf, in the same form.
void read_caches(unsigned leaf, Cpu& cpu) {
  for (unsigned subleaf = 0; subleaf < 16; ++subleaf) {
    const Registers r = cpuid(leaf, subleaf);
    const unsigned type = r.a & 0x1Fu, level = r.a >> 5 & 0x7u;
    if (type == 0) return;
    if (type == 2) continue;  // instructions only
    const std::int64_t ways = (r.b >> 22) + 1, partitions = (r.b >> 12 & 0x3FFu) + 1, line = (r.b & 0xFFFu) + 1;
    const std::int64_t bytes = ways * partitions * line * (static_cast<std::int64_t>(r.c) + 1);
    if (level == 1) cpu.l1_bytes = bytes;
    if (level == 2) cpu.l2_bytes = bytes;
    if (level == 3) cpu.l3_bytes = bytes;
  }
}

std::string brand() {
  if (cpuid(0x80000000u).a < 0x80000004u) return {};
  std::string text;
  for (unsigned leaf = 0x80000002u; leaf <= 0x80000004u; ++leaf) {
    const Registers r = cpuid(leaf);
    for (const unsigned part : {r.a, r.b, r.c, r.d})
      for (unsigned byte = 0; byte < 4; ++byte) text += static_cast<char>(part >> 8 * byte & 0xFFu);
  }
  return text.substr(0, text.find('\0'));
}

void ask_processor(Cpu& cpu) {
  cpu.name = brand();
  read_caches(4, cpu);
  const bool describes_caches = (cpuid(0x80000001u).c >> 22 & 1u) != 0;
  if (cpu.l1_bytes == 0 && describes_caches) read_caches(0x8000001Du, cpu);
}
#else
void ask_processor(Cpu&) {}
#endif

// "48K" or "2M" as the kernel writes cache sizes.
std::int64_t parse_size(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc()) return 0;
  const char unit = end < text.data() + text.size() ? *end : ' ';
  return unit == 'K' ? value << 10 : unit == 'M' ? value << 20 : value;
}

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Fills what the processor did not tell.
void ask_system(Cpu& cpu) {
  std::int64_t* const sizes[] = {&cpu.l1_bytes, &cpu.l2_bytes, &cpu.l3_bytes};
#ifdef _SC_LEVEL1_DCACHE_SIZE
  const int names[] = {_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE};
  for (int i = 0; i < 3; ++i)
    if (*sizes[i] <= 0) *sizes[i] = std::max<std::int64_t>(0, sysconf(names[i]));
#endif
  for (int number = 0; number < 8; ++number) {
    const std::string folder = fmt::format("/sys/devices/system/cpu/cpu0/cache/index{}/", number);
    const std::string level = first_line(folder + "level");
    if (level.size() != 1 || level[0] < '1' || level[0] > '3' || first_line(folder + "type") == "Instruction") continue;
    std::int64_t& size = *sizes[level[0] - '1'];
    if (size <= 0) size = parse_size(first_line(folder + "size"));
  }
}

// Processors this process may run on; the set is asked for with more room until it fits.
int count_processors() {
  for (int room = 1024; room <= 1 << 20; room *= 4) {
    cpu_set_t* set = CPU_ALLOC(static_cast<std::size_t>(room));
    if (set == nullptr) break;
    const std::size_t bytes = CPU_ALLOC_SIZE(static_cast<std::size_t>(room));
    const int count = sched_getaffinity(0, bytes, set) == 0 ? CPU_COUNT_S(bytes, set) : 0;
    CPU_FREE(set);
    if (count > 0) return count;
  }
  return static_cast<int>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
}

// One blank between words, none at the ends.
std::string squeeze(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c != ' ') out += c;
    else if (!out.empty() && out.back() != ' ') out += ' ';
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

Cpu ask() {
  Cpu cpu;
  ask_processor(cpu);
  ask_system(cpu);
  cpu.name = squeeze(cpu.name);
  if (cpu.name.empty()) cpu.name = "unknown processor";
  for (const kernels::KernelTable* table : api::runnable_tables()) cpu.isas.emplace_back(table->isa);
  cpu.processors = std::max(count_processors(), runtime::processors());
  return cpu;
}

// A positive count, or 0 when there is none. OMP_NUM_THREADS may list one number a nesting level: the first counts.
int read_threads(const char* variable) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return 0;
  const std::string_view whole = text, digits = whole.substr(0, whole.find(','));
  int count = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  return error == std::errc() && end == digits.data() + digits.size() && count > 0 ? count : 0;
}

int default_threads() {
  for (const char* variable : {"EINC_NUM_THREADS", "OMP_NUM_THREADS"})
    if (const int count = read_threads(variable); count > 0) return count;
  return runtime::processors();  // not the affinity of this thread alone: OMP_PROC_BIND pins it to one processor
}

std::atomic<int> chosen_threads{0};  // 0: nobody chose

}  // namespace

const Cpu& this_cpu() {
  static const Cpu cpu = ask();
  return cpu;
}

int num_threads() {
  static const int by_default = default_threads();
  const int chosen = chosen_threads.load(std::memory_order_relaxed);
  return chosen > 0 ? chosen : by_default;
}

void set_num_threads(int threads) {
  if (threads < 0) throw Error(ErrorCode::bad_option, fmt::format("the number of threads is negative: {}", threads));
  chosen_threads.store(threads, std::memory_order_relaxed);
}

std::string version() {
#if defined(__clang__)
  const std::string compiler = fmt::format("clang {}.{}", __clang_major__, __clang_minor__);
#else
  const std::string compiler = fmt::format("gcc {}.{}", __GNUC__, __GNUC_MINOR__);
#endif
#ifdef NDEBUG
  const char* kind = "release";
#else
  const char* kind = "debug";
#endif
  return fmt::format("einc {} ({} kernels; {}, {})", version_text, api::choose_table({}).isa, compiler, kind);
}

}  // namespace einc
