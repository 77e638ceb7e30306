// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/io/array_container.h"
#include "core/io/hdf5_file.h"

namespace assayer {

/// The datasets of any HDF5 file as arrays, by their paths ("/entry/data"). What known programs say about
/// them is heeded:
///
/// - NeXus (https://manual.nexusformat.org): in a group with NX_class NXdata the attribute `signal` names the
///   spectra and `axes` the axes, in the older form attributes of the datasets do;
/// - HyperSpy: groups axis-N beside a dataset hold scale, offset, size, units and navigate;
/// - MATLAB 7.3: axes run the other way round, and texts are arrays of codes (attribute MATLAB_class);
/// - anything else: the attribute `units`, and `components` as our own files have it.
class Hdf5Tree final : public ArrayContainer {
 public:
  static Result<std::unique_ptr<Hdf5Tree>> open(const std::filesystem::path& path);

  [[nodiscard]] const hdf5::File& file() const { return file_; }
  [[nodiscard]] bool matlab() const { return matlab_; }
  /// A data set in the native form, or a model: Hdf5Importer knows better.
  [[nodiscard]] bool native() const;
  [[nodiscard]] std::optional<GivenAxis> given_axis(std::size_t array) const override;
  [[nodiscard]] std::vector<std::string> part_names(std::size_t array) const override;
  [[nodiscard]] bool channels_come_first(const std::string& name) const override;
  [[nodiscard]] bool images_by_columns() const override { return matlab_; }
  Status stream(std::size_t array, std::span<const std::uint64_t> limits, RunControl& control,
                const Sink& sink) const override;
  Result<std::vector<std::string>> texts(std::size_t array) const override;

 private:
  explicit Hdf5Tree(hdf5::File file) : file_(std::move(file)) {}
  Status walk(const std::string& group, std::size_t depth);
  void add(const std::string& path, const hdf5::DatasetInfo& info);
  void heed_nexus(const std::string& group, std::size_t first);
  void heed_hyperspy(const std::string& group, std::size_t array, const std::vector<std::string>& axes);
  [[nodiscard]] std::string attribute(const std::string& object, const std::string& name) const;
  [[nodiscard]] std::vector<std::string> attributes(const std::string& object, const std::string& name) const;
  [[nodiscard]] std::optional<double> number(const std::string& object, const std::string& name) const;

  hdf5::File file_;
  bool matlab_ = false;
  std::vector<std::string> paths_;  ///< of every array, as HDF5 takes them
  std::map<std::size_t, GivenAxis> given_;
};

}  // namespace assayer
