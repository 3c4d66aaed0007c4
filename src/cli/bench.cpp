// SPDX-License-Identifier: BSD-3-Clause
#include "cli/bench.hpp"

#include <fstream>
#include <new>
#include <optional>

#include <einc/cpu.hpp>
#include <einc/einsum.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/bench_case.hpp"
#include "cli/interrupt_watch.hpp"
#include "cli/output_file.hpp"
#include "cli/report.hpp"

namespace einc::cli {

namespace {

std::vector<BenchCase> gather(const BenchRequest& request) {
  std::vector<BenchCase> from_files;
  std::vector<std::string> patterns;
  for (const std::string& chosen : request.chosen) {
    if (!chosen.ends_with(".json")) {
      patterns.push_back(chosen);
      continue;
    }
    const std::vector<BenchCase> more = read_cases(chosen);
    from_files.insert(from_files.end(), more.begin(), more.end());
  }
  std::vector<BenchCase> cases;
  if (!patterns.empty() || request.chosen.empty()) {
    for (const auto& file : case_files(find_cases(request.folder))) {
      const std::vector<BenchCase> more = read_cases(file);
      cases.insert(cases.end(), more.begin(), more.end());
    }
    if (patterns.empty() && !request.list && request.filters.empty()) patterns = {"main"};
    cases = select(cases, patterns);
  }
  cases.insert(cases.end(), from_files.begin(), from_files.end());
  cases = select(cases, request.filters);
  if (request.small_only) std::erase_if(cases, [](const BenchCase& bench_case) { return !bench_case.small; });
  return cases;
}

void write_list(const std::vector<BenchCase>& cases, std::ostream& out) {
  std::size_t width = 0;
  for (const BenchCase& bench_case : cases) width = std::max(width, bench_case.id().size());
  for (const BenchCase& bench_case : cases) {
    out << fmt::format("{:<{}}  {}{}  {}", bench_case.id(), width, name_of(bench_case.dtype), bench_case.small ? "  small" : bench_case.plan_only ? "  plan " : "       ",
                       bench_case.is_program() ? "a program" : bench_case.subscripts);
    for (const Shape& shape : bench_case.shapes) out << fmt::format("  [{}]", fmt::join(shape, ", "));
    out << '\n';
  }
}

// Processes that want to run, as the system averages them over a minute; 0 where it does not say.
double other_load() {
  std::ifstream file("/proc/loadavg");
  double load = 0;
  file >> load;
  return load;
}

void write_head(const BenchRequest& request, const std::string& isa, std::ostream& out) {
  const Options& options = request.measure.options;
  out << fmt::format("{}\n{}, {} processors; kernels {}, {} threads; {} s of calls a case, outputs written before, limits measured in turn\n\n",
                     version(), this_cpu().name, this_cpu().processors, isa, options.threads > 0 ? options.threads : num_threads(),
                     request.measure.seconds);
  if (const double load = other_load(); load > 0.3)
    out << request.style.yellow(fmt::format("other programs keep {:.1f} processors busy: threads will wait for them, and the figures show it", load)) << "\n\n";
}

}  // namespace

BenchEnd bench(const BenchRequest& request, std::ostream& out) {
  if (request.write_checksums) {
    std::vector<std::filesystem::path> files(request.chosen.begin(), request.chosen.end());
    if (files.empty()) files = case_files(find_cases(request.folder));
    for (const auto& file : files) write_checksums(file);
    return BenchEnd::all_right;
  }
  const std::vector<BenchCase> cases = gather(request);
  if (request.list) {
    write_list(cases, out);
    return BenchEnd::all_right;
  }
  const InterruptWatch watch;
  std::optional<OutputFile> file;
  if (!request.json.empty()) file.emplace(request.json);
  const bool table_wanted = request.json != "-";
  Progress progress(true);
  MeasureOptions options = request.measure;
  options.stop = [] { return InterruptWatch::interrupted(); };
  // Fixes the instruction set by name, so that the limits and the calls cannot differ.
  Options plain = options.options;
  plain.order.clear(), plain.plan.clear();
  options.options.isa = compile("i->i", {{1}}, plain).plan().isa;
  const Table table(cases, request.style);
  if (table_wanted) {
    write_head(request, options.options.isa, out);
    out << table.head() << std::endl;
  }
  std::vector<Measurement> done;
  bool all_right = true;
  for (std::size_t i = 0; i < cases.size() && !options.stop(); ++i) {
    options.progress = [&](const std::string& what) { progress.show(fmt::format("[{}/{}] {}: {}", i + 1, cases.size(), cases[i].id(), what)); };
    std::string line;
    try {
      Measurement measurement = measure(cases[i], options);
      if (measurement.samples == 0 && !cases[i].plan_only && !options.predict) break;  // interrupted
      all_right = all_right && measurement.right;
      line = table.line(measurement);
      done.push_back(std::move(measurement));
    } catch (const Error& error) {
      all_right = false;
      line = table.failure(cases[i], error.what());
    } catch (const std::bad_alloc&) {
      all_right = false;
      line = table.failure(cases[i], "no memory for its arrays");
    }
    progress.clear();
    if (table_wanted) out << line << std::endl;
  }
  progress.clear();
  const bool was_interrupted = options.stop();
  if (table_wanted) {
    out << '\n' << summary(done);
    if (was_interrupted) out << fmt::format("interrupted: {} of {} cases measured\n", done.size(), cases.size());
    if (!done.empty()) out << "one line again: " << rerun_command("CASE", options, options.options.threads > 0 ? options.options.threads : num_threads()) << '\n';
  }
  if (file) {
    const std::string json = to_json(done, options, !was_interrupted && done.size() == cases.size());
    file->write(json.data(), json.size());
    file->commit();
  }
  if (was_interrupted) return BenchEnd::interrupted;
  return all_right ? BenchEnd::all_right : BenchEnd::something_wrong;
}

}  // namespace einc::cli
