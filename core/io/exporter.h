// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"

namespace assayer {

struct ExportOptions {
  /// Whether a file of that name may be replaced.
  bool overwrite = false;
  /// Choices of a format by key, as `Exporter::settings` lists them; what is not named has its default.
  std::map<std::string, std::string> settings;
};

/// A choice that a format offers, such as the interleave of an image.
struct ExportSetting {
  std::string key;                   ///< "interleave"
  std::string meaning;               ///< a phrase for people
  std::vector<std::string> choices;  ///< "bsq", "bil", "bip"; empty: free text
  std::string value;                 ///< the default
};

/// Writes data sets in one file format. A file, and every further one that belongs to it, appears under its
/// name only when it is complete (AtomicFile). Progress is reported and `control` polled at least every
/// 100 ms of work.
class Exporter {
 public:
  virtual ~Exporter() = default;
  /// "Assayer HDF5"; the name of the importer that reads it back.
  [[nodiscard]] virtual std::string name() const = 0;
  /// What chooses the format, in lower case with the dot: ".h5", ".hdf5".
  [[nodiscard]] virtual std::vector<std::string> extensions() const = 0;
  [[nodiscard]] virtual std::vector<ExportSetting> settings() const { return {}; }
  /// Whole sentences about what the format cannot hold of these data.
  virtual Result<std::vector<std::string>> write(const Dataset& data, const std::filesystem::path& path,
                                                 const ExportOptions& options, RunControl& control,
                                                 const ProgressFn& progress) const = 0;
};

class ExporterRegistry {
 public:
  /// Every format that this build writes.
  static ExporterRegistry standard();

  void add(std::unique_ptr<Exporter> exporter) { exporters_.push_back(std::move(exporter)); }
  [[nodiscard]] const std::vector<std::unique_ptr<Exporter>>& exporters() const { return exporters_; }

  /// By the extension of the name, any case; the error lists those that are known.
  [[nodiscard]] Result<const Exporter*> find(const std::filesystem::path& path) const;
  /// Refuses settings that the format does not have, or values that are none of its choices.
  Result<std::vector<std::string>> write(const Dataset& data, const std::filesystem::path& path,
                                         const ExportOptions& options, RunControl& control,
                                         const ProgressFn& progress = {}) const;

 private:
  std::vector<std::unique_ptr<Exporter>> exporters_;
};

/// The native form (see Hdf5Importer): holds everything.
class Hdf5Exporter final : public Exporter {
 public:
  [[nodiscard]] std::string name() const override { return "Assayer HDF5"; }
  [[nodiscard]] std::vector<std::string> extensions() const override { return {".h5", ".hdf5"}; }
  Result<std::vector<std::string>> write(const Dataset& data, const std::filesystem::path& path,
                                         const ExportOptions& options, RunControl& control,
                                         const ProgressFn& progress) const override;
};

/// The parts of a data set that a format can hold, besides spectra and axis.
struct ExportCapacity {
  bool compositions = false;
  bool true_compositions = false;
  bool groups = false;
  bool metadata = false;
  bool image_shape = false;
  bool endmembers = false;
  bool endmembers_by_group = false;
  bool endmember_names = false;  ///< of their own, beside those of the components
  bool bad_channels = false;
  bool attributes = false;
};
/// One sentence per part that `data` has and the format cannot hold.
std::vector<std::string> parts_left_out(const Dataset& data, const ExportCapacity& capacity,
                                        std::string_view format);

}  // namespace assayer
