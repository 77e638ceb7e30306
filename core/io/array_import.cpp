// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/array_import.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <new>
#include <numeric>
#include <set>
#include <utility>

#include "core/base/letters.h"
#include "core/io/array_plan.h"
#include "core/io/axis_reading.h"
#include "core/io/byte_source.h"
#include "core/io/compositions.h"
#include "core/io/one_hots.h"
#include "core/io/text.h"

namespace assayer {

namespace {

constexpr std::size_t kDropped = std::numeric_limits<std::size_t>::max();
/// The USGS spectral library's mark for a channel that was deleted.
constexpr float kUsgsDeleted = -1.23e34F;

std::string trimmed(std::string_view text) {
  constexpr std::string_view blanks(" \t\r\n\0", 5);
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(blanks) - first + 1));
}

bool is_whole(double value) {
  constexpr double most = 9e15;
  return value == std::floor(value) && std::abs(value) < most;
}

class Assembler {
 public:
  Assembler(const ArrayContainer& container, const ArrayPlan& plan, const ImportOptions& options,
            RunControl& control, const ProgressFn& progress)
      : container_(container),
        arrays_(container.arrays()),
        plan_(plan),
        options_(options),
        control_(control),
        progress_(progress),
        rows_(std::min<std::uint64_t>(plan.rows, std::max<std::size_t>(options.max_rows, 1))),
        whole_(rows_ == plan.rows),
        warnings_(plan.warnings) {}

  Result<DatasetParts> assemble() {
    if (whole_) parts_.image_shape = plan_.image;
    for (const auto step :
         {&Assembler::read_columns, &Assembler::read_axis_of_channels, &Assembler::read_bad_channels,
          &Assembler::read_spectra, &Assembler::take_axis_from_rows, &Assembler::read_endmembers,
          &Assembler::read_names})
      if (auto status = (this->*step)(); !status) return fail(std::move(status).error());
    return std::move(parts_);
  }
  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  using Texts = std::vector<std::string>;

  [[nodiscard]] std::vector<std::size_t> arrays_with(ImportRole role) const {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < arrays_.size(); ++i)
      if (plan_.roles[i] == role) found.push_back(i);
    return found;
  }
  [[nodiscard]] bool asked_for(std::size_t array) const {
    return options_.roles.contains(arrays_[array].name);
  }

  /// The data set's row of pixel `index` in the file's order.
  [[nodiscard]] std::uint64_t row_of_flat(std::uint64_t index) const {
    if (!plan_.image || !plan_.by_columns || !whole_) return index;
    return index % plan_.image->rows * plan_.image->cols + index / plan_.image->rows;
  }

  /// Values per row, [rows_, parts].
  Result<Matrix<double>> read_row_values(std::size_t array, const RowLayout& layout);
  Result<Texts> read_row_texts(std::size_t array);
  Result<Texts> read_codes(std::size_t array);

  Status read_columns();
  Status read_metadata(std::size_t array);
  Status read_group(std::size_t array);
  Status read_composition(std::size_t array);
  Status read_axis_of_channels();
  Status read_bad_channels();
  Status read_spectra();
  Status take_axis_from_rows();
  Status read_endmembers();
  Status read_names();
  void use_axis(ReadAxis axis);
  void add_column(std::string name, const std::vector<double>& values, bool integer);
  void drop_rows(const std::vector<std::uint8_t>& drop);
  std::string free_name(const std::string& name) const;
  void name_groups(Groups& groups);

  const ArrayContainer& container_;
  const std::vector<ArrayInfo>& arrays_;
  const ArrayPlan& plan_;
  const ImportOptions& options_;
  RunControl& control_;
  const ProgressFn& progress_;
  std::uint64_t rows_;  ///< that are read
  bool whole_;          ///< all rows are read
  std::vector<std::string> warnings_;
  DatasetParts parts_;
  bool has_axis_ = false;
  std::vector<std::size_t> column_of_;  ///< of each channel of the file, or kDropped
  std::size_t columns_ = 0;
  std::optional<Matrix<double>> composition_;
  std::string composition_name_;
};

std::string Assembler::free_name(const std::string& name) const {
  std::string result = name;
  for (std::size_t n = 2;
       std::ranges::find(parts_.metadata, result, &MetadataColumn::name) != parts_.metadata.end(); ++n)
    result = fmt::format("{} ({})", name, n);
  return result;
}

Result<Matrix<double>> Assembler::read_row_values(std::size_t array, const RowLayout& layout) {
  const ArrayInfo& info = arrays_[array];
  auto values = container_.numbers(array, control_);
  if (!values) return fail(values.error().in(info.name));
  const std::size_t parts = layout.part_axis ? info.shape[*layout.part_axis] : 1;
  Matrix<double> result(rows_, parts);
  ArrayWalk walk(info.shape, false);
  std::uint64_t row = 0;
  for (const double value : *values) {
    std::uint64_t pixel = 0;
    for (std::size_t axis = 0; axis < info.shape.size(); ++axis)
      if (layout.part_axis != axis) pixel = pixel * info.shape[axis] + walk.index()[axis];
    row = layout.flat ? row_of_flat(pixel) : pixel;
    if (row < rows_) result(row, layout.part_axis ? walk.index()[*layout.part_axis] : 0) = value;
    walk.next();
  }
  return result;
}

Result<Assembler::Texts> Assembler::read_row_texts(std::size_t array) {
  auto texts = container_.texts(array);
  if (!texts) return fail(texts.error().in(arrays_[array].name));
  Texts result(rows_);
  for (std::size_t i = 0; i < std::min<std::size_t>(texts->size(), plan_.rows); ++i)
    if (const auto row = row_of_flat(i); row < rows_) result[row] = (*texts)[i];
  return result;
}

Result<Assembler::Texts> Assembler::read_codes(std::size_t array) {
  const auto codes = container_.numbers(array, control_);
  if (!codes) return fail(codes.error().in(arrays_[array].name));
  const std::size_t length = arrays_[array].shape[1];
  Texts texts;
  for (std::size_t r = 0; r < arrays_[array].shape[0]; ++r) {
    std::string text;
    for (std::size_t c = 0; c < length; ++c) {
      const double code = (*codes)[r * length + c];
      constexpr double most = 255;
      if (!(code >= 0 && code <= most && code == std::floor(code))) return Texts{};
      text += static_cast<char>(static_cast<unsigned char>(code));
    }
    texts.push_back(to_utf8(trimmed(text)));
  }
  return texts;
}

void Assembler::add_column(std::string name, const std::vector<double>& values, bool integer) {
  name = free_name(name);
  if (integer && std::ranges::all_of(values, is_whole)) {
    std::vector<std::int64_t> whole(values.size());
    std::ranges::transform(values, whole.begin(), [](double v) { return static_cast<std::int64_t>(v); });
    parts_.metadata.push_back({std::move(name), std::move(whole)});
  } else {
    parts_.metadata.push_back({std::move(name), values});
  }
}

Status Assembler::read_metadata(std::size_t array) {
  const ArrayInfo& info = arrays_[array];
  if (info.kind == ArrayInfo::Kind::Text) {
    auto texts = read_row_texts(array);
    if (!texts) return fail(texts.error());
    parts_.metadata.push_back({free_name(info.name), *std::move(texts)});
    return {};
  }
  if (may_hold_codes(info) && info.shape[0] == plan_.rows) {
    auto texts = read_codes(array);
    if (!texts) return fail(texts.error());
    if (!texts->empty()) {
      texts->resize(rows_);
      parts_.metadata.push_back({free_name(info.name), *std::move(texts)});
      return {};
    }
  }
  auto layout = row_layout(info, plan_, false);
  if (!layout) layout = row_layout(info, plan_, true);
  const auto values = read_row_values(array, *layout);
  if (!values) return fail(values.error());
  for (std::size_t k = 0; k < values->cols(); ++k) {
    std::vector<double> column(values->rows());
    for (std::size_t r = 0; r < column.size(); ++r) column[r] = (*values)(r, k);
    add_column(values->cols() == 1 ? info.name : fmt::format("{}[{}]", info.name, k), column, info.integer);
  }
  return {};
}

/// `groups` has the codes that occur; the file may know more, and names for them.
void Assembler::name_groups(Groups& groups) {
  const auto texts_at = find_companion(container_, "groupnames");
  const auto codes_at = find_companion(container_, "groupcodes");
  const bool both = texts_at && codes_at && arrays_[*texts_at].kind == ArrayInfo::Kind::Text &&
                    arrays_[*codes_at].kind == ArrayInfo::Kind::Number;
  const auto texts = both ? container_.texts(*texts_at) : Result<Texts>{};
  const auto codes = both ? container_.numbers(*codes_at, control_) : Result<std::vector<double>>{};
  if (texts && codes && !texts->empty() && texts->size() == codes->size() &&
      std::ranges::all_of(*codes, is_whole)) {
    std::map<std::int64_t, std::string> known;
    for (std::size_t g = 0; g < codes->size(); ++g)
      known[static_cast<std::int64_t>((*codes)[g])] = (*texts)[g];
    if (known.size() == codes->size() &&
        std::ranges::all_of(groups.codes, [&](std::int64_t code) { return known.contains(code); })) {
      groups.codes.clear();
      for (const auto& [code, name] : known) {
        groups.codes.push_back(code);
        groups.names.push_back(name);
      }
      return;
    }
  }
  for (const auto code : groups.codes) groups.names.push_back(fmt::format("group {}", code));
}

Status Assembler::read_group(std::size_t array) {
  const ArrayInfo& info = arrays_[array];
  Groups groups;
  if (info.kind == ArrayInfo::Kind::Text) {
    const auto texts = read_row_texts(array);
    if (!texts) return fail(texts.error());
    const std::set<std::string> distinct(texts->begin(), texts->end());
    groups.names.assign(distinct.begin(), distinct.end());
    for (std::size_t g = 0; g < groups.names.size(); ++g)
      groups.codes.push_back(static_cast<std::int64_t>(g));
    for (const auto& text : *texts)
      groups.of_row.push_back(
          static_cast<std::int32_t>(std::ranges::lower_bound(groups.names, text) - groups.names.begin()));
    parts_.groups = std::move(groups);
    return {};
  }
  const auto values = read_row_values(array, *row_layout(info, plan_, false));
  if (!values) return fail(values.error());
  if (!std::ranges::all_of(values->values(), is_whole)) {
    if (asked_for(array)) {
      return fail({Error::Kind::Usage, "the array cannot be groups", info.name, "whole numbers or texts",
                   info.form() + " with fractions", "Take it for metadata."});
    }
    add_column(info.name, {values->values().begin(), values->values().end()}, false);
    return {};
  }
  std::set<std::int64_t> distinct;
  for (const double value : values->values()) distinct.insert(static_cast<std::int64_t>(value));
  groups.codes.assign(distinct.begin(), distinct.end());
  name_groups(groups);
  for (const double value : values->values())
    groups.of_row.push_back(static_cast<std::int32_t>(
        std::ranges::lower_bound(groups.codes, static_cast<std::int64_t>(value)) - groups.codes.begin()));
  parts_.groups = std::move(groups);
  return {};
}

Status Assembler::read_composition(std::size_t array) {
  const ArrayInfo& info = arrays_[array];
  composition_name_ = info.name;
  if (const auto layout = row_layout(info, plan_, false)) {
    // Classes: a number or a text per row.
    std::vector<std::string> classes;
    std::vector<std::string> order;
    if (info.kind == ArrayInfo::Kind::Text) {
      auto texts = read_row_texts(array);
      if (!texts) return fail(texts.error());
      classes = *std::move(texts);
      const std::set<std::string> distinct(classes.begin(), classes.end());
      order.assign(distinct.begin(), distinct.end());
    } else {
      const auto values = read_row_values(array, *layout);
      if (!values) return fail(values.error());
      if (!std::ranges::all_of(values->values(), [](double v) { return std::isfinite(v); })) {
        return fail({Error::Kind::Data, "a class is missing", info.name, "one class per spectrum",
                     "NaN or infinity", "Take the array for metadata."});
      }
      const std::set<double> distinct(values->values().begin(), values->values().end());
      for (const double value : distinct) {
        if (order.size() > kMostClasses) break;
        order.push_back(fmt::format("{}", value));
      }
      for (const double value : values->values()) classes.push_back(fmt::format("{}", value));
    }
    auto table = one_hots(classes, order);
    if (!table) return fail(table.error().in(info.name));
    composition_ = std::move(table->values);
    parts_.endmember_names = std::move(table->names);
    return {};
  }
  auto values = read_row_values(array, *row_layout(info, plan_, true));
  if (!values) return fail(values.error());
  composition_ = *std::move(values);
  return {};
}

Status Assembler::read_columns() {
  for (std::size_t i = 0; i < arrays_.size(); ++i) {
    if (control_.stop_requested()) return fail(Error::cancel());
    Status status;
    if (plan_.roles[i] == ImportRole::Metadata) status = read_metadata(i);
    if (plan_.roles[i] == ImportRole::Group) status = read_group(i);
    if (plan_.roles[i] == ImportRole::Composition) status = read_composition(i);
    if (!status) return status;
    // Positions along an image's sides need no word.
    const auto length = arrays_[i].vector_length();
    const bool side = plan_.image && (length == plan_.image->rows || length == plan_.image->cols);
    if (plan_.roles[i] == ImportRole::Ignore && !asked_for(i) && arrays_[i].size() > 1 && !side &&
        !is_companion(arrays_[i])) {
      warnings_.push_back(
          fmt::format("\"{}\" is left out: {} is nothing that goes with {} spectra of {} channels.",
                      arrays_[i].name, arrays_[i].form(), plan_.rows, plan_.channels));
    }
  }
  return {};
}

void Assembler::use_axis(ReadAxis axis) {
  warnings_.insert(warnings_.end(), axis.warnings.begin(), axis.warnings.end());
  columns_ = axis.axis.size();
  if (!axis.channels.empty()) {
    std::ranges::fill(column_of_, kDropped);
    for (std::size_t i = 0; i < axis.channels.size(); ++i) column_of_[axis.channels[i]] = i;
  }
  parts_.bad_channels = std::move(axis.bad);
  parts_.wavelength = std::move(axis.axis);
  has_axis_ = true;
}

Status Assembler::read_axis_of_channels() {
  column_of_.resize(plan_.channels);
  std::iota(column_of_.begin(), column_of_.end(), std::size_t{0});
  columns_ = plan_.channels;
  for (const std::size_t i : arrays_with(ImportRole::Wavelength)) {
    auto values = container_.numbers(i, control_);
    if (!values) return fail(values.error().in(arrays_[i].name));
    // A name such as "wavelength_nm" may hold the unit.
    std::string unit = arrays_[i].unit;
    if (unit.empty() && find_wavelength_unit(arrays_[i].name)) unit = arrays_[i].name;
    if (const auto said = find_companion(container_, "wavelengthunit"); unit.empty() && said)
      if (const auto texts = container_.texts(*said); texts && texts->size() == 1) unit = texts->front();
    use_axis(read_axis(*std::move(values), {std::move(unit), options_.unit,
                                            fmt::format("The wavelengths in \"{}\"", arrays_[i].name)}));
    return {};
  }
  if (auto given = container_.given_axis(plan_.spectra); given && given->values.size() == plan_.channels) {
    use_axis(read_axis(std::move(given->values), {given->unit, options_.unit, "The axis of the channels"}));
    return {};
  }
  return {};
}

Status Assembler::read_bad_channels() {
  for (const std::size_t i : arrays_with(ImportRole::BadChannels)) {
    const auto values = container_.numbers(i, control_);
    if (!values) return fail(values.error().in(arrays_[i].name));
    // ENVI's list of bad bands counts the other way round.
    const bool good_is_one = lower(arrays_[i].name).ends_with("bbl");
    if (parts_.bad_channels.empty()) parts_.bad_channels.assign(columns_, 0);
    for (std::size_t c = 0; c < values->size(); ++c)
      if (column_of_[c] != kDropped && ((*values)[c] == 0) == good_is_one)
        parts_.bad_channels[column_of_[c]] = 1;
  }
  return {};
}

Status Assembler::read_spectra() {
  const ArrayInfo& info = arrays_[plan_.spectra];
  const std::size_t rank = info.shape.size();
  const std::size_t channel_axis = plan_.spectral_axis;
  const std::vector<std::uint64_t> sides = {rows_, columns_, sizeof(float)};
  if (auto status = check_memory(saturated_product(sides), fmt::format("the spectra \"{}\"", info.name));
      !status)
    return status;
  parts_.spectra = Matrix<float>(rows_, columns_);

  // Row axes count in row-major order; of a preview only as many of the first as it needs.
  std::vector<std::uint64_t> limits = info.shape;
  std::vector<std::uint64_t> weight(rank, 0);
  std::uint64_t product = 1;
  for (std::size_t axis = rank; axis-- > 0;) {
    if (axis == channel_axis) continue;
    weight[axis] = product;
    product *= info.shape[axis];
  }
  for (std::size_t axis = 0; axis < rank; ++axis) {
    if (axis == channel_axis) continue;
    limits[axis] = std::min(limits[axis], (rows_ + weight[axis] - 1) / weight[axis]);
    if (limits[axis] > 1) break;
  }
  const bool flat = plan_.image && std::ranges::count_if(info.shape, [](auto n) { return n > 1; }) <= 2;
  ArrayWalk walk(limits, info.first_axis_fastest);
  const std::size_t fastest = walk.fastest();
  float* const out = parts_.spectra.data();
  std::uint64_t done = 0;
  bool deleted = false;
  const double total = static_cast<double>(saturated_product(limits));
  const auto take = [&](std::span<const double> block) {
    while (!block.empty()) {
      const auto run =
          static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), walk.left_of_fastest()));
      const auto index = walk.index();
      std::uint64_t pixel = 0;
      for (std::size_t axis = 0; axis < rank; ++axis) pixel += weight[axis] * index[axis];
      const std::size_t channel = index[channel_axis];
      for (std::size_t i = 0; i < run; ++i) {
        const std::uint64_t at = fastest == channel_axis ? pixel : pixel + weight[fastest] * i;
        const std::uint64_t row = flat ? row_of_flat(at) : at;
        const std::size_t column = column_of_[fastest == channel_axis ? channel + i : channel];
        if (row >= rows_ || column == kDropped) continue;
        auto value = static_cast<float>(block[i]);
        if (value == kUsgsDeleted) {
          value = std::numeric_limits<float>::quiet_NaN();
          deleted = true;
        }
        out[row * columns_ + column] = value;
      }
      walk.advance(run);
      block = block.subspan(run);
      done += run;
    }
    if (progress_) progress_(static_cast<double>(done) / total, "reading");
  };
  auto status = container_.stream(plan_.spectra, limits, control_, take);
  if (!status) return fail(status.error().cancelled() ? status.error() : status.error().in(info.name));
  if (deleted)
    warnings_.emplace_back(
        "The value -1.23e34, which marks deleted channels in the USGS library, is read as missing.");
  return {};
}

void Assembler::drop_rows(const std::vector<std::uint8_t>& drop) {
  std::vector<std::size_t> kept;
  for (std::size_t r = 0; r < drop.size(); ++r)
    if (drop[r] == 0) kept.push_back(r);
  Matrix<float> spectra(kept.size(), parts_.spectra.cols());
  for (std::size_t r = 0; r < kept.size(); ++r)
    std::ranges::copy(parts_.spectra.row(kept[r]), spectra.row(r).begin());
  parts_.spectra = std::move(spectra);
  for (MetadataColumn& column : parts_.metadata) {
    std::visit(
        [&](auto& values) {
          for (std::size_t r = 0; r < kept.size(); ++r) values[r] = std::move(values[kept[r]]);
          values.resize(kept.size());
        },
        column.values);
  }
}

/// Some libraries keep the axis among the spectra, under the name "Wavelengths in microns".
Status Assembler::take_axis_from_rows() {
  const bool plain = !has_axis_ && !plan_.image && !parts_.groups && !composition_ && rows_ > 3;
  for (std::size_t m = 0; plain && m < parts_.metadata.size() && !has_axis_; ++m) {
    const auto* names = std::get_if<Texts>(&parts_.metadata[m].values);
    if (names == nullptr) continue;
    std::optional<std::size_t> axis_row;
    std::vector<std::uint8_t> drop(rows_, 0);
    for (std::size_t r = 0; r < names->size(); ++r) {
      const std::string name = lower((*names)[r]);
      const bool axis = name.starts_with("wavelength");
      if (axis && !axis_row) axis_row = r;
      const bool note = name.starts_with("resolution") || name.find("channel number") != std::string::npos;
      drop[r] = axis || note ? 1 : 0;
    }
    if (!axis_row) continue;
    const auto row = parts_.spectra.row(*axis_row);
    const std::string title = (*names)[*axis_row];
    use_axis(read_axis({row.begin(), row.end()},
                       {title, options_.unit, fmt::format("The wavelengths in the row \"{}\"", title)}));
    if (columns_ != plan_.channels || !std::ranges::is_sorted(column_of_)) {
      std::vector<std::size_t> channels(columns_);
      for (std::size_t c = 0; c < column_of_.size(); ++c)
        if (column_of_[c] != kDropped) channels[column_of_[c]] = c;
      parts_.spectra = pick_channels(parts_.spectra, channels);
    }
    drop_rows(drop);
    warnings_.push_back(fmt::format("The row \"{}\" is taken for the axis, not for a spectrum.", title));
  }
  if (has_axis_) return {};
  ReadAxis axis = number_channels(plan_.channels);
  if (options_.unit) {
    std::vector<double> numbers(plan_.channels);
    std::iota(numbers.begin(), numbers.end(), 0.0);
    if (auto own = WavelengthAxis::create(std::move(numbers), *options_.unit)) axis.axis = *std::move(own);
  }
  auto bad = std::move(parts_.bad_channels);
  use_axis(std::move(axis));
  parts_.bad_channels = std::move(bad);
  return {};
}

Status Assembler::read_endmembers() {
  for (const std::size_t i : arrays_with(ImportRole::Endmembers)) {
    const ArrayInfo& info = arrays_[i];
    const auto values = container_.numbers(i, control_);
    if (!values) return fail(values.error().in(info.name));
    // Of a square array the axis is that of the spectra.
    const bool channels_first =
        info.shape[0] == plan_.channels && (info.shape[1] != plan_.channels || plan_.spectral_axis == 0);
    const std::size_t count = info.shape[channels_first ? 1 : 0];
    if (composition_ && count != composition_->cols()) {
      warnings_.push_back(fmt::format("\"{}\" is left out: it has {} endmembers for {} components.",
                                      info.name, count, composition_->cols()));
      continue;
    }
    Matrix<float> endmembers(count, columns_);
    for (std::size_t k = 0; k < count; ++k)
      for (std::size_t c = 0; c < plan_.channels; ++c)
        if (column_of_[c] != kDropped)
          endmembers(k, column_of_[c]) =
              static_cast<float>((*values)[channels_first ? c * count + k : k * plan_.channels + c]);
    if (std::ranges::all_of(endmembers.values(), [](float v) { return std::isfinite(v); }))
      parts_.endmembers = std::move(endmembers);
    else
      warnings_.push_back(fmt::format("\"{}\" is left out: it has missing values.", info.name));
  }
  return {};
}

Status Assembler::read_names() {
  std::size_t count = 0;
  if (composition_)
    count = composition_->cols();
  else if (parts_.endmembers)
    count = parts_.endmembers->rows();
  Texts names = std::exchange(parts_.endmember_names, {});
  for (const std::size_t i : arrays_with(ImportRole::Names)) {
    auto texts = arrays_[i].kind == ArrayInfo::Kind::Text ? container_.texts(i) : read_codes(i);
    if (!texts) return fail(texts.error().in(arrays_[i].name));
    for (auto& text : *texts) text = trimmed(text);
    const std::set<std::string> distinct(texts->begin(), texts->end());
    if (texts->size() == count && count > 0 && distinct.size() == count && !distinct.contains("")) {
      names = *std::move(texts);
    } else if (count > 0 || asked_for(i)) {
      warnings_.push_back(fmt::format("\"{}\" is left out: {} names for {} components.", arrays_[i].name,
                                      texts->size(), count));
    }
  }
  if (names.size() != count) {
    names.clear();
    for (std::size_t k = 0; k < count; ++k) names.push_back(fmt::format("component {}", k + 1));
    if (count > 0) warnings_.emplace_back("The components have no names in the file: they are numbered.");
  }
  if (!composition_) {
    if (parts_.endmembers) parts_.endmember_names = std::move(names);
    return {};
  }
  const bool asked = options_.roles.contains(composition_name_);
  Matrix<double> fractions = *composition_;
  std::string percent = percent_to_fractions(fractions);
  auto read = read_compositions(std::move(fractions), names, composition_name_);
  if (read && !percent.empty()) warnings_.push_back(std::move(percent));
  if (!read) {
    if (asked) return fail(read.error());
    // A guess that the numbers contradict: they stay, as columns.
    Error reason = read.error();
    reason.mend.clear();
    warnings_.push_back(fmt::format("\"{}\" is kept as columns, because it cannot be compositions: {}.",
                                    composition_name_, reason.message()));
    for (std::size_t k = 0; k < composition_->cols(); ++k) {
      std::vector<double> column(composition_->rows());
      for (std::size_t r = 0; r < column.size(); ++r) column[r] = (*composition_)(r, k);
      add_column(fmt::format("{}[{}]", composition_name_, names[k]), column, false);
    }
  } else {
    parts_.abundances = std::move(read->abundances);
    for (auto& column : read->columns) {
      column.name = free_name(column.name);
      parts_.metadata.push_back(std::move(column));
    }
    if (!read->warning.empty()) warnings_.push_back(std::move(read->warning));
  }
  if (parts_.endmembers) parts_.endmember_names = std::move(names);
  return {};
}

}  // namespace

Result<ImportContents> inspect_arrays(const ArrayContainer& container, const std::string& format,
                                      const ImportOptions& options, RunControl& control) {
  ImportOptions chosen{{}, options.settings, {}};
  for (const auto& [name, role] : options.roles)
    if (role == ImportRole::Spectra &&
        std::ranges::find(container.arrays(), name, &ArrayInfo::name) != container.arrays().end())
      chosen.roles.emplace(name, role);
  const auto plan = plan_arrays(container, chosen, control);
  if (!plan) return fail(plan.error());
  ImportContents contents = contents_of(container, *plan, format);
  if (chosen.roles.empty()) return contents;
  const auto guessed = plan_arrays(container, {}, control);
  for (std::size_t i = 0; i < contents.fields.size(); ++i)
    if (chosen.roles.contains(contents.fields[i].name))
      contents.fields[i].role = guessed ? guessed->roles[i] : ImportRole::Ignore;
  return contents;
}

Result<Imported> import_arrays(const ArrayContainer& container, const std::string& format,
                               const std::filesystem::path& path, const ImportOptions& options,
                               RunControl& control, const ProgressFn& progress) {
  try {
    const auto plan = plan_arrays(container, options, control);
    if (!plan) return fail(plan.error());
    Assembler assembler(container, *plan, options, control, progress);
    auto parts = assembler.assemble();
    if (!parts) return fail(std::move(parts).error());
    parts->provenance.path = path.string();
    parts->provenance.format = format;
    auto data = Dataset::create(*std::move(parts));
    if (!data) return fail(std::move(data).error());
    return Imported{*std::move(data), format, assembler.take_warnings()};
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the data do not fit into the memory", "", "", "",
                 "Take fewer spectra or channels."});
  }
}

}  // namespace assayer
