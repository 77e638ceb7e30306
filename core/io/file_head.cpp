// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/file_head.h"

#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace assayer {

namespace fs = std::filesystem;

namespace {

/// Enough for the signatures of every format, HDF5's behind a user block included.
constexpr std::size_t kHeadBytes = 16 * 1024;

std::unexpected<Error> file_error(const fs::path& path, std::string what, std::string found,
                                  std::string mend) {
  return fail({Error::Kind::File, std::move(what), path.string(), "", std::move(found), std::move(mend)});
}

}  // namespace

Result<std::string> read_head(const fs::path& path) {
  std::error_code code;
  const auto status = fs::status(path, code);
  if (status.type() == fs::file_type::not_found)
    return file_error(path, "there is no such file", "", "Check the name and the folder.");
  if (status.type() == fs::file_type::none)
    return file_error(path, "the file cannot be reached", code.message(),
                      "Check the permissions of its folder.");
  if (fs::is_directory(status)) return file_error(path, "this is a folder", "", "Give the name of a file.");
  // A pipe or a device could block for ever.
  if (!fs::is_regular_file(status))
    return file_error(path, "this is no ordinary file", "", "Copy the data into a file first.");

  std::ifstream stream(path, std::ios::binary);
  if (!stream) {
    return file_error(path, "the file cannot be opened", std::generic_category().message(errno),
                      "Check its permissions.");
  }
  std::string head(kHeadBytes, '\0');
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  if (stream.bad())
    return file_error(path, "the file cannot be read", "", "Check the disk, and copy the file again.");
  if (head.empty()) return file_error(path, "the file is empty", "0 bytes", "Write or copy it again.");
  return head;
}

}  // namespace assayer
