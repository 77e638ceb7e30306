// SPDX-License-Identifier: GPL-3.0-or-later
// Reference endmembers of another file: an array of the data's channels, or spectra that are brought to them.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <numeric>
#include <utility>
#include <variant>

#include "core/base/letters.h"
#include "core/io/array_plan.h"
#include "core/io/attaching_detail.h"
#include "core/io/file_head.h"

namespace assayer {

namespace fs = std::filesystem;

namespace {

using attaching::kMostComponents;
using attaching::some_of;

/// Spectra that may be endmembers, at the channels of the data.
struct Found {
  Matrix<float> spectra;           ///< [L, C]
  std::vector<std::string> names;  ///< [L], or none
  std::vector<std::string> warnings;
};

std::string channels_text(const WavelengthAxis& axis) {
  return fmt::format("{} channels from {:g} to {:g} {}", axis.size(), axis.values().front(),
                     axis.values().back(), to_string(axis.unit()));
}

bool has_wavelengths(const WavelengthAxis& axis) {
  return axis.unit() != WavelengthUnit::Channel && axis.unit() != WavelengthUnit::Pixel;
}

// ------------------------------------------------------------------------------------------------ arrays

Result<Found> endmembers_of_arrays(const ArrayContainer& container, const Dataset& data,
                                   RunControl& control) {
  const auto& arrays = container.arrays();
  const std::uint64_t channels = data.channels();
  std::vector<std::size_t> fitting;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    const auto& shape = arrays[i].shape;
    if (arrays[i].kind != ArrayInfo::Kind::Number || shape.size() != 2) continue;
    const bool fits = (shape[0] == channels && shape[1] >= 1 && shape[1] <= kMostComponents) ||
                      (shape[1] == channels && shape[0] >= 1 && shape[0] <= kMostComponents);
    if (fits) fitting.push_back(i);
  }
  Found found;
  const auto array = attaching::likeliest(
      container, fitting, ImportRole::Endmembers,
      fmt::format("numbers [K, {0}] or [{0}, K], K from 1 to {1} endmembers", channels, kMostComponents),
      found.warnings);
  if (!array) return fail(array.error());
  const ArrayInfo& info = arrays[*array];
  const auto numbers = container.numbers(*array, control);
  if (!numbers) return fail(numbers.error().in(info.name));
  bool channels_first = info.shape[0] == channels;
  if (info.shape[0] == info.shape[1])
    channels_first = container.channels_come_first(lower(info.name.substr(info.name.find_last_of("/.") + 1)));
  const std::size_t count = info.shape[channels_first ? 1 : 0];
  found.spectra = Matrix<float>(count, channels);
  for (std::size_t k = 0; k < count; ++k)
    for (std::size_t c = 0; c < channels; ++c)
      found.spectra(k, c) = static_cast<float>((*numbers)[channels_first ? c * count + k : k * channels + c]);
  auto names = attaching::names_beside(container, *array, count);
  if (!names) return fail(names.error());
  found.names = *std::move(names);
  return found;
}

// ----------------------------------------------------------------------------------------------- spectra

/// Texts that name the spectra of a library, as many as there are; else none.
std::vector<std::string> names_of_spectra(const Dataset& library) {
  const MetadataColumn* column = nullptr;
  for (const char* name : {"name", "sample_name", "sample", "title", "mineral", "sample_id", "id"}) {
    const MetadataColumn* found = library.find_metadata(name);
    if (found == nullptr || !std::holds_alternative<std::vector<std::string>>(found->values)) continue;
    column = found;
    break;
  }
  for (const MetadataColumn& each : library.metadata())
    if (column == nullptr && std::holds_alternative<std::vector<std::string>>(each.values)) column = &each;
  if (column == nullptr) return {};
  return std::get<std::vector<std::string>>(column->values);
}

/// Where the data's channels lie among those of the library, in the data's unit.
Result<Found> brought_to(const WavelengthAxis& axis, const std::vector<std::uint8_t>& bad,
                         const WavelengthAxis& library_axis, Matrix<float> spectra) {
  Found found;
  const auto mismatch = [&](std::string what, std::string mend) {
    return fail({Error::Kind::Data, std::move(what), "", channels_text(axis), channels_text(library_axis),
                 std::move(mend)});
  };
  const auto positions = has_wavelengths(axis) ? library_axis.values_in(axis.unit()) : std::nullopt;
  if (!positions) {
    if (axis.size() != library_axis.size())
      return mismatch("the endmembers have other channels than the data",
                      "Give wavelengths on both sides, or as many channels.");
    if (has_wavelengths(axis) || has_wavelengths(library_axis))
      found.warnings.emplace_back(
          "The endmembers' channels are taken for the data's, one by one: not both have wavelengths.");
    found.spectra = std::move(spectra);
    return found;
  }
  const auto spacing = [&](std::size_t c) {
    return std::abs(axis[c + 1 < axis.size() ? c + 1 : c - 1] - axis[c]);
  };
  bool same = axis.size() == library_axis.size();
  for (std::size_t c = 0; same && c < axis.size(); ++c)
    same = std::abs((*positions)[c] - axis[c]) <= 0.01 * spacing(c);
  if (same) {
    found.spectra = std::move(spectra);
    return found;
  }

  // Wavenumbers and wavelengths run against each other.
  std::vector<std::size_t> order(positions->size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t c) { return (*positions)[c]; });
  const auto position = [&](std::size_t i) { return (*positions)[order[i]]; };
  found.spectra = Matrix<float>(spectra.rows(), axis.size());
  for (std::size_t c = 0; c < axis.size(); ++c) {
    const auto after = static_cast<std::size_t>(
        std::ranges::partition_point(order, [&](std::size_t o) { return (*positions)[o] < axis[c]; }) -
        order.begin());
    const double reach = 0.01 * spacing(c);
    const bool outside = (after == order.size() && axis[c] - position(after - 1) > reach) ||
                         (after == 0 && position(0) - axis[c] > reach);
    if (outside && (bad.empty() || bad[c] == 0))
      return mismatch("the endmembers do not cover the data's wavelengths",
                      "Take endmembers that do, or mask the channels beyond them.");
    const std::size_t right = std::min(after, order.size() - 1);
    const std::size_t left = after == 0 ? 0 : after - 1;
    const double width = position(right) - position(left);
    const double weight = width > 0 ? std::clamp((axis[c] - position(left)) / width, 0.0, 1.0) : 0;
    for (std::size_t k = 0; k < spectra.rows(); ++k) {
      const double before = spectra(k, order[left]);
      const double behind = spectra(k, order[right]);
      // A neighbour without weight may be NaN.
      const double value = weight == 0   ? before
                           : weight == 1 ? behind
                                         : (1 - weight) * before + weight * behind;
      found.spectra(k, c) = static_cast<float>(value);
    }
  }
  found.warnings.push_back(
      fmt::format("The endmembers, {}, are interpolated linearly to the data's channels; they are not "
                  "smoothed to their resolution.",
                  channels_text(library_axis)));
  return found;
}

Result<Found> endmembers_of_spectra(const Dataset& library, const Dataset& data) {
  const bool own = library.endmembers().has_value();
  Matrix<float> spectra;
  std::vector<std::string> names;
  WavelengthAxis axis = library.wavelength();
  if (own) {
    spectra = *library.endmembers();
    names = library.endmember_names();
  } else if (library.rows() == data.channels() && library.channels() != data.channels() &&
             !has_wavelengths(library.wavelength()) && library.channels() <= kMostComponents &&
             names_of_spectra(library).empty()) {
    // A bare table of channels × endmembers.
    spectra = Matrix<float>(library.channels(), library.rows());
    for (std::size_t c = 0; c < library.rows(); ++c)
      for (std::size_t k = 0; k < library.channels(); ++k) spectra(k, c) = library.spectra()(c, k);
    axis = WavelengthAxis::channels(library.rows());
  } else {
    // An image is no library: it would be read for nothing.
    constexpr std::size_t most_spectra = 100'000;
    if (library.rows() > most_spectra) {
      return fail({Error::Kind::Usage, "these are too many spectra for a library of endmembers", "",
                   fmt::format("at most {}", most_spectra), fmt::format("{}", library.rows()), ""});
    }
    const auto view = library.spectra().view();
    spectra = Matrix<float>({view.data(), view.data() + view.size()}, view.rows(), view.cols());
    names = names_of_spectra(library);
  }
  // What the library masks is no measurement, whatever number stands there.
  if (axis.size() == library.bad_channels().size())
    for (std::size_t c = 0; c < axis.size(); ++c)
      for (std::size_t k = 0; library.bad_channels()[c] != 0 && k < spectra.rows(); ++k)
        spectra(k, c) = std::numeric_limits<float>::quiet_NaN();
  auto found = brought_to(data.wavelength(), data.bad_channels(), axis, std::move(spectra));
  if (found) found->names = std::move(names);
  return found;
}

// ---------------------------------------------------------------------------------------- their places

/// Those of the components, in their order.
Status choose(Found& found, const Dataset& data) {
  const std::size_t count = found.spectra.rows();
  std::vector<std::string> components;
  if (data.abundances()) components = data.abundances()->names();
  if (components.empty()) {
    if (count > kMostComponents) {
      return fail({Error::Kind::Usage, "these are too many spectra for endmembers", "",
                   fmt::format("at most {}, or data whose components name those to take", kMostComponents),
                   fmt::format("{} spectra", count), "Keep only the endmembers in the file."});
    }
    if (found.names.empty()) {
      found.names = attaching::numbered(count);
      found.warnings.emplace_back("The endmembers have no names in the file: they are numbered.");
    }
    return {};
  }
  std::optional<attaching::Order> order;
  if (!found.names.empty())
    order = attaching::order_of(found.names, components);
  else if (count == components.size())
    order = attaching::order_of(components, components);
  if (!order) {
    return fail({Error::Kind::Usage, "the endmembers are not those of the data's components", "",
                 some_of(components),
                 found.names.empty() ? fmt::format("{} endmembers without names", count)
                                     : fmt::format("{} spectra: {}", count, some_of(found.names)),
                 "Name the endmembers as the components, or give as many in the components' order."});
  }
  if (found.names.empty())
    found.warnings.push_back(
        fmt::format("The endmembers go to the components {} in this order.", some_of(components)));
  else if (!order->by_name)
    found.warnings.push_back(fmt::format("The endmembers {} go to the components {} in this order.",
                                         some_of(found.names), some_of(components)));
  else if (count > components.size())
    found.warnings.push_back(
        fmt::format("Of the file's {} spectra those are taken that have the components' names.", count));
  Matrix<float> ordered(components.size(), found.spectra.cols());
  std::vector<std::string> names;
  for (std::size_t k = 0; k < components.size(); ++k) {
    std::ranges::copy(found.spectra.row(order->order[k]), ordered.row(k).begin());
    names.push_back(found.names.empty() ? components[k] : found.names[order->order[k]]);
  }
  found.spectra = std::move(ordered);
  found.names = std::move(names);
  return {};
}

/// Values are missing in masked channels at most; those become 0.
Status fill(Found& found, const Dataset& data) {
  const auto& bad = data.bad_channels();
  for (std::size_t k = 0; k < found.spectra.rows(); ++k)
    for (std::size_t c = 0; c < found.spectra.cols(); ++c) {
      if (std::isfinite(found.spectra(k, c))) continue;
      if (bad.empty() || bad[c] == 0) {
        return fail({Error::Kind::Data, "an endmember has no value where the data have",
                     fmt::format("\"{}\", channel {} (counted from 0)", found.names[k], c), "a number",
                     fmt::format("{}", found.spectra(k, c)), "Fill in the value, or mask the channel."});
      }
      found.spectra(k, c) = 0;
    }
  return {};
}

Result<Found> find_endmembers(const Dataset& data, const fs::path& file, RunControl& control,
                              const ProgressFn& progress) {
  const auto head = read_head(file);
  if (!head) return fail(head.error());
  if (attaching::holds_arrays(file, *head)) {
    // With wavelengths of its own it is a spectral file like any other.
    bool spectral = false;
    auto found = attaching::look_at_arrays(
        file, *head, control, [&](const ArrayContainer& container, RunControl& own) -> Result<Found> {
          spectral = std::ranges::any_of(container.arrays(), [](const ArrayInfo& info) {
            return info.kind == ArrayInfo::Kind::Number && is_called(info, ImportRole::Wavelength);
          });
          return spectral ? Result<Found>(Found{}) : endmembers_of_arrays(container, data, own);
        });
    if (!spectral) return found;
  }
  const auto library = ImporterRegistry::standard().load(file, control, progress);
  if (!library) return fail(library.error());
  auto found = endmembers_of_spectra(*library->data, data);
  if (found)
    found->warnings.insert(found->warnings.begin(), library->warnings.begin(), library->warnings.end());
  return found;
}

}  // namespace

Result<Imported> attach_endmembers(const Imported& data, const fs::path& file, RunControl& control,
                                   const ProgressFn& progress) {
  const auto attach = [&]() -> Result<Imported> {
    auto found = find_endmembers(*data.data, file, control, progress);
    if (!found) return fail(found.error());
    if (auto status = choose(*found, *data.data); !status) return fail(status.error());
    if (auto status = fill(*found, *data.data); !status) return fail(status.error());
    DatasetParts parts = data.data->parts();
    if (parts.endmembers)
      found->warnings.emplace_back("The reference endmembers that the data had are replaced.");
    if (!parts.endmembers_by_group.empty()) {
      parts.endmembers_by_group.clear();
      found->warnings.emplace_back("Those that the data had for each group are left out.");
    }
    parts.endmembers = std::move(found->spectra);
    parts.endmember_names = std::move(found->names);
    parts.provenance.attributes["endmembers_from"] = file.string();
    auto made = Dataset::create(std::move(parts));
    if (!made) return fail(made.error());
    Imported result{*std::move(made), data.format, data.warnings};
    std::ranges::move(found->warnings, std::back_inserter(result.warnings));
    return result;
  };
  try {
    auto attached = attach();
    if (attached || attached.error().cancelled()) return attached;
    const Error& error = attached.error();
    return fail(error.where.starts_with(file.string()) ? error : error.in(file.string()));
  } catch (const std::bad_alloc&) {
    return fail({Error::Kind::File, "the endmembers do not fit into the memory", file.string(), "", "",
                 "Take a file with less beside them."});
  }
}

}  // namespace assayer
