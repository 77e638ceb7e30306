// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/theme_choice.h"

#include <QApplication>
#include <QColor>
#include <QStyle>
#include <QToolTip>
#include <array>
#include <utility>

namespace assayer::ui {

namespace {

constexpr std::array<std::pair<ThemeChoice, const char*>, 3> kNames = {
    {{ThemeChoice::System, "system"}, {ThemeChoice::Light, "light"}, {ThemeChoice::Dark, "dark"}}};

/// Both themes are one list of roles, so that neither can forget one.
struct Shades {
  QColor window, base, alternate, button, text, muted, bright, link, visited, highlight, highlighted, tip;
  QColor light, midlight, mid, dark, shadow;
};

Shades lightShades() {
  return {.window = 0xEFEFEF,
          .base = 0xFFFFFF,
          .alternate = 0xF6F6F6,
          .button = 0xEFEFEF,
          .text = 0x1A1A1A,
          .muted = 0x8A8A8A,
          .bright = 0xFFFFFF,
          .link = 0x0057AE,
          .visited = 0x6A3D9A,
          .highlight = 0x0072B2,
          .highlighted = 0xFFFFFF,
          .tip = 0xFFFFE6,
          .light = 0xFFFFFF,
          .midlight = 0xF7F7F7,
          .mid = 0xB8B8B8,
          .dark = 0x9F9F9F,
          .shadow = 0x767676};
}

Shades darkShades() {
  return {.window = 0x2B2D30,
          .base = 0x1E1F22,
          .alternate = 0x25272A,
          .button = 0x37393D,
          .text = 0xE6E6E6,
          .muted = 0x8C8F94,
          .bright = 0xFFFFFF,
          .link = 0x6CBDF2,
          .visited = 0xC8A2E8,
          .highlight = 0x2F7FB8,
          .highlighted = 0xFFFFFF,
          .tip = 0x3A3C40,
          .light = 0x4A4D52,
          .midlight = 0x404347,
          .mid = 0x1F2023,
          .dark = 0x17181A,
          .shadow = 0x0C0D0E};
}

}  // namespace

QString themeName(ThemeChoice choice) {
  for (const auto& [known, name] : kNames)
    if (known == choice) return QLatin1String(name);
  return {};
}

std::optional<ThemeChoice> parseTheme(const QString& name) {
  for (const auto& [known, text] : kNames)
    if (name == QLatin1String(text)) return known;
  return std::nullopt;
}

QPalette themePalette(bool dark) {
  const Shades shades = dark ? darkShades() : lightShades();
  QPalette palette;
  const auto set = [&palette](QPalette::ColorRole role, const QColor& colour, const QColor& disabled) {
    palette.setColor(QPalette::Active, role, colour);
    palette.setColor(QPalette::Inactive, role, colour);
    palette.setColor(QPalette::Disabled, role, disabled);
  };
  set(QPalette::Window, shades.window, shades.window);
  set(QPalette::Base, shades.base, shades.window);
  set(QPalette::AlternateBase, shades.alternate, shades.alternate);
  set(QPalette::Button, shades.button, shades.button);
  for (const QPalette::ColorRole role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText})
    set(role, shades.text, shades.muted);
  set(QPalette::PlaceholderText, shades.muted, shades.muted);
  set(QPalette::BrightText, shades.bright, shades.bright);
  set(QPalette::Link, shades.link, shades.muted);
  set(QPalette::LinkVisited, shades.visited, shades.muted);
  set(QPalette::Highlight, shades.highlight, shades.mid);
  set(QPalette::HighlightedText, shades.highlighted, shades.muted);
  set(QPalette::ToolTipBase, shades.tip, shades.tip);
  set(QPalette::ToolTipText, shades.text, shades.text);
  set(QPalette::Light, shades.light, shades.light);
  set(QPalette::Midlight, shades.midlight, shades.midlight);
  set(QPalette::Mid, shades.mid, shades.mid);
  set(QPalette::Dark, shades.dark, shades.dark);
  set(QPalette::Shadow, shades.shadow, shades.shadow);
  return palette;
}

ThemeSwitch::ThemeSwitch() : system_style_(QApplication::style()->name()) {}

void ThemeSwitch::apply(ThemeChoice choice) {
  if (choice == choice_) return;
  choice_ = choice;
  const QString style = choice == ThemeChoice::System ? system_style_ : QStringLiteral("fusion");
  if (QApplication::style()->name() != style) QApplication::setStyle(style);
  // An empty palette gives the desktop's back.
  const QPalette palette =
      choice == ThemeChoice::System ? QPalette() : themePalette(choice == ThemeChoice::Dark);
  QApplication::setPalette(palette);
  QToolTip::setPalette(choice == ThemeChoice::System ? QApplication::palette() : palette);
}

}  // namespace assayer::ui
