// machine.cpp: what this machine is and how fast.
// SPDX-License-Identifier: BSD-3-Clause
#include <fmt/format.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>

#include "python/bindings.hpp"

namespace einc::python {

using namespace nb::literals;

void bind_machine(nb::module_& module) {
  nb::class_<Cpu>(module, "Cpu", "What a machine offers, as the processor and the operating system tell it.")
      .def_ro("name", &Cpu::name, "The brand string, for reports.")
      .def_ro("isas", &Cpu::isas, "Instruction sets it can run, best last.")
      .def_ro("l1_bytes", &Cpu::l1_bytes, "Of the first-level data cache of a core.")
      .def_ro("l2_bytes", &Cpu::l2_bytes, "Of the second-level cache, as a core sees it.")
      .def_ro("l3_bytes", &Cpu::l3_bytes, "Of the third-level cache, as a core sees it.")
      .def_ro("processors", &Cpu::processors, "Processors this process may use.")
      .def("__repr__", [](const Cpu& cpu) { return fmt::format("<einc.Cpu {}, {} processors, {}>", cpu.name, cpu.processors, cpu.isas.back()); });
  nb::class_<Limits>(module, "Limits", "Measured rates in flops and bytes a second, all threads together.")
      .def_ro("f32_flops", &Limits::f32_flops, "Multiply-adds from registers, two flops each.")
      .def_ro("f64_flops", &Limits::f64_flops, "The same of double precision.")
      .def_ro("read_bytes", &Limits::read_bytes, "A sum over a buffer.")
      .def_ro("copy_bytes", &Limits::copy_bytes, "A copy between two buffers, bytes read and bytes written counted both.")
      .def_ro("bf16_flops", &Limits::bf16_flops, "Products of bf16 added to f32: of an instruction for them where that is faster than multiply-adds of f32.")
      .def("__repr__", [](const Limits& limits) {
        return fmt::format("<einc.Limits f32 {:.1f} Gflop/s, f64 {:.1f} Gflop/s, read {:.1f} GB/s, copy {:.1f} GB/s>", limits.f32_flops / 1e9, limits.f64_flops / 1e9, limits.read_bytes / 1e9,
                           limits.copy_bytes / 1e9);
      });
  module.def("this_cpu", [] { return this_cpu(); }, nb::sig("def this_cpu() -> Cpu"), "This machine.");
  module.def("num_threads", &num_threads, "Threads that calls use when their options do not say.");
  module.def("set_num_threads", &set_num_threads, "threads"_a, "Sets num_threads(); 0 returns to EINC_NUM_THREADS, OMP_NUM_THREADS or the processors. Raises Error below 0.");
  module.def(
      "measure_limits",
      [](const std::string& isa, int threads, std::int64_t buffer_bytes, double seconds) {
        const nb::gil_scoped_release released;
        return measure_limits(isa, threads, buffer_bytes, seconds);
      },
      "isa"_a = "", "threads"_a = 1, "buffer_bytes"_a = std::int64_t{256} << 20, "seconds"_a = 0.2,
      "How fast this machine is, measured for about `seconds`: what benchmarks are held against.\n\nRaises Error for an instruction set it cannot run.");
  module.def("version", &version, "The library's version, instruction set and build, in one line.");
  module.def(
      "cache_state",
      [] {
        const CacheState state = cache_state();
        nb::dict result;
        result["entries"] = state.entries, result["capacity"] = state.capacity, result["hits"] = state.hits, result["misses"] = state.misses;
        return result;
      },
      "What one-shot calls keep of what they compiled: entries, capacity, hits and misses.");
  module.def("clear_cache", &clear_cache, "Forgets what one-shot calls compiled.");
}

}  // namespace einc::python
