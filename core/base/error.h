// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace assayer {

/// What went wrong, said so that a reader can mend it without the source code.
///
/// Nothing is thrown across a module's edge: functions that can fail return Result<T>.
/// `Cancelled` travels the same way because it too ends a computation early, but it is not a fault:
/// callers test `cancelled()` first and then say nothing.
struct Error {
  enum class Kind {
    NotThisFormat,  ///< a sniffing importer says "not mine"; another may be asked
    File,           ///< cannot be opened, read or written
    Format,         ///< this format, but broken
    Data,           ///< well-formed, but its numbers contradict what a Dataset promises
    Usage,          ///< the caller's setting or expression makes no sense
    Numeric,        ///< a computation left the finite numbers
    Cancelled
  };

  Kind kind = Kind::Data;
  std::string what;      ///< the fault in a few words
  std::string where;     ///< file, dataset inside the file, line, setting; may be empty
  std::string expected;  ///< may be empty
  std::string found;     ///< may be empty
  std::string mend;      ///< what the user can do; may be empty

  [[nodiscard]] bool cancelled() const { return kind == Kind::Cancelled; }

  /// One line: "WHERE: WHAT: expected EXPECTED, found FOUND. MEND".
  [[nodiscard]] std::string message() const;

  /// The same error with `prefix` before `where`: callers that know the file add it here.
  [[nodiscard]] Error in(std::string_view prefix) const;

  static Error cancel() { return {Kind::Cancelled, "cancelled", {}, {}, {}, {}}; }
};

template <class T>
using Result = std::expected<T, Error>;

/// For functions whose only news is failure.
using Status = Result<void>;

inline std::unexpected<Error> fail(Error error) {
  return std::unexpected<Error>(std::move(error));
}

}  // namespace assayer
