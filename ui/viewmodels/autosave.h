// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QElapsedTimer>
#include <QLockFile>
#include <QObject>
#include <QString>
#include <QTimer>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "core/session/project.h"
#include "ui/viewmodels/job_runner.h"

namespace assayer::ui {

/// A session that was not saved before its program ended.
struct LostSession {
  QString folder;
  QString file;     ///< a project, with its data beside it
  QString project;  ///< where the user had saved it before; empty: nowhere
  QString name;     ///< what it was called
  QDateTime saved;
};

/// Saves what is open into a folder of its own as it changes, so that a killed program loses at most one
/// interval. Everything is written on a worker. The folder is locked while its program lives and goes when
/// that ends as it should.
class Autosave : public QObject {
  Q_OBJECT
 public:
  /// What to save, asked on the thread of this object; nothing: there is nothing to lose.
  struct Contents {
    Project project;
    QString file;  ///< where the user has saved it
    QString name;
  };
  using Capture = std::function<std::optional<Contents>()>;

  /// `root`: the folder for the folders of all programs; empty: nothing is ever saved. At most one save every
  /// `interval` milliseconds.
  Autosave(QString root, int interval, Capture capture, QObject* parent = nullptr);
  ~Autosave() override;

  /// Something has changed.
  void touch();
  /// Something has changed that should not wait for the interval.
  void hurry();
  /// Saves what there is for the next start, then calls `done`, at the latest when that has failed. Nothing
  /// is saved after it.
  void keep(std::function<void()> done);
  /// What is open needs no rescue any more: it was saved or given up.
  void forget();

  /// Of programs that live no more, newest first.
  [[nodiscard]] std::vector<LostSession> lost() const;
  static void discard(const LostSession& session);

 Q_SIGNALS:
  void saved(const QString& file);
  void failed(const QString& message);

 private:
  void save();
  /// Saves what is not yet saved; then leaves the folder to the next start and says that it is done.
  void leave();
  [[nodiscard]] bool makeFolder();
  void removeFolder();

  QString root_;
  int interval_;
  Capture capture_;
  QTimer timer_;
  QElapsedTimer since_;
  std::unique_ptr<JobRunner> jobs_ = std::make_unique<JobRunner>();
  QString folder_;
  std::unique_ptr<QLockFile> lock_;
  /// The data that stand in the folder, and under which name.
  DatasetPtr stored_;
  QString stored_file_;
  int files_ = 0;
  bool complained_ = false;
  bool changed_ = false;
  std::function<void()> kept_;  ///< set once `keep` was called
};

}  // namespace assayer::ui
