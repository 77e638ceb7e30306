// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"

namespace assayer {

class RunControl;

/// Spectra that stay in their file: [rows, channels] float32. Threads may read at the same time.
class SpectraSource {
 public:
  SpectraSource() = default;
  SpectraSource(const SpectraSource&) = delete;
  SpectraSource& operator=(const SpectraSource&) = delete;
  virtual ~SpectraSource() = default;

  [[nodiscard]] virtual std::size_t rows() const = 0;
  [[nodiscard]] virtual std::size_t channels() const = 0;
  /// Spectra `first` … `first` + `count` − 1 into `out`, [count, channels] row-major.
  virtual Status read(std::size_t first, std::size_t count, std::span<float> out) const = 0;
  /// How many spectra are best read at once where all are wanted: some MiB.
  [[nodiscard]] virtual std::size_t block_rows() const = 0;
  /// The same where one is wanted: little, but what the file has together.
  [[nodiscard]] virtual std::size_t few_rows() const = 0;
};

/// The spectra of a data set, immutable and shared by copies: either a matrix in memory, or in a file that is
/// larger than one would want to read for looking at it.
///
/// Access by row or block brings what it touches into memory, where it stays at its address. Work that
/// streams through all spectra takes `block` instead, which leaves nothing behind. A part of a file that can
/// no longer be read reads as NaN here, and as an error in `block`.
class Spectra {
 public:
  class Joiner;

  Spectra() = default;
  Spectra(Matrix<float> values);  // NOLINT(google-explicit-constructor): a matrix is spectra
  /// Fails where the address space does not hold them.
  static Result<Spectra> in_file(std::shared_ptr<const SpectraSource> source);

  [[nodiscard]] std::size_t rows() const { return rows_; }
  [[nodiscard]] std::size_t cols() const { return cols_; }
  [[nodiscard]] std::size_t size() const { return rows_ * cols_; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  /// Whether looking at all of them would read a file that is large.
  [[nodiscard]] bool stays_in_file() const { return in_file_; }

  [[nodiscard]] std::span<const float> row(std::size_t r) const {
    assert(r < rows_);
    if (in_file_) bring(r, 1);
    return {data_ + r * cols_, cols_};
  }
  const float& operator()(std::size_t r, std::size_t c) const { return row(r)[c]; }
  /// Spectra `first` … `first` + `count` − 1.
  [[nodiscard]] MatrixView<float> view(std::size_t first, std::size_t count) const;
  /// All of them; reads what was not read yet.
  [[nodiscard]] MatrixView<float> view() const { return view(0, rows_); }
  [[nodiscard]] std::span<const float> values() const { return {view().data(), size()}; }
  [[nodiscard]] const float* data() const { return view().data(); }
  operator MatrixView<float>() const { return view(); }  // NOLINT(google-explicit-constructor)

  /// The same spectra as `view(first, count)`, without keeping them: in place where they are in memory, else
  /// read into `scratch`, and valid until that changes.
  [[nodiscard]] Result<MatrixView<float>> block(std::size_t first, std::size_t count,
                                                std::vector<float>& scratch) const;
  /// How many spectra to take at once.
  [[nodiscard]] std::size_t block_rows() const;

  friend bool operator==(const Spectra& a, const Spectra& b);

 private:
  class Store;
  void bring(std::size_t first, std::size_t count) const;

  std::shared_ptr<const Store> store_;
  const float* data_ = nullptr;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
  bool in_file_ = false;
};

/// Puts spectra behind each other, in memory. What `append` takes over goes back to the system block by block
/// as it is copied, and what is joined grows by pages instead of being copied: little is in memory twice.
class Spectra::Joiner {
 public:
  /// `part` has as many channels as the first one. Where others share its memory, it stays as it is. Fails
  /// where a part that stays in its file cannot be read, or at a stop; throws std::bad_alloc.
  Status append(Spectra part, RunControl& control);
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// All of them; leaves nothing here.
  [[nodiscard]] Spectra finish();

 private:
  /// Whether there is room for `count` values now, and no more.
  bool resize(std::size_t count);
  void grow(std::size_t count);

  std::unique_ptr<float[], void (*)(void*)> values_{nullptr, &std::free};
  std::size_t capacity_ = 0;
  std::size_t rows_ = 0;
  std::size_t cols_ = 0;
};

}  // namespace assayer
