// keywords.hpp: the keyword arguments of one call, taken one by one; what nobody takes is an option, or refused.
// SPDX-License-Identifier: BSD-3-Clause
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nanobind/nanobind.h>
#include <einc/options.hpp>

namespace einc::python {

namespace nb = nanobind;

class Keywords {
 public:
  Keywords(std::string_view function, const nb::kwargs& given) : function_(function), given_(given) {}

  // Null when it is absent or None.
  nb::handle take(const char* name);

  // The value, or what it is otherwise. Throw TypeError for one of another kind.
  bool flag(const char* name, bool otherwise);
  double number(const char* name, double otherwise);
  Extent whole(const char* name, Extent otherwise);
  std::string word(const char* name, std::string_view otherwise);

  // All that was not taken, as options of a program. Throws TypeError for a name that is none.
  Options options() const;
  // For functions without options: throws TypeError when anything was not taken.
  void end() const;

  const std::string& function() const { return function_; }

 private:
  bool taken(std::string_view name) const;

  std::string function_;
  nb::dict given_;
  std::vector<std::string_view> taken_;
};

}  // namespace einc::python
