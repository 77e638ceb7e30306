// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/joining.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <utility>

namespace assayer {

namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

std::string describe(const WavelengthAxis& axis) {
  return fmt::format("{} channels from {:g} to {:g} {}", axis.size(), axis.values().front(),
                     axis.values().back(), to_string(axis.unit()));
}

/// Files of one instrument print the same wavelength with different roundings.
bool same_axis(const WavelengthAxis& a, const WavelengthAxis& b) {
  constexpr double relative = 1e-6;
  if (a.unit() != b.unit() || a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i)
    if (std::abs(a[i] - b[i]) > relative * std::max(std::abs(a[i]), std::abs(b[i]))) return false;
  return true;
}

}  // namespace

std::string sample_of(std::string_view stem) {
  constexpr std::size_t most_letters = 4;
  std::size_t end = stem.size();
  while (end > 0 && stem[end - 1] >= '0' && stem[end - 1] <= '9') --end;
  if (end == stem.size()) return std::string(stem);
  std::size_t letters = end;
  while (letters > 0 && ((stem[letters - 1] | 0x20) >= 'a' && (stem[letters - 1] | 0x20) <= 'z')) --letters;
  const bool separated =
      letters > 1 && std::string_view("_- .").find(stem[letters - 1]) != std::string_view::npos;
  if (!separated || end - letters > most_letters) return std::string(stem);
  return std::string(stem.substr(0, letters - 1));
}

Status DatasetJoiner::add(Imported imported, const std::filesystem::path& path, RunControl& control) {
  const Dataset& data = *imported.data;
  if (!axis_) {
    axis_ = data.wavelength();
    format_ = imported.format;
    folder_ = path.parent_path().string();
    attributes_ = data.provenance().attributes;
    bad_ = data.bad_channels();
  } else if (!same_axis(*axis_, data.wavelength())) {
    return fail({Error::Kind::Data, "the files do not have the same channels", path.string(),
                 describe(*axis_) + ", as in " + parts_.front().file, describe(data.wavelength()),
                 "Resample one of them, or open them one by one."});
  }
  std::string file = path.filename().string();
  if (std::ranges::find(parts_, file, &Part::file) != parts_.end()) file = path.string();
  parts_.push_back({rows_, data.rows(), std::move(file), data.metadata(), data.abundances(),
                    data.true_abundances(), data.groups()});
  rows_ += data.rows();
  if (bad_.empty() && !data.bad_channels().empty()) bad_.assign(data.channels(), 0);
  for (std::size_t c = 0; c < data.bad_channels().size(); ++c) bad_[c] |= data.bad_channels()[c];
  std::erase_if(attributes_, [&](const auto& attribute) {
    const auto found = data.provenance().attributes.find(attribute.first);
    return found == data.provenance().attributes.end() || found->second != attribute.second;
  });
  if (data.endmembers() && !endmembers_) {
    endmembers_ = data.endmembers();
    endmember_names_ = data.endmember_names();
  }
  image_ = image_ || data.image_shape().has_value();
  for (const auto& warning : imported.warnings) {
    // Files of one kind all need the same assumptions.
    if (std::ranges::find(warnings_, warning) == warnings_.end()) warnings_.push_back(warning);
  }
  Spectra spectra = data.spectra();
  // What nobody else holds need not be in memory twice.
  imported.data.reset();
  auto status = spectra_.append(std::move(spectra), control);
  if (!status && !status.error().cancelled()) return fail(status.error().in(path.string()));
  return status;
}

void DatasetJoiner::join_metadata(DatasetParts& parts, std::vector<std::string>& warnings) const {
  std::vector<std::string> order;
  for (const auto& part : parts_)
    for (const auto& column : part.metadata)
      if (column.name != "file" && std::ranges::find(order, column.name) == order.end())
        order.push_back(column.name);
  std::vector<std::string> files(rows_);
  for (const auto& part : parts_)
    std::fill_n(files.begin() + static_cast<std::ptrdiff_t>(part.first), part.rows, part.file);
  parts.metadata.push_back({"file", std::move(files)});

  for (const auto& name : order) {
    bool everywhere = true;
    bool integer = true;
    bool numeric = true;
    for (const auto& part : parts_) {
      const auto found = std::ranges::find(part.metadata, name, &MetadataColumn::name);
      if (found == part.metadata.end()) {
        everywhere = false;
        continue;
      }
      integer = integer && std::holds_alternative<std::vector<std::int64_t>>(found->values);
      numeric = numeric && found->numbers().has_value();
    }
    std::vector<std::int64_t> integers;
    std::vector<double> numbers;
    std::vector<std::string> texts;
    for (const auto& part : parts_) {
      const auto found = std::ranges::find(part.metadata, name, &MetadataColumn::name);
      const bool has = found != part.metadata.end();
      if (integer && everywhere) {
        const auto& own = std::get<std::vector<std::int64_t>>(found->values);
        integers.insert(integers.end(), own.begin(), own.end());
      } else if (numeric) {
        const auto own = has ? *found->numbers() : std::vector<double>(part.rows, kNan);
        numbers.insert(numbers.end(), own.begin(), own.end());
      } else {
        for (std::size_t r = 0; r < part.rows; ++r) texts.push_back(has ? found->text(r) : std::string());
      }
    }
    if (!integers.empty())
      parts.metadata.push_back({name, std::move(integers)});
    else if (!numbers.empty())
      parts.metadata.push_back({name, std::move(numbers)});
    else
      parts.metadata.push_back({name, std::move(texts)});
    if (!everywhere)
      warnings.push_back(
          fmt::format("Not every file has the column \"{}\": it is empty for the others.", name));
  }
}

void DatasetJoiner::join_compositions(DatasetParts& parts, std::vector<std::string>& warnings) {
  const std::vector<std::string>* names = nullptr;
  bool same = true;
  for (const auto& part : parts_) {
    if (!part.abundances) continue;
    if (names == nullptr) names = &part.abundances->names();
    same = same && part.abundances->names() == *names;
  }
  if (names == nullptr) return;
  if (!same) {
    for (auto& part : parts_) {
      if (!part.abundances) continue;
      for (std::size_t k = 0; k < part.abundances->components(); ++k) {
        std::vector<double> column(part.rows);
        for (std::size_t r = 0; r < part.rows; ++r) column[r] = part.abundances->row(r)[k];
        part.metadata.push_back({part.abundances->names()[k], std::move(column)});
      }
      part.abundances.reset();
    }
    warnings.emplace_back(
        "The files' compositions are over different components: they are kept as columns, not as "
        "compositions.");
    return;
  }
  const std::size_t components = names->size();
  Matrix<double> values(rows_, components, kNan);
  bool truth = true;
  for (const auto& part : parts_) {
    truth = truth && part.true_abundances && part.true_abundances->cols() == components;
    if (!part.abundances) continue;
    for (std::size_t r = 0; r < part.rows; ++r)
      std::ranges::copy(part.abundances->row(r), values.row(part.first + r).begin());
  }
  // Every row was on the simplex already.
  if (auto joined = Abundances::create(std::move(values), *names)) parts.abundances = *std::move(joined);
  if (!truth) return;
  Matrix<double> true_values(rows_, components);
  for (const auto& part : parts_)
    for (std::size_t r = 0; r < part.rows; ++r)
      std::ranges::copy(part.true_abundances->row(r), true_values.row(part.first + r).begin());
  parts.true_abundances = std::move(true_values);
}

void DatasetJoiner::join_groups(DatasetParts& parts) const {
  const bool own = std::ranges::any_of(parts_, [](const Part& part) { return part.groups.has_value(); });
  const bool large = std::ranges::any_of(parts_, [](const Part& part) { return part.rows > 1; });
  std::vector<std::string> of_row;
  of_row.reserve(rows_);
  for (const auto& part : parts_) {
    const std::string stem = std::filesystem::path(part.file).stem().string();
    for (std::size_t r = 0; r < part.rows; ++r) {
      if (own)
        of_row.push_back(part.groups ? part.groups->names[static_cast<std::size_t>(part.groups->of_row[r])]
                                     : "none");
      else
        of_row.push_back(large ? stem : sample_of(stem));
    }
  }
  Groups groups;
  std::map<std::string, std::int32_t> index;
  for (const auto& name : of_row) {
    const auto [at, added] = index.emplace(name, static_cast<std::int32_t>(groups.names.size()));
    if (added) {
      groups.codes.push_back(std::ssize(groups.names));
      groups.names.push_back(name);
    }
    groups.of_row.push_back(at->second);
  }
  // A group for every spectrum, or one for all, says nothing.
  if (!own && (groups.names.size() == rows_ || groups.names.size() < 2)) return;
  parts.groups = std::move(groups);
}

Result<Imported> DatasetJoiner::finish() {
  if (!axis_) {
    return fail({Error::Kind::Usage, "there are no files to join", "", "at least one", "none", ""});
  }
  DatasetParts parts;
  parts.shared_spectra = spectra_.finish();
  parts.wavelength = std::move(axis_);
  parts.bad_channels = std::move(bad_);
  join_compositions(parts, warnings_);
  join_metadata(parts, warnings_);
  join_groups(parts);
  const std::size_t components = parts.abundances ? parts.abundances->components() : 0;
  if (endmembers_ && (components == 0 || endmembers_->rows() == components)) {
    parts.endmembers = std::move(endmembers_);
    parts.endmember_names = std::move(endmember_names_);
  }
  if (image_)
    warnings_.emplace_back("The images' shapes are lost: the pixels of several images are one list now.");
  parts.provenance = {folder_, format_, std::move(attributes_)};
  auto data = Dataset::create(std::move(parts));
  if (!data) return fail(data.error());
  return Imported{*std::move(data), fmt::format("{}, {} files", format_, parts_.size()),
                  std::move(warnings_)};
}

}  // namespace assayer
