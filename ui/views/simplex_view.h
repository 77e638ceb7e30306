// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <QVector>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "core/base/matrix.h"
#include "core/base/random.h"
#include "core/data/dataset.h"
#include "core/data/roles.h"
#include "core/data/selection.h"
#include "ui/viewmodels/job_runner.h"
#include "ui/views/plot_view.h"
#include "ui/views/point_picture.h"
#include "ui/views/simplex_geometry.h"
#include "ui/views/simplex_sites.h"

namespace assayer::ui {

/// Compositions that a run predicts, drawn beside the known ones.
struct RunCompositions {
  std::uint64_t id = 0;  ///< decides the sign
  QString name;
  std::shared_ptr<const Matrix<double>> composition;  ///< [N, K], not null
};

/// Compositions on the simplex, with what training does with each: rows are chosen here, and unfeatured
/// compositions placed.
///
/// K = 2 is a line, K = 3 the triangle, K > 3 a regular polygon, or a triangle of chosen components. Rows
/// with the same composition are one site on the picture, which carries one sign per role present. Of many
/// rows the sites are found by a worker; more sites than can be drawn one by one (PointPicture) are a
/// density, but for roles that few of them have.
class SimplexView : public PlotView {
  Q_OBJECT
 public:
  enum class Tool { Select, PlaceUnfeatured, SprayUnfeatured, EraseUnfeatured, Compose };

  /// Which components of K > 3 stand at the corners of a triangle; `right` absent: all others together.
  struct Face {
    std::size_t left = 0;
    std::size_t top = 1;
    std::optional<std::size_t> right;
    /// Compositions with more than that of the components that have no corner are not shown.
    double mostOthers = 1;
    friend bool operator==(const Face&, const Face&) = default;
  };

  explicit SimplexView(QWidget* parent = nullptr);

  void setData(DatasetPtr data);
  void setRoles(const Roles& roles);
  /// [U, K]
  void setUnfeatured(const Matrix<double>& compositions);
  void setSelection(const Rows& rows);
  /// Runs that are compared; those with other rows or components than the data are left out. Of many rows as
  /// many as can be told apart are drawn, evenly, and the legend says so.
  void setRuns(std::vector<RunCompositions> runs);
  [[nodiscard]] const std::vector<RunCompositions>& runs() const { return runs_; }
  void setTool(Tool tool);
  [[nodiscard]] Tool tool() const { return tool_; }
  /// K > 3: the triangle of these components, or the polygon of all. Ignored with fewer components, and where
  /// the corners are not different components of the data.
  void setFace(std::optional<Face> face);
  [[nodiscard]] const std::optional<Face>& face() const { return face_; }
  /// Draws the paper's interior (every component within ±w/K of 1/K) until it is taken away again.
  void setInterior(std::optional<double> width);
  /// Of the brush that sprays and erases, in pixels.
  void setBrushRadius(double pixels);
  /// Marks the composition whose spectrum is generated; empty: none.
  void setComposed(const std::vector<double>& composition);
  [[nodiscard]] double brushRadius() const { return brushRadius_; }

  [[nodiscard]] bool busy() const override { return jobs_.busy(); }
  void fit() override;
  [[nodiscard]] PlotTable table() const override;
  /// Where a composition lies in the widget, in pixels.
  [[nodiscard]] QPointF pixelOf(std::span<const double> composition) const;

 Q_SIGNALS:
  /// Click: every row at the nearest composition; drag: those inside. Esc: no rows, Replace.
  void selectionRequested(const assayer::Rows& rows, assayer::ui::SelectMode mode);
  void unfeaturedRequested(const QVector<double>& composition);
  /// A stroke of the spray has ended: [n, K], n > 0.
  void unfeaturedSprayed(const assayer::Matrix<double>& compositions);
  /// The tool Compose: the composition under the mouse while it is dragged.
  void compositionDragged(const QVector<double>& composition);
  /// A stroke of the eraser has ended: which unfeatured points it touched, ascending, at least one.
  void unfeaturedErased(const std::vector<std::size_t>& points);

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("simplex"); }
  [[nodiscard]] bool isEmpty() const override;
  void rescale() override;
  void restyle() override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  [[nodiscard]] bool selectsRows() const override { return tool_ == Tool::Select; }
  [[nodiscard]] bool doubleClickFits() const override { return tool_ == Tool::Select; }
  void clickedAt(const QPointF& position, SelectMode mode) override;
  void regionDrawn(const SelectRegion& region, SelectMode mode) override;
  void clearRequested() override;
  [[nodiscard]] bool strokesAt(const QPointF& position) const override;
  void strokeTo(const QPointF& position) override;
  void strokeEnded(bool cancelled) override;
  void hovered(const QPointF& position) override;
  void zoomAt(const QPointF& position, double factorX, double factorY) override;
  void panBy(const QPointF& pixels) override;

 private:
  static constexpr std::size_t kRoles = 4;
  static constexpr std::array kLegendOrder = {Role::Labelled, Role::Unlabelled, Role::HeldOut,
                                              Role::Excluded};
  [[nodiscard]] static constexpr std::size_t index(Role role) { return static_cast<std::size_t>(role); }
  /// With more sites than are drawn one by one, so many with a role still are.
  static constexpr std::size_t kFewSigns = 3000;
  using ByRole = std::array<std::uint32_t, kRoles>;

  void rebuild();
  /// Finds the sites anew, now or by the worker.
  void placeRows();
  void take(SimplexSites sites);
  [[nodiscard]] std::size_t rowCount() const { return isEmpty() ? 0 : data_->rows(); }
  [[nodiscard]] bool has(std::size_t site, Role role) const {
    return (rolesOf_[site] >> index(role) & 1U) != 0;
  }
  /// Where the site's sign for the role is.
  [[nodiscard]] QPointF signAt(std::size_t site, Role role) const {
    return toPixel(sites_.at[site]) - QPointF(0, laneOffset(role));
  }
  /// Whether a density stands for the sites with that role, instead of a sign each.
  [[nodiscard]] bool crowded(Role role) const;
  void placeUnfeatured();
  [[nodiscard]] bool shows(std::span<const double> composition) const;
  void sprayAt(const QPointF& position);
  void countRoles();
  void countSelected();
  void placeAxes();
  /// Around the figure, in a picture of so many pixels: for the names of its corners, and its figures.
  [[nodiscard]] QMarginsF roomAround(const QSizeF& pixels) const;
  [[nodiscard]] QString cornerName(std::size_t corner) const;
  [[nodiscard]] QPointF toPixel(const QPointF& point) const;
  [[nodiscard]] QPointF fromPixel(const QPointF& pixel) const;
  /// Index of the nearest site within reach of a click, or −1.
  [[nodiscard]] int siteAt(const QPointF& position) const;
  [[nodiscard]] double markerScale() const;
  [[nodiscard]] QCPScatterStyle roleStyle(Role role, bool alone) const;
  [[nodiscard]] QCPScatterStyle legendStyle(Role role) const;
  [[nodiscard]] QCPScatterStyle unfeaturedStyle() const;
  [[nodiscard]] double laneOffset(Role role) const;
  [[nodiscard]] QString compositionText(std::span<const double> composition, int decimals) const;
  void drawFrame(QCPPainter& painter) const;
  void drawTriangleLattice(QCPPainter& painter) const;
  void drawPolygonLattice(QCPPainter& painter) const;
  void drawTriangleTicks(QCPPainter& painter) const;
  void drawLineTicks(QCPPainter& painter) const;
  void drawNames(QCPPainter& painter) const;
  void drawMarks(QCPPainter& painter);
  void drawDensity(QCPPainter& painter);
  void drawRole(QCPPainter& painter, Role role, std::span<const std::uint32_t> sites) const;
  void drawSelected(QCPPainter& painter) const;
  [[nodiscard]] QColor densityColour(Role role) const;
  void drawInterior(QCPPainter& painter) const;
  void drawUnfeatured(QCPPainter& painter) const;
  void drawBrush(QCPPainter& painter) const;
  void drawComposed(QCPPainter& painter) const;
  // simplex_runs.cpp
  void placeRuns();
  [[nodiscard]] std::size_t runStep() const;
  void addRunEntries(std::vector<LegendEntry>& entries) const;
  void addRunRows(PlotTable& table) const;
  void drawRuns(QCPPainter& painter) const;
  [[nodiscard]] bool brushes() const;

  DatasetPtr data_;
  Roles roles_;
  Matrix<double> unfeatured_;
  Rows selection_;
  Tool tool_ = Tool::Select;
  std::optional<Face> face_;
  std::optional<double> interior_;
  double brushRadius_ = 24;
  std::vector<double> composed_;
  std::vector<RunCompositions> runs_;
  std::vector<std::vector<QPointF>> runsAt_;  ///< of the rows that are drawn, in the plane

  // One stroke, until the mouse is released.
  Random random_{0};
  std::vector<double> sprayed_;       ///< compositions, one after the other
  std::vector<std::uint8_t> erased_;  ///< [U], or empty: no stroke
  QPointF strokeAt_;                  ///< where the spray last let go of points
  QPointF cursor_;                    ///< null: outside

  SimplexGeometry geometry_{3};
  JobRunner jobs_;
  SimplexSites sites_;
  std::vector<ByRole> counts_;         ///< by site: rows by role
  std::vector<std::uint8_t> rolesOf_;  ///< by site: a bit for every role that a row has
  /// Sites with the role where they are few: of many the first ones and one more.
  std::array<std::vector<std::uint32_t>, kRoles> sitesWith_;
  std::vector<std::uint32_t> selectedOf_;     ///< by site: rows
  std::vector<std::uint32_t> selectedSites_;  ///< ascending
  PointPicture points_;
  std::vector<QPointF> unfeaturedAt_;
  std::array<std::size_t, kRoles> roleCount_{};

  QPointF centre_;
  double zoom_ = 1;
};

}  // namespace assayer::ui
