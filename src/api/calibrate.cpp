// calibrate.cpp: runs the probes on this machine and writes what they say.
// SPDX-License-Identifier: BSD-3-Clause
#include <einc/calibration.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>
#include <einc/program.hpp>
#include <fmt/format.h>
#include <sys/mman.h>

#include "api/calibration.hpp"
#include "api/calibration_probes.hpp"
#include "api/compiled_state.hpp"
#include "api/kernel_tables.hpp"
#include "api/dense_layouts.hpp"
#include "api/target.hpp"
#include "ir/program_access.hpp"
#include "pipeline.hpp"

namespace einc {
namespace {

// Memory for the arrays of one probe after another, touched once.
class Room {
 public:
  explicit Room(std::size_t bytes) : bytes_(bytes) {
    void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw Error(ErrorCode::bad_option, fmt::format("no memory for a buffer of {} bytes", bytes));
    madvise(memory, bytes, MADV_HUGEPAGE);
    begin_ = static_cast<std::byte*>(memory);
    std::memset(begin_, 0, bytes);
  }
  Room(const Room&) = delete;
  ~Room() { munmap(begin_, bytes_); }
  // In every round arrays lie otherwise to each other, which changes short computations by a tenth.
  void clear(int round) { used_ = 0, round_ = round; }
  // Arrays begin some lines apart from each other's pages, as those of a program do.
  void* take(std::size_t bytes) {
    std::byte* const at = begin_ + used_;
    used_ += (bytes + 63) / 64 * 64 + static_cast<std::size_t>(17 + 6 * round_) * 64;
    return at;
  }

 private:
  std::size_t bytes_, used_ = 0;
  int round_ = 0;
  std::byte* begin_ = nullptr;
};

std::size_t bytes_of_array(const Shape& shape, DType dtype) {
  std::size_t bytes = bytes_of(dtype);
  for (const Extent extent : shape) bytes *= static_cast<std::size_t>(extent);
  return bytes;
}

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

double median(std::vector<double> samples) {
  const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
  std::nth_element(samples.begin(), middle, samples.end());
  return *middle;
}

// Seconds of one call: the median of some samples, each long enough for the clock; the least where threads must come together.
template <class Call>
double seconds_of(const Call& call, double budget, std::size_t most_samples, bool least, const std::function<double()>& clock) {
  constexpr double shortest_sample = 300e-6;
  constexpr int most_calls = 1 << 22;
  call();
  int calls = 1;
  double took = 0;
  const double begin = clock();
  while (true) {
    const double start = clock();
    for (int i = 0; i < calls; ++i) call();
    took = clock() - start;
    if (took >= shortest_sample || calls >= most_calls) break;
    calls *= took > 0 ? std::clamp(static_cast<int>(shortest_sample / took) + 1, 2, 64) : 64;
  }
  std::vector<double> samples{took / calls};
  while (clock() - begin < budget && samples.size() < most_samples) {
    const double start = clock();
    for (int i = 0; i < calls; ++i) call();
    samples.push_back((clock() - start) / calls);
  }
  if (least) return *std::min_element(samples.begin(), samples.end());
  return median(samples);
}

// A probe compiled for the general model, so that what was measured before does not change what is measured.
std::shared_ptr<const detail::CompiledState> compile_probe(const api::Probe& probe, const std::string& isa, int threads) {
  Options options;
  options.dtype = probe.dtype;
  options.isa = isa;
  options.threads = threads;
  options.calibration = "off";
  options.semiring.algebra = probe.algebra;
  const api::DenseLayouts dense(probe.shapes, options);
  if (probe.text.find('\n') == std::string::npos) return std::make_shared<const detail::CompiledState>(probe.text, dense.layouts, options);
  const Program program = Program::parse(probe.text);
  return std::make_shared<const detail::CompiledState>(program.text(), dense.layouts, options, ProgramAccess::program(program).get());
}

double measure_probe(const detail::CompiledState& compiled, const api::Probe& probe, double budget, Room& room, int round, const std::function<double()>& clock) {
  room.clear(round);
  std::vector<Strides> strides;
  for (const Shape& shape : probe.shapes) strides.push_back(row_major(shape));
  std::vector<ArrayRef> operands;
  for (std::size_t i = 0; i < probe.shapes.size(); ++i) {
    ArrayRef array;
    array.data = room.take(bytes_of_array(probe.shapes[i], probe.dtype));
    array.dtype = probe.dtype, array.extents = probe.shapes[i], array.strides = strides[i];
    operands.push_back(array);
  }
  const Shape& shape = compiled.compilation().shapes[0];
  const Strides out_strides = row_major(shape);
  OutputRef out;
  out.data = room.take(bytes_of_array(shape, compiled.compilation().dtype));
  out.dtype = compiled.compilation().dtype, out.extents = shape, out.strides = out_strides;
  const auto call = [&] {  // as Compiled::run
    if (compiled.run_direct(operands, {&out, 1}, {})) return;
    compiled.check_operands(operands);
    compiled.check_outputs(operands, {&out, 1}, {});
    compiled.run(operands, {&out, 1}, {});
  };
  constexpr std::size_t most_samples = 15;
  return seconds_of(call, budget, most_samples * static_cast<std::size_t>(probe.weight), probe.all_threads, clock);
}

}  // namespace

Calibration calibrate(const CalibrateRequest& request) {
  if (!(request.seconds >= 0) || !std::isfinite(request.seconds)) throw Error(ErrorCode::bad_option, fmt::format("the time to measure is {}", request.seconds));
  if (request.threads < 0) throw Error(ErrorCode::bad_option, fmt::format("the number of threads is negative: {}", request.threads));
  const kernels::KernelTable& table = api::choose_table(request.isa);
  const std::string path = request.output.empty() ? calibration_path(request.isa) : request.output;
  if (path.empty()) throw Error(ErrorCode::bad_file, "there is no folder for the calibration: neither XDG_CACHE_HOME nor HOME is set", {}, {}, "name a file");
  const int threads = request.threads > 0 ? request.threads : num_threads();
  const std::function<double()> clock = request.clock ? request.clock : now;
  const double begin = clock();
  ir::Target target = api::make_target(table, threads);
  const std::vector<api::Probe> probes = api::make_probes(target);
  std::vector<api::Sample> samples(probes.size());
  const auto stopped = [&] { return request.stop && request.stop(); };

  if (request.progress) request.progress(0, "arithmetic");
  const Limits limits = measure_limits(table.isa, 1, 1 << 16, request.seconds / 10);
  target.speeds = {};
  target.speeds.f32_flops = limits.f32_flops, target.speeds.f64_flops = limits.f64_flops;
  target.speeds = ir::completed(target.speeds, table.vector_bytes);

  Calibration result;
  result.of = probes.size();
  std::vector<std::shared_ptr<const detail::CompiledState>> compiled;
  std::size_t most = 0;
  for (const api::Probe& probe : probes) {
    compiled.push_back(compile_probe(probe, table.isa, probe.all_threads ? threads : 1));
    std::size_t bytes = bytes_of_array(compiled.back()->compilation().shapes[0], compiled.back()->compilation().dtype) + 4096;
    for (const Shape& shape : probe.shapes) bytes += bytes_of_array(shape, probe.dtype) + 4096;
    most = std::max(most, bytes);
  }
  Room room(most);
  // Short ones in three rounds, of which the middle one counts: what else the machine does comes and goes within seconds.
  constexpr int rounds = 3;
  std::vector<std::vector<double>> seconds_of_rounds(probes.size());
  std::size_t turns = 0, turn = 0;
  for (const api::Probe& probe : probes) turns += static_cast<std::size_t>(probe.weight * (probe.is_long ? 1 : rounds));
  for (int round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < probes.size(); ++i) {
      if (round > 0 && probes[i].is_long) continue;
      if (stopped()) return result;
      const double left = begin + request.seconds - clock();
      if (left <= 0) break;
      if (request.progress) request.progress(static_cast<double>(turn) / static_cast<double>(turns), probes[i].what);
      const auto weight = static_cast<std::size_t>(probes[i].weight);
      const double budget = left / static_cast<double>(turns - turn) * 0.7 * probes[i].weight;
      turn += weight;
      if (probes[i].all_threads && threads == 1) continue;
      samples[i].threads = probes[i].all_threads ? threads : 1;
      samples[i].executable = compiled[i]->compilation().executable;
      seconds_of_rounds[i].push_back(measure_probe(*compiled[i], probes[i], budget, room, round, clock));
      samples[i].seconds = median(seconds_of_rounds[i]);
    }
  }
  result.measured = static_cast<std::size_t>(std::count_if(samples.begin(), samples.end(), [](const api::Sample& sample) { return sample.seconds > 0; }));
  if (stopped()) return result;
  const ir::Speeds speeds = api::fit(probes, samples, target);
  target.speeds = speeds;
  for (std::size_t i = 0; i < probes.size(); ++i) {
    target.threads = samples[i].threads;
    if (samples[i].seconds > 0) result.probes.push_back({probes[i].what, samples[i].seconds, predict::predict(samples[i].executable, target).seconds()});
  }
  api::write_calibration(path, api::calibration_text(speeds, api::machine_key(table)));
  api::forget_calibrations();
  result.path = path;
  return result;
}

}  // namespace einc
