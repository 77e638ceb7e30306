// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <QApplication>
#include <QPoint>
#include <QTest>
#include <QWheelEvent>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "core/data/dataset.h"

namespace assayer::ui::testing {

inline constexpr float kMissing = std::numeric_limits<float>::quiet_NaN();

struct MadeData {
  std::vector<std::vector<double>> compositions;  ///< one per row; empty row: missing
  std::vector<std::string> names = {"olivine", "diopside", "bytownite"};
  std::size_t channels = 30;
  std::vector<std::int32_t> groups;  ///< one per row, or none
  std::vector<double> axis;          ///< µm, or none: 1.0, 1.01, …
  WavelengthUnit unit = WavelengthUnit::Micrometre;
  std::vector<std::uint8_t> bad;
  bool references = true;
};

/// Spectra are mixtures of straight lines: endmember k is k + 1 + channel / channels.
inline DatasetPtr make(const MadeData& what) {
  const std::size_t n = what.compositions.size();
  const std::size_t k = what.names.size();
  DatasetParts parts;
  Matrix<float> endmembers(std::max<std::size_t>(k, 1), what.channels);
  for (std::size_t e = 0; e < endmembers.rows(); ++e) {
    for (std::size_t c = 0; c < what.channels; ++c) {
      endmembers(e, c) =
          static_cast<float>(e + 1) + static_cast<float>(c) / static_cast<float>(what.channels);
    }
  }
  parts.spectra = Matrix<float>(n, what.channels);
  Matrix<double> compositions(n, k, std::numeric_limits<double>::quiet_NaN());
  for (std::size_t row = 0; row < n; ++row) {
    for (std::size_t e = 0; e < k && e < what.compositions[row].size(); ++e) {
      compositions(row, e) = what.compositions[row][e];
    }
    for (std::size_t c = 0; c < what.channels; ++c) {
      double value = 0;
      for (std::size_t e = 0; e < k; ++e) {
        value += (std::isfinite(compositions(row, e)) ? compositions(row, e) : 1.0 / static_cast<double>(k)) *
                 endmembers(e, c);
      }
      parts.spectra(row, c) = static_cast<float>(value);
    }
  }
  std::vector<double> axis = what.axis;
  if (axis.empty()) {
    for (std::size_t c = 0; c < what.channels; ++c) axis.push_back(1.0 + 0.01 * static_cast<double>(c));
  }
  parts.wavelength = WavelengthAxis::create(axis, what.unit).value();
  if (k >= 2) parts.abundances = Abundances::create(compositions, what.names).value();
  if (what.references && k >= 2) parts.endmembers = endmembers;
  if (!what.groups.empty()) {
    Groups groups;
    groups.of_row = what.groups;
    groups.names = {"Position 1", "Position 2", "Angle 2"};
    groups.codes = {0, 1, 2};
    parts.groups = groups;
  }
  parts.bad_channels = what.bad;
  auto made = Dataset::create(std::move(parts));
  EXPECT_TRUE(made) << (made ? "" : made.error().message());
  return made.value();
}

/// `perPoint` rows at each composition of the lattice of 10 % steps, one point after the other.
inline MadeData lattice(std::size_t perPoint) {
  MadeData what;
  for (int a = 0; a <= 10; ++a) {
    for (int b = 0; a + b <= 10; ++b) {
      for (std::size_t i = 0; i < perPoint; ++i) {
        what.compositions.push_back({a / 10.0, b / 10.0, (10 - a - b) / 10.0});
        what.groups.push_back(static_cast<std::int32_t>(i % 3));
      }
    }
  }
  return what;
}

template <class View>
void display(View& view, QSize size = {520, 420}) {
  view.resize(size);
  view.show();
  ASSERT_TRUE(QTest::qWaitForWindowExposed(&view));
  // Draws, and with it lays out.
  view.grab();
}

inline void drag(QWidget& view, QPointF from, QPointF to, Qt::KeyboardModifiers modifiers = {},
                 Qt::MouseButton button = Qt::LeftButton) {
  const auto send = [&](QEvent::Type type, QPointF at, Qt::MouseButton changed, Qt::MouseButtons held) {
    QMouseEvent event(type, at, view.mapToGlobal(at), changed, held, modifiers);
    QApplication::sendEvent(&view, &event);
  };
  send(QEvent::MouseButtonPress, from, button, button);
  send(QEvent::MouseMove, (from + to) / 2, Qt::NoButton, button);
  send(QEvent::MouseMove, to, Qt::NoButton, button);
  send(QEvent::MouseButtonRelease, to, button, Qt::NoButton);
}

inline void click(QWidget& view, QPointF at, Qt::KeyboardModifiers modifiers = {}) {
  QTest::mouseClick(&view, Qt::LeftButton, modifiers, at.toPoint());
}

inline void wheel(QWidget& view, QPointF at, int notches, Qt::KeyboardModifiers modifiers = {}) {
  QWheelEvent event(at, view.mapToGlobal(at), {}, {0, 120 * notches}, Qt::NoButton, modifiers,
                    Qt::NoScrollPhase, false);
  QApplication::sendEvent(&view, &event);
}

}  // namespace assayer::ui::testing
