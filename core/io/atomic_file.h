// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string_view>

#include "core/base/error.h"

namespace assayer {

/// A file that appears under its name only once it is complete. The content goes to a file aside, in the
/// same folder; `commit` puts it on the disk (fsync) and renames it. Without a commit nothing is left behind
/// and what was there before stays.
class AtomicFile {
 public:
  /// Fails where the folder does not exist or cannot be written, and where something that may not be
  /// replaced stands under the name. A symbolic link is followed: its target is replaced.
  static Result<AtomicFile> create(const std::filesystem::path& path, bool overwrite);

  AtomicFile(AtomicFile&& other) noexcept;
  AtomicFile& operator=(AtomicFile&& other) noexcept;
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  /// Removes the file aside unless it was committed.
  ~AtomicFile();

  /// Where to write: exists, empty, with the permissions that the file will have.
  [[nodiscard]] const std::filesystem::path& aside() const { return aside_; }

  /// Makes `text` the whole content. 0, or the error number of the first call that failed.
  [[nodiscard]] int fill(std::string_view text) const;
  /// The writer must have closed the file.
  Status commit();

 private:
  AtomicFile(std::filesystem::path path, std::filesystem::path aside, bool overwrite)
      : path_(std::move(path)), aside_(std::move(aside)), overwrite_(overwrite) {}
  void discard() noexcept;

  std::filesystem::path path_;
  std::filesystem::path aside_;  ///< empty once committed or moved from
  bool overwrite_ = false;
};

}  // namespace assayer
