// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/io/array_container.h"
#include "core/io/zip_archive.h"

namespace assayer {

/// The arrays of a .npy file (one, named as the file) or of a .npz archive (NumPy's NEP 1, versions 1 to 3).
/// Numbers of every width and byte order, booleans, and texts (S, U); complex numbers, structures and Python
/// objects are listed and not read.
class NumpyFile final : public ArrayContainer {
 public:
  static Result<std::unique_ptr<NumpyFile>> open(const std::filesystem::path& path);

  Status stream(std::size_t array, std::span<const std::uint64_t> limits, RunControl& control,
                const Sink& sink) const override;
  Result<std::vector<std::string>> texts(std::size_t array) const override;

 private:
  struct Stored {
    std::optional<ZipEntry> entry;  ///< none: the whole file
    std::uint64_t data = 0;         ///< where the values begin in the unpacked bytes
    NumberType type = NumberType::Float64;
    bool big_endian = false;
    char text = 0;                ///< 'S' or 'U'
    std::size_t text_length = 0;  ///< characters per text
  };

  explicit NumpyFile(std::filesystem::path path) : path_(std::move(path)) {}
  Status add(std::string name, std::optional<ZipEntry> entry, std::uint64_t unpacked_size);
  [[nodiscard]] Result<std::unique_ptr<ByteSource>> source(const std::optional<ZipEntry>& entry) const;

  std::filesystem::path path_;
  std::vector<Stored> stored_;
};

}  // namespace assayer
