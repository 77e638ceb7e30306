// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/io/importer.h"

namespace assayer {

/// Makes one data set of several with the same axis, one after the other. Its spectra are in memory once:
/// those of the newest file go as they are joined (Spectra::Joiner), and those that stay in their file are
/// taken block by block.
///
/// - A column "file" holds the files' names. Columns of one name are joined; a file without a column has NaN
///   or an empty text in it. Integers and reals become reals, numbers and texts become texts.
/// - Groups are joined by name. Where no file has groups, files are the groups if they hold several spectra
///   each; else files with the same name up to a number at its end ("bhvo2_loc1", "bhvo2_loc2") are.
/// - Compositions are joined where all are over the same components, and else become columns.
/// - A channel that is masked in one file is masked. The first file's reference endmembers stay. Attributes
///   stay where all files have the same.
class DatasetJoiner {
 public:
  /// A Data error where the axis differs from the first one's by more than float32 does. After an error there
  /// is nothing to finish.
  Status add(Imported imported, const std::filesystem::path& path, RunControl& control);
  Result<Imported> finish();

 private:
  struct Part {
    std::size_t first = 0;
    std::size_t rows = 0;
    std::string file;
    std::vector<MetadataColumn> metadata;
    std::optional<Abundances> abundances;
    std::optional<Matrix<double>> true_abundances;
    std::optional<Groups> groups;
  };
  void join_metadata(DatasetParts& parts, std::vector<std::string>& warnings) const;
  void join_compositions(DatasetParts& parts, std::vector<std::string>& warnings);
  void join_groups(DatasetParts& parts) const;

  Spectra::Joiner spectra_;
  std::size_t rows_ = 0;
  std::vector<Part> parts_;
  std::optional<WavelengthAxis> axis_;
  std::vector<std::uint8_t> bad_;
  std::map<std::string, std::string> attributes_;
  std::optional<Matrix<float>> endmembers_;
  std::vector<std::string> endmember_names_;
  std::string format_;
  std::string folder_;
  std::vector<std::string> warnings_;
  bool image_ = false;
};

/// "bhvo2" of "bhvo2_loc1", "CCAM02013" stays: the name without a separator, a word of at most four letters
/// and a number at its end.
std::string sample_of(std::string_view stem);

}  // namespace assayer
