// SPDX-License-Identifier: BSD-3-Clause
#include "mpi/coordinator.hpp"

#include <chrono>
#include <deque>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "mpi/agree.hpp"
#include "mpi/error_text.hpp"
#include "mpi/mailbox.hpp"
#include "mpi/patience.hpp"
#include "tasks/check_call.hpp"
#include "tasks/task_thread.hpp"

namespace einc::mpi {
namespace {

constexpr auto between_reports = std::chrono::milliseconds(50);

class Coordinator {
 public:
  Coordinator(const Link& link, const Compiled& compiled, std::span<const ArrayRef> operands, tasks::TaskLedger& ledger, const TaskOptions& options)
      : link_(link), ledger_(ledger), options_(options), mailbox_(link), thread_(compiled, operands, options.before_tasks), outstanding_(static_cast<std::size_t>(link.ranks()), 0) {
    for (int rank = 1; rank < link.ranks(); ++rank) hungry_.push_back(rank);
  }

  std::int64_t run() {
    try {
      bool busy = false;
      for (Patience patience; !ledger_.done();) {
        const auto wait = patience.wait(busy || !mailbox_.all_sent());
        busy = receive();
        busy = keep_own(busy ? std::chrono::microseconds(0) : wait) || busy;
        hand_out(!busy);
        mailbox_.progress();
        report();
        if (!failure_.empty()) break;
        if (options_.stop.stop_requested()) throw Error(ErrorCode::cancelled, tasks::sentence_of_stop(ledger_.progress()));
      }
    } catch (...) {
      failure_ = write_error(std::current_exception(), origin_of(link_));
    }
    end();
    if (!failure_.empty()) throw_error(failure_);
    if (options_.progress) options_.progress(ledger_.progress());
    return computed_;
  }

 private:
  // One letter, if one has come.
  bool receive() {
    auto letter = mailbox_.receive();
    if (!letter) return false;
    if (letter->note.word == Word::failed) {
      if (failure_.empty()) failure_ = text_of(*letter);
    } else if (letter->note.word == Word::bye) {
      ++byes_;
    } else {
      const auto rank = static_cast<std::size_t>(letter->rank);
      (--outstanding_[rank] == 0 ? hungry_ : content_).push_back(letter->rank);
      ledger_.finish({letter->note.range, std::move(letter->contents)});
    }
    return true;
  }

  bool keep_own(std::chrono::microseconds wait) {
    auto finished = thread_.take(wait);
    if (!finished) return false;
    computed_ += finished->range.count;
    ledger_.finish(std::move(*finished));
    return true;
  }

  // First to ranks that have nothing, this one among them if it has time; then one range more to each, so that nobody waits for an answer.
  // Near the end nobody keeps for later what another could do now.
  void hand_out(bool has_time) {
    const auto many_are_left = [&] { return ledger_.unassigned() > 2 * link_.ranks(); };
    give_to(hungry_, 0);
    if (has_time && thread_.outstanding() == 0) give_self();
    if (many_are_left()) give_to(content_, 1);
    if (has_time && thread_.outstanding() == 1 && many_are_left()) give_self();
  }

  void give_self() {
    if (const auto range = ledger_.next(link_.ranks())) thread_.add(*range);
  }

  // To the ranks of a line that have as many ranges as it says; others have changed since they were put into it.
  void give_to(std::deque<int>& line, int have) {
    for (; !line.empty(); line.pop_front()) {
      int& outstanding = outstanding_[static_cast<std::size_t>(line.front())];
      if (outstanding != have) continue;
      const auto range = ledger_.next(link_.ranks());
      if (!range) return;
      mailbox_.send(Letter{line.front(), {Word::compute, *range, 0}, {}});
      if (static_cast<std::size_t>(++outstanding) < tasks::ranges_ahead) content_.push_back(line.front());
    }
  }

  void report() {
    const auto now = std::chrono::steady_clock::now();
    if (!options_.progress || now - reported_ < between_reports) return;
    reported_ = now;
    options_.progress(ledger_.progress());
  }

  // Tells everybody, and takes what they still have to say: tasks finished meanwhile go into the checkpoint.
  void end() {
    thread_.stop();
    for (int rank = 1; rank < link_.ranks(); ++rank) mailbox_.send(rank, failure_.empty() ? Word::finish : Word::abort, failure_);
    const std::string first_failure = failure_;
    while (byes_ < link_.ranks() - 1) {
      bool busy = false;
      try {
        busy = receive();
      } catch (const Error&) {  // the checkpoint or the outputs: what failed before may fail again
      }
      mailbox_.progress();
      if (!busy) std::this_thread::sleep_for(std::chrono::microseconds(50));
    }
    try {
      while (keep_own({})) {
      }
    } catch (...) {  // the run has ended otherwise already
    }
    mailbox_.flush();
    failure_ = first_failure;
  }

  const Link& link_;
  tasks::TaskLedger& ledger_;
  const TaskOptions& options_;
  Mailbox mailbox_;
  tasks::TaskThread thread_;
  std::vector<int> outstanding_;     // ranges each other rank has
  std::deque<int> hungry_, content_;  // ranks that have nothing, and ranks that have one range; some twice, or no longer so
  std::string failure_;
  std::int64_t computed_ = 0;
  int byes_ = 0;
  std::chrono::steady_clock::time_point reported_{};
};

}  // namespace

std::int64_t coordinate(const Link& link, const Compiled& compiled, std::span<const ArrayRef> operands, tasks::TaskLedger& ledger, const TaskOptions& options) {
  return Coordinator(link, compiled, operands, ledger, options).run();
}

}  // namespace einc::mpi
