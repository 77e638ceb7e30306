// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <random>
#include <system_error>
#include <utility>

namespace assayer {

namespace fs = std::filesystem;

namespace {

std::string reason(int code) {
  return std::generic_category().message(code);
}

std::unexpected<Error> file_error(const fs::path& path, std::string what, std::string found,
                                  std::string mend) {
  return fail({Error::Kind::File, std::move(what), path.string(), "", std::move(found), std::move(mend)});
}

std::unexpected<Error> exists_error(const fs::path& path) {
  return file_error(path, "the file exists already", "",
                    "Choose another name, or allow it to be replaced (--force on the command line).");
}

/// fsync of a path; folders of some file systems refuse it, which `tolerant` overlooks. Returns errno or 0.
int sync_path(const fs::path& path, int flags, bool tolerant) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC);
  if (descriptor < 0) return tolerant ? 0 : errno;
  const int code = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  return tolerant ? 0 : code;
}

/// Moves `from` to `to`; without `overwrite` a file that has appeared meanwhile is not replaced.
int move_file(const fs::path& from, const fs::path& to, bool overwrite) {
  if (!overwrite) {
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return 0;
    // Some file systems know no RENAME_NOREPLACE; the look at `to` in `create` has to do there.
    if (errno != EINVAL && errno != ENOSYS) return errno;
  }
  return ::rename(from.c_str(), to.c_str()) == 0 ? 0 : errno;
}

}  // namespace

Result<AtomicFile> AtomicFile::create(const fs::path& path, bool overwrite) {
  std::error_code code;
  fs::path target = path;
  if (fs::is_symlink(path, code)) {
    target = fs::weakly_canonical(path, code);
    if (code) return file_error(path, "the link cannot be followed", code.message(), "");
  }
  const auto status = fs::status(target, code);
  if (fs::is_directory(status)) return file_error(path, "this is a folder", "", "Give the name of a file.");
  if (fs::exists(status)) {
    if (!fs::is_regular_file(status))
      return file_error(path, "this is no ordinary file", "", "Give the name of a file.");
    if (!overwrite) return exists_error(path);
  }
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, code))
    return file_error(path, "the folder does not exist", folder.string(), "Make the folder first.");

  std::random_device entropy;
  for (int attempt = 0; attempt < 100; ++attempt) {
    const fs::path aside = folder / fmt::format(".{}.{:08x}.part", target.filename().string(), entropy());
    // Opened by hand, not by mkstemp: the kernel then applies the user's umask.
    const int descriptor = ::open(aside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor < 0) {
      if (errno == EEXIST) continue;
      return file_error(path, "the file cannot be written", reason(errno),
                        "Choose a folder that you may write to and that has space left.");
    }
    struct stat old = {};
    // A file that is replaced keeps its permissions.
    if (::stat(target.c_str(), &old) == 0 && ::fchmod(descriptor, old.st_mode & 07777) != 0) errno = 0;
    ::close(descriptor);
    return AtomicFile(std::move(target), aside, overwrite);
  }
  return file_error(path, "no free name beside the file", "", "Remove the files that end with .part.");
}

AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)),
      aside_(std::exchange(other.aside_, fs::path())),
      overwrite_(other.overwrite_) {}

AtomicFile& AtomicFile::operator=(AtomicFile&& other) noexcept {
  if (this == &other) return *this;
  discard();
  path_ = std::move(other.path_);
  aside_ = std::exchange(other.aside_, fs::path());
  overwrite_ = other.overwrite_;
  return *this;
}

AtomicFile::~AtomicFile() {
  discard();
}

void AtomicFile::discard() noexcept {
  if (aside_.empty()) return;
  ::unlink(aside_.c_str());
  aside_.clear();
}

int AtomicFile::fill(std::string_view text) const {
  // The file exists already, with the permissions that it will have.
  std::FILE* stream = std::fopen(aside_.c_str(), "wb");
  bool written = stream != nullptr && std::fwrite(text.data(), 1, text.size(), stream) == text.size();
  int code = errno;
  if (stream != nullptr && std::fclose(stream) != 0) {
    if (written) code = errno;
    written = false;
  }
  return written ? 0 : code;
}

Status AtomicFile::commit() {
  int code = sync_path(aside_, O_RDWR, false);
  if (code == 0) code = move_file(aside_, path_, overwrite_);
  if (code == EEXIST) return exists_error(path_);
  if (code != 0) {
    return file_error(path_, "the file cannot be written", reason(code),
                      "Choose a folder that you may write to and that has space left.");
  }
  aside_.clear();
  const fs::path folder = path_.has_parent_path() ? path_.parent_path() : fs::path(".");
  // The name itself must survive a power cut too.
  sync_path(folder, O_RDONLY | O_DIRECTORY, true);
  return {};
}

}  // namespace assayer
