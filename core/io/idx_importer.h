// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/io/importer.h"

namespace assayer {

/// IDX, the format of MNIST (http://yann.lecun.com/exdb/mnist/), plain or gzipped.
///
/// An array of three or more axes holds pictures: each becomes a row of pixels, bytes scaled to 0 … 1, and
/// the attribute picture_shape keeps "ROWS COLUMNS". Two axes are spectra. The labels in the file beside it,
/// of the same name with "labels" for "images" and "idx1" for "idx3", become compositions with one component
/// per class; opening the labels opens the images.
class IdxImporter final : public Importer {
 public:
  [[nodiscard]] std::string name() const override { return "IDX"; }
  [[nodiscard]] std::string patterns() const override {
    return "*-ubyte *.idx *.idx1 *.idx3 *-ubyte.gz *.idx.gz";
  }
  [[nodiscard]] bool sniff(const std::filesystem::path& path, std::string_view head) const override;
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress) const override;
};

}  // namespace assayer
