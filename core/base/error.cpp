// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/error.h"

namespace assayer {

std::string Error::message() const {
  std::string text;
  const auto append = [&text](std::string_view separator, std::string_view part) {
    if (part.empty()) return;
    if (!text.empty()) text += separator;
    text += part;
  };
  append("", where);
  append(": ", what);
  if (!expected.empty()) append(": expected ", expected);
  if (!found.empty()) append(expected.empty() ? ": found " : ", found ", found);
  append(". ", mend);
  // Names and contents of a file may hold anything; the message stays one line.
  for (char& c : text)
    if (c >= 0 && c < ' ') c = ' ';
  return text;
}

Error Error::in(std::string_view prefix) const {
  Error copy = *this;
  copy.where = copy.where.empty() ? std::string(prefix) : std::string(prefix) + ": " + copy.where;
  return copy;
}

}  // namespace assayer
