// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/baselines/library_match.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <string>
#include <variant>

#include "core/metrics/metrics.h"

namespace assayer {
namespace {

Error error(Error::Kind kind, std::string what, std::string expected = {}, std::string found = {}) {
  return {kind, std::move(what), "library match", std::move(expected), std::move(found), {}};
}

std::string range_text(double low, double high, WavelengthUnit unit) {
  return std::to_string(low) + " … " + std::to_string(high) + " " + std::string(to_string(unit));
}

/// Where a channel of the spectra lies between those of the library.
struct Place {
  std::size_t channel = 0;  // of the spectra
  std::size_t before = 0;   // of the library
  std::size_t after = 0;
  double weight = 0;  // of `after`
};

float resampled(std::span<const float> spectrum, const Place& place) {
  // A neighbour without weight may be NaN.
  if (place.weight == 0) return spectrum[place.before];
  return static_cast<float>((1 - place.weight) * static_cast<double>(spectrum[place.before]) +
                            place.weight * static_cast<double>(spectrum[place.after]));
}

}  // namespace

Result<LibraryMatches> match_library(MatrixView<float> spectra, const WavelengthAxis& axis,
                                     MatrixView<float> library, const WavelengthAxis& library_axis,
                                     std::size_t most) {
  if (spectra.cols() != axis.size() || library.cols() != library_axis.size())
    return fail(error(Error::Kind::Usage, "an axis has not as many channels as its spectra"));
  if (axis.size() == 0 || library_axis.size() == 0)
    return fail(error(Error::Kind::Data, "there are no channels to compare"));
  const std::optional<std::vector<double>> converted = library_axis.values_in(axis.unit());
  if (!converted)
    return fail(error(Error::Kind::Usage, "the units of spectra and library do not convert into each other",
                      std::string(to_string(axis.unit())), std::string(to_string(library_axis.unit()))));

  // Channels of the library in ascending order of position: wavenumbers and wavelengths run against each
  // other.
  std::vector<std::size_t> order(converted->size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t c) { return (*converted)[c]; });
  std::vector<double> position;
  position.reserve(order.size());
  for (const std::size_t channel : order) position.push_back((*converted)[channel]);

  LibraryMatches result;
  std::vector<Place> places;
  for (std::size_t c = 0; c < axis.size(); ++c) {
    const double at = axis[c];
    if (!(at >= position.front() && at <= position.back())) continue;
    if (places.empty()) result.low = result.high = at;
    result.low = std::min(result.low, at);
    result.high = std::max(result.high, at);
    const auto after = static_cast<std::size_t>(std::ranges::lower_bound(position, at) - position.begin());
    if (position[after] == at) {
      places.push_back({c, order[after], order[after], 0});
    } else {
      const double weight = (at - position[after - 1]) / (position[after] - position[after - 1]);
      places.push_back({c, order[after - 1], order[after], weight});
    }
  }
  result.channels = places.size();
  if (places.size() < 2) {
    const auto [low, high] = std::ranges::minmax(axis.values());
    return fail(error(Error::Kind::Data, "the library covers fewer than two channels of the spectra",
                      range_text(low, high, axis.unit()),
                      range_text(position.front(), position.back(), axis.unit())));
  }

  Matrix<float> references(library.rows(), places.size());
  for (std::size_t l = 0; l < library.rows(); ++l)
    for (std::size_t p = 0; p < places.size(); ++p) references(l, p) = resampled(library.row(l), places[p]);

  const std::size_t kept = most == 0 ? library.rows() : std::min(most, library.rows());
  std::vector<float> spectrum(places.size());
  for (std::size_t m = 0; m < spectra.rows(); ++m) {
    for (std::size_t p = 0; p < places.size(); ++p) spectrum[p] = spectra(m, places[p].channel);
    std::vector<LibraryMatch> matches;
    matches.reserve(library.rows());
    for (std::size_t l = 0; l < library.rows(); ++l)
      matches.push_back({static_cast<std::uint32_t>(l), spectral_angle(references.row(l), spectrum)});
    std::ranges::stable_sort(matches, [](const LibraryMatch& a, const LibraryMatch& b) {
      return std::isnan(b.angle) ? !std::isnan(a.angle) : a.angle < b.angle;
    });
    matches.resize(kept);
    result.ranked.push_back(std::move(matches));
  }
  return result;
}

std::vector<std::string> library_names(const Dataset& library) {
  const MetadataColumn* column = nullptr;
  for (const char* name : {"name", "sample_name", "sample", "title", "mineral", "sample_id", "id"}) {
    column = library.find_metadata(name);
    if (column != nullptr && std::holds_alternative<std::vector<std::string>>(column->values)) break;
    column = nullptr;
  }
  std::vector<std::string> names;
  names.reserve(library.rows());
  for (std::size_t row = 0; row < library.rows(); ++row) {
    std::string name = column != nullptr ? column->text(row) : std::string();
    for (std::size_t k = 0; name.empty() && library.labelled(row) && k < library.components(); ++k)
      if (library.abundances()->row(row)[k] > 0.999) name = library.component_names()[k];
    if (name.empty()) name = fmt::format("row {}", row);
    names.push_back(std::move(name));
  }
  return names;
}

}  // namespace assayer
