// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/palette.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace assayer::ui {
namespace {

Theme make(const QColor& background, const QColor& text) {
  Theme theme;
  theme.dark = background.lightness() < 128;
  theme.background = background;
  theme.text = text;
  theme.muted = mixed(text, background, 0.33);
  theme.axis = mixed(text, background, 0.5);
  theme.grid = mixed(text, background, 0.89);
  theme.accent = theme.dark ? QColor(0x56, 0xB4, 0xE9) : QColor(0x00, 0x72, 0xB2);
  // Bluish green: orange has the unfeatured points, red the selection, and sky blue is the accent of dark
  // themes.
  theme.unlabelled = theme.dark ? QColor(0x14, 0xB8, 0x8A) : QColor(0x00, 0x9E, 0x73);
  theme.selection = theme.dark ? QColor(0xFF, 0x5A, 0x5A) : QColor(0xD4, 0x00, 0x1A);
  theme.comparison = theme.dark ? QColor(0xFF, 0xD2, 0x3C) : QColor(0xB0, 0x82, 0x00);
  return theme;
}

constexpr std::array<QRgb, 7> kOnLight = {0xFF0072B2, 0xFFE69F00, 0xFF009E73, 0xFFCC79A7,
                                          0xFF56B4E9, 0xFFB9AC00, 0xFF555555};
constexpr std::array<QRgb, 7> kOnDark = {0xFF56B4E9, 0xFFE69F00, 0xFF14B88A, 0xFFDD94BE,
                                         0xFF4A86D8, 0xFFF0E442, 0xFFC8C8C8};

// Every 1/16 of viridis; the straight line between two of them stays within 6/255 of the table of 256.
constexpr std::array<QRgb, 17> kViridis = {0xFF440154, 0xFF48186A, 0xFF472D7B, 0xFF424086, 0xFF3B528B,
                                           0xFF33638D, 0xFF2C728E, 0xFF26828E, 0xFF21918C, 0xFF1FA088,
                                           0xFF28AE80, 0xFF3FBC73, 0xFF5EC962, 0xFF84D44B, 0xFFADDC30,
                                           0xFFD8E219, 0xFFFDE725};

// From the least to the largest: PuOr of eleven classes, turned round.
constexpr std::array<QRgb, 11> kDiverging = {0xFF2D004B, 0xFF542788, 0xFF8073AC, 0xFFB2ABD2,
                                             0xFFD8DAEB, 0xFFF7F7F7, 0xFFFEE0B6, 0xFFFDB863,
                                             0xFFE08214, 0xFFB35806, 0xFF7F3B08};

/// Straight lines between colours that are as far apart.
template <std::size_t N>
QColor along(const std::array<QRgb, N>& colours, double fraction) {
  const double place = std::clamp(std::isfinite(fraction) ? fraction : 0.0, 0.0, 1.0) * (N - 1);
  const auto below = std::min(static_cast<std::size_t>(place), N - 2);
  return mixed(QColor::fromRgba(colours[below]), QColor::fromRgba(colours[below + 1]),
               place - static_cast<double>(below));
}

}  // namespace

Theme Theme::from(const QPalette& palette) {
  return make(palette.color(QPalette::Base), palette.color(QPalette::Text));
}

Theme Theme::print() {
  return make(Qt::white, QColor(0x1A, 0x1A, 0x1A));
}

QColor categoryColour(std::size_t index, bool dark) {
  return QColor::fromRgba((dark ? kOnDark : kOnLight)[index % kOnLight.size()]);
}

std::size_t categoryCount() {
  return kOnLight.size();
}

QColor mixed(const QColor& from, const QColor& to, double share) {
  const auto part = [share](int a, int b) { return static_cast<int>(std::lround(a + (b - a) * share)); };
  return {part(from.red(), to.red()), part(from.green(), to.green()), part(from.blue(), to.blue())};
}

QColor viridis(double fraction) {
  return along(kViridis, fraction);
}

QColor diverging(double fraction) {
  return along(kDiverging, fraction);
}

}  // namespace assayer::ui
