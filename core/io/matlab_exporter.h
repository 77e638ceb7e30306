// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/exporter.h"

namespace assayer {

/// MATLAB 5 files, a variable per part (array_export.h), not compressed; each is below 2 GiB, as the format
/// demands. Of characters, those of Unicode's first plane are written.
class MatlabExporter final : public Exporter {
 public:
  [[nodiscard]] std::string name() const override { return "MATLAB 5"; }
  [[nodiscard]] std::vector<std::string> extensions() const override { return {".mat"}; }
  Result<std::vector<std::string>> write(const Dataset& data, const std::filesystem::path& path,
                                         const ExportOptions& options, RunControl& control,
                                         const ProgressFn& progress) const override;
};

}  // namespace assayer
