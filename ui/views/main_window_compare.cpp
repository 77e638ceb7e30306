// SPDX-License-Identifier: GPL-3.0-or-later
// Comparisons: of methods, between the compare page and the worker that validates, and of endmembers with a
// library.
#include <QFileInfo>
#include <filesystem>
#include <utility>

#include "ui/viewmodels/library_matching.h"
#include "ui/views/compare_page.h"
#include "ui/views/main_window.h"
#include "ui/views/training_dock.h"

namespace assayer::ui {

void MainWindow::connectCompare() {
  connect(compare_page_, &ComparePage::compareRequested, this, &MainWindow::startComparison);
  connect(compare_page_, &ComparePage::cancelRequested, &compare_jobs_, &JobRunner::cancel);
  connect(&compare_jobs_, &JobRunner::started, this, [this] { compare_page_->setBusy(true); });
  connect(&compare_jobs_, &JobRunner::progressed, compare_page_, &ComparePage::setProgress);
  connect(&compare_jobs_, &JobRunner::ended, this, [this] { compare_page_->setBusy(false); });
}

bool MainWindow::startComparison(ValidationSettings settings) {
  if (!session_.isOpen() || compare_jobs_.busy()) return false;
  // As in a run: what is excluded takes no part, and the unfeatured points are those on display.
  const Session& session = session_.session();
  settings.excluded = rows_with(session.roles(), Role::Excluded);
  settings.unfeatured_points = session.unfeatured();
  settings.seed = session.config().seed;
  compare_jobs_.start<ValidationPtr>(
      tr("Comparing methods"),
      [data = session_.data(), settings = std::move(settings)](
          RunControl& control, const ProgressFn& progress) -> Result<ValidationPtr> {
        auto made = validate(data, settings, control, progress);
        if (!made) return fail(made.error());
        return std::make_shared<const Validation>(std::move(*made));
      },
      [this](Result<ValidationPtr>& made) {
        if (made)
          compare_page_->setValidation(std::move(*made));
        else
          showError(made.error());
        Q_EMIT compared();
      });
  return true;
}

void MainWindow::matchEndmembers(const QString& path) {
  const std::shared_ptr<const Snapshot> snapshot = shownSnapshot();
  if (!snapshot) return;
  constexpr std::size_t kNearest = 3;
  load_jobs_.start<MatchedEndmembers>(
      tr("Comparing with %1").arg(QFileInfo(path).fileName()),
      [file = std::filesystem::path(QFileInfo(path).filesystemAbsoluteFilePath()), data = session_.data(),
       snapshot](RunControl& control, const ProgressFn& progress) {
        return matchLibrary(file, *data, snapshot->endmembers, kNearest, control, progress);
      },
      [this, run = runs_.activeId()](Result<MatchedEndmembers>& found) {
        if (!found) {
          showError(found.error());
          return;
        }
        // Endmembers of a run that is no longer shown are not those on display.
        if (run == runs_.activeId())
          training_dock_->setMatches(std::make_shared<const MatchedEndmembers>(std::move(*found)));
        Q_EMIT matched();
      });
}

}  // namespace assayer::ui
