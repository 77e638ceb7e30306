// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <QFile>
#include <QTemporaryDir>

#include "ui/views/plot_view.h"

namespace assayer::ui::testing {

/// What the legend says, entry by entry.
inline QStringList legendOf(const PlotView& view) {
  QStringList texts;
  for (const LegendEntry& entry : view.legendEntries()) texts << entry.text;
  return texts;
}

/// Text lines of an exported CSV, without the last empty one.
inline QList<QByteArray> exported(PlotView& view) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("data.csv"));
  QString error;
  EXPECT_TRUE(view.exportData(path, &error)) << error.toStdString();
  QFile file(path);
  EXPECT_TRUE(file.open(QIODevice::ReadOnly));
  QList<QByteArray> lines = file.readAll().split('\n');
  if (!lines.isEmpty()) lines.removeLast();
  return lines;
}

}  // namespace assayer::ui::testing
