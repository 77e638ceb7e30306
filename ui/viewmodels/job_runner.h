// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QString>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "ui/viewmodels/postbox.h"

namespace assayer::ui {

/// Runs one job at a time on a worker thread and hands its result back on the thread of this object.
///
/// A new job supersedes the old one: that is asked to stop, and its result is dropped even if it was already
/// on its way. Destruction stops and joins every worker.
class JobRunner : public QObject {
  Q_OBJECT
 public:
  explicit JobRunner(QObject* parent = nullptr);
  ~JobRunner() override;

  /// `work` runs on the worker and must poll its RunControl; `done` runs here, not at all when superseded,
  /// and may take the result apart.
  template <class T>
  void start(const QString& title, std::function<Result<T>(RunControl&, const ProgressFn&)> work,
             std::function<void(Result<T>&)> done) {
    launch(title,
           [work = std::move(work), done = std::move(done)](RunControl& control, const ProgressFn& progress) {
             // The result travels in a shared_ptr because std::function wants what it holds to be copyable.
             auto result = std::make_shared<Result<T>>(work(control, progress));
             return std::function<void()>([result, done] { done(*result); });
           });
  }

  /// Asks the current job to stop; its `done` hears Error::Kind::Cancelled, or the result if that was first.
  void cancel();
  /// Cancels, and drops the result.
  void abandon();
  [[nodiscard]] bool busy() const { return current_ != nullptr; }
  [[nodiscard]] const QString& title() const { return title_; }

 Q_SIGNALS:
  void started(const QString& title);
  /// At most about 25 a second.
  void progressed(double fraction, const QString& what);
  void ended();

 private:
  using Work = std::function<std::function<void()>(RunControl&, const ProgressFn&)>;
  struct Job {
    std::uint64_t id = 0;  ///< never reused, unlike an address
    RunControl control;
    std::atomic<bool> finished{false};
    std::thread thread;
  };
  void launch(const QString& title, Work work);
  void land(std::uint64_t id, const std::function<void()>& deliver);
  void reap();

  Postbox postbox_;
  std::vector<std::unique_ptr<Job>> jobs_;
  Job* current_ = nullptr;
  std::uint64_t last_id_ = 0;
  QString title_;
};

}  // namespace assayer::ui
