// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/console.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include "app/cli/fault.h"

namespace assayer::cli {

ExitCode exit_code(const Error& error) {
  if (error.cancelled()) return ExitCode::Interrupted;
  return error.kind == Error::Kind::Usage ? ExitCode::Usage : ExitCode::Failed;
}

void Console::warn(std::string text) {
  held_.push_back("warning: " + text);
  warnings_.push_back(std::move(text));
}

void Console::warn(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) warn(text);
}

void Console::remark(std::string text) {
  if (!options_.quiet) held_.push_back(std::move(text));
}

void Console::flush() {
  for (const std::string& line : held_) complain(line);
  held_.clear();
}

Status Console::print(std::string_view text) {
  errno = 0;
  const bool written =
      std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (written) return {};
  return refuse({.kind = Error::Kind::File,
                 .what = "cannot be written",
                 .where = "standard output",
                 .found = errno != 0 ? std::strerror(errno) : "an error"});
}

void Console::complain(std::string_view message) {
  std::string line = fmt::format("assayer-cli: {}", message);
  // Messages may quote files and operating systems, line breaks included.
  std::replace_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
  line += '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace assayer::cli
