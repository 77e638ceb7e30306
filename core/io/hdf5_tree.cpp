// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/hdf5_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <utility>

#include "core/io/axis_reading.h"
#include "core/io/matlab_names.h"
#include "core/io/native_form.h"
#include "core/io/text.h"

namespace assayer {

namespace {

constexpr std::size_t kDeepest = 12;
constexpr std::size_t kMostArrays = 2000;
constexpr std::uint64_t kLongestGivenAxis = 1U << 24;

std::string joined(const std::string& group, const std::string& name) {
  return group == "/" ? name : group + "/" + name;
}

std::string type_text(const hdf5::DatasetInfo& info) {
  const std::size_t bits = 8 * info.element_bytes;
  if (info.kind == hdf5::Kind::Integer) return fmt::format("{}int{}", info.has_sign ? "" : "u", bits);
  if (info.kind == hdf5::Kind::Real) return fmt::format("float{}", bits);
  return info.kind == hdf5::Kind::Text ? "text" : "compound or other";
}

}  // namespace

Result<std::unique_ptr<Hdf5Tree>> Hdf5Tree::open(const std::filesystem::path& path) {
  std::string start(16, '\0');
  std::ifstream(path, std::ios::binary).read(start.data(), static_cast<std::streamsize>(start.size()));
  auto file = hdf5::File::open(path);
  if (!file) return fail(file.error());
  std::unique_ptr<Hdf5Tree> tree(new Hdf5Tree(*std::move(file)));
  tree->matlab_ = start.starts_with("MATLAB");
  if (auto status = tree->walk("/", 0); !status) return fail(status.error());
  if (!tree->arrays_.empty()) return tree;

  std::string found;
  const auto entries = tree->file_.entries();
  if (!entries) return fail(entries.error());
  constexpr std::size_t shown = 12;
  for (std::size_t i = 0; i < std::min(shown, entries->size()); ++i) {
    const bool elsewhere = (*entries)[i].type == hdf5::Entry::Type::Elsewhere;
    found += fmt::format("{}/{} ({})", i == 0 ? "" : ", ", to_utf8((*entries)[i].name),
                         elsewhere ? "a link out of this file" : "a group");
  }
  return fail({Error::Kind::Format, "the file has no spectra", "/spectra",
               "a dataset /spectra [N, C], one spectrum per row",
               found.empty() ? "nothing in the file" : found, "Store the spectra under the name /spectra."});
}

std::vector<std::string> Hdf5Tree::attributes(const std::string& object, const std::string& name) const {
  if (!file_.has_attribute(object, name)) return {};
  auto texts = file_.read_attribute_texts(object, name);
  return texts ? *std::move(texts) : std::vector<std::string>{};
}

std::string Hdf5Tree::attribute(const std::string& object, const std::string& name) const {
  const auto texts = attributes(object, name);
  return texts.empty() ? std::string{} : texts.front();
}

std::optional<double> Hdf5Tree::number(const std::string& object, const std::string& name) const {
  if (!file_.has_attribute(object, name)) return std::nullopt;
  const auto values = file_.read_attribute<double>(object, name);
  return values && values->size() == 1 ? std::optional(values->front()) : std::nullopt;
}

void Hdf5Tree::add(const std::string& path, const hdf5::DatasetInfo& info) {
  ArrayInfo array;
  array.name = "/" + to_utf8(path);
  array.type = type_text(info);
  array.shape = info.shape;
  array.integer = info.kind == hdf5::Kind::Integer;
  if (info.kind == hdf5::Kind::Integer || info.kind == hdf5::Kind::Real) array.kind = ArrayInfo::Kind::Number;
  if (info.kind == hdf5::Kind::Text) array.kind = ArrayInfo::Kind::Text;
  if (info.null || info.outside) array.kind = ArrayInfo::Kind::Other;
  // A header that declares too much must not make anybody allocate.
  if (!file_.check(path)) {
    array.kind = ArrayInfo::Kind::Other;
    array.type += ", damaged or never written,";
  }
  if (matlab_) {
    std::ranges::reverse(array.shape);
    array.first_axis_fastest = true;
    // Whole numbers are doubles in MATLAB.
    const std::string kind = attribute(path, "MATLAB_class");
    if (kind == "char" && array.shape.size() == 2) {
      array.kind = ArrayInfo::Kind::Text;
      array.type = "text";
      array.shape.pop_back();
    } else if (kind == "cell" || kind == "function_handle" || file_.has_attribute(path, "MATLAB_empty")) {
      array.kind = ArrayInfo::Kind::Other;
    }
  }
  array.unit = attribute(path, "units");
  if (array.unit.empty()) array.unit = attribute(path, "unit");
  arrays_.push_back(std::move(array));
  paths_.push_back(path);
}

Status Hdf5Tree::walk(const std::string& group, std::size_t depth) {
  // Links can run in circles.
  if (depth > kDeepest || arrays_.size() >= kMostArrays) return {};
  const auto entries = file_.entries(group);
  if (!entries) return depth == 0 ? Status(fail(entries.error())) : Status{};
  const std::size_t first = arrays_.size();
  std::vector<std::string> axes;
  for (const auto& entry : *entries) {
    if (arrays_.size() >= kMostArrays) break;
    if (entry.type != hdf5::Entry::Type::Dataset) continue;
    const std::string path = joined(group, entry.name);
    if (const auto info = file_.info(path)) add(path, *info);
  }
  for (const auto& entry : *entries)
    if (entry.type == hdf5::Entry::Type::Group && entry.name.starts_with("axis-"))
      axes.push_back(joined(group, entry.name));
  for (std::size_t i = first; i < arrays_.size(); ++i) heed_hyperspy(group, i, axes);
  if (attribute(group, "NX_class") == "NXdata") heed_nexus(group, first);
  for (const auto& entry : *entries) {
    if (entry.type != hdf5::Entry::Type::Group || (matlab_ && entry.name.starts_with('#'))) continue;
    if (auto status = walk(joined(group, entry.name), depth + 1); !status) return status;
  }
  return {};
}

/// In `group`, whose datasets are the arrays from `first` on.
void Hdf5Tree::heed_nexus(const std::string& group, std::size_t first) {
  const auto find = [&](const std::string& name) -> std::optional<std::size_t> {
    const auto found =
        std::find(paths_.begin() + static_cast<std::ptrdiff_t>(first), paths_.end(), joined(group, name));
    return found == paths_.end() ? std::nullopt : std::optional<std::size_t>(found - paths_.begin());
  };
  std::optional<std::size_t> signal = find(attribute(group, "signal"));
  for (std::size_t i = first; !signal && i < paths_.size(); ++i)
    if (attribute(paths_[i], "signal") == "1") signal = i;
  if (!signal || arrays_[*signal].kind != ArrayInfo::Kind::Number) return;
  arrays_[*signal].role = ImportRole::Spectra;

  std::vector<std::string> axes = attributes(group, "axes");
  if (axes.empty()) axes = attributes(paths_[*signal], "axes");
  if (axes.size() == 1 && axes[0].find_first_of(":,") != std::string::npos) {
    std::vector<std::string> parts(1);
    for (const char c : axes[0]) {
      if (c == ':' || c == ',')
        parts.emplace_back();
      else if (c != '[' && c != ']' && c != ' ')
        parts.back() += c;
    }
    axes = std::move(parts);
  }
  // The spectral axis is the one whose unit says so, else the last that has positions at all.
  std::optional<std::size_t> spectral;
  std::optional<std::size_t> positions;
  for (std::size_t axis = 0; axis < std::min(axes.size(), arrays_[*signal].shape.size()); ++axis) {
    const auto array = find(axes[axis]);
    if (!array || arrays_[*array].vector_length() != arrays_[*signal].shape[axis]) continue;
    const auto unit = find_wavelength_unit(arrays_[*array].unit);
    const bool says_so = unit && *unit != WavelengthUnit::Pixel && *unit != WavelengthUnit::Channel;
    if (!spectral || says_so || axis + 1 == axes.size()) {
      spectral = axis;
      positions = array;
    }
    if (says_so) break;
  }
  if (!spectral) return;
  arrays_[*signal].spectral_axis = spectral;
  arrays_[*positions].role = ImportRole::Wavelength;
}

void Hdf5Tree::heed_hyperspy(const std::string& group, std::size_t array,
                             const std::vector<std::string>& axes) {
  ArrayInfo& info = arrays_[array];
  if (axes.empty() || axes.size() != info.shape.size() || paths_[array] != joined(group, "data")) return;
  std::optional<std::size_t> spectral;
  for (const auto& axis : axes) {
    const auto size = number(axis, "size");
    const auto index = number(axis, "index_in_array");
    const auto place = index && *index >= 0 ? static_cast<std::size_t>(*index)
                                            : static_cast<std::size_t>(&axis - axes.data());
    const bool navigates = number(axis, "navigate") == 1.0;
    if (place >= info.shape.size() || navigates || (size && *size != static_cast<double>(info.shape[place])))
      continue;
    if (spectral && place < *spectral) continue;
    const auto scale = number(axis, "scale");
    const auto offset = number(axis, "offset");
    if (!scale || !offset || info.shape[place] > kLongestGivenAxis) continue;
    spectral = place;
    GivenAxis given;
    for (std::uint64_t i = 0; i < info.shape[place]; ++i)
      given.values.push_back(*offset + *scale * static_cast<double>(i));
    given.unit = attribute(axis, "units");
    if (given.unit.empty()) given.unit = attribute(axis, "name");
    given_[array] = std::move(given);
  }
  if (!spectral) return;
  info.role = ImportRole::Spectra;
  info.spectral_axis = spectral;
}

bool Hdf5Tree::native() const {
  const std::string format = attribute("/", model_form::kFormat);
  if (format == model_form::kFormatName || format == native::kFormatName) return true;
  return !matlab_ && file_.has_dataset(native::kSpectra);
}

std::optional<ArrayContainer::GivenAxis> Hdf5Tree::given_axis(std::size_t array) const {
  const auto found = given_.find(array);
  return found == given_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Hdf5Tree::part_names(std::size_t array) const {
  return attributes(paths_[array], native::kComponents);
}

bool Hdf5Tree::channels_come_first(const std::string& name) const {
  return matlab_ && matlab_channels_come_first(name);
}

Status Hdf5Tree::stream(std::size_t array, std::span<const std::uint64_t> limits, RunControl& control,
                        const Sink& sink) const {
  std::vector<std::uint64_t> stored(limits.begin(), limits.end());
  if (matlab_) std::ranges::reverse(stored);
  return file_.stream(paths_[array], stored, control, sink);
}

Result<std::vector<std::string>> Hdf5Tree::texts(std::size_t array) const {
  const auto info = file_.info(paths_[array]);
  if (!info) return fail(info.error());
  if (info->kind == hdf5::Kind::Text) return file_.read_texts(paths_[array]);
  // MATLAB's char arrays: UTF-16 codes, a column of the array per place in the texts.
  const auto codes = file_.read<std::int64_t>(paths_[array]);
  if (!codes) return fail(codes.error());
  const std::size_t rows = arrays_[array].shape.empty() ? 1 : arrays_[array].shape[0];
  std::vector<std::string> texts(rows);
  for (std::size_t i = 0; i < codes->size(); ++i) append_matlab_char(texts[i % rows], (*codes)[i]);
  for (auto& text : texts) text.erase(text.find_last_not_of(" \0") + 1);
  return texts;
}

}  // namespace assayer
