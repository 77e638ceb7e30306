// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <QProcess>
#include <QTemporaryDir>

namespace assayer::ui::testing {

/// How a run of the desktop program, without a display, ended.
struct Outcome {
  int code = -1;
  QByteArray out;
  QByteArray err;
};

inline Outcome runProgram(const QStringList& arguments) {
  QProcess process;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert(QStringLiteral("QT_QPA_PLATFORM"), QStringLiteral("offscreen"));
  const QTemporaryDir run;
  environment.insert(QStringLiteral("XDG_RUNTIME_DIR"), run.path());
  process.setProcessEnvironment(environment);
  process.start(QStringLiteral(ASSAYER_GUI_PROGRAM), arguments);
  if (!process.waitForFinished(120000)) {
    process.kill();
    process.waitForFinished();
    ADD_FAILURE() << "the program did not end";
  }
  // Qt's offscreen platform has remarks of its own about windows.
  QByteArray errors;
  for (const QByteArray& line : process.readAllStandardError().split('\n'))
    if (!line.isEmpty() && !line.contains("This plugin does not support")) errors += line + '\n';
  return {process.exitStatus() == QProcess::NormalExit ? process.exitCode() : -1,
          process.readAllStandardOutput(), errors};
}

}  // namespace assayer::ui::testing
