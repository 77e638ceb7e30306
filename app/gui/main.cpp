// SPDX-License-Identifier: GPL-3.0-or-later
#include <QApplication>
#include <QLocale>
#include <QStandardPaths>
#include <QTimer>
#include <cstdio>
#include <optional>
#include <string_view>
#include <utility>

#include "app/gui/options.h"
#include "app/gui/start_sequence.h"
#include "app/gui/termination.h"
#include "core/base/process.h"
#include "ui/viewmodels/translation.h"
#include "ui/views/main_window.h"

int main(int argc, char** argv) {
  assayer::prepare_environment();
  QCoreApplication::setOrganizationName(QStringLiteral("Assayer"));
  QCoreApplication::setApplicationName(QStringLiteral("assayer"));
  QCoreApplication::setApplicationVersion(QStringLiteral(ASSAYER_VERSION));

  // Help and version need no display, so they are dealt with before Qt asks for one.
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument = argv[i];
    if (argument != "--help" && argument != "-h" && argument != "--version" && argument != "-v") continue;
    const QCoreApplication plain(argc, argv);
    const auto parsed = assayer::gui::parseOptions(QCoreApplication::arguments());
    if (!parsed.message) break;
    std::fputs(parsed.message->toLocal8Bit().constData(), stdout);
    return 0;
  }

  const QApplication application(argc, argv);
  assayer::ui::Translation translation;
  translation.install(QLocale::system().uiLanguages());
  auto parsed = assayer::gui::parseOptions(QCoreApplication::arguments());
  if (parsed.error) {
    std::fprintf(stderr, "assayer: %s\n", parsed.error->toLocal8Bit().constData());
    return 1;
  }
  if (parsed.message) {
    std::fputs(parsed.message->toLocal8Bit().constData(), stdout);
    return 0;
  }
  assayer::gui::Options& options = *parsed.options;

  assayer::ui::MainWindow::Options window_options;
  // A batch shows the same picture whatever the user's layout, and leaves it alone.
  window_options.persistent = !options.batch();
  // Nobody is there to answer.
  window_options.confirm_discard = !options.batch();
  if (!options.batch()) {
    const QString data = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
    window_options.autosave_folder = data + QStringLiteral("/runs");
    window_options.cache_folder =
        QStandardPaths::writableLocation(QStandardPaths::CacheLocation) + QStringLiteral("/recent");
    window_options.state_folder = data + QStringLiteral("/sessions");
  }
  window_options.commit = QStringLiteral(ASSAYER_COMMIT);
  if (options.autosave) window_options.autosave_interval = *options.autosave;
  assayer::ui::MainWindow window(std::move(window_options));
  if (options.theme) window.setTheme(*options.theme);
  if (options.size) window.resize(*options.size);
  window.show();

  // A batch that is ended has failed, as everywhere.
  std::optional<assayer::gui::Termination> termination;
  if (!options.batch()) {
    termination.emplace();
    QObject::connect(&*termination, &assayer::gui::Termination::requested, &window,
                     &assayer::ui::MainWindow::endForRecovery);
  }

  assayer::gui::StartSequence sequence(window, options);
  QTimer::singleShot(0, &sequence, &assayer::gui::StartSequence::begin);
  return QApplication::exec();
}
