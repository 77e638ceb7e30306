// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <span>
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

/// What a part of a file becomes in the data set.
enum class ImportRole {
  Ignore,
  Spectra,
  Wavelength,
  Composition,
  Group,
  Metadata,
  BadChannels,
  Endmembers,
  Names  ///< of the components or endmembers
};
/// "ignore", "spectra", "wavelength", "composition", "group", "metadata", "bad-channels", "endmembers",
/// "names".
std::string_view to_string(ImportRole role);
std::optional<ImportRole> parse_import_role(std::string_view text);

/// A part of a file that can be mapped: an array of a container, a column of a table.
struct ImportField {
  std::string name;                      ///< unique in the file: "/entry/data", "Fe2O3"; mappings refer to it
  std::string form;                      ///< for people: "float32 [95, 95, 156]", "numbers, 28 values"
  ImportRole role = ImportRole::Ignore;  ///< what the importer takes it for when nobody says otherwise
};

/// A choice that a format leaves open, such as whether rows or columns are spectra.
struct ImportSetting {
  std::string key;                   ///< "spectra_in"
  std::string meaning;               ///< a phrase for people
  std::vector<std::string> choices;  ///< "rows", "columns"; empty: free text
  std::string value;                 ///< the guess
};

/// What a file holds and what would be made of it: the first step of an import that asks. Formats whose
/// meaning is fixed have neither fields nor settings.
struct ImportContents {
  std::string format;
  std::vector<ImportField> fields;
  std::vector<ImportSetting> settings;
};

/// What the user decided about a file; what is not named is guessed, as `Importer::inspect` shows it. A field
/// or setting that the file does not have is a Usage error that lists those that it has.
struct ImportOptions {
  std::map<std::string, ImportRole> roles;
  std::map<std::string, std::string> settings;
  /// Overrules the file's unit of the axis, or supplies it.
  std::optional<WavelengthUnit> unit;
  /// No more spectra than that, from the start: what a preview takes. Nothing beyond them is read where the
  /// format allows that.
  std::size_t max_rows = std::numeric_limits<std::size_t>::max();

  [[nodiscard]] bool is_default() const {
    return roles.empty() && settings.empty() && !unit && max_rows == std::numeric_limits<std::size_t>::max();
  }
};

/// The Usage error for a field, setting or choice that the contents do not have; importers whose contents
/// are their only names call it at the start of `load`.
Status check_options(const ImportContents& contents, const ImportOptions& options);

/// One file format. `load` throws nothing; "not this format" (Error::Kind::NotThisFormat) differs from
/// "this format, broken" (Error::Kind::Format, Data).
///
/// Reading streams or maps: besides the spectra as float32 it takes little, below 0.3 of their size. Progress
/// is reported and `control` polled at least every 100 ms of work. Sizes that a header claims are held
/// against the size of the file before anything is allocated.
class Importer {
 public:
  virtual ~Importer() = default;
  /// "Assayer HDF5"
  [[nodiscard]] virtual std::string name() const = 0;
  /// For file dialogs: "*.h5 *.hdf5".
  [[nodiscard]] virtual std::string patterns() const = 0;
  /// Cheap look at the name and the first bytes; no parse.
  [[nodiscard]] virtual bool sniff(const std::filesystem::path& path, std::string_view head) const = 0;
  /// Fields and settings with their guesses, without reading the spectra. Of `options` the settings
  /// count, and which part the user takes for the spectra: other columns of a table are spectra where the
  /// decimal sign or the orientation is another. The default: a format of fixed meaning.
  [[nodiscard]] virtual Result<ImportContents> inspect(const std::filesystem::path& path,
                                                       const ImportOptions& options,
                                                       RunControl& control) const;
  virtual Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options,
                                RunControl& control, const ProgressFn& progress) const = 0;
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
                        const ProgressFn& progress = {}) const {
    return load(path, ImportOptions{}, control, progress);
  }
  Result<Imported> load(const std::filesystem::path& path, const ImportOptions& options, RunControl& control,
                        const ProgressFn& progress = {}) const;
  /// Several files with the same axis as one data set, in their order (see DatasetJoiner); one file is loaded
  /// as it is. `max_rows` limits the sum.
  Result<Imported> load_many(std::span<const std::filesystem::path> paths, const ImportOptions& options,
                             RunControl& control, const ProgressFn& progress = {}) const;
  /// What the importer that would load the file says of its contents.
  Result<ImportContents> inspect(const std::filesystem::path& path, RunControl& control) const {
    return inspect(path, ImportOptions{}, control);
  }
  /// The same under other settings than the guessed ones, as a dialog shows it after each change.
  Result<ImportContents> inspect(const std::filesystem::path& path, const ImportOptions& options,
                                 RunControl& control) const;

 private:
  template <class T, class Ask>
  Result<T> first_that_knows(const std::filesystem::path& path, const Ask& ask) const;

  std::vector<std::unique_ptr<Importer>> importers_;
};

}  // namespace assayer
