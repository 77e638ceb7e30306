// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/translation.h"

#include <QCoreApplication>
#include <QLibraryInfo>

// A static library's resources must be asked for, outside any namespace.
static void initResources() {
  Q_INIT_RESOURCE(assayer);
}

namespace assayer::ui {

QStringList Translation::standardFolders() {
  const QString program = QCoreApplication::applicationDirPath();
  return {QStringLiteral(":/translations"), program + QStringLiteral("/translations"),
          program + QStringLiteral("/../share/assayer/translations")};
}

QString Translation::install(const QStringList& languages) {
  initResources();
  for (const QString& language : languages) {
    const QString plain = language.section(QLatin1Char('-'), 0, 0);
    if (plain == QLatin1String("en") || plain == QLatin1String("C")) return {};
    // Without a file of that name QTranslator tries assayer_de for assayer_de_CH.
    const QString ending = QString(language).replace(QLatin1Char('-'), QLatin1Char('_'));
    for (const QString& folder : folders_) {
      if (!own_.load(QStringLiteral("assayer_") + ending, folder)) continue;
      QCoreApplication::installTranslator(&own_);
      if (qt_.load(QStringLiteral("qtbase_") + ending, QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(&qt_);
      return language;
    }
  }
  return {};
}

}  // namespace assayer::ui
