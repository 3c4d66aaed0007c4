// guarded.cpp: no kernel reads or writes a place beyond its arrays: each array ends where memory that may not be touched begins.
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "support/catch.hpp"
#include "support/fill.hpp"
#include "support/random_einsum.hpp"
#include "support/reference_einsum.hpp"

using namespace einc;
using namespace einc::testing;

namespace {

// Memory whose last byte is the last of a page, with a page behind it, and one before it, that nobody may touch.
class Guarded {
 public:
  explicit Guarded(std::size_t bytes) : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))), bytes_(bytes) {
    whole_ = (bytes + page_ - 1) / page_ * page_ + 2 * page_;
    void* const memory = mmap(nullptr, whole_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(memory != MAP_FAILED);
    base_ = static_cast<std::byte*>(memory);
    REQUIRE(mprotect(base_, page_, PROT_NONE) == 0);
    REQUIRE(mprotect(base_ + whole_ - page_, page_, PROT_NONE) == 0);
  }
  ~Guarded() { munmap(base_, whole_); }
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  std::byte* at_end() const { return base_ + whole_ - page_ - bytes_; }
  std::byte* at_begin() const { return base_ + page_; }

 private:
  std::size_t page_, bytes_, whole_ = 0;
  std::byte* base_ = nullptr;
};

template <class T>
void check(std::uint64_t seed) {
  Random random(seed);
  const RandomEinsum call = random_einsum(random, 2000, 3);
  for (const bool end : {true, false}) {
    std::vector<std::unique_ptr<Guarded>> memory;
    std::vector<TensorView<const T>> views;
    std::vector<ArrayRef> refs;
    for (const Layout& layout : call.operands) {
      memory.push_back(std::make_unique<Guarded>(layout.size * sizeof(T)));
      T* const values = reinterpret_cast<T*>(end ? memory.back()->at_end() : memory.back()->at_begin());
      for (std::size_t n = 0; n < layout.size; ++n) values[n] = fill_value<T>(n, memory.size(), 0.4);
      views.emplace_back(values + layout.first, layout.extents, layout.strides);
    }
    for (const auto& view : views) refs.push_back({view.data(), dtype_of<T>, view.extents(), view.strides()});
    const Reference<T> reference = reference_einsum<T>(call.text, views);
    const Layout layout = random_layout(random, reference.extents, false);
    const Guarded out(layout.size * sizeof(T));
    T* const values = reinterpret_cast<T*>(end ? out.at_end() : out.at_begin());
    std::vector<Shape> shapes;
    for (const Layout& operand : call.operands) shapes.push_back(operand.extents);
    for (const std::string& isa : this_cpu().isas) {
      Options options = call.options;
      options.dtype = dtype_of<T>;
      options.isa = isa;
      options.threads = 1;
      CAPTURE(seed, call.text, isa, end);
      REQUIRE_NOTHROW(compile(call.text, shapes, options).run(refs, {values + layout.first, dtype_of<T>, layout.extents, layout.strides}, {0.5, 0}));
    }
  }
}

}  // namespace

TEST_CASE("arrays at either end of the memory there is are read and written to their ends and no further") {
  for (std::uint64_t seed = 1; seed <= 250; ++seed) {
    check<float>(seed);
    check<double>(seed + 5000);
  }
}

TEST_CASE("rows of b narrower than a vector, in place, end with their last element, also where c is written through a buffer") {
  const Guarded memory(16 * sizeof(float));
  auto* const b = reinterpret_cast<float*>(memory.at_end());
  for (int n = 0; n < 16; ++n) b[n] = static_cast<float>(n);
  const Array<float> a({4, 2});
  const Shape shape{2, 8}, result{4, 8};
  const Strides strides{8, 1}, backwards{16, -1};
  std::vector<float> out(4 * 16);
  const std::vector<ArrayRef> refs = {{a.data(), DType::f32, a.extents(), a.strides()}, {b, DType::f32, shape, strides}};
  for (const std::string& isa : this_cpu().isas)
    CHECK_NOTHROW(compile("ik,kj->ij", {{4, 2}, {2, 8}}, {.threads = 1, .isa = isa}).run(refs, {out.data() + 7, DType::f32, result, backwards}));
}
