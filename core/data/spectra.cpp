// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/spectra.h"

#include <fmt/format.h>
#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <limits>
#include <mutex>
#include <system_error>
#include <utility>

namespace assayer {

namespace {

/// What in-memory spectra are handed out in.
constexpr std::size_t kBlockBytes = std::size_t{8} << 20;

/// Address space without memory: pages come as they are written.
class Region {
 public:
  explicit Region(std::size_t bytes)
      : bytes_(bytes),
        at_(::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
                   0)) {}
  Region(const Region&) = delete;
  Region& operator=(const Region&) = delete;
  ~Region() {
    if (*this) ::munmap(at_, bytes_);
  }
  explicit operator bool() const { return at_ != MAP_FAILED; }
  [[nodiscard]] float* floats() const { return static_cast<float*>(at_); }

 private:
  std::size_t bytes_;
  void* at_;
};

}  // namespace

/// Owns the memory behind spectra: a matrix, or a source with a region that is filled tile by tile as its
/// spectra are asked for.
class Spectra::Store {
 public:
  explicit Store(Matrix<float> values) : owned_(std::move(values)) {}
  explicit Store(std::shared_ptr<const SpectraSource> source) : source_(std::move(source)) {}

  Status make_region() {
    const std::size_t rows = source_->rows();
    const std::size_t channels = source_->channels();
    const bool fits =
        channels == 0 || rows <= std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float) / channels;
    if (fits) region_ = std::make_unique<Region>(std::max<std::size_t>(rows * channels * sizeof(float), 1));
    if (!fits || !*region_) {
      return fail({Error::Kind::File, "the spectra exceed the address space", "", "",
                   fmt::format("{} spectra of {} channels{}", rows, channels,
                               fits ? ": " + std::generic_category().message(errno) : ""),
                   "Take a part of the file."});
    }
    tile_rows_ = std::max<std::size_t>(source_->few_rows(), 1);
    ready_ = std::vector<std::atomic<bool>>((rows + tile_rows_ - 1) / tile_rows_);
    return {};
  }

  /// Only read failures are hidden, as NaN: a view that draws cannot do anything about them, and NaN is what
  /// every computation already knows to leave out.
  void bring(std::size_t first, std::size_t count) const {
    for (std::size_t tile = first / tile_rows_; tile * tile_rows_ < first + count; ++tile) {
      if (ready_[tile].load(std::memory_order_acquire)) continue;
      const std::lock_guard lock(mutex_);
      if (ready_[tile].load(std::memory_order_relaxed)) continue;
      const std::size_t start = tile * tile_rows_;
      const std::size_t rows = std::min(tile_rows_, source_->rows() - start);
      const std::span<float> out(region_->floats() + start * source_->channels(), rows * source_->channels());
      if (!source_->read(start, rows, out)) std::ranges::fill(out, std::numeric_limits<float>::quiet_NaN());
      ready_[tile].store(true, std::memory_order_release);
    }
  }

  [[nodiscard]] const Matrix<float>& owned() const { return owned_; }
  [[nodiscard]] const SpectraSource* source() const { return source_.get(); }
  [[nodiscard]] const float* region() const { return region_->floats(); }

 private:
  Matrix<float> owned_;
  std::shared_ptr<const SpectraSource> source_;
  std::unique_ptr<Region> region_;
  std::size_t tile_rows_ = 1;
  mutable std::vector<std::atomic<bool>> ready_;
  mutable std::mutex mutex_;
};

Spectra::Spectra(Matrix<float> values) : rows_(values.rows()), cols_(values.cols()) {
  auto store = std::make_shared<const Store>(std::move(values));
  data_ = store->owned().data();
  store_ = std::move(store);
}

Result<Spectra> Spectra::in_file(std::shared_ptr<const SpectraSource> source) {
  Spectra spectra;
  spectra.rows_ = source->rows();
  spectra.cols_ = source->channels();
  spectra.in_file_ = true;
  auto store = std::make_shared<Store>(std::move(source));
  if (auto status = store->make_region(); !status) return fail(std::move(status).error());
  spectra.data_ = store->region();
  spectra.store_ = std::move(store);
  return spectra;
}

void Spectra::bring(std::size_t first, std::size_t count) const {
  store_->bring(first, count);
}

MatrixView<float> Spectra::view(std::size_t first, std::size_t count) const {
  assert(first <= rows_ && count <= rows_ - first);
  if (in_file_) bring(first, count);
  return {data_ + first * cols_, count, cols_};
}

Result<MatrixView<float>> Spectra::block(std::size_t first, std::size_t count,
                                         std::vector<float>& scratch) const {
  if (!in_file_) return view(first, count);
  // A small buffer that is used again: the process does not grow.
  scratch.resize(count * cols_);
  if (auto status = store_->source()->read(first, count, scratch); !status)
    return fail(std::move(status).error());
  return MatrixView<float>(scratch.data(), count, cols_);
}

std::size_t Spectra::block_rows() const {
  if (in_file_) return std::max<std::size_t>(store_->source()->block_rows(), 1);
  return std::max<std::size_t>(kBlockBytes / sizeof(float) / std::max<std::size_t>(cols_, 1), 1);
}

bool operator==(const Spectra& a, const Spectra& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && std::ranges::equal(a.values(), b.values());
}

}  // namespace assayer
