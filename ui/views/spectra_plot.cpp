// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/spectra_plot.h"

#include <QMenu>
#include <QMetaMethod>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "core/metrics/evaluation.h"
#include "ui/viewmodels/core_texts.h"
#include "ui/views/painted.h"
#include "ui/views/unit_name.h"

namespace assayer::ui {
namespace {

const QString kChosen = QStringLiteral("chosen");

}  // namespace

QString referenceName(const Dataset& data, std::size_t k) {
  const auto& own = data.endmember_names();
  const auto& components = data.component_names();
  // A mean over groups is no longer the sample that the file names.
  if (!data.endmembers_by_group().empty() && k < components.size())
    return QString::fromStdString(components[k]);
  if (k < own.size()) return QString::fromStdString(own[k]);
  if (k < components.size()) return QString::fromStdString(components[k]);
  return SpectraPlot::tr("endmember %1").arg(k + 1);
}

QColor SpectraPlot::faded(QColor colour, int alpha) {
  colour.setAlpha(alpha);
  return colour;
}

SpectraPlot::SpectraPlot(QWidget* parent) : PlotView(parent), valueTitle_(tr("Signal")) {
  setEmptyText(tr("Open a data set to see its spectra here."));
  // References below, selected rows over them, generated endmembers on top.
  addLayer(kChosen, layer(QStringLiteral("main")), limAbove);
  addLayer(generatedLayer(), layer(kChosen), limAbove);
  new Painted(this, QStringLiteral("background"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawMasked(painter); });
  // The comparison below the selection.
  for (auto chosen = chosen_.rbegin(); chosen != chosen_.rend(); ++chosen) chosen->mean = addTrace(kChosen);
  for (Visitor& guest : guests_) guest.trace = addTrace(generatedLayer());
  for (QCPGraph** graph : {&residual_, &generatedRow_}) {
    *graph = addGraph();
    (*graph)->setLayer(generatedLayer());
    (*graph)->setPen(Qt::NoPen);
  }
  new Painted(this, QStringLiteral("grid"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawZero(painter); });
  new Painted(this, QStringLiteral("marks"), Painted::Clip::AxisRect,
              [this](QCPPainter& painter) { drawMarks(painter); });
  connect(&brushJobs_, &JobRunner::progressed, this, [this](double fraction, const QString&) {
    Q_EMIT statusText(tr("Searching the spectra: %1 %; Esc stops it").arg(static_cast<int>(100 * fraction)));
  });
  applyTheme();
}

// Jobs that are under way end before what they were for.
SpectraPlot::~SpectraPlot() {
  for (Chosen& chosen : chosen_) chosen.jobs.abandon();
  brushJobs_.abandon();
}

void SpectraPlot::setData(DatasetPtr dataset) {
  data_ = std::move(dataset);
  for (Chosen& chosen : chosen_) {
    chosen.jobs.abandon();
    chosen.rows.clear();
    chosen.read = {};
  }
  for (Visitor& guest : guests_) guest.curve = {};
  brushJobs_.abandon();
  reconstruction_.reset();
  reconstructionNote_.clear();
  peaks_.clear();
  mask_.clear();
  estimate_ = {};
  estimateNames_.clear();
  referenceSpectra_.reset();
  if (data_) {
    referenceSpectra_ = reference_endmembers(*data_, {});
    const WavelengthAxis& axis = data_->wavelength();
    if (!unit_chosen_ || !axis.values_in(unit_)) unit_ = axis.unit();
    const auto& attributes = data_->provenance().attributes;
    const auto quantity = attributes.find("quantity");
    valueTitle_ = quantity != attributes.end() ? QString::fromStdString(quantity->second) : tr("Signal");
    setEmptyText(tr("Select rows in another view to see their spectra here."));
  } else {
    setEmptyText(tr("Open a data set to see its spectra here."));
  }
  rebuildAxis();
  setFollowsData(true);
  // Of the groups of all rows; which are selected is said anew.
  if (data_) readRows(chosen_[0]);
  fillAll();
  restyle();
  contentChanged();
  Q_EMIT dataChanged();
}

void SpectraPlot::setEndmembers(const EndmemberEstimate& estimate, const QStringList& names) {
  if (!data_ || estimate.mean.cols() != data_->channels()) return;
  estimate_ = estimate;
  estimateNames_ = names;
  for (std::size_t k = static_cast<std::size_t>(names.size()); k < estimate.mean.rows(); ++k) {
    estimateNames_ << referenceName(*data_, k);
  }
  fillGenerated();
  restyle();
  contentChanged();
}

void SpectraPlot::clearEndmembers() {
  estimate_ = {};
  estimateNames_.clear();
  fillGenerated();
  restyle();
  contentChanged();
}

void SpectraPlot::setSelection(const Rows& rows) {
  // As after new data, when the window says once more what is selected.
  if (rows == chosen_[0].rows) return;
  choose(chosen_[0], rows);
}

void SpectraPlot::setComparison(const Rows& rows) {
  choose(chosen_[1], rows);
}

void SpectraPlot::setGuest(Guest which, const QString& name, Curve curve) {
  Visitor& guest = guests_[static_cast<std::size_t>(which)];
  const bool shown = data_ && curve.mean.size() == data_->channels();
  if (!shown && guest.curve.mean.empty()) return;
  guest.name = name;
  guest.curve = shown ? std::move(curve) : Curve{};
  setTrace(guest.trace, guest.curve);
  restyle();
  contentChanged();
  Q_EMIT spectraChanged();
}

const SpectraPlot::Curve& SpectraPlot::guest(Guest guest) const {
  return guests_[static_cast<std::size_t>(guest)].curve;
}

void SpectraPlot::setMask(std::vector<std::uint8_t> mask) {
  if (!data_ || mask.size() != data_->channels()) mask.clear();
  if (mask == mask_) return;
  mask_ = std::move(mask);
  fillAll();
  contentChanged();
}

void SpectraPlot::setMaskTool(bool on) {
  maskTool_ = on;
}

bool SpectraPlot::busy() const {
  return brushJobs_.busy() ||
         std::ranges::any_of(chosen_, [](const Chosen& chosen) { return chosen.jobs.busy(); });
}

double SpectraPlot::pixelOfChannel(std::size_t channel) const {
  return xAxis->coordToPixel(position_[channel]);
}

void SpectraPlot::setUnit(WavelengthUnit unit) {
  if (!data_ || !data_->wavelength().values_in(unit)) return;
  unit_chosen_ = true;
  if (unit == unit_) return;
  unit_ = unit;
  rebuildAxis();
  setFollowsData(true);
  fillAll();
  restyle();
  contentChanged();
  Q_EMIT unitChanged(unit);
}

void SpectraPlot::setValueTitle(const QString& title) {
  valueTitle_ = title;
  restyle();
  refresh();
}

bool SpectraPlot::isEmpty() const {
  if (!data_) return true;
  const bool chosen = std::ranges::any_of(
      chosen_, [](const Chosen& each) { return !each.rows.empty() || !each.read.groups.empty(); });
  const bool guests =
      std::ranges::any_of(guests_, [](const Visitor& guest) { return !guest.curve.mean.empty(); });
  return references_.empty() && generated_.empty() && runGraphs_.empty() && !chosen && !guests;
}

bool SpectraPlot::masked(std::size_t channel) const {
  const auto& bad = data_->bad_channels();
  return (channel < bad.size() && bad[channel] != 0) || (channel < mask_.size() && mask_[channel] != 0);
}

QString SpectraPlot::axisLabel() const {
  return coreText(axis_title(unit_));
}

QColor SpectraPlot::chosenColour(std::size_t which) const {
  return which == 0 ? theme().selection : theme().comparison;
}

void SpectraPlot::styleChosen(std::size_t which, std::vector<LegendEntry>& entries) {
  Chosen& chosen = chosen_[which];
  const QColor colour = chosenColour(which);
  const QPen pen(faded(colour, chosen.rows.size() > 8 ? 110 : 190), 1);
  for (QCPGraph* graph : chosen.graphs) graph->setPen(pen);
  chosen.mean.line->setPen(QPen(colour, 1.4));
  chosen.mean.high->setBrush(faded(colour, 40));
  const std::size_t count = chosen.rows.size();
  // Many rows that are drawn by group have the groups' entries.
  if (count == 0 || (count > kMaxSpectra && !chosen.read.groups.empty())) return;
  LegendEntry entry;
  if (count <= kMaxSpectra) {
    entry.text = count == 1
                     ? tr("row %1").arg(chosen.rows.front())
                     : (which == 0 ? tr("%1 selected rows") : tr("%1 rows to compare with")).arg(count);
    entry.line = QPen(colour, 1);
  } else {
    entry.text =
        (which == 0 ? tr("mean ± sd of %1 selected rows") : tr("mean ± sd of %1 rows to compare with"))
            .arg(count);
    entry.line = QPen(colour, 1.4);
    entry.band = faded(colour, 40);
  }
  entries.push_back(std::move(entry));
}

QColor SpectraPlot::componentColour(const QString& name) const {
  std::size_t place = 0;
  for (const std::string& known : data_->component_names()) {
    if (name == QString::fromStdString(known)) return categoryColour(place, theme().dark);
    ++place;
  }
  const std::size_t references = data_->endmembers() ? data_->endmembers()->rows() : 0;
  for (std::size_t k = 0; k < references; ++k) {
    if (name == referenceName(*data_, k)) return categoryColour(k, theme().dark);
  }
  const qsizetype own = estimateNames_.indexOf(name);
  return categoryColour(std::max(place, references) + static_cast<std::size_t>(std::max<qsizetype>(own, 0)),
                        theme().dark);
}

void SpectraPlot::restyle() {
  std::vector<LegendEntry> entries;
  if (data_) {
    xAxis->setLabel(axisLabel());
    yAxis->setLabel(valueTitle_);
    QStringList names;
    for (std::size_t k = 0; k < references_.size(); ++k) {
      LegendEntry entry;
      entry.text = referenceName(*data_, k);
      entry.thick =
          QPen(faded(componentColour(entry.text), 95), 6, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
      references_[k]->setPen(entry.thick);
      names << entry.text;
      entries.push_back(std::move(entry));
    }
    for (std::size_t k = 0; k < generated_.size(); ++k) {
      const QString& name = estimateNames_[static_cast<qsizetype>(k)];
      const QColor colour = componentColour(name);
      const QPen pen(colour, 1.6, Qt::SolidLine, Qt::FlatCap, Qt::RoundJoin);
      generated_[k].line->setPen(pen);
      generated_[k].high->setBrush(faded(colour, 45));
      qsizetype at = names.indexOf(name);
      if (at < 0) {
        at = static_cast<qsizetype>(entries.size());
        entries.push_back({});
        entries.back().text = name;
        names << name;
      }
      LegendEntry& entry = entries[static_cast<std::size_t>(at)];
      entry.line = pen;
      if (!generated_[k].high->data()->isEmpty()) entry.band = faded(colour, 45);
    }
    if (!references_.empty() && !generated_.empty()) {
      LegendEntry thick;
      thick.text = tr("reference");
      thick.thick = QPen(faded(theme().axis, 95), 6, Qt::SolidLine, Qt::FlatCap);
      LegendEntry thin;
      thin.text = tr("generated");
      thin.line = QPen(theme().axis, 1.6, Qt::SolidLine, Qt::FlatCap);
      entries.push_back(std::move(thick));
      entries.push_back(std::move(thin));
    } else if (!references_.empty()) {
      for (LegendEntry& entry : entries) entry.text += tr(" (reference)");
    }
    for (std::size_t which = 0; which < chosen_.size(); ++which) styleChosen(which, entries);
    styleGroups(entries);
    for (std::size_t g = 0; g < guests_.size(); ++g) {
      const bool cursor = g == static_cast<std::size_t>(Guest::Cursor);
      const QPen pen(theme().text, cursor ? 1 : 1.8, cursor ? Qt::SolidLine : Qt::DashLine, Qt::FlatCap,
                     Qt::RoundJoin);
      guests_[g].trace.line->setPen(pen);
      guests_[g].trace.high->setBrush(faded(theme().text, 35));
      if (guests_[g].curve.mean.empty()) continue;
      LegendEntry entry;
      entry.text = guests_[g].name;
      entry.line = pen;
      entries.push_back(std::move(entry));
    }
    styleReconstruction(entries);
  }
  styleRuns(entries);
  addMarkEntries(entries);
  strip().setEntries(std::move(entries));
}

QString SpectraPlot::statusAt(const QPointF& position) const {
  if (!axisRect()->rect().contains(position.toPoint())) return {};
  const QString unit = unitName(unit_);
  if (maskTool_)
    return tr("Bad channels: drag over a range to mask it, with Shift to take it back · x %1%2")
        .arg(QString::number(xAxis->pixelToCoord(position.x()), 'g', 5),
             unit.isEmpty() ? QString() : QLatin1Char(' ') + unit);
  QString text = QStringLiteral("x %1%2  y %3")
                     .arg(QString::number(xAxis->pixelToCoord(position.x()), 'g', 5),
                          unit.isEmpty() ? QString() : QLatin1Char(' ') + unit,
                          QString::number(yAxis->pixelToCoord(position.y()), 'g', 4));
  double reach = 8;
  QString nearest;
  const auto consider = [&](const QCPGraph* line, const QString& name) {
    const double distance = line->selectTest(position, false);
    if (distance >= 0 && distance < reach) {
      reach = distance;
      nearest = name;
    }
  };
  for (std::size_t k = 0; k < references_.size(); ++k)
    consider(references_[k], tr("%1, reference").arg(referenceName(*data_, k)));
  for (std::size_t k = 0; k < generated_.size(); ++k) {
    consider(generated_[k].line, tr("%1, generated").arg(estimateNames_[static_cast<qsizetype>(k)]));
  }
  for (const Chosen& chosen : chosen_)
    for (std::size_t i = 0; i < chosen.read.spectra.rows(); ++i)
      consider(chosen.graphs[i], tr("row %1").arg(chosen.read.rows[i]));
  const std::vector<GroupSpectra>& groups = chosen_[0].read.groups;
  for (std::size_t g = 0; g < groups.size(); ++g) consider(groups_[g].line, groupName(groups[g]));
  for (const Visitor& guest : guests_)
    if (!guest.curve.mean.empty()) consider(guest.trace.line, guest.name);
  if (reconstruction_) {
    consider(generatedRow_, reconstructionName());
    consider(residual_, residualName());
  }
  if (!nearest.isEmpty()) return text + QStringLiteral("  · ") + nearest;
  if (!isSignalConnected(QMetaMethod::fromSignal(&SpectraPlot::selectionRequested))) return text;
  return text + (dragSelects_ ? tr("  · drag selects the spectra that pass there")
                              : tr("  · drag zooms, Alt-drag selects the spectra that pass there"));
}

void SpectraPlot::extendMenu(QMenu& menu) {
  if (!data_) return;
  for (const WavelengthUnit unit :
       {WavelengthUnit::Nanometre, WavelengthUnit::Micrometre, WavelengthUnit::InverseCentimetre}) {
    if (!data_->wavelength().values_in(unit)) continue;
    QAction* action = menu.addAction(coreText(axis_title(unit)), this, [this, unit] { setUnit(unit); });
    action->setCheckable(true);
    action->setChecked(unit == unit_);
  }
  menu.addSeparator();
  // Some desktops move windows by Alt-drag.
  QAction* selects =
      menu.addAction(tr("Drag selects instead of zooming"), this, [this] { setDragSelects(!dragSelects_); });
  selects->setCheckable(true);
  selects->setChecked(dragSelects_);
  QAction* groups = menu.addAction(tr("Mean and spread by group"), this, [this] { setByGroup(!byGroup_); });
  groups->setCheckable(true);
  groups->setChecked(byGroup_ && data_->groups());
  groups->setEnabled(data_->groups().has_value());
  // Where there is no model to ask it is not offered.
  if (!isSignalConnected(QMetaMethod::fromSignal(&SpectraPlot::reconstructionToggled))) return;
  QAction* reconstruction = menu.addAction(tr("Reconstruction and residual of the selection"), this,
                                           [this] { setReconstructs(!reconstructs_); });
  reconstruction->setCheckable(true);
  reconstruction->setChecked(reconstructs_);
}

void SpectraPlot::drawMasked(QCPPainter& painter) const {
  if (!data_ || (data_->bad_channels().empty() && mask_.empty()) || isEmpty()) return;
  const QRectF frame = axisRect()->rect();
  const auto between = [this](std::size_t i, std::size_t j) {
    return (position_[order_[i]] + position_[order_[j]]) / 2;
  };
  for (std::size_t i = 0; i < order_.size();) {
    std::size_t end = i;
    while (end < order_.size() && masked(order_[end])) ++end;
    if (end == i) {
      ++i;
      continue;
    }
    // Half a channel beyond the masked ones on either side, as far as the axis goes.
    const double left = xAxis->coordToPixel(i > 0 ? between(i - 1, i) : position_[order_[i]]);
    const double right =
        xAxis->coordToPixel(end < order_.size() ? between(end - 1, end) : position_[order_[end - 1]]);
    painter.fillRect(QRectF(left, frame.top(), std::max(1.0, right - left), frame.height()), theme().grid);
    i = end;
  }
}

}  // namespace assayer::ui
