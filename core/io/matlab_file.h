// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/io/array_container.h"
#include "core/io/byte_source.h"

namespace assayer {

/// The variables of a MATLAB 5 file (versions 5 to 7.2; "MAT-File Format", MathWorks 2018), plain or
/// compressed, of either byte order: real numeric arrays, logical ones, char arrays, and cell arrays that
/// hold nothing but char rows. The fields of structures and of objects such as PLS_Toolbox's datasets are
/// arrays by the name "structure.field" (or "structure(2).field"), the cells of other cell arrays by
/// "name{2}". Sparse and complex arrays are listed and not read. A reader of our own: the tags are few, and
/// every size is held against the file before it is used.
class MatlabFile final : public ArrayContainer {
 public:
  static Result<std::unique_ptr<MatlabFile>> open(const std::filesystem::path& path);

  [[nodiscard]] bool channels_come_first(const std::string& name) const override;
  [[nodiscard]] bool images_by_columns() const override { return true; }
  Status stream(std::size_t array, std::span<const std::uint64_t> limits, RunControl& control,
                const Sink& sink) const override;
  Result<std::vector<std::string>> texts(std::size_t array) const override;

 private:
  /// Where a variable's numbers are.
  struct Stored {
    std::uint64_t element = 0;  ///< where its top-level element's data begin in the file
    std::uint64_t element_bytes = 0;
    Packing packing = Packing::None;
    std::uint64_t data = 0;  ///< where its numbers begin in the unpacked element
    std::uint64_t data_bytes = 0;
    NumberType type = NumberType::Float64;
    std::vector<std::string> texts;  ///< of a cell array, read at once
  };
  class Scan;

  explicit MatlabFile(std::filesystem::path path) : path_(std::move(path)) {}
  [[nodiscard]] Result<std::unique_ptr<ByteSource>> source(const Stored& stored) const;

  std::filesystem::path path_;
  bool big_endian_ = false;
  std::vector<Stored> stored_;
};

}  // namespace assayer
