// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/data/abundances.h"
#include "core/data/spectra.h"
#include "core/data/wavelength_axis.h"

namespace assayer {

/// One value per spectrum: a grid point, an outlier flag, a sample's name …
struct MetadataColumn {
  std::string name;
  std::variant<std::vector<double>, std::vector<std::int64_t>, std::vector<std::string>> values;

  [[nodiscard]] std::size_t size() const;
  /// The value at `row` as text; numbers in their shortest exact form.
  [[nodiscard]] std::string text(std::size_t row) const;
  /// The numbers, or nullopt for a column of texts.
  [[nodiscard]] std::optional<std::vector<double>> numbers() const;
};

/// Acquisition configurations (geometry, instrument, rock standard): what z is drawn against and what
/// is left out in validation. `of_row[i]` indexes `names`.
struct Groups {
  std::vector<std::int32_t> of_row;
  std::vector<std::string> names;
  /// The code that the file used for each group (selection expressions use it: `group=0,2`).
  std::vector<std::int64_t> codes;
};

struct ImageShape {
  std::size_t rows = 0;
  std::size_t cols = 0;
};

/// Where the data come from, as the file says it.
struct Provenance {
  std::string path;                               ///< empty for data made in memory
  std::string format;                             ///< "Assayer HDF5", "crism-lab simulation", …
  std::map<std::string, std::string> attributes;  ///< source, licence, citation, note, …
};

/// What a Dataset is made of, before it is checked. N spectra, C channels, K components, G groups.
struct DatasetParts {
  Matrix<float> spectra;  ///< [N, C]
  /// Instead of `spectra`, where it is not empty: another data set's, or what stays in its file.
  Spectra shared_spectra;
  std::optional<WavelengthAxis> wavelength;       ///< [C]; absent: channel numbers
  std::optional<Abundances> abundances;           ///< [N, K]
  std::optional<Matrix<double>> true_abundances;  ///< [N, K] simulation truth, `/abundance_true`
  std::optional<Groups> groups;
  std::vector<MetadataColumn> metadata;
  std::optional<ImageShape> image_shape;
  std::optional<Matrix<float>> endmembers;         ///< [K, C] reference spectra
  std::vector<std::string> endmember_names;        ///< [K]; empty: the components' names
  std::vector<Matrix<float>> endmembers_by_group;  ///< G matrices [K, C], or empty
  std::vector<std::uint8_t> bad_channels;          ///< [C], 1 = masked; or empty
  Provenance provenance;
};

/// Spectra with what is known about them. Immutable once made, hence shared between threads and views.
///
/// Invariants: N >= 1, C >= 2, the axis has C values, every per-row part N, every matrix of endmembers
/// C columns; at least one spectrum is free of NaN in the channels that are not masked. Spectra
/// themselves may hold NaN (`row_is_finite`).
class Dataset {
 public:
  static Result<std::shared_ptr<const Dataset>> create(DatasetParts parts);

  [[nodiscard]] std::size_t rows() const { return parts_.shared_spectra.rows(); }
  [[nodiscard]] std::size_t channels() const { return parts_.shared_spectra.cols(); }
  /// 0 where the data have no components.
  [[nodiscard]] std::size_t components() const;

  /// All of it, to make another data set that differs in some: a copy shares the spectra.
  [[nodiscard]] const DatasetParts& parts() const { return parts_; }
  [[nodiscard]] const Spectra& spectra() const { return parts_.shared_spectra; }
  [[nodiscard]] const WavelengthAxis& wavelength() const { return *parts_.wavelength; }
  [[nodiscard]] const std::optional<Abundances>& abundances() const { return parts_.abundances; }
  [[nodiscard]] const std::optional<Matrix<double>>& true_abundances() const {
    return parts_.true_abundances;
  }
  [[nodiscard]] const std::optional<Groups>& groups() const { return parts_.groups; }
  [[nodiscard]] const std::vector<MetadataColumn>& metadata() const { return parts_.metadata; }
  [[nodiscard]] const std::optional<ImageShape>& image_shape() const { return parts_.image_shape; }
  [[nodiscard]] const std::optional<Matrix<float>>& endmembers() const { return parts_.endmembers; }
  [[nodiscard]] const std::vector<std::string>& endmember_names() const { return parts_.endmember_names; }
  [[nodiscard]] const std::vector<Matrix<float>>& endmembers_by_group() const {
    return parts_.endmembers_by_group;
  }
  [[nodiscard]] const std::vector<std::uint8_t>& bad_channels() const { return parts_.bad_channels; }
  [[nodiscard]] const Provenance& provenance() const { return parts_.provenance; }

  /// Names of the components, or of the reference endmembers where no row is labelled.
  [[nodiscard]] const std::vector<std::string>& component_names() const;
  [[nodiscard]] const MetadataColumn* find_metadata(std::string_view name) const;
  /// Whether the spectrum is finite in every channel that is not masked. Of spectra that stay in their file
  /// it is found when it is asked for, which reads them.
  [[nodiscard]] bool row_is_finite(std::size_t row) const {
    const auto known = finite_[row].load(std::memory_order_relaxed);
    return known == Finite::Unknown ? find_finite(row) : known == Finite::Yes;
  }
  /// Whether the row has a composition.
  [[nodiscard]] bool labelled(std::size_t row) const {
    return parts_.abundances && parts_.abundances->known(row);
  }
  /// 16 hexadecimal digits over spectra, axis and abundances: says whether a model was trained on these data.
  /// Computed on the first call, which goes through all spectra.
  [[nodiscard]] const std::string& fingerprint() const;

 private:
  enum class Finite : std::uint8_t { Unknown, No, Yes };

  explicit Dataset(DatasetParts parts);
  bool find_finite(std::size_t row) const;
  [[nodiscard]] bool has_finite_row() const;

  DatasetParts parts_;  ///< the spectra in `shared_spectra`
  std::vector<std::size_t> used_channels_;
  mutable std::vector<std::atomic<Finite>> finite_;
  mutable std::once_flag fingerprint_made_;
  mutable std::string fingerprint_;
};

using DatasetPtr = std::shared_ptr<const Dataset>;

}  // namespace assayer
