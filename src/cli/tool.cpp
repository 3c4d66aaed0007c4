// tool.cpp: the program `einc`: reads the command line, calls one command, turns its end into an exit code.
// Data go to standard output, everything else to standard error. Exit codes: 0; 1 the input is wrong or a result is;
// 2 the command line is wrong; 130 interrupted.
// SPDX-License-Identifier: BSD-3-Clause
#include <charconv>
#include <cmath>
#include <iostream>
#include <map>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>
#include <einc/cpu.hpp>
#include <einc/error.hpp>
#include <einc/options.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include "cli/bench.hpp"
#include "cli/calibrate.hpp"
#include "cli/explain.hpp"
#include "cli/grad.hpp"
#include "cli/order_text.hpp"
#include "cli/plan.hpp"
#include "cli/plan_file.hpp"
#include "cli/program_file.hpp"
#include "cli/run.hpp"
#include "cli/terminal.hpp"

namespace einc::cli {

namespace {

constexpr int success = 0, failure = 1, usage = 2, interrupted = 130;

template <class Value>
using Words = std::map<std::string, Value>;

Words<DType> every_dtype() {
  Words<DType> words;
  for (std::size_t i = 0; i < dtype_count; ++i) words.emplace(name_of(static_cast<DType>(i)), static_cast<DType>(i));
  return words;
}
const Words<DType> dtypes = every_dtype();
Words<Accumulate> every_accumulate() {
  Words<Accumulate> words{{"same", Accumulate::same}, {"wide", Accumulate::wide}};
  for (const auto& [name, dtype] : dtypes) words.emplace(name, dtype);
  return words;
}
const Words<Accumulate> accumulates = every_accumulate();
const Words<Algebra> algebras = {{"plus-times", Algebra::plus_times}, {"max-plus", Algebra::max_plus},       {"min-plus", Algebra::min_plus},
                                 {"or-and", Algebra::or_and},         {"log-sum-exp", Algebra::log_sum_exp}, {"count", Algebra::count}};
const Words<Format> formats = {{"text", Format::text}, {"json", Format::json}, {"dot", Format::dot}, {"html", Format::html}};
const Words<Broadcast> broadcasts = {{"strict", Broadcast::strict}, {"numpy", Broadcast::numpy}};
const Words<Planner> planners = {
    {"automatic", Planner::automatic}, {"exact", Planner::exact}, {"greedy", Planner::greedy}, {"left_to_right", Planner::left_to_right}};
const Words<Effort> efforts = {{"fast", Effort::fast}, {"balanced", Effort::balanced}, {"best", Effort::best}};
const Words<Objective> objectives = {{"seconds", Objective::seconds}, {"flops", Objective::flops}, {"size", Objective::size}, {"write", Objective::write}};
const Words<Stream> streams = {{"allow", Stream::allow}, {"require", Stream::require}, {"forbid", Stream::forbid}};
const Words<Color> colors = {{"auto", Color::automatic}, {"always", Color::always}, {"never", Color::never}};

// An option that takes one of a few words.
template <class Value>
void add_choice(CLI::App& command, const std::string& name, Value& value, const Words<Value>& words, const std::string& help) {
  std::string list;
  for (const auto& [word, unused] : words) list += (list.empty() ? "" : "|") + word;
  const auto set = [&value, &words, list](const std::string& given) {
    const auto found = words.find(given);
    if (found == words.end()) throw CLI::ValidationError(fmt::format("`{}` is none of {}", given, list));
    value = found->second;
  };
  command.add_option_function<std::string>(name, set, help)->type_name(list);
}

// --effort: one of a few words, or seconds.
void add_effort(CLI::App& command, Options& options) {
  const auto set = [&options](const std::string& given) {
    const auto found = efforts.find(given);
    double seconds = 0;
    const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), seconds);
    const bool is_time = error == std::errc() && end == given.data() + given.size() && std::isfinite(seconds) && seconds > 0;
    if (found == efforts.end() && !is_time) throw CLI::ValidationError(fmt::format("`{}` is none of balanced|best|fast, and no time in seconds", given));
    options.effort = found != efforts.end() ? found->second : Effort::fast;
    options.plan_seconds = found != efforts.end() ? 0 : seconds;
  };
  command.add_option_function<std::string>("--effort", set, "how long to look for an order of many operands: fast (default), best: up to a second; or so many seconds")
      ->type_name("balanced|best|fast|SECONDS");
}

// The options that every computing command has. plan_file: where a saved plan is from, for messages. Ranks have it from the first.
enum class PlanIs : std::uint8_t { read_here, read_by_the_first };
void add_common(CLI::App& command, Options& options, std::string& plan_file, PlanIs plan_is = PlanIs::read_here) {
  command.add_option("--threads", options.threads, "at most so many threads; 0: EINC_NUM_THREADS, OMP_NUM_THREADS or all processors")
      ->check(CLI::Range(0, 1 << 16))
      ->type_name("N");
  command.add_option("--isa", options.isa, "kernels to use: " + fmt::format("{}", fmt::join(this_cpu().isas, ", ")) + "; default: EINC_ISA or the last")
      ->type_name("NAME");
  add_choice(command, "--planner", options.planner, planners, "who chooses the order of contraction");
  add_effort(command, options);
  command.add_option("--seed", options.seed, "of searches: equal seeds search alike; default 0")->type_name("N");
  add_choice(command, "--objective", options.objective, objectives, "what the order is chosen for: predicted time (seconds, default), operations, memory");
  command.add_option_function<std::string>("--order", [&options](const std::string& text) { options.order = parse_order(text); },
                                           "the order of contraction of an einsum, as numpy.einsum_path writes it: \"(1,2),(0,1)\"")
      ->type_name("ORDER");
  const auto take_plan = [&options, &plan_file, plan_is](const std::string& path) {
    plan_file = path;
    if (plan_is == PlanIs::read_here) options.plan = read_plan_file(path);
  };
  command.add_option_function<std::string>("--plan", take_plan, "a plan that `einc plan` wrote, instead of a search")->type_name("FILE");
  command.add_option("--memory-limit", options.memory_limit, "bytes a run may allocate beside its arrays; 0 (default): no limit")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("BYTES");
  command.add_option("--slices", options.slices, "cut the work into at least so many slices, for checkpoints or machines; 0 (default): only where memory demands it")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{1} << 40))
      ->type_name("N");
  command.add_option("--calibration", options.calibration, "the file of this machine's speeds, or `off`; default: EINC_CALIBRATION, or what `einc calibrate` wrote")->type_name("FILE");
  add_choice(command, "--stream", options.stream, streams, "softmax of a program piece by piece: where it pays (allow, default), always or never");
}

// The text of an einsum, or the file of a program in its place.
void add_what(CLI::App& command, std::string& text, std::string& program) {
  command.add_option("what", text, "an einsum, such as \"ij,jk->ik\", or a program: a file that ends in `.einc`")->type_name("TEXT");
  command.add_option("--program", program, "the file of a program, whatever its name")->type_name("FILE");
}

// What add_what() read. Where a program was named by its option, the first argument is not a text but the first of `files`.
void settle_what(const CLI::App& command, std::string& text, std::string& program, std::vector<std::string>* files, bool planned = false) {
  const bool text_given = command.count("what") > 0, program_given = command.count("--program") > 0;
  if (planned && files != nullptr && !program_given && text.ends_with(".npy")) files->insert(files->begin(), std::exchange(text, {}));  // no text of an einsum ends so
  if (!text_given && !program_given && !planned) throw CLI::RequiredError("the text of an einsum or the file of a program");
  if (text_given && program_given) {
    if (files == nullptr) throw CLI::ValidationError("--program", fmt::format("`{}` and the program `{}`: one of the two", text, program));
    files->insert(files->begin(), std::exchange(text, {}));
  }
  if (program_given && program.empty()) throw CLI::ValidationError("--program", "names no file");
  if (!program_given && is_program_file(text)) program = std::exchange(text, {});
}

// What sums are of an einsum.
void add_arithmetic(CLI::App& command, Options& options) {
  add_choice(command, "--accumulate", options.accumulate, accumulates, "the type of sums and result: that of the operands (same, default), 64 bits or the next wider float (wide), or one that holds them");
  add_choice(command, "--semiring", options.semiring.algebra, algebras, "what + and * are; default plus-times");
}

void add_broadcast(CLI::App& command, Options& options) {
  add_choice(command, "--broadcast", options.broadcast, broadcasts, "numpy: an extent of 1 stretches; strict (default): it is an error");
}

struct Requests {
  ExplainRequest explain;
  PlanRequest plan;
  GradRequest grad;
  RunRequest run;
  BenchRequest bench;
  CalibrateRequest calibrate;
  bool list_probes = false;
  std::vector<std::string> shapes;
  std::string plan_file;
};

// What is planned, and how: of the commands that have no arrays.
void add_planned(CLI::App& command, ExplainRequest& request, Requests& requests) {
  add_what(command, request.text, request.program);
  command.add_option("--shape", requests.shapes, "the shape of the next operand, such as 2,128,8,64; \"\" for a scalar; of an input by name: q=2,128,8,64")
      ->allow_extra_args(false)
      ->type_name("EXTENTS");
  add_choice(command, "--dtype", request.options.dtype, dtypes, "element type; default f32");
  command.add_option("--constants", request.options.constants, "operands that keep their elements over all calls, such as 1,2: what is made of them alone is computed once")
      ->delimiter(',')
      ->type_name("NUMBERS");
  add_arithmetic(command, request.options);
  add_common(command, request.options, requests.plan_file);
  add_broadcast(command, request.options);
}

CLI::App* add_explain(CLI::App& app, Requests& requests) {
  ExplainRequest& request = requests.explain;
  CLI::App* command = app.add_subcommand("explain", "show how an einsum or a program is computed, without computing it");
  add_planned(*command, request, requests);
  add_choice(*command, "--format", request.format, formats, "default text");
  command->add_flag("--measure", request.measure, "run it on filled arrays, and show what each step took beside what was predicted");
  command->add_option("--print-after", request.print_after, "show the form after one pass of the compiler instead, or after `all`")->type_name("PASS");
  command->footer("Examples:\n"
                  "  einc explain \"bqhc,bkhc->bhqk\" --shape 2,128,8,64 --shape 2,128,8,64\n"
                  "  einc explain \"ij,jk,kl->il\" --shape 64,8 --shape 8,512 --shape 512,3 --format json\n"
                  "  einc explain \"ij,jk->ik\" --shape 2,3 --shape 3,4 --print-after all\n"
                  "  einc explain attention.einc --shape 1,512,8,64 --shape 1,512,8,64 --shape 1,512,8,64 --stream require");
  return command;
}

CLI::App* add_plan(CLI::App& app, Requests& requests) {
  PlanRequest& request = requests.plan;
  CLI::App* command = app.add_subcommand("plan", "work out the order of contraction once, and keep it in a file");
  add_planned(*command, request.what, requests);
  command->add_option("-o,--output", request.output, "the file to write; `-` or none: standard output")->type_name("FILE");
  command->footer("Examples:\n"
                  "  einc plan \"ij,jk,kl->il\" --shape 64,8 --shape 8,512 --shape 512,3 --effort best -o chain.json\n"
                  "  einc run \"ij,jk,kl->il\" --plan chain.json a.npy b.npy c.npy -o d.npy\n"
                  "  einc explain --plan chain.json                 text and shapes are in the plan");
  return command;
}

CLI::App* add_run(CLI::App& app, Requests& requests) {
  RunRequest& request = requests.run;
  CLI::App* command = app.add_subcommand("run", "compute an einsum or a program of .npy files");
  add_what(*command, request.text, request.program);
  command->add_option("files", request.inputs, "one .npy file for each operand, types may differ; of an input by name: q=FILE")->type_name("FILE");
  command->add_option("-o,--output", request.outputs, "the .npy file to write, `-` for standard output, NAME=FILE for an output by name; without it the numbers are printed")
      ->allow_extra_args(false)
      ->type_name("FILE");
  command->add_option("--precision", request.precision, "digits of printed numbers; default: nearly all there are")
      ->check(CLI::Range(1, 17))
      ->type_name("DIGITS");
  add_arithmetic(*command, request.options);
  add_common(*command, request.options, requests.plan_file, PlanIs::read_by_the_first);
  add_broadcast(*command, request.options);
  command->add_flag("--mpi", request.mpi, "share the slices with all ranks that mpirun has started; the files are those of rank 0");
  CLI::Option* const checkpoint = command->add_option("--checkpoint", request.checkpoint, "a file that takes every slice as it is finished; removed at the end")->type_name("FILE");
  command->add_flag("--resume", request.resume, "go on from the checkpoint, if it is there")->needs(checkpoint);
  command->footer("Examples:\n"
                  "  einc run \"ij,jk->ik\" a.npy b.npy -o c.npy\n"
                  "  einc run \"ii->\" a.npy                        the trace, printed\n"
                  "  einc run attention.einc q.npy k.npy v.npy -o o.npy\n"
                  "  einc run attention.einc v=v.npy q=q.npy k=k.npy -o o=o.npy\n"
                  "  mpirun -n 4 einc run TEXT *.npy --slices 64 --mpi --checkpoint run.ckpt --resume -o c.npy");
  return command;
}

CLI::App* add_grad(CLI::App& app, Requests& requests) {
  GradRequest& request = requests.grad;
  CLI::App* command = app.add_subcommand("grad", "print the program that computes the gradients of an einsum or a program");
  add_what(*command, request.text, request.program);
  command->add_option("--output", request.output, "the output whose gradients these are; may be left out where there is one")->type_name("NAME");
  command->add_option("--inputs", request.inputs, "the inputs to differentiate by, such as q,k,v; of an einsum x0,x1; default: all")->delimiter(',')->type_name("NAMES");
  command->add_flag("--keep-outputs", request.keep_outputs, "the program gives what the first one gave, too");
  command->footer("Examples:\n"
                  "  einc grad \"ij,jk->ik\"\n"
                  "  einc grad attention.einc --output o --inputs q,k,v --keep-outputs > gradients.einc");
  return command;
}

CLI::App* add_bench(CLI::App& app, Requests& requests) {
  BenchRequest& request = requests.bench;
  CLI::App* command = app.add_subcommand("bench", "measure cases against the limits of this machine");
  command->add_option("case", request.chosen, "suites or cases, `*` and `?` allowed, or case files; default: the suite main")->type_name("CASE");
  command->add_option("--filter", request.filters, "of those, only names that match; may be repeated")->allow_extra_args(false)->type_name("GLOB");
  command->add_option("--cases", request.folder, "the folder of case files; default: EINC_CASES, or found beside the tool")->type_name("FOLDER");
  command->add_flag("--list", request.list, "name the cases and measure nothing");
  command->add_flag("--small", request.small_only, "only cases marked as small");
  command->add_option("--seconds", request.measure.seconds, "time for the calls of one case; default 1")->check(CLI::Range(0.0, 3600.0))->type_name("S");
  command->add_flag("--predict", request.measure.predict, "plan and predict only; run nothing");
  command->add_option("--json", request.json, "write the figures to a file; `-`: to standard output, instead of the table")->type_name("FILE");
  command->add_flag("--write-checksums", request.write_checksums, "put checksums into the case files and measure nothing");
  add_common(*command, request.measure.options, requests.plan_file);
  command->footer("Examples:\n"
                  "  einc bench --list\n"
                  "  einc bench attention --threads 1\n"
                  "  einc bench 'gemm/n1024*' main --json result.json");
  return command;
}

CLI::App* add_calibrate(CLI::App& app, Requests& requests) {
  CalibrateRequest& request = requests.calibrate;
  CLI::App* command = app.add_subcommand("calibrate", "measure this machine once, for plans and predicted times");
  command->add_option("-o,--output", request.output, "the file to write; default: in XDG_CACHE_HOME or ~/.cache, where every program that uses einc finds it")->type_name("FILE");
  command->add_option("--isa", request.isa, "kernels to measure; default: EINC_ISA or the best this machine has")->type_name("NAME");
  command->add_option("--threads", request.threads, "threads where several are measured; 0: as many as calls use")->check(CLI::Range(0, 1 << 16))->type_name("N");
  command->add_option("--seconds", request.seconds, "about so long in all; default 4")->check(CLI::Range(0.0, 3600.0))->type_name("S");
  command->add_flag("--list", requests.list_probes, "name what was measured");
  command->footer("The file is of this machine, this release and these kernels: others ignore it. Without one, einc takes a general model of the processor.\n"
                  "EINC_CALIBRATION names another file, or is `off`.");
  return command;
}

// What the parser leaves open.
void settle(Requests& requests, const CLI::App& explain_command, const CLI::App& plan_command, const CLI::App& run_command) {
  ExplainRequest& explain = plan_command.parsed() ? requests.plan.what : requests.explain;
  RunRequest& run = requests.run;
  if (explain_command.parsed()) settle_what(explain_command, explain.text, explain.program, nullptr, !explain.options.plan.empty());
  if (plan_command.parsed()) settle_what(plan_command, explain.text, explain.program, nullptr, !explain.options.plan.empty());
  if (run_command.parsed()) settle_what(run_command, run.text, run.program, &run.inputs, !requests.plan_file.empty());
  run.plan = requests.plan_file;
  if (run_command.parsed() && run.program.empty() && run.inputs.empty()) throw CLI::RequiredError("files");
  if ((run.mpi || !run.checkpoint.empty()) && run.options.slices == 0 && run.plan.empty())
    throw CLI::ValidationError(run.mpi ? "--mpi" : "--checkpoint", "needs --slices N, or a plan in slices: into how many parts the work is cut at least, some for each rank");
  for (const std::string& given : requests.shapes) {
    const Named named = explain.program.empty() ? Named{"", given} : parse_named(given);
    try {
      explain.shapes.push_back(parse_shape(named.value));
    } catch (const Error& error) {
      throw CLI::ValidationError("--shape", error.what());
    }
    explain.names.push_back(named.name);
  }
}

void print_version(std::ostream& out) {
  const Cpu& cpu = this_cpu();
  const auto kib = [](std::int64_t bytes) { return bytes >> 10; };
  out << version() << '\n'
      << fmt::format("{}: kernels {}; caches {} KiB, {} KiB, {} KiB; {} processors, {} threads\n", cpu.name, fmt::join(cpu.isas, ", "), kib(cpu.l1_bytes),
                     kib(cpu.l2_bytes), kib(cpu.l3_bytes), cpu.processors, num_threads());
}

int finish(BenchEnd end) {
  switch (end) {
    case BenchEnd::all_right: return success;
    case BenchEnd::something_wrong: return failure;
    case BenchEnd::interrupted: return interrupted;
  }
  return failure;
}

// The command line, last word first as the parser wants it. A text that begins with its arrow is no option: a blank says so.
std::vector<std::string> words_of(int argc, char** argv) {
  std::vector<std::string> words;
  for (int i = argc; --i > 0;) words.push_back((std::string_view(argv[i]).starts_with("->") ? " " : "") + std::string(argv[i]));
  return words;
}

int dispatch(int argc, char** argv, Requests& requests, Color& color) {
  CLI::App app{"einc computes einsums: it compiles a text such as \"bqhc,bkhc->bhqk\", or a program of several, for given shapes and this machine."};
  app.name("einc");
  app.require_subcommand(1);
  app.set_version_flag("--version", [] { return version(); });
  add_choice(app, "--color", color, colors, "default auto: on a terminal, unless NO_COLOR is set");
  app.fallthrough();
  app.footer("Exit codes: 0; 1 when the input or a result is wrong; 2 when the command line is; 130 when interrupted.\n"
             "`einc COMMAND --help` shows the options of a command and examples.");
  const CLI::App* explain_command = add_explain(app, requests);
  const CLI::App* plan_command = add_plan(app, requests);
  const CLI::App* run_command = add_run(app, requests);
  const CLI::App* grad_command = add_grad(app, requests);
  const CLI::App* bench_command = add_bench(app, requests);
  const CLI::App* calibrate_command = add_calibrate(app, requests);
  app.add_subcommand("version", "show the release, the kernels and this machine");
  try {
    app.parse(words_of(argc, argv));
    settle(requests, *explain_command, *plan_command, *run_command);
    if (grad_command->parsed()) settle_what(*grad_command, requests.grad.text, requests.grad.program, nullptr);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? success : usage;
  }
  if (explain_command->parsed()) {
    explain(requests.explain, std::cout);
  } else if (plan_command->parsed()) {
    plan(requests.plan, std::cout);
  } else if (run_command->parsed()) {
    run(requests.run, std::cout);
  } else if (grad_command->parsed()) {
    grad(requests.grad, std::cout);
  } else if (bench_command->parsed()) {
    requests.bench.style.colored = use_color(color, STDOUT_FILENO);
    return finish(bench(requests.bench, std::cout));
  } else if (calibrate_command->parsed()) {
    return calibrate(requests.calibrate, requests.list_probes, std::cout) ? success : interrupted;
  } else {
    print_version(std::cout);
  }
  return success;
}

int guarded(int argc, char** argv) {
  Color color = Color::automatic;
  Requests requests;
  const auto complain = [&](const std::string& message) {
    const Style style{use_color(color, STDERR_FILENO)};
    std::cout.flush();
    std::cerr << style.red("error:") << ' ' << message << '\n';
    return failure;
  };
  try {
    const int code = dispatch(argc, argv, requests, color);
    std::cout.flush();
    if (!std::cout) return complain("cannot write to standard output");
    return code;
  } catch (const Error& error) {
    complain(naming_plan(error, requests.plan_file).what());
    return error.code() == ErrorCode::cancelled ? interrupted : failure;
  } catch (const InternalError& error) {
    return complain(fmt::format("einc is wrong here, not you; please report it with the command line\n{}", error.what()));
  } catch (const std::bad_alloc&) {
    return complain("out of memory");
  } catch (const std::exception& error) {
    return complain(error.what());
  }
}

}  // namespace

}  // namespace einc::cli

int main(int argc, char** argv) { return einc::cli::guarded(argc, argv); }
