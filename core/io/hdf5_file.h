// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"

/// The part of HDF5's C interface that this program needs, with Result instead of error stacks. Internal to
/// core/io; no HDF5 header is seen through it.
///
/// Threads: the HDF5 C library is not thread safe as distributions build it. Every call of it goes through
/// one process-wide mutex inside hdf5_file.cpp, so that different files may be used from different threads;
/// a single `File` belongs to one thread at a time. Long reads give the mutex back between blocks.
///
/// Errors: `where` is the object inside the file; callers that know the file's path add it with Error::in.
namespace assayer::hdf5 {

enum class Kind { Integer, Real, Text, Other };

struct DatasetInfo {
  Kind kind = Kind::Other;
  std::vector<std::uint64_t> shape;  ///< empty for a scalar
  std::vector<std::uint64_t> chunk;  ///< empty unless stored in chunks
  std::size_t element_bytes = 0;     ///< of one element as stored
  std::uint64_t stored_bytes = 0;    ///< allocated in the file, after compression
  bool has_sign = true;              ///< false: unsigned integers
  bool null = false;                 ///< a data space without extent
  bool outside = false;              ///< the data lie in other files

  [[nodiscard]] std::size_t rank() const { return shape.size(); }
  /// "[5354, 165]", "a single value", "nothing".
  [[nodiscard]] std::string shape_text() const;
  /// "float", "integer", "text", "compound or other".
  [[nodiscard]] std::string kind_text() const;
};

struct Entry {
  enum class Type { Dataset, Group, Elsewhere, Other };
  std::string name;
  Type type = Type::Other;  ///< Elsewhere: an external link or a link to nothing
};

/// T: float, double, std::int64_t, std::int32_t, std::uint32_t or std::uint8_t.
class File {
 public:
  static Result<File> open(const std::filesystem::path& path);
  /// How attributes keep texts: as other programs write them, or all as long as the longest. HDF5 trusts the
  /// references of the former blindly and writes over its memory where damage has changed them; the latter
  /// lie in headers that carry a checksum.
  enum class Texts { Variable, Padded };
  /// Truncates `path`, which must exist (see AtomicFile).
  static Result<File> create(const std::filesystem::path& path, Texts texts = Texts::Variable);

  File(File&&) noexcept;
  File& operator=(File&&) noexcept;
  ~File();

  /// The same file seen from one of its groups: names are below it, and "/" is the group itself. Never a
  /// group of another file. What was made of it must be gone before `close`.
  [[nodiscard]] Result<File> group(const std::string& name) const;

  /// Writes what is buffered and closes; the destructor does so too but tells nobody whether it worked.
  Status close();

  /// Objects in a group, in the order of their creation where the file knows it, else by name.
  [[nodiscard]] Result<std::vector<Entry>> entries(const std::string& group = "/") const;
  [[nodiscard]] bool has_dataset(const std::string& name) const;
  [[nodiscard]] Result<DatasetInfo> info(const std::string& name) const;

  /// Whether the file can hold what the dataset's header declares: fails as `read` would, and reads nothing.
  [[nodiscard]] Status check(const std::string& name) const;

  /// All elements, row-major, converted to T. Refuses text, sizes that the file cannot hold (see
  /// `check_size` in the .cpp) and data that lie in other files.
  template <class T>
  [[nodiscard]] Result<std::vector<T>> read(const std::string& name) const;
  [[nodiscard]] Result<std::vector<std::string>> read_texts(const std::string& name) const;
  /// A matrix [N, C], tile by tile straight into its place. A stop is noticed between tiles of about 4 MiB,
  /// or of one chunk where the file's chunks are larger.
  /// No more than the first `most_rows` rows.
  [[nodiscard]] Result<Matrix<float>> read_matrix(
      const std::string& name, RunControl& control, const ProgressFn& progress,
      std::uint64_t most_rows = std::numeric_limits<std::uint64_t>::max()) const;
  /// The numbers whose index along every axis d is below limits[d], row-major, block by block: blocks of
  /// about 16 MiB, or of whole chunks where these are larger. A stop is noticed between blocks.
  Status stream(const std::string& name, std::span<const std::uint64_t> limits, RunControl& control,
                const std::function<void(std::span<const double>)>& sink) const;

  /// Attributes of an object ("/" is the file).
  [[nodiscard]] std::vector<std::string> attribute_names(const std::string& object) const;
  [[nodiscard]] bool has_attribute(const std::string& object, const std::string& name) const;
  /// Numbers become text in their shortest exact form.
  [[nodiscard]] Result<std::vector<std::string>> read_attribute_texts(const std::string& object,
                                                                      const std::string& name) const;
  template <class T>
  [[nodiscard]] Result<std::vector<T>> read_attribute(const std::string& object,
                                                      const std::string& name) const;

  /// Makes the groups on the way. Data above 1 MiB are chunked by rows, shuffled and deflated if `compress`.
  template <class T>
  Status write(const std::string& name, std::span<const std::uint64_t> shape, std::span<const T> values,
               bool compress = false);
  /// Makes a dataset of one or more dimensions to be filled with `write_rows`, laid out as `write` would. T:
  /// float or double.
  template <class T>
  Status create_dataset(const std::string& name, std::span<const std::uint64_t> shape, bool compress);
  /// Writes `values` to the rows from `first` on, all further dimensions whole. Blocks of a multiple of the
  /// first dimension of `info(name)->chunk` are compressed once.
  template <class T>
  Status write_rows(const std::string& name, std::uint64_t first, std::span<const T> values);
  Status write_texts(const std::string& name, std::span<const std::string> values);
  Status create_group(const std::string& name);
  Status write_attribute(const std::string& object, const std::string& name, const std::string& text);
  Status write_attribute(const std::string& object, const std::string& name,
                         std::span<const std::string> texts);
  template <class T>
  Status write_attribute(const std::string& object, const std::string& name, std::span<const T> values);

 private:
  Status write_attribute_texts(const std::string& object, const std::string& name,
                               std::span<const std::string> texts, bool scalar);

  struct Impl;
  explicit File(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Whether these first bytes of a file hold the HDF5 signature (at 0, 512, 1024, 2048 …).
bool has_signature(std::string_view head);

}  // namespace assayer::hdf5
