// program_access.hpp: the way from the public Tensor and Program to the nodes they stand for.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <memory>
#include <string>

#include <einc/program.hpp>

#include "ir/program.hpp"

namespace einc {

struct ProgramAccess {
  static const std::shared_ptr<ir::Program>& program(const Program& program) { return program.program_; }
  static const std::shared_ptr<ir::Program>& program(const Tensor& tensor) { return tensor.program_; }
  static ir::NodeId node(const Tensor& tensor) { return tensor.node_; }
  static bool is_number(const Tensor& tensor) { return tensor.is_number_; }
  static double number(const Tensor& tensor) { return tensor.number_; }
  static const std::string& file(const WrittenAt& place) { return place.file_; }
  static std::uint32_t line(const WrittenAt& place) { return place.line_; }
  static Tensor tensor(std::shared_ptr<ir::Program> program, ir::NodeId node) {
    Tensor result;
    result.program_ = std::move(program);
    result.node_ = node;
    return result;
  }
};

}  // namespace einc
