// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/dataset_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <numeric>
#include <set>
#include <utility>

#include "core/io/atomic_file.h"
#include "core/io/hdf5_file.h"
#include "core/io/native_form.h"
#include "core/io/spectra_blocks.h"

namespace assayer {

namespace {

using Shape = std::vector<std::uint64_t>;

template <class T>
std::span<const T> span_of(const std::vector<T>& values) {
  return values;
}

template <class T>
Status write_matrix(hdf5::File& file, const char* name, const Matrix<T>& matrix) {
  return file.write<T>(name, Shape{matrix.rows(), matrix.cols()}, matrix.values(), true);
}

/// Deflating takes some 20 times as long as writing: it is for data of which one has many files.
constexpr std::size_t kLargestCompressed = std::size_t{256} << 20;
constexpr std::size_t kBlockBytes = std::size_t{8} << 20;

Status write_spectra(hdf5::File& file, const Dataset& data, RunControl& control, const ProgressFn& progress) {
  const Spectra& spectra = data.spectra();
  const bool compress = spectra.size() * sizeof(float) <= kLargestCompressed;
  if (auto status =
          file.create_dataset<float>(native::kSpectra, Shape{spectra.rows(), spectra.cols()}, compress);
      !status)
    return status;
  const auto info = file.info(native::kSpectra);
  if (!info) return fail(info.error());
  const std::size_t chunk = info->chunk.empty() ? 1 : info->chunk.front();
  const std::size_t wanted = std::max(kBlockBytes / sizeof(float) / spectra.cols(),
                                      spectra.stays_in_file() ? spectra.block_rows() : 1);
  const std::size_t rows = std::max<std::size_t>(wanted / chunk, 1) * chunk;
  return for_each_block(spectra, rows, control, progress, [&](std::size_t first, MatrixView<float> block) {
    return file.write_rows<float>(native::kSpectra, first, {block.data(), block.size()});
  });
}

Status write_axis(hdf5::File& file, const Dataset& data) {
  const WavelengthAxis& axis = data.wavelength();
  if (auto status = file.write<double>(native::kWavelength, Shape{axis.size()}, axis.values()); !status)
    return status;
  if (auto status =
          file.write_attribute(native::kWavelength, native::kUnits, std::string(to_string(axis.unit())));
      !status)
    return status;
  if (data.bad_channels().empty()) return {};
  return file.write(native::kBadChannel, Shape{data.channels()}, span_of(data.bad_channels()));
}

/// Compositions stay float64: normalised sums would not survive a rounding to float32.
Status write_compositions(hdf5::File& file, const Dataset& data) {
  if (const auto& abundances = data.abundances()) {
    if (auto status = write_matrix(file, native::kAbundance, abundances->values()); !status) return status;
    if (auto status =
            file.write_attribute(native::kAbundance, native::kComponents, span_of(abundances->names()));
        !status)
      return status;
  }
  return data.true_abundances() ? write_matrix(file, native::kTrueAbundance, *data.true_abundances())
                                : Status{};
}

Status write_endmembers(hdf5::File& file, const Dataset& data) {
  if (data.endmembers())
    if (auto status = write_matrix(file, native::kEndmembers, *data.endmembers()); !status) return status;
  if (!data.endmember_names().empty())
    if (auto status = file.write_texts(native::kEndmemberNames, data.endmember_names()); !status)
      return status;
  const auto& by_group = data.endmembers_by_group();
  if (by_group.empty()) return {};
  std::vector<float> values;
  for (const auto& matrix : by_group)
    values.insert(values.end(), matrix.values().begin(), matrix.values().end());
  return file.write(native::kEndmembersByGroup,
                    Shape{by_group.size(), by_group[0].rows(), by_group[0].cols()}, span_of(values), true);
}

Status write_groups(hdf5::File& file, const Dataset& data) {
  if (!data.groups()) return {};
  const Groups& groups = *data.groups();
  std::vector<std::int64_t> codes;
  codes.reserve(groups.of_row.size());
  for (const auto group : groups.of_row) codes.push_back(groups.codes[static_cast<std::size_t>(group)]);
  if (auto status = file.write(native::kGroup, Shape{codes.size()}, span_of(codes)); !status) return status;
  if (auto status = file.write_texts(native::kGroupNames, groups.names); !status) return status;
  std::vector<std::int64_t> plain(groups.codes.size());
  std::iota(plain.begin(), plain.end(), std::int64_t{0});
  if (plain == groups.codes) return {};
  return file.write(native::kGroupCodes, Shape{groups.codes.size()}, span_of(groups.codes));
}

/// HDF5 takes "/" for a path and "." for the group itself, and the native form has names of its own.
bool can_name_a_dataset(const std::string& name) {
  return !native::is_reserved(name) && name.find('/') == std::string::npos && name != "." && name != "..";
}

Status write_metadata(hdf5::File& file, const Dataset& data) {
  std::set<std::string> taken;
  for (const auto& column : data.metadata()) taken.insert(column.name);
  std::size_t number = 0;
  for (const auto& column : data.metadata()) {
    std::string name = column.name;
    while (!can_name_a_dataset(name) || (name != column.name && taken.contains(name)))
      name = fmt::format("column_{}", number++);
    auto status = std::visit(
        [&]<class T>(const std::vector<T>& values) {
          if constexpr (std::is_same_v<T, std::string>)
            return file.write_texts(name, values);
          else
            return file.write(name, Shape{values.size()}, span_of(values), true);
        },
        column.values);
    if (status && name != column.name) status = file.write_attribute(name, native::kColumnName, column.name);
    if (!status) return status;
  }
  return {};
}

Status write_attributes(hdf5::File& file, const Dataset& data) {
  for (const auto& [name, text] : data.provenance().attributes)
    if (auto status = file.write_attribute("/", native::attribute_of_note(name), text); !status)
      return status;
  if (!data.image_shape()) return {};
  const std::array<std::int64_t, 2> shape = {static_cast<std::int64_t>(data.image_shape()->rows),
                                             static_cast<std::int64_t>(data.image_shape()->cols)};
  return file.write_attribute("/", native::kImageShape, std::span<const std::int64_t>(shape));
}

}  // namespace

Status write_dataset(const Dataset& data, hdf5::File& group, RunControl& control,
                     const ProgressFn& progress) {
  if (auto status = native::write_mark(group); !status) return status;
  if (auto status = write_spectra(group, data, control, progress); !status) return status;
  for (const auto write :
       {write_axis, write_compositions, write_endmembers, write_groups, write_metadata, write_attributes})
    if (auto status = write(group, data); !status) return status;
  return {};
}

Status write_dataset(const Dataset& data, const std::filesystem::path& path, bool overwrite) {
  RunControl control;
  return write_dataset(data, path, overwrite, control, {});
}

Status write_dataset(const Dataset& data, const std::filesystem::path& path, bool overwrite,
                     RunControl& control, const ProgressFn& progress) {
  auto target = AtomicFile::create(path, overwrite);
  if (!target) return fail(target.error());
  auto file = hdf5::File::create(target->aside());
  if (!file) return fail(file.error().in(path.string()));
  if (auto status = write_dataset(data, *file, control, progress); !status) {
    return status.error().cancelled() ? status : fail(status.error().in(path.string()));
  }
  if (auto status = file->close(); !status) return fail(status.error().in(path.string()));
  if (control.stop_requested()) return fail(Error::cancel());
  auto done = target->commit();
  if (done && progress) progress(1, "writing");
  return done;
}

}  // namespace assayer
