// SPDX-License-Identifier: BSD-3-Clause
#include "mpi/error_text.hpp"

#include <cstdint>
#include <cstring>
#include <stdexcept>
#include <utility>
#include <vector>

#include <einc/error.hpp>

namespace einc::mpi {
namespace {

enum class Kind : std::uint64_t { error, internal, other };

class Writer {
 public:
  void add(std::uint64_t number) { bytes_.append(reinterpret_cast<const char*>(&number), sizeof number); }
  void add(const std::string& text) {
    add(static_cast<std::uint64_t>(text.size()));
    bytes_ += text;
  }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};

class Reader {
 public:
  explicit Reader(const std::string& bytes) : bytes_(bytes) {}
  std::uint64_t number() {
    std::uint64_t number = 0;
    std::memcpy(&number, bytes_.data() + at_, sizeof number);
    at_ += sizeof number;
    return number;
  }
  std::string text() {
    const std::size_t size = number();
    at_ += size;
    return bytes_.substr(at_ - size, size);
  }

 private:
  const std::string& bytes_;
  std::size_t at_ = 0;
};

}  // namespace

std::string write_error(const std::exception_ptr& error, const std::string& origin) {
  Writer writer;
  const auto add = [&](Kind kind, const std::string& sentence) {
    writer.add(static_cast<std::uint64_t>(kind));
    writer.add(origin + sentence);
  };
  try {
    std::rethrow_exception(error);
  } catch (const Error& fault) {
    add(Kind::error, fault.sentence());
    writer.add(static_cast<std::uint64_t>(fault.code()));
    writer.add(fault.text());
    writer.add(fault.hint());
    writer.add(static_cast<std::uint64_t>(fault.marks().size()));
    for (const Mark& mark : fault.marks()) {
      writer.add(static_cast<std::uint64_t>(mark.span.begin));
      writer.add(static_cast<std::uint64_t>(mark.span.end));
      writer.add(mark.note);
    }
  } catch (const InternalError& fault) {
    add(Kind::internal, fault.what());
  } catch (const std::bad_alloc&) {
    add(Kind::other, "out of memory");
  } catch (const std::exception& fault) {
    add(Kind::other, fault.what());
  } catch (...) {
    add(Kind::other, "something that is no std::exception was thrown");
  }
  return writer.take();
}

void throw_error(const std::string& bytes) {
  Reader reader(bytes);
  const auto kind = static_cast<Kind>(reader.number());
  std::string sentence = reader.text();
  if (kind == Kind::internal) throw InternalError(sentence);
  if (kind == Kind::other) throw std::runtime_error(sentence);
  const auto code = static_cast<ErrorCode>(reader.number());
  std::string text = reader.text(), hint = reader.text();
  std::vector<Mark> marks(reader.number());
  for (Mark& mark : marks) {
    mark.span.begin = static_cast<std::uint32_t>(reader.number());
    mark.span.end = static_cast<std::uint32_t>(reader.number());
    mark.note = reader.text();
  }
  throw Error(code, std::move(sentence), std::move(text), std::move(marks), std::move(hint));
}

}  // namespace einc::mpi
