// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QStringList>
#include <QTranslator>
#include <utility>

namespace assayer::ui {

/// The program in the user's language, as far as somebody has translated it (packaging/translations): files
/// assayer_LANGUAGE.qm. It holds as long as this lives, and less than the application.
class Translation {
 public:
  /// Where files are looked for, in this order: in the program, in translations/ beside it, and where a
  /// package installs them.
  static QStringList standardFolders();

  explicit Translation(QStringList folders = standardFolders()) : folders_(std::move(folders)) {}

  /// Takes the first of `languages` ("de-CH", in the user's order, as QLocale::uiLanguages has them) that has
  /// a file, and Qt's own texts with it; for de-CH that of de will do. English, which is what the sources
  /// have, needs none. To be called once, before there is a window. Returns the language; empty: English.
  QString install(const QStringList& languages);

 private:
  QStringList folders_;
  QTranslator own_;
  QTranslator qt_;
};

}  // namespace assayer::ui
