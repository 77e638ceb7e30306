// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/native_form.h"

#include <fmt/format.h>

#include <span>
#include <vector>

namespace assayer::native {

namespace {

constexpr std::string_view kNote = "note:";

bool is_own_attribute(std::string_view name) {
  return name == kImageShape || name == model_form::kFormat || name == model_form::kFormatVersion;
}

}  // namespace

Status write_mark(hdf5::File& file) {
  if (auto status = file.write_attribute("/", model_form::kFormat, kFormatName); !status) return status;
  return file.write_attribute("/", model_form::kFormatVersion, std::span<const std::int64_t>(&kVersion, 1));
}

Result<bool> read_mark(const hdf5::File& file) {
  if (!file.has_attribute("/", model_form::kFormat)) return false;
  const auto format = file.read_attribute_texts("/", model_form::kFormat);
  if (!format || *format != std::vector<std::string>{kFormatName}) return false;
  const auto versions = file.read_attribute<std::int64_t>("/", model_form::kFormatVersion);
  if (!versions) return fail(versions.error());
  const std::int64_t version = versions->size() == 1 ? versions->front() : 0;
  const std::string where = fmt::format("attribute {}", model_form::kFormatVersion);
  if (version > kVersion) {
    return fail({Error::Kind::Format, "the data set was written by a newer version of this program", where,
                 fmt::format("at most {}", kVersion), fmt::format("{}", version),
                 "Update this program to open it."});
  }
  if (version < 1) {
    return fail({Error::Kind::Format, "the version is impossible", where, fmt::format("1 to {}", kVersion),
                 fmt::format("{}", version), "Write the file again from its source."});
  }
  return true;
}

std::string attribute_of_note(const std::string& note) {
  // HDF5 has no empty names.
  const bool taken = note.empty() || is_own_attribute(note) || note.starts_with(kNote);
  return taken ? std::string(kNote) + note : note;
}

std::optional<std::string> note_of_attribute(const std::string& attribute) {
  if (is_own_attribute(attribute)) return std::nullopt;
  return attribute.starts_with(kNote) ? attribute.substr(kNote.size()) : attribute;
}

}  // namespace assayer::native
