// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/data/dataset.h"

namespace assayer {

/// A quantity of a map: one or more values per pixel.
struct MapLayer {
  std::string name;                  ///< "composition": the dataset of an HDF5 file
  std::vector<std::string> columns;  ///< "olivine", …: the bands of an ENVI image
};

/// Writes maps, what was computed for every pixel of an image, from the first line to the last without ever
/// holding them whole. ENVI (.img, .dat, .hdr): one float32 image with a band per column. HDF5 (.h5, .hdf5):
/// per layer a dataset [rows, cols, columns] float32 with the columns' names as its attribute `columns`.
class MapWriter {
 public:
  /// `notes`: attributes of the file. Usage error for another extension.
  static Result<MapWriter> create(const std::filesystem::path& path, bool overwrite, ImageShape shape,
                                  std::vector<MapLayer> layers, std::map<std::string, std::string> notes);
  /// Whether the name is one of a map.
  static bool can_write(const std::filesystem::path& path);

  MapWriter(MapWriter&&) noexcept;
  MapWriter& operator=(MapWriter&&) noexcept;
  /// Nothing is left behind without a commit.
  ~MapWriter();

  /// Lines from `first_line` on: per layer [lines * cols, columns].
  Status write(std::size_t first_line, const std::vector<MatrixView<double>>& layers);
  /// Puts the file, or both, under their names.
  Status commit();

 private:
  class Form;
  class EnviForm;
  class Hdf5Form;
  explicit MapWriter(std::unique_ptr<Form> form);
  std::unique_ptr<Form> form_;
};

}  // namespace assayer
