#include "mpi/mailbox.hpp"

#include <thread>

#include "mpi/ranks_of_test.hpp"
#include "support/catch.hpp"

using namespace einc;
using namespace einc::testing;

TEST_CASE("letters of any length arrive whole and, from each rank, in order") {
  const mpi::Link link(all_ranks());
  mpi::Mailbox mailbox(link);
  CHECK_FALSE(mailbox.receive());
  const auto contents = [](int rank, int number) { return std::string(static_cast<std::size_t>(number) * 300'000, static_cast<char>('a' + rank)); };
  if (link.rank() != 0)
    for (int number = 0; number < 4; ++number) mailbox.send(0, mpi::Word::failed, contents(link.rank(), number));
  if (link.rank() == 0) {
    std::vector<int> next(static_cast<std::size_t>(link.ranks()), 0);
    for (int left = 4 * (link.ranks() - 1); left > 0;) {
      const auto letter = mailbox.receive();
      if (!letter) continue;
      --left;
      CHECK(letter->note.word == mpi::Word::failed);
      CHECK(mpi::text_of(*letter) == contents(letter->rank, next[static_cast<std::size_t>(letter->rank)]++));
    }
  }
  mailbox.flush();
  CHECK(mailbox.all_sent());
}
