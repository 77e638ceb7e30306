// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"

namespace assayer {

/// A data set as it was read, with what the reader had to assume or overlook, in whole sentences.
struct Imported {
  DatasetPtr data;
  std::string format;
  std::vector<std::string> warnings;
};

/// One file format. `load` throws nothing; "not this format" (Error::Kind::NotThisFormat) differs from
/// "this format, broken" (Error::Kind::Format, Data).
class Importer {
 public:
  virtual ~Importer() = default;
  /// "Assayer HDF5"
  [[nodiscard]] virtual std::string name() const = 0;
  /// For file dialogs: "*.h5 *.hdf5".
  [[nodiscard]] virtual std::string patterns() const = 0;
  /// Cheap look at the name and the first bytes; no parse.
  [[nodiscard]] virtual bool sniff(const std::filesystem::path& path, std::string_view head) const = 0;
  virtual Result<Imported> load(const std::filesystem::path& path, RunControl& control,
                                const ProgressFn& progress) const = 0;
};

/// The importers in the order in which they are asked.
class ImporterRegistry {
 public:
  /// Every format that this build reads.
  static ImporterRegistry standard();

  void add(std::unique_ptr<Importer> importer) { importers_.push_back(std::move(importer)); }
  [[nodiscard]] const std::vector<std::unique_ptr<Importer>>& importers() const { return importers_; }

  /// Checks that the path is a readable, non-empty regular file, asks each importer that sniffs it, and
  /// returns the first data set, or the one error that says most.
  Result<Imported> load(const std::filesystem::path& path, RunControl& control,
                        const ProgressFn& progress = {}) const;

 private:
  std::vector<std::unique_ptr<Importer>> importers_;
};

}  // namespace assayer
