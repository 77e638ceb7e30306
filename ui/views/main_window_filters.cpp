// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/main_window_filters.h"

#include <QStringList>

#include "core/io/exporter.h"
#include "core/io/importer.h"
#include "ui/views/main_window.h"

namespace assayer::ui {

QString openFilter() {
  QStringList all;
  QStringList each;
  const ImporterRegistry registry = ImporterRegistry::standard();
  for (const auto& importer : registry.importers()) {
    const QString patterns = QString::fromStdString(importer->patterns());
    all << patterns;
    each << QStringLiteral("%1 (%2)").arg(QString::fromStdString(importer->name()), patterns);
  }
  all << QStringLiteral("*.assayer");
  each.prepend(MainWindow::tr("Assayer projects (*.assayer)"));
  each.prepend(MainWindow::tr("All readable files (%1)").arg(all.join(QLatin1Char(' '))));
  each << MainWindow::tr("All files (*)");
  return each.join(QStringLiteral(";;"));
}

QString compositionFilter() {
  return MainWindow::tr("Tables and arrays (%1)")
             .arg(QStringLiteral("*.csv *.tsv *.txt *.dat *.tab *.mat *.npy *.npz *.h5 *.hdf5")) +
         QStringLiteral(";;") + MainWindow::tr("All files (*)");
}

QString settingsFilter() {
  return MainWindow::tr("Settings (*.json)");
}

QString exportFilter() {
  QStringList each;
  const ExporterRegistry registry = ExporterRegistry::standard();
  for (const auto& exporter : registry.exporters()) {
    QStringList patterns;
    for (const std::string& extension : exporter->extensions())
      patterns << QLatin1Char('*') + QString::fromStdString(extension);
    each << QStringLiteral("%1 (%2)").arg(QString::fromStdString(exporter->name()),
                                          patterns.join(QLatin1Char(' ')));
  }
  return each.join(QStringLiteral(";;"));
}

}  // namespace assayer::ui
