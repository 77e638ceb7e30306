// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/results_tree.h"

#include <QCoreApplication>
#include <QFontDatabase>
#include <QHeaderView>
#include <QTreeWidget>
#include <cmath>
#include <string>
#include <vector>

#include "core/metrics/evaluation.h"
#include "ui/viewmodels/library_matching.h"

namespace assayer::ui {

namespace {

struct Line {
  int depth = 0;
  QString name;
  QString value;
  QString tip;
};

QString tr(const char* text) {
  return QCoreApplication::translate("ResultsTree", text);
}

QString number(double value, int decimals) {
  return std::isfinite(value) ? QString::number(value, 'f', decimals) : QStringLiteral("–");
}

QString componentName(const Evaluation& e, std::size_t k) {
  return k < e.components.size() ? QString::fromStdString(e.components[k])
                                 : tr("component %1").arg(static_cast<qulonglong>(k) + 1);
}

void addNuisance(std::vector<Line>& lines, const Evaluation& e, const GroupedNuisance& z, const QString& of) {
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

std::vector<Line> linesOf(const Evaluation& e) {
  std::vector<Line> lines;
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

void addMatches(std::vector<Line>& lines, const MatchedEndmembers& matches) {
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
}

}  // namespace

QTreeWidget* makeResultsTree() {
  auto* tree = new QTreeWidget;
  tree->setColumnCount(2);
  tree->setHeaderLabels({tr("Measure"), tr("Value")});
  tree->headerItem()->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
  tree->header()->setStretchLastSection(false);
  tree->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  tree->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  tree->setUniformRowHeights(true);
  tree->setFrameShape(QFrame::NoFrame);
  tree->setIndentation(12);
  return tree;
}

void fillResultsTree(QTreeWidget& tree, const Evaluation* evaluation, const MatchedEndmembers* matches) {
  if (evaluation == nullptr && matches == nullptr) {
    tree.clear();
    return;
  }
  std::vector<Line> lines;
  if (evaluation != nullptr) lines = linesOf(*evaluation);
  if (matches != nullptr) addMatches(lines, *matches);
  int top = 0;
  int child = 0;
  QTreeWidgetItem* parent = nullptr;
  for (const Line& line : lines) {
    QTreeWidgetItem* item = nullptr;
    if (line.depth == 0 || parent == nullptr) {
      if (parent != nullptr)
        while (parent->childCount() > child) delete parent->takeChild(child);
      item = tree.topLevelItem(top);
      if (item == nullptr) item = new QTreeWidgetItem(&tree);
      ++top;
      child = 0;
      parent = item;
    } else {
      item = parent->child(child);
      if (item == nullptr) item = new QTreeWidgetItem(parent);
      ++child;
    }
    item->setText(0, line.name);
    item->setText(1, line.value);
    item->setToolTip(0, line.tip);
    item->setTextAlignment(1, Qt::AlignRight | Qt::AlignVCenter);
  }
  if (parent != nullptr)
    while (parent->childCount() > child) delete parent->takeChild(child);
  while (tree.topLevelItemCount() > top) delete tree.takeTopLevelItem(top);
}

QString choicesText(const Evaluation& e) {
  const auto fact = [&](const char* key) {
    const auto found = e.facts.find(key);
    return found != e.facts.end() ? QString::fromStdString(found->second).toHtmlEscaped() : QString();
  };
  QStringList paragraphs;
  const auto add = [&](const QString& title, const char* choice, const char* reason) {
    const QString value = fact(choice);
    if (value.isEmpty()) return;
    paragraphs << QStringLiteral("<p><b>%1: %2.</b> %3</p>").arg(title, value, fact(reason));
  };
  add(tr("Link"), "link", "link_reason");
  add(tr("Task"), "task", "task_reason");
  add(tr("Encoder looks at"), "encoder_input", "encoder_reason");
  const QString efficiency = fact("efficiency");
  if (!efficiency.isEmpty()) {
    QStringList names;
    for (const std::string& name : e.components) names << QString::fromStdString(name).toHtmlEscaped();
    paragraphs << QStringLiteral("<p><b>%1:</b> %2 (%3)</p>")
                      .arg(tr("Relative scattering efficiency q"), efficiency,
                           names.join(QStringLiteral(", ")));
  }
  return paragraphs.join(QString());
}

}  // namespace assayer::ui
