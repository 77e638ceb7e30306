// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/spectra.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <limits>
#include <mutex>
#include <new>
#include <system_error>
#include <tuple>
#include <utility>

#include "core/base/run_control.h"

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

/// Takes the pages from under values that nobody reads again, and leaves their addresses to the allocator:
/// they may be written as before. Where the system keeps the pages, more memory is taken, and nothing else.
void drop_pages(const float* values, std::size_t count) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto at = reinterpret_cast<std::uintptr_t>(values);
  const std::uintptr_t first = (at + page - 1) / page * page;
  const std::uintptr_t end = (at + count * sizeof(float)) / page * page;
  // NOLINTNEXTLINE(performance-no-int-to-ptr): whole pages are counted in numbers
  if (first < end) ::madvise(reinterpret_cast<void*>(first), end - first, MADV_DONTNEED);
}

}  // namespace

/// Owns the memory behind spectra: a matrix, what was joined, or a source with a region that is filled tile
/// by tile as its spectra are asked for.
class Spectra::Store {
 public:
  explicit Store(Matrix<float> values) : owned_(std::move(values)) {}
  explicit Store(std::unique_ptr<float[], void (*)(void*)> values) : joined_(std::move(values)) {}
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
  [[nodiscard]] const float* joined() const { return joined_.get(); }
  [[nodiscard]] const SpectraSource* source() const { return source_.get(); }
  [[nodiscard]] const float* region() const { return region_->floats(); }

 private:
  Matrix<float> owned_;
  std::unique_ptr<float[], void (*)(void*)> joined_{nullptr, &std::free};
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

bool Spectra::Joiner::resize(std::size_t count) {
  if (count > std::numeric_limits<std::ptrdiff_t>::max() / sizeof(float)) return false;
  // The C library takes large memory to another place by its pages, without copying it.
  float* const before = values_.release();
  void* const moved = std::realloc(before, count * sizeof(float));
  values_.reset(moved == nullptr ? before : static_cast<float*>(moved));
  if (moved != nullptr) capacity_ = count;
  return moved != nullptr;
}

void Spectra::Joiner::grow(std::size_t count) {
  if (count <= capacity_) return;
  // More than is needed costs addresses alone: pages come as they are written.
  if (!resize(std::max(count, capacity_ + capacity_ / 2)) && !resize(count)) throw std::bad_alloc();
}

// NOLINTNEXTLINE(performance-unnecessary-value-param): whoever hands it over has it no more
Status Spectra::Joiner::append(Spectra part, RunControl& control) {
  if (part.empty()) return {};
  if (rows_ == 0) cols_ = part.cols();
  assert(part.cols() == cols_);
  grow((rows_ + part.rows()) * cols_);
  const bool shared = part.in_file_ || part.store_.use_count() > 1;
  std::vector<float> scratch;
  const std::size_t rows = part.block_rows();
  for (std::size_t first = 0; first < part.rows(); first += rows) {
    if (control.stop_requested()) return fail(Error::cancel());
    const auto block = part.block(first, std::min(rows, part.rows() - first), scratch);
    if (!block) return fail(block.error());
    std::copy_n(block->data(), block->size(), values_.get() + (rows_ + first) * cols_);
    if (!shared) drop_pages(block->data(), block->size());
  }
  rows_ += part.rows();
  return {};
}

Spectra Spectra::Joiner::finish() {
  Spectra spectra;
  if (rows_ == 0) return spectra;
  std::ignore = resize(rows_ * cols_);
  spectra.rows_ = std::exchange(rows_, 0);
  spectra.cols_ = std::exchange(cols_, 0);
  capacity_ = 0;
  auto store = std::make_shared<const Store>(std::move(values_));
  spectra.data_ = store->joined();
  spectra.store_ = std::move(store);
  return spectra;
}

bool operator==(const Spectra& a, const Spectra& b) {
  return a.rows() == b.rows() && a.cols() == b.cols() && std::ranges::equal(a.values(), b.values());
}

}  // namespace assayer
