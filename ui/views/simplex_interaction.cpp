// SPDX-License-Identifier: GPL-3.0-or-later
// What mouse and keys do on the simplex: selecting, placing, brushing, composing.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>
#include <utility>

#include "ui/viewmodels/session_model.h"
#include "ui/views/simplex_view.h"

namespace assayer::ui {
namespace {

constexpr double kClickReach = 12;  // pixels

}  // namespace

int SimplexView::siteAt(const QPointF& position) const {
  const bool lanes = geometry_.components() == 2;
  // On the line (K = 2) roles stand above each other: the distance along it counts.
  const QPointF reach(kClickReach, lanes ? 5 * kClickReach : kClickReach);
  int best = -1;
  double least = kClickReach * kClickReach;
  points_.under(QRectF(position - reach, position + reach), [&](std::uint32_t number, const QPointF& at) {
    QPointF away = at - position;
    if (lanes) away.setY(0);
    const double distance = QPointF::dotProduct(away, away);
    const auto site = static_cast<int>(number);
    // Of several as near the one that is drawn last.
    if (distance < least || (distance == least && site > best)) {
      least = distance;
      best = site;
    }
  });
  return best;
}

void SimplexView::clickedAt(const QPointF& position, SelectMode mode) {
  if (tool_ == Tool::PlaceUnfeatured) {
    const QPointF point = fromPixel(position);
    const QPointF inside = geometry_.nearestInside(point);
    if (QLineF(toPixel(inside), position).length() > kClickReach) return;
    const std::vector<double> composition = geometry_.composition(inside);
    Q_EMIT unfeaturedRequested(QVector<double>(composition.begin(), composition.end()));
    return;
  }
  const int site = siteAt(position);
  if (site < 0) return;
  const std::span<const std::uint32_t> rows = sites_.rows_of(static_cast<std::size_t>(site));
  Q_EMIT selectionRequested(Rows(rows.begin(), rows.end()), mode);
}

void SimplexView::regionDrawn(const SelectRegion& region, SelectMode mode) {
  if (tool_ != Tool::Select) return;
  std::vector<std::uint8_t> inside(sites_.size());
  if (geometry_.components() != 2) {
    for (const std::uint32_t site : points_.inside(region)) inside[site] = 1;
  } else {
    for (std::size_t s = 0; s < sites_.size(); ++s)
      for (const Role role : kLegendOrder)
        if (has(s, role) && region.contains(signAt(s, role))) inside[s] = 1;
  }
  Rows rows;
  for (std::size_t row = 0; row < sites_.of_row.size(); ++row) {
    const std::int32_t site = sites_.of_row[row];
    if (site >= 0 && inside[static_cast<std::size_t>(site)] != 0)
      rows.push_back(static_cast<std::uint32_t>(row));
  }
  Q_EMIT selectionRequested(rows, mode);
}

void SimplexView::clearRequested() {
  Q_EMIT selectionRequested({}, SelectMode::Replace);
}

bool SimplexView::strokesAt(const QPointF& /*position*/) const {
  return tool_ == Tool::Compose || brushes();
}

bool SimplexView::brushes() const {
  return tool_ == Tool::SprayUnfeatured || tool_ == Tool::EraseUnfeatured;
}

void SimplexView::setComposed(const std::vector<double>& composition) {
  composed_ = composition.size() == geometry_.components() ? composition : std::vector<double>();
  layer(QStringLiteral("overlay"))->replot();
}

void SimplexView::sprayAt(const QPointF& position) {
  constexpr int kDrops = 4;
  // Drops at the same spot of the simplex, whatever the zoom, would be a blot: one load of the brush per half
  // of its radius.
  if (!sprayed_.empty() && QLineF(strokeAt_, position).length() < brushRadius_ / 2) return;
  strokeAt_ = position;
  for (int drop = 0; drop < kDrops; ++drop) {
    const double angle = random_.uniform(0, 2 * std::numbers::pi);
    const double distance = brushRadius_ * std::sqrt(random_.uniform());
    const QPointF point = fromPixel(position + distance * QPointF(std::cos(angle), std::sin(angle)));
    const QPointF inside = geometry_.nearestInside(point);
    // What misses the simplex is lost, but for what lands on its edge.
    if (QLineF(toPixel(inside), toPixel(point)).length() > brushRadius_ / 2) continue;
    const std::vector<double> composition = geometry_.composition(inside);
    sprayed_.insert(sprayed_.end(), composition.begin(), composition.end());
  }
}

void SimplexView::strokeTo(const QPointF& position) {
  if (tool_ == Tool::Compose) {
    const std::vector<double> composition =
        geometry_.composition(geometry_.nearestInside(fromPixel(position)));
    setComposed(composition);
    Q_EMIT compositionDragged(QVector<double>(composition.begin(), composition.end()));
    // Its sign is in a layer of its own; thousands of points stay as they are.
    return;
  }
  if (tool_ == Tool::SprayUnfeatured) {
    sprayAt(position);
  } else {
    if (erased_.empty()) erased_.assign(unfeaturedAt_.size(), 0);
    for (std::size_t u = 0; u < unfeaturedAt_.size(); ++u)
      if (QLineF(toPixel(unfeaturedAt_[u]), position).length() <= brushRadius_) erased_[u] = 1;
  }
  cursor_ = position;
  refresh();
}

void SimplexView::strokeEnded(bool cancelled) {
  const std::vector<double> sprayed = std::exchange(sprayed_, {});
  const std::vector<std::uint8_t> erased = std::exchange(erased_, {});
  if (tool_ == Tool::Compose) return;
  refresh();
  if (cancelled) return;
  const std::size_t components = geometry_.components();
  if (!sprayed.empty())
    Q_EMIT unfeaturedSprayed(Matrix<double>(sprayed, sprayed.size() / components, components));
  std::vector<std::size_t> points;
  for (std::size_t u = 0; u < erased.size(); ++u)
    if (erased[u] != 0) points.push_back(u);
  if (!points.empty()) Q_EMIT unfeaturedErased(points);
}

void SimplexView::hovered(const QPointF& position) {
  cursor_ = position;
  if (brushes()) layer(QStringLiteral("overlay"))->replot();
}

QString SimplexView::compositionText(std::span<const double> composition, int decimals) const {
  const std::vector<std::string>& names = data_->component_names();
  QStringList parts;
  for (std::size_t k = 0; k < composition.size(); ++k) {
    // Ten digits of which nine are 0 say nothing.
    if (composition.size() > 4 && composition[k] < 0.005) continue;
    parts << QStringLiteral("%1 %2 %")
                 .arg(QString::fromStdString(names[k]))
                 .arg(100 * composition[k], 0, 'f', decimals);
  }
  return parts.join(QStringLiteral("  "));
}

QString SimplexView::statusAt(const QPointF& position) const {
  if (isEmpty()) return {};
  const QPointF point = fromPixel(position);
  const QPointF inside = geometry_.nearestInside(point);
  const bool near = QLineF(toPixel(inside), position).length() <= kClickReach;
  if (tool_ == Tool::PlaceUnfeatured) {
    if (!near) return tr("Place: click inside the simplex puts an unfeatured composition there");
    return tr("Place: click puts an unfeatured composition at %1")
        .arg(compositionText(geometry_.composition(inside), 1));
  }
  if (tool_ == Tool::Compose) {
    return tr("Compose: drag over the simplex, and the spectrum that the model generates follows; here %1")
        .arg(compositionText(geometry_.composition(inside), 1));
  }
  if (tool_ == Tool::SprayUnfeatured) {
    return tr("Spray: drag over the simplex to scatter unfeatured compositions under the brush; about %1")
        .arg(compositionText(geometry_.composition(inside), 0));
  }
  if (tool_ == Tool::EraseUnfeatured) {
    const auto under = std::ranges::count_if(unfeaturedAt_, [&](const QPointF& at) {
      return QLineF(toPixel(at), position).length() <= brushRadius_;
    });
    return tr("Erase: drag over unfeatured compositions to remove them; %1 under the brush").arg(under);
  }
  const int site = siteAt(position);
  if (site >= 0) {
    const auto s = static_cast<std::size_t>(site);
    const std::span<const std::uint32_t> rows = sites_.rows_of(s);
    QStringList counts;
    if (!roles_.empty()) {
      for (const Role role : kLegendOrder) {
        const std::uint32_t count = counts_[s][index(role)];
        if (count > 0) counts << QStringLiteral("%1 %2").arg(count).arg(roleName(role));
      }
    }
    if (selectedOf_[s] > 0) counts << tr("%1 selected").arg(selectedOf_[s]);
    const std::span<const double> composition = data_->abundances()->row(rows.front());
    const bool whole = std::all_of(composition.begin(), composition.end(), [](double part) {
      return std::abs(100 * part - std::round(100 * part)) < 0.005;
    });
    return QStringLiteral("%1 — %2%3%4")
        .arg(compositionText(composition, whole ? 0 : 1),
             rows.size() == 1 ? tr("row %1").arg(rows.front()) : tr("%1 spectra").arg(rows.size()),
             counts.isEmpty() ? QString() : QStringLiteral(": "), counts.join(QStringLiteral(", ")));
  }
  QString hint = tr("Select: click takes the nearest composition, Shift adds, drag a box, Alt a lasso");
  // On the line (K = 2) the signs stand above it, and so does the cursor beside them.
  const double reach = geometry_.components() == 2 ? 5 * kClickReach : kClickReach;
  if (QLineF(toPixel(inside), position).length() > reach) return hint;
  const std::vector<double> composition = geometry_.composition(inside);
  if (geometry_.components() <= 3) return hint + QStringLiteral(" · ") + compositionText(composition, 1);
  // Many lie there, in a polygon as in a triangle of some components: the one that Spray would put there.
  return hint + QStringLiteral(" · ≈ ") + compositionText(composition, 0);
}

}  // namespace assayer::ui
