// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/exporter.h"

namespace assayer {

/// Tables of text: one spectrum per row, in front of it its metadata, group and composition, and a header
/// whose channels are named with their unit ("400.5 nm"). Numbers are written in the shortest form that reads
/// back as the same number. A comment above the table holds what columns cannot (masks, reference endmembers,
/// the image's shape, notes), so that TextImporter restores the data set; other programs skip it.
class TextExporter final : public Exporter {
 public:
  [[nodiscard]] std::string name() const override { return "Text table"; }
  [[nodiscard]] std::vector<std::string> extensions() const override { return {".csv", ".tsv", ".txt"}; }
  [[nodiscard]] std::vector<ExportSetting> settings() const override;
  Result<std::vector<std::string>> write(const Dataset& data, const std::filesystem::path& path,
                                         const ExportOptions& options, RunControl& control,
                                         const ProgressFn& progress) const override;
};

}  // namespace assayer
