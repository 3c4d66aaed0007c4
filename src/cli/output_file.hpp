// output_file.hpp: a file that appears whole or not at all: written beside its place, then renamed into it.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <cstddef>
#include <string>

namespace einc::cli {

// Until commit() nothing is at the path that was not there before; an error, an exception or an interrupt leaves no rest.
// "-" is standard output; what is no regular file (a pipe, /dev/null) is written in place.
class OutputFile {
 public:
  explicit OutputFile(std::string path);  // throws Error (bad_file) at once when the place cannot be written
  OutputFile(const OutputFile&) = delete;
  ~OutputFile();
  void write(const void* data, std::size_t bytes);
  void commit();

 private:
  void open_beside(const std::string& target);
  [[noreturn]] void fail(int error) const;

  std::string path_;       // as the user wrote it
  std::string target_;     // where the file goes, links followed
  std::string temporary_;  // empty when written in place
  int descriptor_ = -1;
};

}  // namespace einc::cli
