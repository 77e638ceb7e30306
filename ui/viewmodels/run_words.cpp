// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/run_words.h"

#include <QCoreApplication>
#include <cmath>

namespace assayer::ui {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui", text);
}

QString number(double value) {
  return std::isfinite(value) ? QString::number(value, 'g', 4) : QStringLiteral("–");
}

QString endText(RunEnd end) {
  switch (end) {
    case RunEnd::Completed:
      return tr("completed");
    case RunEnd::Stopped:
      return tr("stopped");
    case RunEnd::Numeric:
      return tr("ended: not finite");
    case RunEnd::Failed:
      return tr("failed");
    case RunEnd::Unfinished:
      break;
  }
  return tr("interrupted");
}

}  // namespace

QString durationText(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return QStringLiteral("–");
  const auto whole = static_cast<qlonglong>(std::llround(seconds));
  const QString tail = QStringLiteral("%1").arg(whole % 60, 2, 10, QLatin1Char('0'));
  if (whole < 3600) return QStringLiteral("%1:%2").arg(whole / 60).arg(tail);
  return QStringLiteral("%1:%2:%3").arg(whole / 3600).arg(whole / 60 % 60, 2, 10, QLatin1Char('0')).arg(tail);
}

const TrainConfig* configOf(const RunRecord& run) {
  if (run.state) return &run.state->config;
  return run.setup ? &run.setup->config : nullptr;
}

QString runSettingsText(const RunRecord& run) {
  const TrainConfig* config = configOf(run);
  if (config == nullptr) return {};
  QString text = tr("seed %1").arg(static_cast<qulonglong>(config->seed));
  if (run.state)
    text.prepend(tr("%L1 labelled, ").arg(static_cast<qulonglong>(run.state->plan.labelled.size())));
  if (run.snapshot && run.snapshot->steps > 0)
    text += tr(", %L1 epochs, %2 members").arg(run.snapshot->epoch).arg(config->members);
  return text;
}

QString runEndText(const RunRecord& run) {
  const QString end = endText(run.end);
  return run.best ? tr("%1, best at epoch %L2").arg(end).arg(run.shown_epoch()) : end;
}
QString runKlText(const RunRecord& run) {
  if (!run.evaluation || !run.evaluation->kl) return QStringLiteral("–");
  return number(run.evaluation->kl->held_out.value_or(run.evaluation->kl->mean));
}

QString runErrorText(const RunRecord& run) {
  if (!run.evaluation || !run.evaluation->endmembers) return QStringLiteral("–");
  return number(run.evaluation->endmembers->mean_l2);
}

}  // namespace assayer::ui
