// SPDX-License-Identifier: BSD-3-Clause
#include "mpi/mailbox.hpp"

#include <cstring>
#include <utility>

#include "mpi/pieces.hpp"

namespace einc::mpi {

namespace {
constexpr int note_tag = 1, contents_tag = 2;
}

Mailbox::~Mailbox() {
  if (!sent_.empty()) new std::list<Sent>(std::move(sent_));  // MPI has failed, and may still read them
}

void Mailbox::send(Letter letter) {
  Sent& sent = sent_.emplace_back(Sent{std::move(letter), {}});
  const auto post = [&](void* data, int length, int tag) {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Isend(data, length, MPI_BYTE, sent.letter.rank, tag, link_.comm(), &request), "MPI_Isend");
    sent.requests.push_back(request);
  };
  post(&sent.letter.note, sizeof(Note), note_tag);
  for_pieces(sent.letter.contents.get(), static_cast<std::size_t>(sent.letter.note.bytes), [&](std::byte* piece, int length) { post(piece, length, contents_tag); });
  progress();
}

void Mailbox::send(int rank, Word word, const std::string& text) {
  Letter letter{rank, {word, {}, static_cast<std::int64_t>(text.size())}, std::make_unique_for_overwrite<std::byte[]>(text.size())};
  std::memcpy(letter.contents.get(), text.data(), text.size());
  send(std::move(letter));
}

std::optional<Letter> Mailbox::receive() {
  int there = 0;
  MPI_Status status;
  check(MPI_Iprobe(MPI_ANY_SOURCE, note_tag, link_.comm(), &there, &status), "MPI_Iprobe");
  if (there == 0) return {};
  Letter letter{status.MPI_SOURCE, {}, {}};
  const auto take = [&](void* to, int length, int tag) { check(MPI_Recv(to, length, MPI_BYTE, letter.rank, tag, link_.comm(), MPI_STATUS_IGNORE), "MPI_Recv"); };
  take(&letter.note, sizeof(Note), note_tag);
  const auto bytes = static_cast<std::size_t>(letter.note.bytes);
  letter.contents = std::make_unique_for_overwrite<std::byte[]>(bytes);
  for_pieces(letter.contents.get(), bytes, [&](std::byte* piece, int length) { take(piece, length, contents_tag); });
  return letter;
}

void Mailbox::progress() {
  for (auto at = sent_.begin(); at != sent_.end();) {
    int arrived = 0;
    check(MPI_Testall(static_cast<int>(at->requests.size()), at->requests.data(), &arrived, MPI_STATUSES_IGNORE), "MPI_Testall");
    at = arrived != 0 ? sent_.erase(at) : std::next(at);
  }
}

void Mailbox::flush() {
  for (Sent& sent : sent_) check(MPI_Waitall(static_cast<int>(sent.requests.size()), sent.requests.data(), MPI_STATUSES_IGNORE), "MPI_Waitall");
  sent_.clear();
}

std::string text_of(const Letter& letter) { return {reinterpret_cast<const char*>(letter.contents.get()), static_cast<std::size_t>(letter.note.bytes)}; }

}  // namespace einc::mpi
