#include "tasks/checkpoint_file.hpp"

#include <algorithm>
#include <filesystem>
#include <vector>

#include <einc/error.hpp>

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace einc;
using namespace einc::tasks;

namespace {

constexpr CheckpointOf of{.computation = 5, .operands = 6, .tasks = 8, .partial_bytes = 4, .result_bytes = 16};

std::vector<std::byte> bytes(std::size_t count, int value) { return std::vector<std::byte>(count, static_cast<std::byte>(value)); }

std::vector<std::byte> partials_of(CheckpointFile& file, TaskRange range) {
  std::vector<std::byte> partials(static_cast<std::size_t>(range.count) * 4);
  file.read_partials(range, partials.data());
  return partials;
}

std::string sentence_of(const std::string& path, const CheckpointOf& other, bool resume) {
  try {
    CheckpointFile(path, other, resume);
  } catch (const Error& error) {
    CHECK(error.code() == ErrorCode::bad_file);
    return error.sentence();
  }
  return "";
}

}  // namespace

TEST_CASE("what was appended is there for the next process") {
  const test::TemporaryFolder folder;
  {
    CheckpointFile file(folder / "c", of, false);
    file.append({4, 2}, bytes(8, 1));
    file.append({0, 1}, bytes(4, 2));
  }
  CheckpointFile file(folder / "c", of, true);
  REQUIRE(file.ranges().size() == 2);
  CHECK(partials_of(file, {4, 2}) == bytes(8, 1));
  CHECK(partials_of(file, {0, 1}) == bytes(4, 2));
  CHECK(file.merged() == 0);
}

TEST_CASE("a record that was not written to its end is dropped, wherever it ends, and the file goes on before it") {
  const test::TemporaryFolder folder;
  {
    CheckpointFile file(folder / "c", of, false);
    file.append({0, 1}, bytes(4, 1));
    file.append({1, 1}, bytes(4, 2));
  }
  const std::string whole = test::read_file(folder / "c");
  const std::size_t record = (whole.size() - 56) / 2, first_end = 56 + record;
  for (std::size_t size = first_end; size < whole.size(); ++size) {
    const std::string path = folder.put("torn", whole.substr(0, size));
    {
      CheckpointFile file(path, of, true);
      CHECK(file.ranges().size() == 1);
      CHECK(file.bytes() == first_end);
      file.append({2, 1}, bytes(4, 3));
    }
    CheckpointFile file(path, of, true);
    REQUIRE(file.ranges().size() == 2);
    CHECK(partials_of(file, {2, 1}) == bytes(4, 3));
  }
  for (std::size_t size = 0; size < 56; ++size) CHECK(CheckpointFile(folder.put("torn", whole.substr(0, size)), of, true).ranges().empty());
}

TEST_CASE("a record whose bytes have changed is left out, those after it are not") {
  const test::TemporaryFolder folder;
  {
    CheckpointFile file(folder / "c", of, false);
    for (int task = 0; task < 3; ++task) file.append({task, 1}, bytes(4, task));
  }
  std::string whole = test::read_file(folder / "c");
  const std::size_t record = (whole.size() - 56) / 3;
  whole[56 + 2 * record - 1] = 'x';  // the last byte of the second
  CheckpointFile file(folder.put("c", whole), of, true);
  CHECK(file.ranges().size() == 2);
  CHECK(file.ranges().count(1) == 0);
  CHECK(partials_of(file, {2, 1}) == bytes(4, 2));
}

TEST_CASE("files of others, files in use and files that were not to be resumed are refused, and stay as they are") {
  const test::TemporaryFolder folder;
  {
    CheckpointFile file(folder / "c", of, false);
    file.append({0, 1}, bytes(4, 1));
    CHECK_THAT(sentence_of(folder / "c", of, true), ContainsSubstring("goes on at this moment"));
  }
  const std::string whole = test::read_file(folder / "c");
  CheckpointOf other = of;
  CHECK_THAT(sentence_of(folder / "c", of, false), ContainsSubstring("is there already"));
  other.operands = 7;
  CHECK_THAT(sentence_of(folder / "c", other, true), ContainsSubstring("on other operands"));
  other.computation = 7;
  CHECK_THAT(sentence_of(folder / "c", other, true), ContainsSubstring("of another computation"));
  CHECK_THAT(sentence_of(folder.put("text", std::string(1000, 'x')), of, true), ContainsSubstring("is no checkpoint"));
  CHECK_THAT(sentence_of(folder / "none/c", of, true), ContainsSubstring("No such file"));
  CHECK_THAT(sentence_of("/dev/null", of, true), ContainsSubstring("no file"));
  CHECK(test::read_file(folder / "c") == whole);
}

TEST_CASE("partials that are merged give way to the result once they are many; nothing else is lost") {
  const test::TemporaryFolder folder;
  const CheckpointOf large{.computation = 5, .operands = 6, .tasks = 1000, .partial_bytes = 40000, .result_bytes = 40000};
  std::vector<std::byte> out = bytes(40000, 0);
  const std::span<std::byte> outs[] = {out};
  std::uint64_t most = 0;
  {
    CheckpointFile file(folder / "c", large, false);
    file.append({500, 2}, bytes(80000, 9));  // waits for its turn all the time
    for (int task = 0; task < 200; ++task) {
      file.append({task, 1}, bytes(40000, task));
      std::fill(out.begin(), out.end(), static_cast<std::byte>(task));
      file.set_merged(task + 1, outs);
      most = std::max(most, file.bytes());
    }
    CHECK(folder.names().size() == 1);
  }
  CHECK(most < 1'500'000);
  CHECK(std::filesystem::file_size(folder / "c") < 1'500'000);
  CheckpointFile file(folder / "c", large, true);
  REQUIRE(file.merged() > 100);
  file.read_result(outs);
  CHECK((out == bytes(40000, static_cast<int>(file.merged() - 1))));  // not printed
  std::int64_t next = file.merged();
  for (const auto& [first, range] : file.ranges())
    if (first == next) next = range.end();
  CHECK(next == 200);
  std::vector<std::byte> partials(80000);
  file.read_partials({500, 2}, partials.data());
  CHECK((partials == bytes(80000, 9)));
}

TEST_CASE("a file without a record does not stay") {
  const test::TemporaryFolder folder;
  { CheckpointFile file(folder / "c", of, false); }
  CHECK(folder.names().empty());
}
