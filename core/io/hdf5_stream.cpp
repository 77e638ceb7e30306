// SPDX-License-Identifier: GPL-3.0-or-later
// Arrays of any rank, block by block.
#include <algorithm>
#include <numeric>

#include "core/io/hdf5_detail.h"

namespace assayer::hdf5 {

namespace {

constexpr std::uint64_t kBlockNumbers = std::uint64_t{2} << 20;          // 16 MiB of doubles
constexpr std::uint64_t kLargestBlockNumbers = std::uint64_t{16} << 20;  // where whole chunks need it

/// Which part of each axis is read at once: 1 along the outer axes, a few along `split`, all along the inner.
struct Blocks {
  std::size_t split = 0;
  std::uint64_t step = 1;
};

Blocks blocks_of(std::span<const std::uint64_t> limits, std::span<const std::uint64_t> chunk) {
  Blocks blocks;
  std::uint64_t inner = 1;
  for (std::size_t axis = limits.size(); axis-- > 0;) {
    if (inner * limits[axis] > kBlockNumbers || axis == 0) {
      blocks.split = axis;
      break;
    }
    inner *= limits[axis];
  }
  const std::uint64_t chunk_step = chunk.empty() ? 1 : std::max<std::uint64_t>(chunk[blocks.split], 1);
  blocks.step = std::max<std::uint64_t>(kBlockNumbers / inner, 1);
  // Whole chunks, so that none is decompressed twice.
  if (blocks.step >= chunk_step)
    blocks.step -= blocks.step % chunk_step;
  else if (chunk_step <= kLargestBlockNumbers / inner)
    blocks.step = chunk_step;
  blocks.step = std::min(blocks.step, limits[blocks.split]);
  return blocks;
}

}  // namespace

Status File::stream(const std::string& name, std::span<const std::uint64_t> limits, RunControl& control,
                    const std::function<void(std::span<const double>)>& sink) const {
  Handle dataset;
  Handle space;
  Blocks blocks;
  {
    const Lock lock;
    dataset = open_dataset(impl_->file.id(), name);
    if (!dataset)
      return hdf5_error(Error::Kind::Format, "the dataset cannot be opened", name, "Write it again.");
    const DatasetInfo info = describe(dataset.id());
    if (info.kind != Kind::Integer && info.kind != Kind::Real) {
      return fail({Error::Kind::Format, "the dataset holds no numbers", "/" + name, "numbers",
                   info.kind_text(), "Store it as integers or real numbers."});
    }
    if (const auto count = check_size(info, name, 1, impl_->file_bytes); !count) return fail(count.error());
    bool inside = info.rank() == limits.size();
    for (std::size_t axis = 0; inside && axis < limits.size(); ++axis)
      inside = limits[axis] <= info.shape[axis];
    if (!inside || info.null) {
      return fail({Error::Kind::Format, "the dataset has another shape than before", "/" + name, "",
                   info.shape_text(), "Open the file again."});
    }
    if (std::ranges::find(limits, std::uint64_t{0}) != limits.end()) return {};
    space = {H5Dget_space(dataset.id()), H5Sclose};
    if (!limits.empty()) blocks = blocks_of(limits, info.chunk);
  }
  const std::size_t rank = limits.size();
  std::vector<hsize_t> start(rank, 0);
  std::vector<hsize_t> count(limits.begin(), limits.end());
  std::fill_n(count.begin(), blocks.split, hsize_t{1});
  std::vector<double> values;
  while (true) {
    if (control.stop_requested()) return fail(Error::cancel());
    if (rank > 0)
      count[blocks.split] = std::min<hsize_t>(blocks.step, limits[blocks.split] - start[blocks.split]);
    const auto size = std::accumulate(count.begin(), count.end(), hsize_t{1}, std::multiplies<>());
    values.resize(size);
    {
      const Lock lock;
      const Handle memory(H5Screate_simple(1, &size, nullptr), H5Sclose);
      if (rank > 0 &&
          H5Sselect_hyperslab(space.id(), H5S_SELECT_SET, start.data(), nullptr, count.data(), nullptr) < 0)
        return hdf5_error(Error::Kind::Format, "the data cannot be read", name, "Write the file again.");
      if (H5Dread(dataset.id(), H5T_NATIVE_DOUBLE, memory.id(), rank > 0 ? space.id() : H5S_ALL, H5P_DEFAULT,
                  values.data()) < 0) {
        return hdf5_error(
            Error::Kind::Format, "the data cannot be read", name,
            "The file is damaged, or compressed in a way that this program does not know: write "
            "it again, with gzip or without compression.");
      }
    }
    sink(values);
    if (rank == 0) return {};
    start[blocks.split] += count[blocks.split];
    for (std::size_t axis = blocks.split; start[axis] >= limits[axis];) {
      start[axis] = 0;
      if (axis == 0) return {};
      ++start[--axis];
    }
  }
}

}  // namespace assayer::hdf5
