// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDialog>
#include <QStringList>
#include <QTimer>
#include <map>
#include <string>

#include "ui/viewmodels/import_preview.h"
#include "ui/viewmodels/job_runner.h"

class QComboBox;
class QDialogButtonBox;
class QFormLayout;
class QLabel;
class QTableWidget;

namespace assayer::ui {

class SpectraPlot;

/// Asks what the parts of files are: guesses, shows the guesses and the first spectra under them, and
/// remembers what was changed for files of the same kind (format and names of the fields). Several files are
/// joined; the first one is shown. Reading happens on a worker.
class ImportDialog : public QDialog {
  Q_OBJECT
 public:
  /// So many spectra are read for the preview.
  static constexpr std::size_t kPreviewRows = 40;

  /// `remember`: choices are kept in the user's settings.
  ImportDialog(QStringList paths, bool remember, QWidget* parent = nullptr);

  [[nodiscard]] const QStringList& paths() const { return paths_; }
  /// What differs from the guesses.
  [[nodiscard]] const ImportOptions& options() const { return options_; }
  /// The preview belongs to the choices on display.
  [[nodiscard]] bool upToDate() const { return !delay_.isActive() && !jobs_.busy(); }

  void accept() override;

 Q_SIGNALS:
  void previewed();

 private:
  void build();
  void refreshSoon();
  void refresh();
  void take(Result<ImportPreview>& preview);
  void showFields(const ImportContents& contents);
  void showSettings(const ImportContents& contents);
  void recall();
  void keep() const;
  [[nodiscard]] QString settingsGroup() const;

  QStringList paths_;
  bool remember_;
  ImportOptions options_;
  ImportContents shown_;
  std::string kind_;
  bool recalled_ = false;
  JobRunner jobs_;
  QTimer delay_;

  QTableWidget* fields_ = nullptr;
  QFormLayout* settings_ = nullptr;
  QComboBox* unit_ = nullptr;
  SpectraPlot* plot_ = nullptr;
  QLabel* summary_ = nullptr;
  QLabel* notes_ = nullptr;
  QDialogButtonBox* buttons_ = nullptr;
};

}  // namespace assayer::ui
