// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

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

}  // namespace assayer::native

namespace assayer::model_form {

/// Tell a model file from a data set.
inline constexpr const char* kFormat = "format";
inline constexpr const char* kFormatName = "assayer-model";
inline constexpr const char* kFormatVersion = "format_version";

}  // namespace assayer::model_form

namespace assayer::project_form {

/// The value of model_form::kFormat that tells a project from other files.
inline constexpr const char* kFormatName = "assayer-project";

}  // namespace assayer::project_form
