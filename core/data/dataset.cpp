// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/data/dataset.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>
#include <set>
#include <span>
#include <utility>

namespace assayer {

namespace {

std::string shape(std::size_t rows, std::size_t cols) {
  return fmt::format("[{}, {}]", rows, cols);
}

std::unexpected<Error> bad(std::string where, std::string what, std::string expected, std::string found,
                           std::string mend) {
  return fail({Error::Kind::Data, std::move(what), std::move(where), std::move(expected), std::move(found),
               std::move(mend)});
}

Status check_spectra(const DatasetParts& parts) {
  const std::size_t n = parts.shared_spectra.rows();
  const std::size_t c = parts.shared_spectra.cols();
  if (n == 0) {
    return bad("/spectra", "there are no spectra", "[N, C] with N of at least 1", shape(n, c),
               "Store one spectrum per row.");
  }
  if (c < 2) {
    return bad("/spectra", "a spectrum needs at least two channels", "[N, C] with C of at least 2",
               shape(n, c),
               "Store one spectrum per row: spectra along the first dimension, channels along the second.");
  }
  if (parts.wavelength && parts.wavelength->size() != c) {
    return bad(
        "/wavelength", "wavelengths and channels do not match",
        fmt::format("{} values, one per channel of /spectra {}", c, shape(n, c)),
        fmt::format("{}", parts.wavelength->size()),
        parts.wavelength->size() == n
            ? "The spectra look transposed: store one spectrum per row."
            : "Give every channel one wavelength, or leave the wavelengths out to number the channels.");
  }
  if (!parts.bad_channels.empty()) {
    if (parts.bad_channels.size() != c) {
      return bad("/bad_channel", "the channel mask and the channels do not match",
                 fmt::format("{} values, one per channel of /spectra {}", c, shape(n, c)),
                 fmt::format("{}", parts.bad_channels.size()),
                 "Give every channel one value: 1 where masked.");
    }
    if (std::ranges::all_of(parts.bad_channels, [](std::uint8_t masked) { return masked != 0; })) {
      return bad("/bad_channel", "every channel is masked", "a 0 for every channel to use", "no 0",
                 "1 means masked: turn the mask round if 1 was meant to be good.");
    }
  }
  if (parts.image_shape) {
    const auto [rows, cols] = *parts.image_shape;
    // Divided, not multiplied: the shape comes from a file and may overflow.
    if (rows == 0 || cols == 0 || n % rows != 0 || n / rows != cols) {
      return bad("image_shape", "the image's shape and the spectra do not match",
                 fmt::format("rows x columns = {}, the number of spectra", n),
                 fmt::format("{} x {}", rows, cols), "Correct the attribute image_shape, or remove it.");
    }
  }
  return {};
}

Status check_compositions(const DatasetParts& parts) {
  const std::size_t n = parts.shared_spectra.rows();
  const auto rows_differ = [n](std::string where, std::size_t rows, std::size_t cols) {
    return bad(std::move(where), "compositions and spectra do not match",
               fmt::format("{} rows, one per spectrum", n), shape(rows, cols),
               "Give every spectrum a row; rows of NaN mean unlabelled.");
  };
  if (parts.abundances && parts.abundances->rows() != n)
    return rows_differ("/abundance", parts.abundances->rows(), parts.abundances->components());
  if (const auto& truth = parts.true_abundances) {
    if (truth->rows() != n) return rows_differ("/abundance_true", truth->rows(), truth->cols());
    if (parts.abundances && truth->cols() != parts.abundances->components()) {
      return bad("/abundance_true", "true and nominal compositions do not match",
                 fmt::format("{} components, as in /abundance", parts.abundances->components()),
                 shape(truth->rows(), truth->cols()), "Store the same components in the same order.");
    }
  }
  return {};
}

Status check_endmember_matrix(const DatasetParts& parts, const Matrix<float>& endmembers,
                              const std::string& where, std::optional<std::size_t> components) {
  const std::string found = shape(endmembers.rows(), endmembers.cols());
  if (endmembers.cols() != parts.shared_spectra.cols()) {
    return bad(where, "reference endmembers and spectra have different channels",
               fmt::format("{} channels, as in /spectra", parts.shared_spectra.cols()), found,
               "Resample the endmembers to the channels of the spectra, one endmember per row.");
  }
  if (endmembers.rows() == 0 || (components && endmembers.rows() != *components)) {
    return bad(where, "reference endmembers and components do not match",
               components ? fmt::format("{} rows, one per component", *components) : "at least one row",
               found, "Store one endmember per component, in the components' order.");
  }
  return {};
}

Status check_groups(const DatasetParts& parts) {
  if (!parts.groups) return {};
  const Groups& groups = *parts.groups;
  if (groups.of_row.size() != parts.shared_spectra.rows()) {
    return bad("/group", "groups and spectra do not match",
               fmt::format("{} values, one per spectrum", parts.shared_spectra.rows()),
               fmt::format("{}", groups.of_row.size()), "Give every spectrum one group.");
  }
  if (groups.names.size() != groups.codes.size()) {
    return bad("/group_names", "group names and group codes do not match",
               fmt::format("{} names, one per group", groups.codes.size()),
               fmt::format("{}", groups.names.size()), "Give every group one name.");
  }
  if (std::set<std::int64_t>(groups.codes.begin(), groups.codes.end()).size() != groups.codes.size())
    return bad("/group_codes", "two groups have the same code", "distinct codes", "", "Renumber the groups.");
  for (std::size_t i = 0; i < groups.of_row.size(); ++i) {
    const auto group = groups.of_row[i];
    if (group >= 0 && static_cast<std::size_t>(group) < groups.names.size()) continue;
    return bad("/group", fmt::format("row {} (counted from 0) is in an unknown group", i),
               fmt::format("0 to {}", groups.names.size() - 1), fmt::format("{}", group),
               "Correct the group.");
  }
  return {};
}

Status check_endmembers(const DatasetParts& parts) {
  std::optional<std::size_t> components;
  if (parts.abundances)
    components = parts.abundances->components();
  else if (parts.true_abundances)
    components = parts.true_abundances->cols();
  if (parts.endmembers) {
    if (auto status = check_endmember_matrix(parts, *parts.endmembers, "/endmembers", components); !status)
      return status;
    components = parts.endmembers->rows();
  }
  if (!parts.endmember_names.empty() && components && parts.endmember_names.size() != *components) {
    return bad("/endmember_names", "names and endmembers do not match", fmt::format("{} names", *components),
               fmt::format("{}", parts.endmember_names.size()), "Give every endmember one name.");
  }
  if (parts.endmembers_by_group.empty()) return {};
  const std::size_t groups = parts.groups ? parts.groups->names.size() : 0;
  if (parts.endmembers_by_group.size() != groups) {
    return bad("/endmembers_by_group", "endmembers by group and groups do not match",
               fmt::format("[{}, K, C], one block per group in /group", groups),
               fmt::format("{} blocks", parts.endmembers_by_group.size()),
               "Store one block of endmembers per group, in the groups' order.");
  }
  for (const auto& endmembers : parts.endmembers_by_group) {
    if (auto status = check_endmember_matrix(parts, endmembers, "/endmembers_by_group", components); !status)
      return status;
    components = endmembers.rows();
  }
  return {};
}

Status check_metadata(const DatasetParts& parts) {
  std::set<std::string_view> names;
  for (const auto& column : parts.metadata) {
    if (column.name.empty())
      return bad("metadata", "a column has no name", "a name for every column", "", "Name the column.");
    if (!names.insert(column.name).second) {
      return bad("/" + column.name, "two metadata columns have the same name", "distinct names", "",
                 "Rename one of them.");
    }
    if (column.size() != parts.shared_spectra.rows()) {
      return bad("/" + column.name, "the column and the spectra do not match",
                 fmt::format("{} values, one per spectrum", parts.shared_spectra.rows()),
                 fmt::format("{}", column.size()), "Give every spectrum one value.");
    }
  }
  return {};
}

/// 64 bits over 8-byte words, rotate and multiply (the rounds of xxHash64 with one lane): tells data sets
/// apart, and is no protection against a forger.
class Fingerprint {
 public:
  void add(std::uint64_t word) {
    state_ ^= std::rotl(word * kPrime2, 31) * kPrime1;
    state_ = std::rotl(state_, 27) * kPrime1 + kPrime4;
  }
  template <class T>
  void add(std::span<const T> values) {
    const auto bytes = std::as_bytes(values);
    add(static_cast<std::uint64_t>(bytes.size()));
    add_words(bytes);
  }
  /// Without the length: a sequence may come in parts, all but the last of whole words.
  void add_words(std::span<const std::byte> bytes) {
    for (std::size_t i = 0; i < bytes.size(); i += sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data() + i, std::min(sizeof word, bytes.size() - i));
      add(word);
    }
  }
  void add(std::string_view text) { add(std::span<const char>(text)); }

  [[nodiscard]] std::string hexadecimal() const {
    std::uint64_t hash = state_;
    hash = (hash ^ (hash >> 33)) * kPrime2;
    hash = (hash ^ (hash >> 29)) * kPrime3;
    return fmt::format("{:016x}", hash ^ (hash >> 32));
  }

 private:
  static constexpr std::uint64_t kPrime1 = 0x9E3779B185EBCA87;
  static constexpr std::uint64_t kPrime2 = 0xC2B2AE3D27D4EB4F;
  static constexpr std::uint64_t kPrime3 = 0x165667B19E3779F9;
  static constexpr std::uint64_t kPrime4 = 0x85EBCA77C2B2AE63;
  std::uint64_t state_ = kPrime3;
};

void add_spectra(Fingerprint& print, const Spectra& spectra) {
  print.add(spectra.rows());
  print.add(spectra.cols());
  print.add(static_cast<std::uint64_t>(spectra.size() * sizeof(float)));
  // An even number of rows is a whole number of words.
  const std::size_t rows = (spectra.block_rows() + 1) / 2 * 2;
  std::vector<float> scratch;
  for (std::size_t first = 0; first < spectra.rows(); first += rows) {
    const auto block = spectra.block(first, std::min(rows, spectra.rows() - first), scratch);
    // What cannot be read any more is data of another kind, and must not look like those of a model.
    if (!block)
      print.add(std::string_view(block.error().what));
    else
      print.add_words(std::as_bytes(std::span(block->data(), block->size())));
  }
}

std::string fingerprint_of(const DatasetParts& parts) {
  Fingerprint print;
  add_spectra(print, parts.shared_spectra);
  print.add(to_string(parts.wavelength->unit()));
  print.add(parts.wavelength->values());
  if (parts.abundances) {
    for (const auto& name : parts.abundances->names()) print.add(name);
    // NaN has many patterns; a missing row must hash alike wherever it comes from.
    for (std::size_t r = 0; r < parts.abundances->rows(); ++r) {
      const bool known = parts.abundances->known(r);
      print.add(known ? 1 : 0);
      if (known) print.add(parts.abundances->row(r));
    }
  }
  return print.hexadecimal();
}

}  // namespace

std::size_t MetadataColumn::size() const {
  return std::visit([](const auto& column) { return column.size(); }, values);
}

std::string MetadataColumn::text(std::size_t row) const {
  return std::visit([row](const auto& column) { return fmt::format("{}", column[row]); }, values);
}

std::optional<std::vector<double>> MetadataColumn::numbers() const {
  if (const auto* reals = std::get_if<std::vector<double>>(&values)) return *reals;
  if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&values))
    return std::vector<double>(integers->begin(), integers->end());
  return std::nullopt;
}

Result<std::shared_ptr<const Dataset>> Dataset::create(DatasetParts parts) {
  // Without a row or channel there is still a shape to be told.
  if (parts.shared_spectra.rows() == 0) parts.shared_spectra = Spectra(std::exchange(parts.spectra, {}));
  for (const auto check : {check_spectra, check_compositions, check_groups, check_endmembers, check_metadata})
    if (auto status = check(parts); !status) return fail(std::move(status).error());

  // NOLINTNEXTLINE(modernize-make-shared): the constructor is private
  std::shared_ptr<const Dataset> dataset(new Dataset(std::move(parts)));
  if (!dataset->has_finite_row()) {
    return bad("/spectra", "no spectrum is free of missing values",
               "at least one row that is finite in every channel that is not masked",
               fmt::format("NaN or infinity in each of {} rows", dataset->rows()),
               "Mask the channels that are always missing in /bad_channel.");
  }
  return dataset;
}

Dataset::Dataset(DatasetParts parts) : parts_(std::move(parts)) {
  if (!parts_.wavelength) parts_.wavelength = WavelengthAxis::channels(parts_.shared_spectra.cols());
  if (parts_.endmembers && parts_.endmember_names.empty()) {
    if (parts_.abundances) {
      parts_.endmember_names = parts_.abundances->names();
    } else {
      for (std::size_t k = 0; k < parts_.endmembers->rows(); ++k)
        parts_.endmember_names.push_back(fmt::format("endmember {}", k + 1));
    }
  }
  for (std::size_t c = 0; c < channels(); ++c)
    if (parts_.bad_channels.empty() || parts_.bad_channels[c] == 0) used_channels_.push_back(c);
  finite_ = std::vector<std::atomic<Finite>>(rows());
  if (spectra().stays_in_file()) return;
  for (std::size_t r = 0; r < rows(); ++r) find_finite(r);
}

bool Dataset::find_finite(std::size_t row) const {
  const auto values = spectra().row(row);
  const bool finite =
      std::ranges::all_of(used_channels_, [values](std::size_t c) { return std::isfinite(values[c]); });
  // Two threads that find it at the same time find the same.
  finite_[row].store(finite ? Finite::Yes : Finite::No, std::memory_order_relaxed);
  return finite;
}

bool Dataset::has_finite_row() const {
  // Of a file that is large, this many say enough; one without values would have to be read to its end.
  constexpr std::size_t most_in_file = 1024;
  const std::size_t most = spectra().stays_in_file() ? std::min(rows(), most_in_file) : rows();
  // Images often have borders without values: steps of the golden section leave them soonest, and visit every
  // row once because they share no divisor with the number of rows.
  auto step = static_cast<std::size_t>(0.618 * static_cast<double>(rows())) | 1;
  while (std::gcd(step, rows()) != 1) ++step;
  for (std::size_t i = 0, row = rows() / 2; i < most; ++i, row = (row + step) % rows())
    if (row_is_finite(row)) return true;
  return false;
}

const std::string& Dataset::fingerprint() const {
  std::call_once(fingerprint_made_, [this] { fingerprint_ = fingerprint_of(parts_); });
  return fingerprint_;
}

std::size_t Dataset::components() const {
  if (parts_.abundances) return parts_.abundances->components();
  return parts_.endmembers ? parts_.endmembers->rows() : 0;
}

const std::vector<std::string>& Dataset::component_names() const {
  return parts_.abundances ? parts_.abundances->names() : parts_.endmember_names;
}

const MetadataColumn* Dataset::find_metadata(std::string_view name) const {
  const auto found = std::ranges::find(parts_.metadata, name, &MetadataColumn::name);
  return found == parts_.metadata.end() ? nullptr : &*found;
}

}  // namespace assayer
