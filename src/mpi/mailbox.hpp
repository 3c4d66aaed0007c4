// mailbox.hpp: notes between rank 0 and the others, with bytes that go with them. Sending never waits; receiving waits only for the bytes
// of a note that has come.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "mpi/link.hpp"
#include "tasks/task_range.hpp"

namespace einc::mpi {

enum class Word : std::int64_t {
  compute, finish, abort,  // from rank 0: these tasks; all is done; something failed, and what
  finished, failed, bye,   // to rank 0: the partials of these tasks; what this rank threw; it has sent its last note
};

struct Note {
  Word word;
  tasks::TaskRange range = {};
  std::int64_t bytes = 0;
};

struct Letter {
  int rank = 0;  // to or from
  Note note;
  std::unique_ptr<std::byte[]> contents = {};
};

class Mailbox {
 public:
  explicit Mailbox(const Link& link) : link_(link) {}
  Mailbox(const Mailbox&) = delete;
  ~Mailbox();

  void send(Letter letter);
  void send(int rank, Word word, const std::string& text = {});
  std::optional<Letter> receive();
  void progress();  // to be called often while letters are on their way
  bool all_sent() const { return sent_.empty(); }
  void flush();

 private:
  struct Sent {
    Letter letter;
    std::vector<MPI_Request> requests;
  };
  const Link& link_;
  std::list<Sent> sent_;  // MPI reads them until they have arrived
};

std::string text_of(const Letter& letter);

}  // namespace einc::mpi
