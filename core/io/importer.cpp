// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/importer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <optional>
#include <system_error>

#include "core/io/hdf5_importer.h"
#include "core/io/text.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

/// Enough for the signatures of every format, HDF5's behind a user block included.
constexpr std::size_t kHeadBytes = 16 * 1024;

std::unexpected<Error> file_error(const fs::path& path, std::string what, std::string found,
                                  std::string mend) {
  return fail({Error::Kind::File, std::move(what), path.string(), "", std::move(found), std::move(mend)});
}

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

}  // namespace

ImporterRegistry ImporterRegistry::standard() {
  ImporterRegistry registry;
  registry.add(std::make_unique<Hdf5Importer>());
  return registry;
}

Result<Imported> ImporterRegistry::load(const fs::path& path, RunControl& control,
                                        const ProgressFn& progress) const {
  const auto head = read_head(path);
  if (!head) return fail(head.error());

  // The first importer that knows the format and finds it broken says most.
  std::optional<Error> said;
  for (const auto& importer : importers_) {
    if (!importer->sniff(path, *head)) continue;
    auto imported = importer->load(path, control, progress);
    if (imported || imported.error().cancelled()) return imported;
    const bool knows = imported.error().kind != Error::Kind::NotThisFormat;
    if (!said || (knows && said->kind == Error::Kind::NotThisFormat)) said = std::move(imported).error();
  }
  if (said) return fail(*std::move(said));

  std::vector<std::string> formats;
  formats.reserve(importers_.size());
  for (const auto& importer : importers_)
    formats.push_back(fmt::format("{} ({})", importer->name(), importer->patterns()));
  return fail({Error::Kind::NotThisFormat, "the format is not known", path.string(),
               fmt::format("{}", fmt::join(formats, ", ")), describe_bytes(*head),
               "Convert the data into one of these formats."});
}

}  // namespace assayer
