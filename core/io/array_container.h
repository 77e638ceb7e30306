// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/run_control.h"
#include "core/io/importer.h"
#include "core/io/number_type.h"

namespace assayer {

/// An array of a container file, as the program that wrote it sees it.
struct ArrayInfo {
  enum class Kind { Number, Text, Other };

  std::string name;  ///< unique in the file
  std::string type;  ///< for people: "float32", "text", "complex128"
  Kind kind = Kind::Other;
  bool integer = false;              ///< numbers without a fraction
  std::vector<std::uint64_t> shape;  ///< one entry per axis; empty: a single value
  /// The first axis runs fastest in the file (MATLAB, Fortran), not the last (NumPy, C).
  bool first_axis_fastest = false;
  /// What the format itself says that the array is.
  std::optional<ImportRole> role;
  /// The axis that the format itself calls the spectral one.
  std::optional<std::size_t> spectral_axis;
  /// The unit of the numbers, as the format says it.
  std::string unit;

  [[nodiscard]] std::uint64_t size() const;
  /// "[95, 95, 156]", "a single value".
  [[nodiscard]] std::string shape_text() const;
  /// "float32 [95, 95, 156]".
  [[nodiscard]] std::string form() const { return type + " " + shape_text(); }
  /// The length of an array with one axis that is longer than 1, or with a single value; else nullopt.
  [[nodiscard]] std::optional<std::uint64_t> vector_length() const;
};

/// A file that holds named arrays. Reading is for one thread at a time.
class ArrayContainer {
 public:
  /// Takes consecutive numbers of an array.
  using Sink = std::function<void(std::span<const double>)>;

  ArrayContainer() = default;
  ArrayContainer(const ArrayContainer&) = delete;
  ArrayContainer& operator=(const ArrayContainer&) = delete;
  virtual ~ArrayContainer() = default;

  [[nodiscard]] const std::vector<ArrayInfo>& arrays() const { return arrays_; }
  /// An axis that the format gives by a rule rather than as an array (HyperSpy's scale and offset).
  struct GivenAxis {
    std::vector<double> values;
    std::string unit;
  };
  [[nodiscard]] virtual std::optional<GivenAxis> given_axis(std::size_t /*array*/) const {
    return std::nullopt;
  }
  /// What the format itself calls the parts of an array, such as a composition's components.
  [[nodiscard]] virtual std::vector<std::string> part_names(std::size_t /*array*/) const { return {}; }
  /// What arrays of this format usually are where their names do not tell: channels × spectra (MATLAB's
  /// unmixing benchmarks) or spectra × channels.
  [[nodiscard]] virtual bool channels_come_first(const std::string& /*name*/) const { return false; }
  /// Whether a flattened image runs down its columns.
  [[nodiscard]] virtual bool images_by_columns() const { return false; }

  /// The numbers whose index along every axis d is below limits[d], in the order of the file. The sizes are
  /// known to fit the file. Polls `control`.
  virtual Status stream(std::size_t array, std::span<const std::uint64_t> limits, RunControl& control,
                        const Sink& sink) const = 0;
  /// The texts of an array of Kind::Text, in row-major order of its axes.
  virtual Result<std::vector<std::string>> texts(std::size_t array) const = 0;

  /// All numbers in row-major order of the axes, whatever the order of the file. For small arrays.
  Result<std::vector<double>> numbers(std::size_t array, RunControl& control) const;

 protected:
  std::vector<ArrayInfo> arrays_;
};

/// Walks through the elements of an array in the order of a file and tells the index along each axis.
class ArrayWalk {
 public:
  ArrayWalk(std::span<const std::uint64_t> extent, bool first_axis_fastest);
  /// Index along each axis of the current element.
  [[nodiscard]] std::span<const std::uint64_t> index() const { return index_; }
  /// The axis that runs fastest; only with at least one axis.
  [[nodiscard]] std::size_t fastest() const { return order_.front(); }
  void next() { advance(1); }
  /// By at most what is left of the fastest axis.
  void advance(std::uint64_t count);
  [[nodiscard]] std::uint64_t left_of_fastest() const;

 private:
  std::vector<std::uint64_t> extent_;
  std::vector<std::size_t> order_;  ///< axes, the fastest first
  std::vector<std::uint64_t> index_;
};

/// Makes `stream` of a format whose arrays are plain numbers one after the other: reads from a source that
/// stands at the first one, block by block, and passes over what is beyond the limits.
class ByteSource;
Status stream_numbers(ByteSource& source, const ArrayInfo& info, NumberType type, bool big_endian,
                      std::span<const std::uint64_t> limits, RunControl& control,
                      const ArrayContainer::Sink& sink);

}  // namespace assayer
