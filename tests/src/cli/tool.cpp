// The tool from outside: what it writes where, and how it ends. EINC_TOOL is the path of the built program.
// SPDX-License-Identifier: BSD-3-Clause
#include <csignal>
#include <cstdlib>
#include <string>

#include <nlohmann/json.hpp>
#include <sys/wait.h>

#include "cli/interrupt_watch.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#define EXAMPLE EINC_TEST_SOURCES "/../docs/examples/attention.einc"

namespace {

struct Outcome {
  int code = -1;
  std::string out, err;
};

// Runs `einc arguments` through the shell.
Outcome run_tool(const std::string& arguments, const std::string& before = "") {
  const einc::test::TemporaryFolder folder;
  const std::string out = folder / "out", err = folder / "err";
  const int status = std::system((before + " '" EINC_TOOL "' " + arguments + " >'" + out + "' 2>'" + err + "'").c_str());
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, einc::test::read_file(out), einc::test::read_file(err)};
}

}  // namespace

TEST_CASE("help and version go to standard output and end with 0") {
  for (const char* arguments : {"--help", "explain --help", "plan --help", "run --help", "grad --help", "bench --help", "calibrate --help", "--version", "version"}) {
    INFO(arguments);
    const Outcome outcome = run_tool(arguments);
    CHECK(outcome.code == 0);
    CHECK_FALSE(outcome.out.empty());
    CHECK(outcome.err.empty());
  }
  CHECK_THAT(run_tool("version").out, ContainsSubstring("einc ") && ContainsSubstring("baseline"));
  CHECK_THAT(run_tool("version", "EINC_NUM_THREADS=7 OMP_NUM_THREADS=3").out, ContainsSubstring(" 7 threads"));
  CHECK_THAT(run_tool("version", "EINC_NUM_THREADS=x OMP_NUM_THREADS=3,2").out, ContainsSubstring(" 3 threads"));
}

TEST_CASE("a wrong command line ends with 2 and writes no data") {
  for (const char* arguments :
       {"", "unknown", "explain", "explain 'i->' --shape 2,x", "explain 'i->' --shape 2 --format xml", "explain 'i->' --shape 2 --threads -1",
        "explain 'i->' --shape 2 --dtype f99", "run 'i->'", "run 'i->' a.npy --unknown", "bench --seconds x", "explain 'i->' --shape 2 --color sometimes", "explain 'i->' --program p.einc --shape 2", "explain --program '' --shape 2", "run --program p.einc --stream maybe",
        "explain p.einc --shape x=y", "run"}) {
    INFO(arguments);
    const Outcome outcome = run_tool(arguments);
    CHECK(outcome.code == 2);
    CHECK(outcome.out.empty());
    CHECK_FALSE(outcome.err.empty());
  }
}

TEST_CASE("a wrong input ends with 1 and one `error: `, without colours off a terminal") {
  for (const char* arguments :
       {"explain 'ij,jk->ik' --shape 2,3 --shape 4,5", "explain 'i-->' --shape 2", "explain 'i->i'", "explain 'i->i' --shape 2 --isa avx9",
        "explain 'i->i' --shape 2 --print-after nothing", "run 'i->' /nonexistent.npy", "bench no-such-case", "bench --cases /nonexistent",
        "explain nothing.einc", "explain --program /", "run nothing.einc a.npy", "run --program nothing.einc a.npy -o b.npy", "explain '" EXAMPLE "' --shape 2",
        "explain '" EXAMPLE "' --shape 2,3,4,5 --shape 2,3,4,6 --shape 2,3,4,5", "run '" EXAMPLE "' a.npy"}) {
    INFO(arguments);
    const Outcome outcome = run_tool(arguments);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.starts_with("error: "));
    CHECK(outcome.err.find("error: ", 1) == std::string::npos);
    CHECK(outcome.err.find('\x1b') == std::string::npos);
  }
  CHECK(run_tool("explain 'i-->' --shape 2 --color always").err.starts_with("\x1b["));
  CHECK_THAT(run_tool("explain 'ij,jk->ik' --shape 2,3 --shape 4,5").err, ContainsSubstring("  ij,jk->ik\n") && ContainsSubstring("^ 3 in operand 0"));
}

TEST_CASE("explain writes the plan in every form on offer, and the passes") {
  const std::string main_job = "explain 'bqhc,bkhc->bhqk' --shape 2,128,8,64 --shape 2,128,8,64";
  CHECK_THAT(run_tool(main_job).out, ContainsSubstring("bqhc,bkhc->bhqk"));
  CHECK(nlohmann::json::accept(run_tool(main_job + " --format json").out));
  CHECK_THAT(run_tool(main_job + " --format dot").out, ContainsSubstring("digraph"));
  CHECK(run_tool(main_job + " --print-after all").code == 0);
  CHECK(run_tool(main_job + " --isa baseline --threads 1 --dtype f64 --planner greedy --effort best --broadcast numpy").code == 0);
  CHECK(run_tool(main_job + " --effort 0.01 --seed 3 --objective flops").code == 0);
  for (const char* effort : {"0", "-1", "nan", "inf", "1e999", "long", "1s", ""}) {
    INFO(effort);
    CHECK(run_tool(main_job + " --effort '" + effort + "'").code == 2);
  }
  CHECK(run_tool("explain ',->' --shape '' --shape '[]'").code == 0);
}

TEST_CASE("a program comes from a file, as the first argument or by its option") {
  const std::string shapes = " --shape k=2,64,4,32 --shape q=2,32,4,32 --shape 2,64,4,32";
  const Outcome named = run_tool("explain '" EXAMPLE "'" + shapes), chosen = run_tool("explain --program '" EXAMPLE "'" + shapes);
  CHECK(named.code == 0);
  CHECK_THAT(named.out, ContainsSubstring("input      q  [2, 32, 4, 32]"));
  CHECK(named.out == chosen.out);
  CHECK_THAT(run_tool("explain '" EXAMPLE "'" + shapes + " --stream require").out, ContainsSubstring("streamed along k"));
  CHECK_THAT(run_tool("explain '" EXAMPLE "'" + shapes + " --stream forbid").out, !ContainsSubstring("streamed along k"));
  CHECK(nlohmann::json::accept(run_tool("explain '" EXAMPLE "'" + shapes + " --format json").out));
  CHECK_THAT(run_tool("explain '" EXAMPLE "'" + shapes + " --format dot").out, ContainsSubstring("digraph"));
  CHECK_THAT(run_tool("explain '" EXAMPLE "'" + shapes + " --print-after stream").out, ContainsSubstring("# stream along"));
  const einc::test::TemporaryFolder folder;
  const std::string program = "'" + folder.put("p.txt", "fix(\"a\", 3)\noutput y = iota(\"a\")") + "'";
  CHECK_THAT(run_tool("run --program " + program).out, ContainsSubstring("2."));
  CHECK(run_tool("run --program " + program + " -o '" + folder / "y.npy'").code == 0);
  CHECK_THAT(run_tool("run '" + folder / "y.npy' --program " + program).err, ContainsSubstring("0 inputs, and 1 file is given"));
  CHECK_THAT(run_tool("explain '' --shape ''").out, ContainsSubstring("einsum"));
}

TEST_CASE("a full device is an error, not a silence") {
  const int status = std::system("'" EINC_TOOL "' version >/dev/full 2>/dev/null");
  CHECK(WEXITSTATUS(status) == 1);
}

TEST_CASE("bench runs the cases of the project, and an interrupt ends it with what it has") {
  const std::string cases = "--cases '" EINC_BENCHMARK_CASES "' --threads 1 ";
  const Outcome outcome = run_tool("bench " + cases + "main/scores --seconds 0.01 --json -");
  CHECK(outcome.code == 0);
  const auto json = nlohmann::json::parse(outcome.out);
  CHECK(json["cases"][0]["checksum"]["right"] == true);
  CHECK(json["complete"] == true);
  const Outcome ended = run_tool("bench " + cases + "'*' --seconds 5 --json -", "timeout --preserve-status -s INT 1");
  CHECK(ended.code == 130);
  CHECK(nlohmann::json::parse(ended.out)["complete"] == false);
}

TEST_CASE("an interrupt that is told twice at once asks once") {
  const einc::cli::InterruptWatch watch;
  CHECK_FALSE(einc::cli::InterruptWatch::interrupted());
  std::raise(SIGINT);
  std::raise(SIGINT);
  CHECK(einc::cli::InterruptWatch::interrupted());
}

TEST_CASE("a text that is its arrow is no option") { CHECK(run_tool("explain '->' --shape ''").code == 0); }

TEST_CASE("an order is taken, or its fault told") {
  const std::string chain = "explain 'ij,jk,kl->il' --shape 10,10 --shape 10,10 --shape 10,2 --order ";
  CHECK_THAT(run_tool(chain + "'(0,1),(0,1)'").out, ContainsSubstring("order      given: 3 operands"));
  for (const char* order : {"'(0,1),(0,2)'", "'(0,1)'", "'(0,0),(0,1)'", "'(0,1'", "''", "'(0,1),(0,1),(0,1)'", "'(0),(0,1)'"}) {
    INFO(order);
    const Outcome outcome = run_tool(chain + order);
    CHECK(outcome.code == 1);
    CHECK(outcome.out.empty());
    CHECK_THAT(outcome.err, ContainsSubstring("error: ") && ContainsSubstring("order") && ContainsSubstring("hint: "));
  }
}

TEST_CASE("a plan made by one process is taken by another, or refused with its file and field") {
  const einc::test::TemporaryFolder folder;
  const std::string file = folder / "plan.json", shapes = " --shape 10,10 --shape 10,10 --shape 10,2";
  REQUIRE(run_tool("plan 'ij,jk,kl->il'" + shapes + " -o '" + file + "'").code == 0);
  CHECK(run_tool("plan 'ij,jk,kl->il'" + shapes).out == einc::test::read_file(file));
  for (const std::string& given : {"'ij,jk,kl->il'" + shapes, std::string("'ij,jk,kl->il'"), std::string()})
    CHECK_THAT(run_tool("explain " + given + " --plan '" + file + "'").out, ContainsSubstring("given by a saved plan"));
  const Outcome other = run_tool("explain 'ij,jk,kl->il' --shape 10,10 --shape 10,10 --shape 10,3 --plan '" + file + "'");
  CHECK(other.code == 1);
  CHECK_THAT(other.err, ContainsSubstring("plan.json`: `shapes[2]` of the plan is [10, 2]"));
  const std::string broken = folder.put("broken.json", "{\"einc_plan\": 9}");
  CHECK_THAT(run_tool("explain --plan '" + broken + "'").err, ContainsSubstring("broken.json`: `einc_plan`") && ContainsSubstring("later release"));
  CHECK_THAT(run_tool("explain --plan /nonexistent.json").err, ContainsSubstring("cannot read the plan"));
  const Outcome program = run_tool("plan " EXAMPLE " --shape 1,64,2,8 --shape 1,64,2,8 --shape 1,64,2,8 -o '" + file + "'");
  CHECK(program.code == 0);
  CHECK(run_tool("explain --measure --plan '" + file + "'").code == 0);
}

TEST_CASE("operands are said to be constant, and what is made of them is shown and measured apart") {
  const std::string chain = "explain 'ij,jk,kl->il' --shape 2,40 --shape 40,40 --shape 40,40 --constants ";
  const Outcome outcome = run_tool(chain + "2,1");
  CHECK(outcome.code == 0);
  CHECK_THAT(outcome.out, ContainsSubstring("(operand 1, operand 2)   beforehand") && ContainsSubstring("step 1 is computed once"));
  CHECK_THAT(run_tool(chain + "2,1 --measure").out, ContainsSubstring("measured"));
  const Outcome wrong = run_tool(chain + "3");
  CHECK(wrong.code == 1);
  CHECK_THAT(wrong.err, ContainsSubstring("`constants` names operand 3, and there are 3"));
}
