// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QVector>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "core/data/wavelength_axis.h"
#include "core/train/results.h"
#include "ui/viewmodels/job_runner.h"
#include "ui/viewmodels/reconstruction.h"
#include "ui/viewmodels/selection_spectra.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

/// Generated endmembers of a run that is shown beside the active one.
struct RunSpectra {
  std::uint64_t id = 0;  ///< decides the pattern of its lines
  QString name;
  QStringList names;   ///< [K] of the components
  Matrix<float> mean;  ///< [K, C]
};

/// Endmembers, generated over reference (the paper's figure 5), the spectra of the selected rows, and of
/// guests: what is under a map's cursor, and what the model makes of a composition.
///
/// A click takes the row whose spectrum is drawn there, and a drag with Alt all rows whose spectra pass
/// through what it encloses; without Alt a drag zooms, or masks, or selects as well (setDragSelects).
class SpectraPlot : public PlotView {
  Q_OBJECT
 public:
  /// So many selected spectra are drawn one by one; of more, mean ± sd.
  static constexpr std::size_t kMaxSpectra = 50;
  /// Selections of more values than this, or in a file, are read on a worker.
  static constexpr std::size_t kReadAtOnce = 1'000'000;

  /// A set of spectra, by channel; NaN where nothing is finite.
  struct Curve {
    std::vector<float> mean;
    std::vector<float> sd;  ///< empty: no band
  };
  /// Who draws a spectrum of its own here, one each.
  enum class Guest { Cursor, Composed };
  /// A line across the plot at a wavelength, as of an element.
  struct Mark {
    double nm = 0;
    QString element;  ///< for the legend: "Si"
    QString text;     ///< at the strongest in view of its element: "Si II"
    QColor colour;
    double weight = 1;  ///< 0 … 1: how strong
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  /// A named maximum of a spectrum.
  struct Peak {
    double nm = 0;
    double height = 0;
    QString text;
    friend bool operator==(const Peak&, const Peak&) = default;
  };

  explicit SpectraPlot(QWidget* parent = nullptr);
  ~SpectraPlot() override;

  /// References come from the data's endmembers. Keeps the unit on display if the new axis converts to it.
  void setData(DatasetPtr data);
  [[nodiscard]] const DatasetPtr& data() const { return data_; }
  /// `names` decides colours: a component that the references have too gets its colour.
  void setEndmembers(const EndmemberEstimate& estimate, const QStringList& names);
  void clearEndmembers();
  /// Other runs to compare with; those with other channels than the data are left out.
  void setRuns(std::vector<RunSpectra> runs);
  [[nodiscard]] const std::vector<RunSpectra>& runs() const { return runs_; }
  void setSelection(const Rows& rows);
  /// The rows that the selection is compared with, in gold.
  void setComparison(const Rows& rows);
  /// Whether means of the selected rows, or without a selection of all rows in memory, are drawn group by
  /// group instead of in one.
  void setByGroup(bool on);
  [[nodiscard]] bool byGroup() const { return byGroup_; }
  /// Whether a plain drag selects, as one with Alt does, where it would zoom.
  void setDragSelects(bool on) { dragSelects_ = on; }
  /// Whether the selected rows' reconstruction is wanted; whoever has a model says `setReconstruction` then.
  void setReconstructs(bool on);
  [[nodiscard]] bool reconstructs() const { return reconstructs_; }
  /// One of other channels than the data's is none. `note`: what the legend says instead, or nothing.
  void setReconstruction(std::optional<Reconstruction> reconstruction, const QString& note);
  [[nodiscard]] const std::optional<Reconstruction>& reconstruction() const { return reconstruction_; }
  /// A curve that is not of the data's channels, or empty, takes the guest's spectrum away.
  void setGuest(Guest guest, const QString& name, Curve curve);
  [[nodiscard]] const Curve& guest(Guest guest) const;
  /// Channels that are bad besides the file's own, [C]; another length: none.
  void setMask(std::vector<std::uint8_t> mask);
  /// Whether a drag marks channels as bad (with Shift: good again) instead of zooming.
  void setMaskTool(bool on);
  [[nodiscard]] bool maskTool() const { return maskTool_; }
  /// Element lines and named peaks; drawn where the axis is one of wavelengths.
  void setMarks(std::vector<Mark> marks);
  void setPeaks(std::vector<Peak> peaks);
  [[nodiscard]] const std::vector<Peak>& peaks() const { return peaks_; }
  /// Ignored where the axis does not convert to `unit`.
  void setUnit(WavelengthUnit unit);
  [[nodiscard]] WavelengthUnit unit() const { return unit_; }
  /// Zooms to the channels [first, last), and to the heights there of what is drawn.
  void showChannels(std::size_t first, std::size_t last);
  /// What the spectra are, on the y axis; "Signal" unless the file has an attribute `quantity`.
  void setValueTitle(const QString& title);

  [[nodiscard]] PlotTable table() const override;
  /// The spectrum [C] that says most: what was composed, or the mean of the selected rows; empty without.
  [[nodiscard]] std::vector<float> leading() const;
  /// Selected spectra are being read, or searched for.
  [[nodiscard]] bool busy() const override;
  /// Where a channel lies across the widget, in pixels.
  [[nodiscard]] double pixelOfChannel(std::size_t channel) const;

 Q_SIGNALS:
  void selectionRequested(const assayer::Rows& rows, assayer::ui::SelectMode mode);
  void reconstructionToggled(bool on);
  void unitChanged(assayer::WavelengthUnit unit);
  /// A drag of the mask tool: these channels are bad, or good again.
  void maskDrawn(const std::vector<std::size_t>& channels, bool bad);
  /// What is drawn of the selection, or of guests, is another.
  void spectraChanged();
  /// Other data are shown; selection and mask are to be said anew.
  void dataChanged();

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("spectra"); }
  [[nodiscard]] bool isEmpty() const override;
  void rescale() override;
  void restyle() override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  void extendMenu(QMenu& menu) override;
  // spectra_plot_select.cpp
  /// While a drag goes on that began with Alt: it is a lasso, any other a box to zoom to.
  [[nodiscard]] bool selectsRows() const override { return brushing_; }
  void mousePressEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void clickedAt(const QPointF& position, SelectMode mode) override;
  void regionDrawn(const SelectRegion& region, SelectMode mode) override;
  void clearRequested() override;

 private:
  struct Trace {
    QCPGraph* line = nullptr;
    QCPGraph* low = nullptr;
    QCPGraph* high = nullptr;
  };
  /// The selection, or the rows that it is compared with.
  struct Chosen {
    Rows rows;
    SelectionSpectra read;          ///< of `rows`, once it is there
    std::vector<QCPGraph*> graphs;  ///< pool for single spectra
    Trace mean;
    JobRunner jobs;
  };
  struct Visitor {
    QString name;
    Curve curve;
    Trace trace;
  };

  /// Of the layer that generated spectra are on, above all others.
  static QString generatedLayer() { return QStringLiteral("generated"); }
  [[nodiscard]] QString axisLabel() const;

  // spectra_traces.cpp
  void rebuildAxis();
  void fillAll();
  void fillReferences();
  void fillGenerated();
  void choose(Chosen& chosen, const Rows& rows);
  void readRows(Chosen& chosen);
  void fill(Chosen& chosen);
  void setGraph(QCPGraph* graph, std::span<const float> values) const;
  void setTrace(Trace& trace, const Curve& curve);
  Trace addTrace(const QString& layer);
  void removeTrace(Trace& trace);
  // spectra_plot_runs.cpp
  void fillRuns();
  void styleRuns(std::vector<LegendEntry>& entries);
  // spectra_plot_groups.cpp
  void fillGroups();
  void styleGroups(std::vector<LegendEntry>& entries);
  [[nodiscard]] QString groupName(const GroupSpectra& group) const;
  // spectra_plot_residual.cpp
  void fillReconstruction();
  void styleReconstruction(std::vector<LegendEntry>& entries);
  [[nodiscard]] QString reconstructionName() const;
  [[nodiscard]] QString residualName() const;
  void drawZero(QCPPainter& painter) const;
  // spectra_plot_select.cpp
  [[nodiscard]] std::optional<std::uint32_t> rowAt(const QPointF& position) const;
  /// The channels that lie between two places across the widget, in pixels; ascending.
  [[nodiscard]] std::vector<std::size_t> channelsBetween(double left, double right) const;
  void brush(const SelectRegion& region, SelectMode mode);
  // spectra_plot_marks.cpp
  void drawMarks(QCPPainter& painter) const;
  void drawPeaks(QCPPainter& painter, std::vector<QRectF>& taken) const;
  void nameMarks(QCPPainter& painter, std::vector<QRectF>& taken) const;
  void addMarkEntries(std::vector<LegendEntry>& entries) const;
  /// Where a wavelength lies on the axis on display; nothing where that is none of wavelengths.
  [[nodiscard]] std::optional<double> fromNanometres(double nm) const;

  static QColor faded(QColor colour, int alpha);
  [[nodiscard]] QColor chosenColour(std::size_t which) const;
  [[nodiscard]] QColor componentColour(const QString& name) const;
  void styleChosen(std::size_t which, std::vector<LegendEntry>& entries);
  void drawMasked(QCPPainter& painter) const;
  [[nodiscard]] bool masked(std::size_t channel) const;

  DatasetPtr data_;
  /// As measures compare with: the mean over groups where they are known per group.
  std::optional<Matrix<float>> referenceSpectra_;
  WavelengthUnit unit_ = WavelengthUnit::Channel;
  bool unit_chosen_ = false;             ///< by the user; else it is that of the data
  std::vector<double> position_;         ///< by channel, in `unit_`
  std::vector<std::size_t> order_;       ///< channels by ascending position
  std::vector<std::uint8_t> gapBefore_;  ///< by place in order_: a jump in the axis, no line across it
  QString valueTitle_;

  EndmemberEstimate estimate_;
  QStringList estimateNames_;
  std::vector<std::uint8_t> mask_;
  bool maskTool_ = false;
  std::vector<Mark> marks_;
  std::vector<Peak> peaks_;
  bool dragSelects_ = false;
  bool brushing_ = false;  ///< a drag goes on that selects
  JobRunner brushJobs_;
  bool byGroup_ = false;
  bool reconstructs_ = false;
  std::optional<Reconstruction> reconstruction_;
  QString reconstructionNote_;

  std::vector<QCPGraph*> references_;
  std::vector<Trace> generated_;
  std::vector<RunSpectra> runs_;
  std::vector<QCPGraph*> runGraphs_;
  std::array<Chosen, 2> chosen_;  ///< the selection, the comparison
  std::vector<Trace> groups_;     ///< of what was read of the selection, or of all rows
  QCPGraph* generatedRow_ = nullptr;
  QCPGraph* residual_ = nullptr;
  std::array<Visitor, 2> guests_;
};

/// What a reference endmember is called: the component, or the sample that the file names.
QString referenceName(const Dataset& data, std::size_t k);

}  // namespace assayer::ui
