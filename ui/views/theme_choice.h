// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPalette>
#include <QString>
#include <optional>

namespace assayer::ui {

enum class ThemeChoice { System, Light, Dark };

/// "system", "light", "dark": in the settings and on the command line.
QString themeName(ThemeChoice choice);
std::optional<ThemeChoice> parseTheme(const QString& name);

/// Every colour of every state, so that none of the desktop's shines through.
QPalette themePalette(bool dark);

/// Gives the whole program a theme. With `System` it is the desktop's own style and palette, and whether that
/// is light or dark is told by the colours (Theme::from).
class ThemeSwitch {
 public:
  /// Takes note of the desktop's style.
  ThemeSwitch();
  void apply(ThemeChoice choice);
  [[nodiscard]] ThemeChoice choice() const { return choice_; }

 private:
  QString system_style_;
  ThemeChoice choice_ = ThemeChoice::System;
};

}  // namespace assayer::ui
