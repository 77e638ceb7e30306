// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QSize>
#include <QString>
#include <QStringList>
#include <optional>

#include "ui/views/theme_choice.h"

class QCoreApplication;

namespace assayer::gui {

/// The command line of the desktop program.
struct Options {
  QString file;                     ///< spectra or a project to open at the start; empty: none
  bool sample = false;              ///< simulate the laboratory instead
  bool train = false;               ///< as soon as the data are open
  std::optional<qlonglong> epochs;  ///< overrides the session's suggestion
  QStringList settings;             ///< key=value of TrainConfig
  QString model;                    ///< trained model to show
  QString reproduced;               ///< folder of `assayer-cli reproduce`: `file` and `model` are there
  QString figures;                  ///< folder for every figure and table; then quit
  QString report;                   ///< file for the report of the session; then quit
  QString screenshot;               ///< picture of the window; then quit
  std::optional<ui::ThemeChoice> theme;
  std::optional<QSize> size;    ///< of the window
  std::optional<int> autosave;  ///< ms between two saves of the session by itself

  /// Writes its files and quits without anybody at the keyboard.
  [[nodiscard]] bool batch() const {
    return !figures.isEmpty() || !report.isEmpty() || !screenshot.isEmpty();
  }
};

/// What the arguments come to. Exactly one of the three is set; `message` is for standard output (help,
/// version), `error` for standard error.
struct ParsedOptions {
  std::optional<Options> options;
  std::optional<QString> message;
  std::optional<QString> error;
};
ParsedOptions parseOptions(const QStringList& arguments);

}  // namespace assayer::gui
