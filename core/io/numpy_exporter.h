// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/exporter.h"

namespace assayer {

/// NumPy's .npz, an array per part (array_export.h), not compressed; .npy holds the spectra alone.
class NumpyExporter final : public Exporter {
 public:
  [[nodiscard]] std::string name() const override { return "NumPy"; }
  [[nodiscard]] std::vector<std::string> extensions() const override { return {".npz", ".npy"}; }
  Result<std::vector<std::string>> write(const Dataset& data, const std::filesystem::path& path,
                                         const ExportOptions& options, RunControl& control,
                                         const ProgressFn& progress) const override;
};

}  // namespace assayer
