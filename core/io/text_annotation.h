// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/error.h"
#include "core/data/dataset.h"

/// What a table of text cannot say by its columns. Assayer writes it as JSON into one comment in front of the
/// table, so that its own tables are read back as they were. Internal to core/io.
namespace assayer::text {

inline constexpr std::string_view kAnnotationMark = "assayer:";

struct AnnotatedColumn {
  std::string name;
  std::string role;  ///< "metadata", "group", "composition", "true composition"
  std::string type;  ///< of metadata: "text", "integer", "real"
};

struct Annotation {
  std::optional<WavelengthUnit> unit;
  std::vector<AnnotatedColumn> columns;  ///< those in front of the spectra
  /// What `annotation_of` had to call otherwise: the name in the data and that of the column. Not written.
  std::vector<std::pair<std::string, std::string>> renamed;
  std::size_t channels = 0;
  std::vector<std::string> group_names;
  std::vector<std::int64_t> group_codes;
  std::optional<ImageShape> image_shape;
  std::vector<std::uint8_t> bad_channels;
  std::vector<std::string> endmember_names;
  std::optional<Matrix<float>> endmembers;
  std::vector<Matrix<float>> endmembers_by_group;
  std::map<std::string, std::string> attributes;
};

/// Everything of `data` but spectra, positions and the columns' values.
Annotation annotation_of(const Dataset& data);
/// One line.
std::string to_json(const Annotation& annotation);
/// A Format error where the text is no annotation, or one of a later version.
Result<Annotation> parse_annotation(std::string_view json);

}  // namespace assayer::text
