// SPDX-License-Identifier: GPL-3.0-or-later
// Compositions and reference endmembers that lie in files of their own, for the open spectra.
#include <QFileInfo>
#include <QInputDialog>
#include <QLineEdit>
#include <QStatusBar>
#include <algorithm>
#include <utility>

#include "ui/viewmodels/attaching.h"
#include "ui/views/counted.h"
#include "ui/views/main_window.h"

namespace assayer::ui {

namespace {

std::filesystem::path toPath(const QString& path) {
  return QFileInfo(path).filesystemAbsoluteFilePath();
}

Imported opened(const SessionModel& session) {
  Imported imported{session.data(), session.format().toStdString(), {}};
  for (const QString& warning : session.warnings()) imported.warnings.push_back(warning.toStdString());
  return imported;
}

}  // namespace

void MainWindow::addCompositions(const QString& path) {
  if (!session_.isOpen() || !mayReplaceSession()) return;
  const QString name = QFileInfo(path).fileName();
  load_jobs_.start<MatchedCompositions>(
      tr("Reading %1").arg(name),
      [file = toPath(path), data = session_.data()](RunControl& control, const ProgressFn& progress) {
        return matchCompositions(file, *data, control, progress);
      },
      [this, name, basis = session_.data()](Result<MatchedCompositions>& matched) {
        if (!matched)
          showError(matched.error());
        else if (matched->incomplete)
          askRest(*matched, name, basis);
        else
          attachCompositions(matched->found, {}, basis);
      });
}

void MainWindow::askRest(const MatchedCompositions& matched, const QString& name, const DatasetPtr& basis) {
  auto* dialog = new QInputDialog(this);
  dialog->setObjectName(QStringLiteral("restDialog"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Add Compositions"));
  dialog->setInputMode(QInputDialog::TextInput);
  dialog->setLabelText(tr("The compositions in %1 sum to %2 … %3: a part was not measured.\n"
                          "It becomes a component of its own, by the name:")
                           .arg(name)
                           .arg(matched.incomplete->low, 0, 'g', 4)
                           .arg(matched.incomplete->high, 0, 'g', 4));
  dialog->setTextValue(tr("rest"));
  connect(dialog, &QInputDialog::textValueSelected, this,
          [this, found = matched.found, basis](const QString& rest) {
            attachCompositions(found, rest.trimmed(), basis);
          });
  dialog->open();
}

void MainWindow::attachCompositions(const std::shared_ptr<const FoundCompositions>& found,
                                    const QString& rest, const DatasetPtr& basis) {
  const auto attach = [this, found, rest, basis] {
    // Others may have been opened while a dialog waited.
    if (session_.data() != basis || !mayReplaceSession()) return;
    load_jobs_.start<Loaded>(
        tr("Adding compositions"),
        [found, rest = rest.toStdString(), before = opened(session_)](RunControl& control,
                                                                      const ProgressFn&) {
          return withCompositions(before, *found, rest, control);
        },
        [this](Result<Loaded>& loaded) { takeAttached(loaded, false); });
  };
  // Runs are of the data as they were; all else that is not saved stays, or follows from the compositions.
  if (runs_.runs().empty())
    attach();
  else
    whenSaved(attach);
}

void MainWindow::addEndmembers(const QString& path) {
  if (!session_.isOpen() || !mayReplaceSession()) return;
  const auto attach = [this, path, basis = session_.data()] {
    // Others may have been opened while a dialog waited.
    if (session_.data() != basis || !mayReplaceSession()) return;
    load_jobs_.start<Loaded>(
        tr("Reading %1").arg(QFileInfo(path).fileName()),
        [file = toPath(path), before = opened(session_)](RunControl& control, const ProgressFn& progress) {
          return withEndmembers(before, file, control, progress);
        },
        [this](Result<Loaded>& loaded) { takeAttached(loaded, true); });
  };
  if (runs_.runs().empty())
    attach();
  else
    whenSaved(attach);
}

void MainWindow::takeAttached(Result<Loaded>& loaded, bool same_compositions) {
  if (!loaded) {
    showError(loaded.error());
    return;
  }
  // A run that was started meanwhile keeps the session that it belongs to.
  if (!mayReplaceSession()) return;
  carryOver(session_.session(), loaded->session, same_compositions);
  const bool had_runs = !runs_.runs().empty();
  ++session_number_;
  replaceSession(std::move(loaded->session), loaded->imported.format, loaded->imported.warnings, false);
  // A project that has runs must not be saved over without them.
  if (had_runs) project_path_.clear();
  // No file holds what is open now.
  touched();
  const Dataset& now = *session_.data();
  std::size_t labelled = 0;
  for (std::size_t r = 0; r < now.rows(); ++r) labelled += now.labelled(r) ? 1 : 0;
  statusBar()->showMessage(same_compositions
                               ? tr("%1 added")
                                     .arg(counted(now.endmembers()->rows(), tr("1 reference endmember"),
                                                  tr("%L1 reference endmembers")))
                               : tr("%1 added to %L2 spectra")
                                     .arg(counted(labelled, tr("1 composition"), tr("%L1 compositions")))
                                     .arg(static_cast<qulonglong>(now.rows())));
  Q_EMIT sessionOpened();
}

}  // namespace assayer::ui
