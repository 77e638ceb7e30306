// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/hdf5_importer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <map>
#include <new>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "core/base/letters.h"
#include "core/io/axis_reading.h"
#include "core/io/compositions.h"
#include "core/io/hdf5_file.h"
#include "core/io/hdf5_tree_importer.h"
#include "core/io/native_form.h"
#include "core/io/text.h"
#include "core/io/trial.h"

namespace assayer {

namespace {

using hdf5::DatasetInfo;
using hdf5::Kind;

/// A wide table beside the spectra is more likely a second cube than metadata.
constexpr std::uint64_t kMostColumns = 64;

std::unexpected<Error> broken(std::string_view dataset, std::string what, std::string expected,
                              std::string found, std::string mend) {
  return fail({Error::Kind::Format, std::move(what), fmt::format("/{}", dataset), std::move(expected),
               std::move(found), std::move(mend)});
}

bool is_number(const DatasetInfo& info) {
  return info.kind == Kind::Integer || info.kind == Kind::Real;
}

/// Reads one file into DatasetParts, the small datasets first, so that a fault in them is told at once.
class Reader {
 public:
  Reader(const hdf5::File& file, const ImportOptions& options, RunControl& control,
         const ProgressFn& progress)
      : file_(file), options_(options), control_(control), progress_(progress) {}

  Result<DatasetParts> read() {
    const auto marked = native::read_mark(file_);
    if (!marked) return fail(marked.error());
    marked_ = *marked;
    using Step = Status (Reader::*)();
    for (const Step step :
         {&Reader::read_shape, &Reader::read_wavelength, &Reader::read_bad_channels, &Reader::read_groups,
          &Reader::read_abundance, &Reader::read_true_abundance, &Reader::read_endmembers,
          &Reader::read_attributes, &Reader::read_metadata, &Reader::read_spectra}) {
      if (control_.stop_requested()) return fail(Error::cancel());
      if (auto status = (this->*step)(); !status) return fail(std::move(status).error());
    }
    if (auto status = keep_first_rows(); !status) return fail(std::move(status).error());
    return std::move(parts_);
  }

  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  [[nodiscard]] std::string spectra_shape() const {
    return fmt::format("/spectra [{}, {}]", rows_, channels_);
  }

  Status read_shape();
  Status missing_spectra() const;
  Status read_wavelength();
  Status read_bad_channels();
  Status read_groups();
  Status read_abundance();
  Status read_true_abundance();
  Status read_endmembers();
  Status read_attributes();
  Status read_metadata();
  Status read_spectra();
  Status keep_first_rows();

  Result<Matrix<double>> read_compositions_matrix(const char* name);
  Result<std::vector<std::string>> component_names(std::size_t count);
  Result<std::vector<std::int64_t>> read_codes();
  Status name_groups(const std::vector<std::int64_t>& of_row, std::vector<std::string> names);
  Status read_column(const std::string& dataset, const DatasetInfo& info);
  /// Converts the values from a unit that the program does not have.
  Result<WavelengthUnit> read_unit(std::vector<double>& values);

  const hdf5::File& file_;
  const ImportOptions& options_;
  RunControl& control_;
  const ProgressFn& progress_;
  std::uint64_t rows_ = 0;
  std::uint64_t channels_ = 0;
  bool marked_ = false;
  DatasetParts parts_;
  std::vector<std::string> warnings_;
};

Status Reader::missing_spectra() const {
  if (marked_)
    return broken(native::kSpectra, "the data set lacks its spectra", "a dataset /spectra [N, C]", "",
                  "Write the file again from its source.");
  if (file_.has_attribute("/", model_form::kFormat)) {
    const auto format = file_.read_attribute_texts("/", model_form::kFormat);
    if (format && *format == std::vector<std::string>{model_form::kFormatName}) {
      return broken(native::kSpectra, "this file is a trained model, not a data set",
                    "a dataset /spectra [N, C]", "",
                    "Open the data that it was trained on, or use it as a model.");
    }
  }
  // Some other program's arrays: the next importer looks for spectra among them.
  return fail({Error::Kind::NotThisFormat, "the file has no spectra", "/spectra",
               "a dataset /spectra [N, C], one spectrum per row", "",
               "Store the spectra under the name /spectra."});
}

Status Reader::read_shape() {
  if (!file_.has_dataset(native::kSpectra)) return missing_spectra();
  const auto info = file_.info(native::kSpectra);
  if (!info) return fail(info.error());
  const std::string found = info->kind_text() + " of shape " + info->shape_text();
  if (!is_number(*info)) {
    return broken(native::kSpectra, "the spectra are no numbers", "real numbers or integers of shape [N, C]",
                  found, "Store the spectra as float32.");
  }
  if (info->null || info->rank() != 2) {
    return broken(native::kSpectra, "the spectra are no table", "shape [N, C], one spectrum per row", found,
                  info->rank() == 3
                      ? "Reshape an image cube to [rows x columns, C] and give its size in the attribute "
                        "image_shape."
                      : "Store one spectrum per row.");
  }
  rows_ = info->shape[0];
  channels_ = info->shape[1];
  if (rows_ == 0)
    return broken(native::kSpectra, "there are no spectra", "shape [N, C] with N of at least 1", found,
                  "Write the file again.");
  if (channels_ < 2) {
    return broken(native::kSpectra, "a spectrum needs at least two channels",
                  "shape [N, C] with C of at least 2", found,
                  "Store one spectrum per row: channels run along the second dimension.");
  }
  // Roles, selections and plans number the rows in 32 bits.
  if (rows_ > UINT32_MAX)
    return broken(native::kSpectra, "there are too many spectra", "at most 4294967295", found,
                  "Split the file.");
  return {};
}

Result<WavelengthUnit> Reader::read_unit(std::vector<double>& values) {
  const std::string where = fmt::format("/{}", native::kWavelength);
  constexpr const char* expected = "nm, um, cm-1, channel or pixel";
  constexpr const char* mend = "Set the attribute units of /wavelength to one of them.";
  if (!file_.has_attribute(native::kWavelength, native::kUnits)) {
    // Optical instruments leave no doubt: 50 divides far infrared in µm from ultraviolet in nm.
    constexpr double longest_um = 50;
    const double largest = std::abs(std::ranges::max(values));
    const auto unit = largest < longest_um ? WavelengthUnit::Micrometre : WavelengthUnit::Nanometre;
    warnings_.push_back(
        fmt::format("{} has no attribute units: {} is assumed from its values ({:g} to {:g}).", where,
                    to_string(unit), values.front(), values.back()));
    return unit;
  }
  const auto texts = file_.read_attribute_texts(native::kWavelength, native::kUnits);
  if (!texts) return fail(texts.error());
  const auto unit = texts->size() == 1 ? parse_wavelength_unit(texts->front()) : std::nullopt;
  const auto foreign = texts->size() == 1 ? parse_foreign_unit(texts->front(), true) : std::nullopt;
  if (!unit && foreign) {
    warnings_.push_back(convert_positions(values, *foreign, where));
    return foreign->unit;
  }
  if (!unit) {
    return fail({Error::Kind::Format, "the unit of the wavelengths is not known", where + ", attribute units",
                 expected, fmt::format("\"{}\"", fmt::join(*texts, "\", \"")), mend});
  }
  return *unit;
}

Status Reader::read_wavelength() {
  if (!file_.has_dataset(native::kWavelength)) {
    warnings_.emplace_back("The file has no /wavelength: the channels are numbered from 0.");
    if (options_.unit == WavelengthUnit::Pixel) {
      std::vector<double> positions(channels_);
      std::iota(positions.begin(), positions.end(), 0.0);
      parts_.wavelength = *WavelengthAxis::create(std::move(positions), WavelengthUnit::Pixel);
    }
    return {};
  }
  const auto info = file_.info(native::kWavelength);
  if (!info) return fail(info.error());
  if (!is_number(*info) || info->rank() != 1 || info->shape[0] != channels_) {
    const bool transposed = info->rank() == 1 && info->shape[0] == rows_;
    return broken(
        native::kWavelength, "the wavelengths do not match the spectra",
        fmt::format("{} numbers, one per channel of {}", channels_, spectra_shape()),
        info->kind_text() + " of shape " + info->shape_text(),
        transposed ? "The spectra look transposed: store one spectrum per row."
                   : "Give every channel one wavelength, or leave /wavelength out to number the channels.");
  }
  auto values = file_.read<double>(native::kWavelength);
  if (!values) return fail(values.error());
  const auto unit = options_.unit ? Result<WavelengthUnit>(*options_.unit) : read_unit(*values);
  if (!unit) return fail(unit.error());
  auto axis = WavelengthAxis::create(*std::move(values), *unit);
  if (!axis) return fail(axis.error().in(fmt::format("/{}", native::kWavelength)));
  parts_.wavelength = *std::move(axis);
  return {};
}

Status Reader::read_bad_channels() {
  if (!file_.has_dataset(native::kBadChannel)) return {};
  const auto info = file_.info(native::kBadChannel);
  if (!info) return fail(info.error());
  if (!is_number(*info) || info->rank() != 1 || info->shape[0] != channels_) {
    return broken(native::kBadChannel, "the channel mask does not match the spectra",
                  fmt::format("{} integers, one per channel of {}", channels_, spectra_shape()),
                  info->kind_text() + " of shape " + info->shape_text(),
                  "Give every channel a 0, or a 1 where it is masked.");
  }
  const auto values = file_.read<double>(native::kBadChannel);
  if (!values) return fail(values.error());
  for (const double value : *values) parts_.bad_channels.push_back(value != 0 ? 1 : 0);
  return {};
}

Result<std::vector<std::int64_t>> Reader::read_codes() {
  const auto info = file_.info(native::kGroup);
  if (!info) return fail(info.error());
  const std::string found = info->kind_text() + " of shape " + info->shape_text();
  const std::string expected = fmt::format("{} integers, one per row of {}", rows_, spectra_shape());
  if (info->rank() != 1 || info->shape[0] != rows_ || info->kind == Kind::Other)
    return broken(native::kGroup, "the groups do not match the spectra", expected, found,
                  "Give every spectrum one group.");
  if (info->kind == Kind::Integer) return file_.read<std::int64_t>(native::kGroup);
  const auto values = file_.read<double>(native::kGroup);
  if (!values) return fail(values.error());
  std::vector<std::int64_t> codes;
  for (std::size_t i = 0; i < values->size(); ++i) {
    constexpr double largest = 9007199254740992.0;  // 2^53: integers are exact below
    const double value = (*values)[i];
    if (std::trunc(value) != value || std::abs(value) > largest) {
      return broken(native::kGroup, fmt::format("row {} (counted from 0) has no group", i), expected,
                    fmt::format("{}", value), "Number the groups with integers.");
    }
    codes.push_back(static_cast<std::int64_t>(value));
  }
  return codes;
}

Status Reader::name_groups(const std::vector<std::int64_t>& of_row, std::vector<std::string> names) {
  const std::set<std::int64_t> used(of_row.begin(), of_row.end());
  Groups groups;
  const auto count = static_cast<std::int64_t>(names.size());
  if (file_.has_dataset(native::kGroupCodes)) {
    auto codes = file_.read<std::int64_t>(native::kGroupCodes);
    if (!codes) return fail(codes.error());
    groups.codes = *std::move(codes);
  } else if (count > 0 && *used.begin() >= 0 && *used.rbegin() < count) {
    // Codes index the names; groups without a spectrum keep their place.
    for (std::int64_t code = 0; code < count; ++code) groups.codes.push_back(code);
  } else {
    groups.codes.assign(used.begin(), used.end());
  }
  if (names.empty())
    for (const auto code : groups.codes) names.push_back(fmt::format("group {}", code));
  if (names.size() != groups.codes.size()) {
    return broken(native::kGroupNames, "the names do not match the groups",
                  fmt::format("{} names, one per group in /group", groups.codes.size()),
                  fmt::format("{}", names.size()),
                  "Give every group one name, in ascending order of the codes.");
  }
  std::map<std::int64_t, std::int32_t> index;
  for (std::size_t g = 0; g < groups.codes.size(); ++g) index[groups.codes[g]] = static_cast<std::int32_t>(g);
  for (const auto code : of_row) {
    const auto found = index.find(code);
    if (found == index.end()) {
      return broken(native::kGroupCodes, "a code of /group is missing", "every code that /group uses",
                    fmt::format("no {}", code), "Add the code, or remove /group_codes.");
    }
    groups.of_row.push_back(found->second);
  }
  groups.names = std::move(names);
  for (std::size_t g = 0; g < groups.names.size(); ++g)
    if (groups.names[g].empty()) groups.names[g] = fmt::format("group {}", groups.codes[g]);
  parts_.groups = std::move(groups);
  return {};
}

Status Reader::read_groups() {
  if (!file_.has_dataset(native::kGroup)) {
    if (file_.has_dataset(native::kGroupNames))
      warnings_.emplace_back("/group_names is left out: there is no /group.");
    return {};
  }
  const auto info = file_.info(native::kGroup);
  if (!info) return fail(info.error());
  if (info->kind == Kind::Text && info->rank() == 1 && info->shape[0] == rows_) {
    const auto texts = file_.read_texts(native::kGroup);
    if (!texts) return fail(texts.error());
    const std::set<std::string> distinct(texts->begin(), texts->end());
    const std::vector<std::string> names(distinct.begin(), distinct.end());
    Groups groups;
    groups.names = names;
    for (std::size_t g = 0; g < names.size(); ++g) groups.codes.push_back(static_cast<std::int64_t>(g));
    for (const auto& text : *texts)
      groups.of_row.push_back(
          static_cast<std::int32_t>(std::ranges::lower_bound(names, text) - names.begin()));
    parts_.groups = std::move(groups);
    return {};
  }
  const auto codes = read_codes();
  if (!codes) return fail(codes.error());
  std::vector<std::string> names;
  if (file_.has_dataset(native::kGroupNames)) {
    auto texts = file_.read_texts(native::kGroupNames);
    if (!texts) return fail(texts.error());
    names = *std::move(texts);
  }
  return name_groups(*codes, std::move(names));
}

Result<Matrix<double>> Reader::read_compositions_matrix(const char* name) {
  const auto info = file_.info(name);
  if (!info) return fail(info.error());
  const std::string found = info->kind_text() + " of shape " + info->shape_text();
  if (!is_number(*info) || info->rank() != 2 || info->shape[0] != rows_) {
    return broken(name, "the compositions do not match the spectra",
                  fmt::format("numbers of shape [{}, K], one row per row of {}", rows_, spectra_shape()),
                  found, "Give every spectrum a row; rows of NaN mean unlabelled.");
  }
  if (info->shape[1] < 2) {
    return broken(name, "a composition needs at least two components",
                  fmt::format("shape [{}, K] with K of at least 2", rows_), found,
                  "Add the rest as a component of its own (1 minus the other), or leave the dataset out.");
  }
  auto values = file_.read<double>(name);
  if (!values) return fail(values.error());
  return Matrix<double>(*std::move(values), info->shape[0], info->shape[1]);
}

Result<std::vector<std::string>> Reader::component_names(std::size_t count) {
  std::optional<std::vector<std::string>> names;
  std::string where;
  if (file_.has_attribute(native::kAbundance, native::kComponents)) {
    auto texts = file_.read_attribute_texts(native::kAbundance, native::kComponents);
    if (!texts) return texts;
    names = *std::move(texts);
    where = "/abundance, attribute components";
  } else {
    for (const auto* dataset : {native::kComponents, native::kEndmemberNames}) {
      if (names || !file_.has_dataset(dataset)) continue;
      auto texts = file_.read_texts(dataset);
      if (!texts) return texts;
      names = *std::move(texts);
      where = fmt::format("/{}", dataset);
    }
  }
  if (!names) {
    names.emplace();
    for (std::size_t k = 0; k < count; ++k) names->push_back(fmt::format("component {}", k + 1));
    warnings_.emplace_back(
        "/abundance does not name its components (attribute components, or dataset /endmember_names): they "
        "are "
        "numbered.");
  }
  if (names->size() != count) {
    return fail({Error::Kind::Format, "the names do not match the components", where,
                 fmt::format("{} names, one per column of /abundance", count),
                 fmt::format("{}", names->size()), "Give every component one name."});
  }
  return *std::move(names);
}

Status Reader::read_abundance() {
  if (!file_.has_dataset(native::kAbundance)) return {};
  auto values = read_compositions_matrix(native::kAbundance);
  if (!values) return fail(values.error());
  auto names = component_names(values->cols());
  if (!names) return fail(names.error());
  auto compositions = read_compositions(*std::move(values), *std::move(names), native::kAbundance);
  if (!compositions) return fail(compositions.error());
  parts_.abundances = std::move(compositions->abundances);
  parts_.metadata = std::move(compositions->columns);
  if (!compositions->warning.empty()) warnings_.push_back(std::move(compositions->warning));
  return {};
}

Status Reader::read_true_abundance() {
  if (!file_.has_dataset(native::kTrueAbundance)) return {};
  auto values = read_compositions_matrix(native::kTrueAbundance);
  if (!values) return fail(values.error());
  std::vector<std::string> names;
  names.reserve(values->cols());
  for (std::size_t k = 0; k < values->cols(); ++k) names.push_back(fmt::format("component {}", k + 1));
  if (parts_.abundances && parts_.abundances->components() == names.size())
    names = parts_.abundances->names();
  const auto truth = Abundances::create(*std::move(values), std::move(names));
  if (!truth) return fail(truth.error().in(fmt::format("/{}", native::kTrueAbundance)));
  parts_.true_abundances = truth->values();
  return {};
}

Status Reader::read_endmembers() {
  const auto wrong = [this](const char* name, const DatasetInfo& info, std::string_view shape) {
    return broken(name, "the reference endmembers do not match the spectra",
                  fmt::format("numbers of shape {} with C = {} as in {}", shape, channels_, spectra_shape()),
                  info.kind_text() + " of shape " + info.shape_text(),
                  "Resample the endmembers to the channels of the spectra, one endmember per row.");
  };
  if (file_.has_dataset(native::kEndmembers)) {
    const auto info = file_.info(native::kEndmembers);
    if (!info) return fail(info.error());
    if (!is_number(*info) || info->rank() != 2 || info->shape[1] != channels_)
      return wrong(native::kEndmembers, *info, "[K, C]");
    auto values = file_.read<float>(native::kEndmembers);
    if (!values) return fail(values.error());
    parts_.endmembers = Matrix<float>(*std::move(values), info->shape[0], info->shape[1]);
  }
  if (file_.has_dataset(native::kEndmembersByGroup)) {
    const auto info = file_.info(native::kEndmembersByGroup);
    if (!info) return fail(info.error());
    if (!is_number(*info) || info->rank() != 3 || info->shape[2] != channels_)
      return wrong(native::kEndmembersByGroup, *info, "[G, K, C]");
    const auto values = file_.read<float>(native::kEndmembersByGroup);
    if (!values) return fail(values.error());
    const std::size_t block = info->shape[1] * info->shape[2];
    for (std::size_t g = 0; g < info->shape[0]; ++g) {
      const auto begin = values->begin() + static_cast<std::ptrdiff_t>(g * block);
      parts_.endmembers_by_group.emplace_back(
          std::vector<float>(begin, begin + static_cast<std::ptrdiff_t>(block)), info->shape[1],
          info->shape[2]);
    }
  }
  if (file_.has_dataset(native::kEndmemberNames)) {
    auto names = file_.read_texts(native::kEndmemberNames);
    if (!names) return fail(names.error());
    parts_.endmember_names = *std::move(names);
  }
  return {};
}

Status Reader::read_attributes() {
  for (const auto& name : file_.attribute_names("/")) {
    if (name == native::kImageShape) {
      const auto shape = file_.read_attribute<std::int64_t>("/", name);
      if (!shape) return fail(shape.error());
      if (shape->size() != 2 || (*shape)[0] < 1 || (*shape)[1] < 1) {
        return fail({Error::Kind::Format, "the image's shape is wrong", "attribute image_shape",
                     "two positive integers, [rows, columns]", fmt::format("[{}]", fmt::join(*shape, ", ")),
                     "Correct the attribute, or remove it."});
      }
      parts_.image_shape =
          ImageShape{static_cast<std::size_t>((*shape)[0]), static_cast<std::size_t>((*shape)[1])};
      continue;
    }
    const auto note = marked_ ? native::note_of_attribute(name) : std::optional(name);
    if (!note) continue;
    const auto texts = file_.read_attribute_texts("/", name);
    if (!texts) {
      warnings_.push_back(
          fmt::format("The attribute \"{}\" is left out: it is neither text nor numbers.", name));
      continue;
    }
    parts_.provenance.attributes[to_utf8(*note)] = fmt::format("{}", fmt::join(*texts, " "));
  }
  return {};
}

Status Reader::read_column(const std::string& dataset, const DatasetInfo& info) {
  std::string name = to_utf8(dataset);
  if (file_.has_attribute(dataset, native::kColumnName)) {
    auto texts = file_.read_attribute_texts(dataset, native::kColumnName);
    if (texts && texts->size() == 1) name = texts->front();
  }
  const std::size_t width = info.rank() == 2 ? info.shape[1] : 1;
  const auto add = [&](const auto& values) {
    using Values = std::remove_cvref_t<decltype(values)>;
    for (std::size_t k = 0; k < width; ++k) {
      Values column(rows_);
      for (std::size_t r = 0; r < rows_; ++r) column[r] = values[r * width + k];
      parts_.metadata.push_back({width == 1 ? name : fmt::format("{}[{}]", name, k), std::move(column)});
    }
    return Status{};
  };
  const auto read = [&](auto values) { return values ? add(*values) : Status(fail(values.error())); };
  if (info.kind == Kind::Text) return read(file_.read_texts(dataset));
  if (info.kind == Kind::Integer) return read(file_.read<std::int64_t>(dataset));
  return read(file_.read<double>(dataset));
}

Status Reader::read_metadata() {
  const auto entries = file_.entries();
  if (!entries) return fail(entries.error());
  const auto leave_out = [this](const std::string& name, std::string_view reason) {
    warnings_.push_back(fmt::format("/{} is left out: {}.", to_utf8(name), reason));
  };
  for (const auto& entry : *entries) {
    if (control_.stop_requested()) return fail(Error::cancel());
    if (entry.type == hdf5::Entry::Type::Dataset && native::is_reserved(entry.name)) continue;
    if (entry.type != hdf5::Entry::Type::Dataset) {
      leave_out(entry.name, entry.type == hdf5::Entry::Type::Elsewhere ? "it is a link out of this file"
                                                                       : "it is no dataset");
      continue;
    }
    const auto info = file_.info(entry.name);
    if (!info) {
      leave_out(entry.name, "it cannot be opened");
      continue;
    }
    const bool per_row = !info->null && (info->rank() == 1 || info->rank() == 2) && info->shape[0] == rows_;
    if (!per_row) {
      leave_out(entry.name,
                fmt::format("its shape is {}, and there are {} spectra", info->shape_text(), rows_));
    } else if (info->kind == Kind::Other) {
      leave_out(entry.name, "it holds neither numbers nor text");
    } else if (info->rank() == 2 && info->shape[1] > kMostColumns) {
      leave_out(entry.name, fmt::format("its shape is {}, and at most {} columns are taken",
                                        info->shape_text(), kMostColumns));
    } else if (auto status = read_column(entry.name, *info); !status) {
      return status;
    }
  }
  return {};
}

Status Reader::read_spectra() {
  auto spectra =
      file_.read_matrix(native::kSpectra, control_, progress_, std::max<std::size_t>(options_.max_rows, 1));
  if (!spectra) return fail(spectra.error());
  parts_.spectra = *std::move(spectra);
  return {};
}

Matrix<double> first_rows(const Matrix<double>& values, std::size_t rows) {
  const auto kept = values.values().first(rows * values.cols());
  return {std::vector<double>(kept.begin(), kept.end()), rows, values.cols()};
}

/// What is known of the rows that a preview does not take goes, too.
Status Reader::keep_first_rows() {
  const std::size_t rows = parts_.spectra.rows();
  if (rows == rows_) return {};
  parts_.image_shape.reset();
  if (parts_.groups) parts_.groups->of_row.resize(rows);
  for (MetadataColumn& column : parts_.metadata)
    std::visit([rows](auto& values) { values.resize(rows); }, column.values);
  if (parts_.true_abundances) parts_.true_abundances = first_rows(*parts_.true_abundances, rows);
  if (!parts_.abundances) return {};
  auto kept = Abundances::create(first_rows(parts_.abundances->values(), rows), parts_.abundances->names());
  if (!kept) return fail(kept.error());
  parts_.abundances = *std::move(kept);
  return {};
}

bool has_own_extension(const std::filesystem::path& path) {
  const std::string extension = lower_extension(path);
  return extension == ".h5" || extension == ".hdf5";
}

Result<Imported> read_parts(const hdf5::File& file, const ImportOptions& options, const std::string& path,
                            const std::string& format, RunControl& control, const ProgressFn& progress) {
  Reader reader(file, options, control, progress);
  auto parts = reader.read();
  if (!parts) return fail(std::move(parts).error());
  parts->provenance.path = path;
  parts->provenance.format = format;
  auto data = Dataset::create(*std::move(parts));
  if (!data) return fail(std::move(data).error());
  return Imported{*std::move(data), format, reader.take_warnings()};
}

/// By its first bytes, and by what the user says of it.
Status check_form(const std::filesystem::path& path, const ImportOptions& options) {
  std::string head(16 * 1024, '\0');
  std::ifstream stream(path, std::ios::binary);
  stream.read(head.data(), static_cast<std::streamsize>(head.size()));
  head.resize(static_cast<std::size_t>(stream.gcount()));
  if (!hdf5::has_signature(head)) {
    const bool ours = has_own_extension(path);
    return fail({ours ? Error::Kind::Format : Error::Kind::NotThisFormat, "this is no HDF5 file", "",
                 "the HDF5 signature at its start", describe_bytes(head),
                 ours ? "Give the file the extension of its real format, or write it as HDF5." : ""});
  }
  // MATLAB's arrays have their axes the other way round, and a mapping is for files whose meaning is not
  // fixed.
  if (head.starts_with("MATLAB") || !options.roles.empty() || !options.settings.empty())
    return fail({Error::Kind::NotThisFormat, "this is not the native form", "", "", "", ""});
  return {};
}

Result<Imported> load_checked(const std::filesystem::path& path, const ImportOptions& options,
                              RunControl& control, const ProgressFn& progress, const std::string& format) {
  const auto file = hdf5::File::open(path);
  if (!file) return fail(file.error());
  if (is_foreign_spectra(*file))
    return fail({Error::Kind::NotThisFormat, "this is not the native form", "/spectra", "", "", ""});
  return read_parts(*file, options, path.string(), format, control, progress);
}

}  // namespace

Result<Imported> read_native(const hdf5::File& group, const std::string& path, const std::string& format,
                             RunControl& control, const ProgressFn& progress) {
  return read_parts(group, ImportOptions{}, path, format, control, progress);
}

bool Hdf5Importer::sniff(const std::filesystem::path& path, std::string_view head) const {
  return hdf5::has_signature(head) || has_own_extension(path);
}

Result<ImportContents> Hdf5Importer::inspect(const std::filesystem::path& path, const ImportOptions& options,
                                             RunControl& control) const {
  // Reading one spectrum tells whether the file has the native form, and is to be read in it.
  ImportOptions one = options;
  one.max_rows = 1;
  const auto imported = load(path, one, control, {});
  if (imported || imported.error().kind != Error::Kind::NotThisFormat) return ImportContents{name(), {}, {}};
  return fail(imported.error());
}

Result<Imported> Hdf5Importer::load(const std::filesystem::path& path, const ImportOptions& options,
                                    RunControl& control, const ProgressFn& progress) const {
  try {
    if (const Status ours = check_form(path, options); !ours) return fail(ours.error().in(path.string()));
    auto imported = read_after_trial(
        "libhdf5", bytes_of(path), control,
        [&](RunControl& own) {
          return load_checked(path, part_to_try(bytes_of(path), options), own, {}, name());
        },
        [&] { return load_checked(path, options, control, progress, name()); });
    if (!imported && !imported.error().cancelled()) return fail(imported.error().in(path.string()));
    return imported;
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the data do not fit into the memory", path.string(), "", "",
                 "Take fewer spectra or channels."});
  }
}

}  // namespace assayer
