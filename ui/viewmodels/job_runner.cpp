// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/job_runner.h"

#include <chrono>

#include "ui/viewmodels/core_texts.h"

namespace assayer::ui {

JobRunner::JobRunner(QObject* parent) : QObject(parent) {}

JobRunner::~JobRunner() {
  for (const auto& job : jobs_) job->control.request_stop();
  for (const auto& job : jobs_)
    if (job->thread.joinable()) job->thread.join();
}

void JobRunner::cancel() {
  if (current_ != nullptr) current_->control.request_stop();
}

void JobRunner::abandon() {
  if (current_ == nullptr) return;
  current_->control.request_stop();
  current_ = nullptr;
  Q_EMIT ended();
}

void JobRunner::launch(const QString& title, Work work) {
  reap();
  if (current_ != nullptr) current_->control.request_stop();
  jobs_.push_back(std::make_unique<Job>());
  Job* job = jobs_.back().get();
  job->id = ++last_id_;
  current_ = job;
  title_ = title;
  Q_EMIT started(title);

  // The destructor joins, so `this` and `job` outlive the thread; what is still in the postbox then dies with
  // it.
  job->thread = std::thread([this, job, work = std::move(work)] {
    auto last = std::chrono::steady_clock::time_point{};
    const ProgressFn progress = [&last, this, id = job->id](double fraction, std::string_view what) {
      const auto now = std::chrono::steady_clock::now();
      if (now - last < std::chrono::milliseconds(40)) return;
      last = now;
      const QString text = stageText(what);
      postbox_.post([this, id, fraction, text] {
        if (current_ != nullptr && id == current_->id) Q_EMIT progressed(fraction, text);
      });
    };
    auto deliver = work(job->control, progress);
    postbox_.post([this, id = job->id, deliver = std::move(deliver)] { land(id, deliver); });
    job->finished.store(true, std::memory_order_release);
  });
}

void JobRunner::land(std::uint64_t id, const std::function<void()>& deliver) {
  const bool wanted = current_ != nullptr && id == current_->id;
  if (wanted) {
    current_ = nullptr;
    Q_EMIT ended();
  }
  reap();
  // Last: `deliver` may start the next job.
  if (wanted) deliver();
}

void JobRunner::reap() {
  std::erase_if(jobs_, [this](const std::unique_ptr<Job>& job) {
    if (job.get() == current_ || !job->finished.load(std::memory_order_acquire)) return false;
    job->thread.join();
    return true;
  });
}

}  // namespace assayer::ui
