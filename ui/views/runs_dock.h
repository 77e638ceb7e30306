// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <QWidget>
#include <vector>

class QAction;
class QLabel;
class QTreeWidget;
class QTreeWidgetItem;

namespace assayer::ui {

/// A run as a line of the list.
struct RunRow {
  quint64 id = 0;
  QString name;
  QString method;
  QString state;  ///< "completed", "epoch 30 of 500"
  QString kl;
  QString error;
  QString time;
  QString details;       ///< settings in words, the tooltip
  bool shown = true;     ///< drawn beside the active run
  bool going = false;    ///< being trained: cannot be deleted
  bool paused = false;   ///< `going`, and it waits
  bool resumes = false;  ///< can be trained on
};

/// The runs of the session: choosing one shows its results, a tick draws it beside the others. Edits are
/// requests; whoever owns the runs makes them.
class RunsDock : public QWidget {
  Q_OBJECT
 public:
  explicit RunsDock(QWidget* parent = nullptr);

  void setRuns(const std::vector<RunRow>& rows, quint64 active);
  /// New numbers of one of them.
  void updateRun(const RunRow& row);
  void setActive(quint64 id);

  /// New run from this, continue, rename, delete: for menus; they act on the active run.
  [[nodiscard]] QList<QAction*> commands() const;

 Q_SIGNALS:
  void activated(quint64 id);
  void shownToggled(quint64 id, bool shown);
  void renamed(quint64 id, const QString& name);
  void forkRequested(quint64 id);
  void continueRequested(quint64 id);
  void removeRequested(quint64 id);

 protected:
  void changeEvent(QEvent* event) override;

 private:
  void fill(QTreeWidgetItem& item, const RunRow& row);
  void restyle();
  void updateCommands();
  [[nodiscard]] QTreeWidgetItem* itemOf(quint64 id) const;

  QTreeWidget* list_;
  QLabel* hint_;
  QAction* fork_;
  QAction* continue_;
  QAction* rename_;
  QAction* remove_;
  std::vector<RunRow> rows_;
  quint64 active_ = 0;
  bool filling_ = false;
};

}  // namespace assayer::ui
