// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/axis_reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace assayer {

namespace {

/// Of the channels, that may lack a position.
constexpr std::size_t kMissingPart = 10;

struct Guess {
  WavelengthUnit unit;
  std::string_view reason;
};

bool counts_up(std::span<const double> values) {
  if (values.front() != 0 && values.front() != 1) return false;
  for (std::size_t i = 1; i < values.size(); ++i)
    if (values[i] != values[i - 1] + 1) return false;
  return true;
}

/// Optical instruments leave little doubt: 50 divides far infrared in µm from ultraviolet in nm; wavenumbers
/// run down by convention, Raman shifts reach to the laser line, and near-infrared wavenumbers begin where
/// detectors for nm end.
Guess guess_unit(std::span<const double> values) {
  using enum WavelengthUnit;
  constexpr double longest_um = 50;
  constexpr double shortest_nm = 120;
  constexpr double detectors_end_nm = 3000;
  constexpr double highest_wavenumber = 20000;
  const auto [low, high] = std::ranges::minmax(values);
  if (values.size() > 1 && counts_up(values)) return {Channel, "they count up by one"};
  if (low > 0 && high < longest_um) return {Micrometre, "they are small"};
  if (low < shortest_nm) return {InverseCentimetre, "they begin as low as Raman shifts do"};
  if (values.front() > values.back() && high < highest_wavenumber)
    return {InverseCentimetre, "they run down, as wavenumbers do"};
  if (low >= detectors_end_nm && high < highest_wavenumber)
    return {InverseCentimetre, "they lie where near-infrared wavenumbers do"};
  return {Nanometre, "of their size"};
}

bool has_position(double value, WavelengthUnit unit) {
  const bool length = unit == WavelengthUnit::Nanometre || unit == WavelengthUnit::Micrometre;
  return std::isfinite(value) && (!length || value > 0);
}

std::string list_of(const std::vector<std::size_t>& numbers) {
  constexpr std::size_t shown = 5;
  std::string text;
  for (std::size_t i = 0; i < std::min(shown, numbers.size()); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ", ", numbers[i]);
  if (numbers.size() > shown) text += fmt::format(" and {} more", numbers.size() - shown);
  return text;
}

/// Linear in the channel's number between the neighbours that have a position, the last step beyond them.
void interpolate(std::vector<double>& values, const std::vector<std::size_t>& missing) {
  std::vector<std::size_t> known;
  for (std::size_t i = 0, m = 0; i < values.size(); ++i) {
    if (m < missing.size() && missing[m] == i)
      ++m;
    else
      known.push_back(i);
  }
  for (const std::size_t i : missing) {
    auto right = std::ranges::upper_bound(known, i) - known.begin();
    right = std::clamp<std::ptrdiff_t>(right, 1, std::ssize(known) - 1);
    const std::size_t a = known[static_cast<std::size_t>(right) - 1];
    const std::size_t b = known[static_cast<std::size_t>(right)];
    const double step = (values[b] - values[a]) / static_cast<double>(b - a);
    values[i] = values[a] + step * (static_cast<double>(i) - static_cast<double>(a));
  }
}

ReadAxis numbered(std::size_t count, std::string warning) {
  ReadAxis result;
  result.axis = WavelengthAxis::channels(count);
  result.warnings.push_back(std::move(warning));
  return result;
}

bool strictly_monotonic(std::span<const double> values) {
  for (std::size_t i = 1; i < values.size(); ++i) {
    const bool same_direction = (values[i] > values[i - 1]) == (values[1] > values[0]);
    if (values[i] == values[i - 1] || !same_direction) return false;
  }
  return true;
}

/// Channel numbers in the order of their positions, in the direction that most steps have, the first of
/// those that repeat.
std::vector<std::size_t> sorted_channels(std::span<const double> values, std::size_t& repeated) {
  std::ptrdiff_t rising = 0;
  for (std::size_t i = 1; i < values.size(); ++i)
    rising += static_cast<int>(values[i] > values[i - 1]) - static_cast<int>(values[i] < values[i - 1]);
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) {
    return rising >= 0 ? values[a] < values[b] : values[a] > values[b];
  });
  const auto again =
      std::ranges::unique(order, [&](std::size_t a, std::size_t b) { return values[a] == values[b]; });
  repeated = again.size();
  order.erase(again.begin(), again.end());
  return order;
}

struct FoundUnit {
  WavelengthUnit unit;
  std::optional<ForeignUnit> foreign;  ///< that `unit` stands in for
};

std::optional<FoundUnit> parse_unit(std::string_view text, bool is_unit) {
  if (const auto unit = parse_wavelength_unit(text)) return FoundUnit{*unit, std::nullopt};
  if (const auto foreign = parse_foreign_unit(text, is_unit)) return FoundUnit{foreign->unit, foreign};
  return std::nullopt;
}

/// `may_be_unit`: the whole text may be one, rather than a title.
std::optional<FoundUnit> find_unit(std::string_view title, bool may_be_unit) {
  if (title.empty()) return std::nullopt;
  if (const auto whole = parse_unit(title, may_be_unit)) return whole;
  // Brackets first: "Channel wavelength (nm)" is no channel number.
  for (const auto& [open, close] : {std::pair{'(', ')'}, std::pair{'[', ']'}, std::pair{'{', '}'}}) {
    const auto from = title.rfind(open);
    if (from == std::string_view::npos) continue;
    const auto to = title.find(close, from);
    if (const auto unit = parse_unit(title.substr(from + 1, to == title.npos ? to : to - from - 1), false))
      return unit;
  }
  // Then words; "/" follows only where "1/cm" cannot be meant.
  std::optional<FoundUnit> position;
  for (const std::string_view separators : {" _,;:\t", " _,;:\t/"}) {
    for (std::size_t at = 0; at < title.size();) {
      const auto end = std::min(title.find_first_of(separators, at), title.size());
      const auto found = parse_unit(title.substr(at, end - at), false);
      at = end + 1;
      if (!found) continue;
      if (found->unit != WavelengthUnit::Channel && found->unit != WavelengthUnit::Pixel) return found;
      position = found;
    }
  }
  return position;
}

FoundUnit choose_unit(std::span<const double> values, const AxisHints& hints,
                      std::vector<std::string>& warnings) {
  if (hints.unit) return {*hints.unit, std::nullopt};
  if (const auto found = find_unit(hints.unit_text, true)) return *found;
  std::vector<double> finite;
  std::ranges::copy_if(values, std::back_inserter(finite), [](double value) { return std::isfinite(value); });
  if (finite.empty()) return {WavelengthUnit::Channel, std::nullopt};
  const Guess guess = guess_unit(finite);
  const std::string about = hints.unit_text.empty()
                                ? "no unit is given"
                                : fmt::format("\"{}\" names no unit that is known", hints.unit_text);
  warnings.push_back(fmt::format("{}: {}; {} is assumed, because {} ({:g} to {:g}).", hints.name, about,
                                 to_string(guess.unit), guess.reason, finite.front(), finite.back()));
  return {guess.unit, std::nullopt};
}

}  // namespace

std::optional<WavelengthUnit> find_wavelength_unit(std::string_view title) {
  const auto found = find_unit(title, false);
  return found ? std::optional(found->unit) : std::nullopt;
}

std::string convert_positions(std::span<double> values, const ForeignUnit& from, std::string_view name,
                              std::string_view with_it) {
  if (values.empty()) return {};
  const double first = values.front();
  const double last = values.back();
  for (double& value : values) value = from.convert(value);
  std::string_view reason;
  if (from.unit == WavelengthUnit::InverseCentimetre)
    reason = from.name.ends_with("eV") ? ", because wavenumbers are proportional to energies"
                                       : ", because wavenumbers are proportional to frequencies";
  return fmt::format("{}: {:g} to {:g} {} are read as {:g} to {:g} {}{}{}.", name, first, last, from.name,
                     values.front(), values.back(), to_string(from.unit), reason,
                     with_it.empty() ? "" : fmt::format("; {} likewise", with_it));
}

ReadAxis number_channels(std::size_t count) {
  return numbered(count, "The file has no wavelengths: the channels are numbered from 0.");
}

ReadAxis read_axis(std::vector<double> values, const AxisHints& hints) {
  ReadAxis result;
  const std::size_t count = values.size();
  if (count == 0) return number_channels(0);
  const auto [unit, foreign] = choose_unit(values, hints, result.warnings);
  if (foreign) {
    result.warnings.push_back(convert_positions(values, *foreign, hints.name, hints.with_it));
    result.converted = foreign;
  }

  std::vector<std::size_t> missing;
  for (std::size_t i = 0; i < count; ++i)
    if (!has_position(values[i], unit)) missing.push_back(i);
  if (!missing.empty()) {
    const bool few = missing.size() * kMissingPart <= count && count - missing.size() >= 2;
    if (!few) {
      return numbered(count, fmt::format("{}: {} of {} channels have none that can be used; all are numbered "
                                         "from 0 instead.",
                                         hints.name, missing.size(), count));
    }
    interpolate(values, missing);
    const bool usable = std::ranges::all_of(values, [&](double value) { return has_position(value, unit); });
    if (!usable) {
      return numbered(count,
                      fmt::format("{}: channels {} have none and none follows from the others; all are "
                                  "numbered from 0 instead.",
                                  hints.name, list_of(missing)));
    }
    result.bad.assign(count, 0);
    for (const std::size_t i : missing) result.bad[i] = 1;
    result.warnings.push_back(
        fmt::format("{}: {} {} (counted from 0) {} none; it is interpolated from the neighbours, and masked.",
                    hints.name, missing.size() == 1 ? "channel" : "channels", list_of(missing),
                    missing.size() == 1 ? "has" : "have"));
  }

  if (!strictly_monotonic(values)) {
    std::size_t repeated = 0;
    auto order = sorted_channels(values, repeated);
    // With one position for everything there is no axis.
    if (order.size() < 2 && count >= 2) {
      return numbered(count, fmt::format("{}: all are {:g}; the channels are numbered from 0 instead.",
                                         hints.name, values.front()));
    }
    if (!std::ranges::is_sorted(order)) {
      result.warnings.push_back(fmt::format(
          "{}: they neither only rise nor only fall; the channels are sorted by them.", hints.name));
    }
    if (repeated > 0) {
      result.warnings.push_back(
          fmt::format("{}: {} {} a position that another has; the first of each is kept.", hints.name,
                      repeated, repeated == 1 ? "channel repeats" : "channels repeat"));
    }
    std::vector<double> picked;
    picked.reserve(order.size());
    for (const std::size_t i : order) picked.push_back(values[i]);
    values = std::move(picked);
    if (!result.bad.empty()) {
      std::vector<std::uint8_t> bad;
      bad.reserve(order.size());
      for (const std::size_t i : order) bad.push_back(result.bad[i]);
      result.bad = std::move(bad);
    }
    result.channels = std::move(order);
  }
  auto axis = WavelengthAxis::create(std::move(values), unit);
  // Everything that `create` refuses is settled above; infinite differences of huge values are not.
  if (!axis)
    return numbered(count, fmt::format("{}: {}; the channels are numbered from 0 instead.", hints.name,
                                       axis.error().what));
  result.axis = *std::move(axis);
  if (!result.axis.ascending())
    result.warnings.push_back(fmt::format("The axis descends from {:g} to {:g} {}; it is kept so.",
                                          result.axis.values().front(), result.axis.values().back(),
                                          to_string(unit)));
  return result;
}

void pick_channels(std::span<float> row, std::span<const std::size_t> channels, std::vector<float>& scratch) {
  scratch.assign(row.begin(), row.end());
  for (std::size_t i = 0; i < channels.size(); ++i) row[i] = scratch[channels[i]];
}

Matrix<float> pick_channels(const Matrix<float>& spectra, std::span<const std::size_t> channels) {
  Matrix<float> picked(spectra.rows(), channels.size());
  for (std::size_t r = 0; r < spectra.rows(); ++r) {
    const auto from = spectra.row(r);
    const auto to = picked.row(r);
    for (std::size_t i = 0; i < channels.size(); ++i) to[i] = from[channels[i]];
  }
  return picked;
}

}  // namespace assayer
