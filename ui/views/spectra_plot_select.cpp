// SPDX-License-Identifier: GPL-3.0-or-later
// What clicks and drags over spectra ask for: rows, or bad channels.
#include <QMouseEvent>
#include <algorithm>
#include <utility>

#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/spectra_search.h"
#include "ui/views/counted.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui {

namespace {

constexpr double kClickReach = 8;  // pixels from a line where it is taken

}  // namespace

void SpectraPlot::mousePressEvent(QMouseEvent* event) {
  // What the drag will be is settled at its press, as for the lasso of other plots.
  if (event->button() == Qt::LeftButton)
    brushing_ = !maskTool_ && (dragSelects_ || (event->modifiers() & Qt::AltModifier) != 0);
  PlotView::mousePressEvent(event);
}

void SpectraPlot::mouseReleaseEvent(QMouseEvent* event) {
  PlotView::mouseReleaseEvent(event);
  brushing_ = false;
}

std::optional<std::uint32_t> SpectraPlot::rowAt(const QPointF& position) const {
  double reach = kClickReach;
  std::optional<std::uint32_t> nearest;
  for (const Chosen& chosen : chosen_)
    for (std::size_t i = 0; i < chosen.read.spectra.rows(); ++i) {
      const double distance = chosen.graphs[i]->selectTest(position, false);
      if (distance < 0 || distance >= reach) continue;
      reach = distance;
      nearest = chosen.read.rows[i];
    }
  return nearest;
}

void SpectraPlot::clickedAt(const QPointF& position, SelectMode mode) {
  if (maskTool_) return;
  if (const std::optional<std::uint32_t> row = rowAt(position)) Q_EMIT selectionRequested({*row}, mode);
}

void SpectraPlot::regionDrawn(const SelectRegion& region, SelectMode mode) {
  if (brushing_) {
    brush(region, mode);
    return;
  }
  if (!maskTool_) {
    PlotView::regionDrawn(region, mode);
    return;
  }
  const QRectF box = region.bounds();
  const std::vector<std::size_t> channels = channelsBetween(box.left(), box.right());
  if (!channels.empty()) Q_EMIT maskDrawn(channels, mode == SelectMode::Replace);
}

std::vector<std::size_t> SpectraPlot::channelsBetween(double left, double right) const {
  std::vector<std::size_t> channels;
  for (const std::size_t channel : order_) {
    const double at = xAxis->coordToPixel(position_[channel]);
    if (at >= left && at <= right) channels.push_back(channel);
  }
  std::ranges::sort(channels);
  return channels;
}

void SpectraPlot::brush(const SelectRegion& region, SelectMode mode) {
  // What lies beyond the axes is not seen, so it is not meant.
  const QRectF bounds = region.bounds().intersected(QRectF(axisRect()->rect()));
  SpectraBox box{channelsBetween(bounds.left(), bounds.right()), yAxis->pixelToCoord(bounds.bottom()),
                 yAxis->pixelToCoord(bounds.top())};
  std::erase_if(box.channels, [this](std::size_t channel) { return masked(channel); });
  if (box.channels.empty()) {
    Q_EMIT statusText(tr("No good channel lies in there: draw it wider."));
    return;
  }
  const auto done = [this, mode](Result<Rows>& found) {
    if (found) {
      Q_EMIT statusText(counted(found->size(), tr("1 spectrum passes through what was drawn"),
                                tr("%L1 spectra pass through what was drawn")));
      Q_EMIT selectionRequested(*found, mode);
    } else if (!found.error().cancelled()) {
      Q_EMIT statusText(errorText(found.error()));
    }
    Q_EMIT settled();
  };
  // What an earlier region has in it is no longer asked for.
  brushJobs_.abandon();
  const Spectra& spectra = data_->spectra();
  if (!spectra.stays_in_file() && spectra.size() <= kReadAtOnce) {
    RunControl never;
    auto found = rowsThrough(spectra, box, never, {});
    done(found);
    return;
  }
  brushJobs_.start<Rows>(
      tr("Spectra through a region"),
      [data = data_, box = std::move(box)](RunControl& control, const ProgressFn& progress) {
        return rowsThrough(data->spectra(), box, control, progress);
      },
      done);
}

void SpectraPlot::clearRequested() {
  if (brushJobs_.busy()) {
    brushJobs_.abandon();
    Q_EMIT statusText(tr("The search was stopped; the selection is what it was."));
    Q_EMIT settled();
    return;
  }
  Q_EMIT selectionRequested({}, SelectMode::Replace);
}

}  // namespace assayer::ui
