// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"

namespace assayer::cli {

enum class ExitCode { Done = 0, Failed = 1, Usage = 2, Interrupted = 130 };
ExitCode exit_code(const Error& error);

/// The options that every command has.
struct ReportOptions {
  bool json = false;   ///< one JSON object on standard output and nothing else
  bool quiet = false;  ///< no progress and no remarks; warnings and errors stay
};

/// The two streams of a command. Remarks and warnings are held back until `flush`, because a command that
/// fails says one line on standard error: the fault.
class Console {
 public:
  explicit Console(ReportOptions options) : options_(options) {}

  [[nodiscard]] bool json() const { return options_.json; }
  [[nodiscard]] bool quiet() const { return options_.quiet; }

  /// Something that the user did not ask for but should know, a sentence.
  void warn(std::string text);
  void warn(const std::vector<std::string>& texts);
  /// A choice that was made for the user; dropped with --quiet.
  void remark(std::string text);
  /// Writes what was held back to standard error.
  void flush();
  /// Every warning so far, for the JSON object.
  [[nodiscard]] const std::vector<std::string>& warnings() const { return warnings_; }

  /// Standard output; fails where it cannot take the text (a full disk).
  static Status print(std::string_view text);
  /// "assayer-cli: MESSAGE" on standard error, always exactly one line.
  static void complain(std::string_view message);

 private:
  ReportOptions options_;
  std::vector<std::string> warnings_;
  std::vector<std::string> held_;
};

}  // namespace assayer::cli
