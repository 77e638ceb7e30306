// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/error.h"
#include "core/io/hdf5_file.h"

namespace assayer::native {

/// Names in the native form of a data set, for its reader and its writer.
inline constexpr const char* kSpectra = "spectra";
inline constexpr const char* kWavelength = "wavelength";
inline constexpr const char* kUnits = "units";
inline constexpr const char* kAbundance = "abundance";
inline constexpr const char* kTrueAbundance = "abundance_true";
inline constexpr const char* kComponents = "components";
inline constexpr const char* kEndmembers = "endmembers";
inline constexpr const char* kEndmembersByGroup = "endmembers_by_group";
inline constexpr const char* kEndmemberNames = "endmember_names";
inline constexpr const char* kGroup = "group";
inline constexpr const char* kGroupNames = "group_names";
inline constexpr const char* kGroupCodes = "group_codes";
inline constexpr const char* kBadChannel = "bad_channel";
inline constexpr const char* kImageShape = "image_shape";
inline constexpr const char* kColumnName = "column_name";

/// Not metadata columns.
inline bool is_reserved(std::string_view name) {
  constexpr std::array<std::string_view, 12> names = {
      kSpectra,           kWavelength,     kAbundance, kTrueAbundance, kComponents, kEndmembers,
      kEndmembersByGroup, kEndmemberNames, kGroup,     kGroupNames,    kGroupCodes, kBadChannel};
  return std::ranges::find(names, name) != names.end();
}

/// The value of model_form::kFormat that tells a data set of this program's from other files, and the version
/// that this program writes. Files without it are told by their parts (is_foreign_spectra).
inline constexpr const char* kFormatName = "assayer-dataset";
inline constexpr std::int64_t kVersion = 1;

/// Marks a file, or the group of one, as a data set.
Status write_mark(hdf5::File& file);
/// Whether it is marked; a Format error where a newer version wrote it.
Result<bool> read_mark(const hdf5::File& file);

/// The attribute that keeps a note about the data: of its name, with "note:" in front of it where the form
/// has an attribute of that name.
std::string attribute_of_note(const std::string& note);
/// The note that an attribute of a marked file keeps; nullopt for the form's own.
std::optional<std::string> note_of_attribute(const std::string& attribute);

}  // namespace assayer::native

namespace assayer::model_form {

/// Tell a model file from others.
inline constexpr const char* kFormat = "format";
inline constexpr const char* kFormatName = "assayer-model";
inline constexpr const char* kFormatVersion = "format_version";

}  // namespace assayer::model_form

namespace assayer::project_form {

/// The value of model_form::kFormat that tells a project from other files.
inline constexpr const char* kFormatName = "assayer-project";

}  // namespace assayer::project_form
