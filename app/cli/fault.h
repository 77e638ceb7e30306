// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "core/base/error.h"

namespace assayer::cli {

/// The parts of an Error by name; those that say nothing are left out.
struct Fault {
  Error::Kind kind = Error::Kind::Usage;
  std::string what{};
  std::string where{};
  std::string expected{};
  std::string found{};
  std::string mend{};
};

inline std::unexpected<Error> refuse(Fault fault) {
  return fail({fault.kind, std::move(fault.what), std::move(fault.where), std::move(fault.expected),
               std::move(fault.found), std::move(fault.mend)});
}

}  // namespace assayer::cli
