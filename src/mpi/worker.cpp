// SPDX-License-Identifier: BSD-3-Clause
#include "mpi/worker.hpp"

#include <thread>
#include <utility>

#include "mpi/agree.hpp"
#include "mpi/error_text.hpp"
#include "mpi/mailbox.hpp"
#include "mpi/patience.hpp"
#include "tasks/task_thread.hpp"

namespace einc::mpi {
namespace {

class Worker {
 public:
  Worker(const Link& link, const Compiled& compiled, std::span<const ArrayRef> operands, const TaskOptions& options)
      : link_(link), partial_bytes_(static_cast<std::int64_t>(compiled.slicing().partial_bytes)), stop_(options.stop), mailbox_(link), thread_(compiled, operands, options.before_tasks) {}

  std::int64_t serve() {
    std::optional<Letter> end;
    bool failed = false, busy = false;
    for (Patience patience; !end;) {
      auto wait = patience.wait(busy || !mailbox_.all_sent());
      busy = false;
      if (auto letter = mailbox_.receive()) {
        busy = true;
        wait = {};
        if (letter->note.word == Word::compute) thread_.add(letter->note.range);
        else end = std::move(letter);
      }
      try {
        if (failed) std::this_thread::sleep_for(wait);
        else if (stop_.stop_requested()) throw Error(ErrorCode::cancelled, "the run was asked to stop");
        else if (send_finished(wait)) busy = true;
      } catch (...) {  // rank 0 will answer with an end for all
        failed = true;
        mailbox_.send(0, Word::failed, write_error(std::current_exception(), origin_of(link_)));
      }
      mailbox_.progress();
    }
    if (!failed) send_rest();
    mailbox_.send(0, Word::bye);
    mailbox_.flush();
    if (end->note.word == Word::abort) throw_error(text_of(*end));
    return computed_;
  }

 private:
  bool send_finished(std::chrono::microseconds wait) {
    auto finished = thread_.take(wait);
    if (!finished) return false;
    computed_ += finished->range.count;
    mailbox_.send(Letter{0, {Word::finished, finished->range, finished->range.count * partial_bytes_}, std::move(finished->partials)});
    return true;
  }

  // What is finished is not lost because others failed.
  void send_rest() {
    thread_.stop();
    try {
      while (send_finished({})) {
      }
    } catch (...) {  // the run has ended otherwise already
    }
  }

  const Link& link_;
  std::int64_t partial_bytes_, computed_ = 0;
  std::stop_token stop_;
  Mailbox mailbox_;
  tasks::TaskThread thread_;
};

}  // namespace

std::int64_t serve(const Link& link, const Compiled& compiled, std::span<const ArrayRef> operands, const TaskOptions& options) { return Worker(link, compiled, operands, options).serve(); }

}  // namespace einc::mpi
