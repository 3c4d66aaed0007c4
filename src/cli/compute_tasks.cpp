// SPDX-License-Identifier: BSD-3-Clause
#include "cli/compute_tasks.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <string_view>

#include <fmt/format.h>

#include "cli/interrupt_watch.hpp"
#include "cli/terminal.hpp"

namespace einc::cli {

namespace {

std::string duration(double seconds) {
  const auto whole = static_cast<long long>(std::ceil(seconds));
  if (whole >= 3600) return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
  return fmt::format("{}:{:02}", whole / 60, whole % 60);
}

constexpr std::string_view resumed_by = "the same command with --resume goes on from there";

}  // namespace

std::string how_to_go_on(const TaskProgress& progress, const std::string& checkpoint) {
  return fmt::format("{} of {} tasks are finished, and in `{}`: {}", progress.finished, progress.tasks, checkpoint, resumed_by);
}

std::string progress_line(const TaskProgress& progress) {
  constexpr std::int64_t width = 24;
  const auto done = static_cast<std::size_t>(width * progress.finished / std::max<std::int64_t>(progress.tasks, 1));
  std::string line = fmt::format("{} of {} tasks [{}{}]", progress.finished, progress.tasks, std::string(done, '#'), std::string(width - done, '-'));
  if (const double left = progress.seconds_left(); left >= 0) line += fmt::format(" {} left", duration(left));
  if (progress.resumed > 0) line += fmt::format(", {} resumed", progress.resumed);
  return line;
}

void compute_tasks(const Ranks& ranks, const Compiled& compiled, std::span<const ArrayRef> operands, std::span<const OutputRef> outs, const CheckpointRequest& checkpoint) {
  const InterruptWatch watch(InterruptWatch::Of::any_end);
  std::stop_source stop;
  Progress bar(ranks.first(), ranks.by_mpi() ? Progress::Where::any_terminal : Progress::Where::standard_error);
  const bool tells_at_once = ranks.first() && ranks.by_mpi() && !checkpoint.path.empty();  // mpirun may not leave the time for more
  bool told = false;
  TaskOptions options;
  options.checkpoint = checkpoint.path;
  options.resume = checkpoint.resume;
  options.stop = stop.get_token();
  options.progress = [&](const TaskProgress& progress) {
    if (InterruptWatch::interrupted() && stop.request_stop() && tells_at_once) {
      told = true;
      bar.clear();
      std::cerr << fmt::format("interrupted: {}\n", how_to_go_on(progress, checkpoint.path)) << std::flush;
    }
    bar.show(progress_line(progress));
  };
  try {
    ranks.run(compiled, operands, outs, options);
  } catch (const Error& error) {
    if (error.code() != ErrorCode::cancelled || checkpoint.path.empty()) throw;
    throw Error(error.code(), error.sentence(), {}, {}, told ? std::string() : fmt::format("they are in `{}`: {}", checkpoint.path, resumed_by));
  }
}

}  // namespace einc::cli
