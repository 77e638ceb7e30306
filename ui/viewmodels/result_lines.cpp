// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/result_lines.h"

#include <QCoreApplication>
#include <QStringList>
#include <cmath>

#include "core/metrics/evaluation.h"
#include "ui/viewmodels/library_matching.h"
#include "ui/viewmodels/texts.h"

namespace assayer::ui {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui", text);
}

QString number(double value, int decimals) {
  return std::isfinite(value) ? QString::number(value, 'f', decimals) : QStringLiteral("–");
}

QString componentName(const Evaluation& e, std::size_t k) {
  return k < e.components.size() ? QString::fromStdString(e.components[k])
                                 : tr("component %1").arg(static_cast<qulonglong>(k) + 1);
}

void addNuisance(std::vector<ResultLine>& lines, const Evaluation& e, const GroupedNuisance& z,
                 const QString& of) {
  lines.push_back({0, tr("z groups, %1").arg(of), tr("%1 %").arg(number(100 * z.accuracy, 1)),
                   tr("Share of rows whose nearest group median of z is their own group's")});
  for (std::size_t g = 0; g < z.median.rows(); ++g) {
    QString text;
    for (std::size_t d = 0; d < z.median.cols(); ++d)
      text += (d > 0 ? QStringLiteral(", ") : QString()) + number(z.median(g, d), 3);
    const QString name = g < e.group_names.size() ? QString::fromStdString(e.group_names[g])
                                                  : tr("group %1").arg(static_cast<qulonglong>(g));
    lines.push_back({1, tr("median, %1").arg(name), text, {}});
  }
}

}  // namespace

std::vector<ResultLine> evaluationLines(const Evaluation& e) {
  std::vector<ResultLine> lines;
  if (e.kl) {
    lines.push_back({0, tr("KL, nats"), number(e.kl->mean, 4),
                     tr("KL(y ‖ ŷ) of the compositions, mean over all rows where it is known")});
    if (e.kl->training) lines.push_back({1, tr("labelled in training"), number(*e.kl->training, 4), {}});
    if (e.kl->held_out) lines.push_back({1, tr("held out"), number(*e.kl->held_out, 4), {}});
  }
  if (e.rmse) {
    lines.push_back({0, tr("RMSE"), number(e.rmse->mean, 4),
                     tr("Of the compositions, over held-out rows where there are any")});
    for (std::size_t k = 0; k < e.rmse->per_component.size(); ++k)
      lines.push_back({1, componentName(e, k), number(e.rmse->per_component[k], 4), {}});
  }
  if (e.endmembers) {
    lines.push_back({0, tr("Endmembers, L2"), number(e.endmembers->mean_l2, 3),
                     tr("Distance from the reference spectra in their units, mean over components")});
    for (std::size_t k = 0; k < e.endmembers->l2.size(); ++k)
      lines.push_back({1, componentName(e, k), number(e.endmembers->l2[k], 3), {}});
    lines.push_back({0, tr("Endmembers, SAD"), tr("%1°").arg(number(e.endmembers->mean_sad, 2)),
                     tr("Spectral angle to the reference spectra, mean over components")});
    for (std::size_t k = 0; k < e.endmembers->sad.size(); ++k)
      lines.push_back({1, componentName(e, k), tr("%1°").arg(number(e.endmembers->sad[k], 2)), {}});
  }
  if (e.z_training) addNuisance(lines, e, *e.z_training, tr("training rows"));
  if (e.z) addNuisance(lines, e, *e.z, tr("all rows"));
  if (e.outlier_auc)
    lines.push_back({0, tr("Outliers, AUC"), number(*e.outlier_auc, 3),
                     tr("How well |z − median| / MAD of the group, and the misfit where there is one, tell "
                        "the known outliers apart")});
  if (!e.coverage.empty()) {
    lines.push_back({0,
                     tr("Truth inside stated intervals"),
                     {},
                     tr("Share of held-out compositions that lie within their stated interval: less than "
                        "stated means that the intervals are too narrow there")});
    for (const Evaluation::Coverage& at : e.coverage)
      lines.push_back(
          {1, tr("stated %1 %").arg(100 * at.level), tr("%1 %").arg(number(100 * at.observed, 1)), {}});
  }
  return lines;
}

std::vector<ResultLine> matchLines(const MatchedEndmembers& matches) {
  std::vector<ResultLine> lines;
  lines.push_back(
      {0, tr("Nearest in %1").arg(QString::fromStdString(matches.library)), tr("angle"),
       tr("Spectral angle between each endmember and the library's spectra, over the %1 channels that "
          "both cover")
           .arg(static_cast<qulonglong>(matches.channels))});
  for (std::size_t k = 0; k < matches.near.size(); ++k) {
    for (std::size_t i = 0; i < matches.near[k].size(); ++i) {
      const MatchedEndmembers::Near& near = matches.near[k][i];
      const QString name = QString::fromStdString(near.name);
      const QString component =
          k < matches.components.size() ? QString::fromStdString(matches.components[k]) : QString();
      lines.push_back({1,
                       i == 0 ? QStringLiteral("%1: %2").arg(component, name) : tr("or %1").arg(name),
                       QStringLiteral("%1°").arg(number(near.angle, 2)),
                       {}});
    }
  }
  return lines;
}

std::vector<MethodChoice> methodChoices(const Evaluation& e) {
  const auto fact = [&](const char* key) {
    const auto found = e.facts.find(key);
    return found != e.facts.end() ? QString::fromStdString(found->second) : QString();
  };
  std::vector<MethodChoice> choices;
  const auto add = [&](const QString& title, const char* choice, const char* reason) {
    const QString value = fact(choice);
    if (!value.isEmpty()) choices.push_back({title, value, fact(reason)});
  };
  add(tr("Weights"), "state", "");
  add(tr("Link"), "link", "link_reason");
  add(tr("Task"), "task", "task_reason");
  add(tr("Encoder looks at"), "encoder_input", "encoder_reason");
  const QString efficiency = fact("efficiency");
  if (!efficiency.isEmpty()) {
    choices.push_back({tr("Relative scattering efficiency q"), efficiency,
                       toStrings(e.components).join(QStringLiteral(", "))});
  }
  return choices;
}

}  // namespace assayer::ui
