// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/data_facts.h"

#include <QCoreApplication>
#include <QStringList>
#include <algorithm>

#include "ui/viewmodels/core_texts.h"

namespace assayer::ui {

namespace {

/// Names in one line.
constexpr std::size_t kListed = 8;

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui", text);
}

QString joined(const std::vector<std::string>& names, std::size_t limit) {
  QStringList list;
  for (std::size_t i = 0; i < std::min(limit, names.size()); ++i) list << QString::fromStdString(names[i]);
  QString text = list.join(QStringLiteral(", "));
  if (names.size() > limit) text += QStringLiteral(", …");
  return text;
}

}  // namespace

std::vector<std::pair<QString, QString>> dataFacts(const Dataset& data, const QString& format) {
  std::vector<std::pair<QString, QString>> facts;
  const auto addFact = [&facts](const QString& title, const QString& value) {
    facts.emplace_back(title, value);
  };
  const auto count = [](std::size_t n) { return static_cast<qulonglong>(n); };
  addFact(tr("Spectra"), tr("%L1 × %L2 channels").arg(count(data.rows())).arg(count(data.channels())));
  const WavelengthAxis& axis = data.wavelength();
  const auto [low, high] = std::minmax({axis[0], axis[axis.size() - 1]});
  addFact(tr("Axis"),
          tr("%1, %2 to %3").arg(coreText(axis_title(axis.unit()))).arg(low, 0, 'g', 6).arg(high, 0, 'g', 6));
  const auto masked = std::count(data.bad_channels().begin(), data.bad_channels().end(), 1);
  if (masked > 0) addFact(tr("Masked channels"), QStringLiteral("%L1").arg(static_cast<qlonglong>(masked)));
  if (!data.component_names().empty()) addFact(tr("Components"), joined(data.component_names(), kListed));
  std::size_t known = 0;
  std::size_t broken = 0;
  for (std::size_t i = 0; i < data.rows(); ++i) {
    known += data.labelled(i) ? 1U : 0U;
    // Nobody waits here for a large file to be read.
    if (!data.spectra().stays_in_file()) broken += data.row_is_finite(i) ? 0U : 1U;
  }
  addFact(tr("Compositions"), known == 0 ? tr("none known") : tr("%L1 rows known").arg(count(known)));
  if (broken > 0) addFact(tr("Not finite"), tr("%L1 spectra, left out").arg(count(broken)));
  if (data.groups())
    addFact(tr("Groups"),
            tr("%1: %2").arg(count(data.groups()->names.size())).arg(joined(data.groups()->names, kListed)));
  if (data.image_shape())
    addFact(tr("Image"),
            tr("%1 × %2 pixels").arg(count(data.image_shape()->rows)).arg(count(data.image_shape()->cols)));
  if (data.endmembers())
    addFact(tr("References"), QStringLiteral("%L1").arg(count(data.endmembers()->rows())));
  addFact(tr("Format"), format);
  return facts;
}

}  // namespace assayer::ui
