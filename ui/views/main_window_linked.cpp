// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/main_window_linked.h"

#include <QAction>
#include <QDir>
#include <QTimer>
#include <algorithm>
#include <utility>

#include "ui/viewmodels/channel_mask.h"
#include "ui/viewmodels/texts.h"
#include "ui/views/compose_panel.h"
#include "ui/views/counted.h"
#include "ui/views/image_map_panel.h"
#include "ui/views/image_map_view.h"
#include "ui/views/lines_panel.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/picture_grid.h"
#include "ui/views/projection_panel.h"
#include "ui/views/projection_view.h"
#include "ui/views/row_table.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/simplex_view.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui {

namespace {

QAction* makeAction(QObject* parent, const char* name, const QString& text, const QString& tip,
                    const QKeySequence& key) {
  auto* action = new QAction(text, parent);
  action->setObjectName(QString::fromLatin1(name));
  action->setShortcut(key);
  action->setStatusTip(tip);
  action->setToolTip(tip);
  return action;
}

}  // namespace

LinkedViews::LinkedViews(const Shared& shared, QObject* parent)
    : QObject(parent),
      session_(shared.session),
      selection_(shared.selection),
      spectra_(shared.spectra),
      simplex_(shared.simplex),
      nuisance_(shared.nuisance),
      projection_(shared.projection),
      map_(new ImageMapPanel),
      table_(new RowTable),
      compose_(new ComposePanel),
      lines_(new LinesPanel),
      pictures_(new PictureGrid),
      peak_timer_(new QTimer(this)) {
  table_->setObjectName(QStringLiteral("rowTable"));
  pictures_->setObjectName(QStringLiteral("pictureGrid"));
  createActions();
  connectMap();
  connectTable();
  connectCompose();
  connectLines();
  connectPictures();
  connectSpectra();
  connectMask();
  connectComparison();
  connectThreshold();
  for (PlotView* view :
       std::initializer_list<PlotView*>{simplex_.view(), &spectra_, &nuisance_, projection_.plane()})
    connect(view, &PlotView::settled, this, &LinkedViews::settle);
  connect(&session_, &SessionModel::opened, this, &LinkedViews::showSession);
}

void LinkedViews::createActions() {
  compare_ = makeAction(this, "compareRowsAction", tr("&Compare With These"),
                        tr("Keep the selected rows, in gold, to compare the next selection with"),
                        Qt::CTRL | Qt::Key_K);
  swap_ = makeAction(this, "swapRowsAction", tr("S&wap With Selection"),
                     tr("The rows to compare with become the selection, and the other way round"),
                     Qt::CTRL | Qt::SHIFT | Qt::Key_K);
  forget_ = makeAction(this, "forgetComparedAction", tr("For&get Comparison"),
                       tr("Nothing is compared with the selection any more"), {});
  mask_tool_ = makeAction(this, "maskToolAction", tr("Mark &Bad Channels"),
                          tr("Drag over a range of the spectra to mask its channels, with Shift to take them "
                             "back; a step of the pipeline"),
                          Qt::Key_B);
  mask_tool_->setCheckable(true);
  threshold_ = makeAction(this, "thresholdAction", tr("Beyond a &Threshold of z"),
                          tr("A line over the nuisance that can be dragged: what lies beyond it is selected"),
                          Qt::Key_T);
  threshold_->setCheckable(true);
  for (QAction* action : selectActions()) action->setEnabled(false);
}

QList<QAction*> LinkedViews::selectActions() const {
  return {compare_, swap_, forget_, threshold_, mask_tool_};
}

std::vector<PlotView*> LinkedViews::plots() {
  std::vector<PlotView*> plots = projection_.plots();
  plots.push_back(map_->view());
  plots.push_back(pictures_);
  return plots;
}

bool LinkedViews::busy() const {
  return map_model_.busy() || cursor_jobs_.busy() || compose_jobs_.busy() || rebuild_jobs_.busy() ||
         peak_jobs_.busy() || picture_jobs_.busy() || chosen_jobs_.busy() || peak_timer_->isActive() ||
         simplex_.view()->busy() || nuisance_.busy() || projection_.plane()->busy();
}

void LinkedViews::settle() {
  if (!busy()) Q_EMIT settled();
}

void LinkedViews::showSession() {
  const DatasetPtr& data = session_.data();
  comparison_.clear();
  map_model_.setData(data);
  map_->setData(data);
  if (data && data->image_shape()) map_model_.setLayer(map_->layer());
  table_->setData(data);
  if (data) table_->rows().setRoles(session_.session().roles());
  const QStringList names = data ? toStrings(data->component_names()) : QStringList();
  compose_->setComponents(names);
  const auto shape = data ? pictureShape(*data) : std::nullopt;
  picture_jobs_.abandon();
  chosen_jobs_.abandon();
  pictures_->setShape(shape, names);
  // The views have forgotten theirs.
  runs_.clear();
  active_.reset();
  mask_tool_->setEnabled(data != nullptr);
  setModel(nullptr, nullptr);
  showMask();
  Q_EMIT imageOpened(data && data->image_shape());
  Q_EMIT picturesOpened(shape.has_value());
}

void LinkedViews::setModel(std::shared_ptr<const Snapshot> snapshot, const DatasetPtr& learnt) {
  snapshot_ = std::move(snapshot);
  const bool generates = snapshot_ && snapshot_->model;
  map_->setModel(snapshot_ ? snapshot_->prediction.composition.cols() : 0,
                 snapshot_ ? snapshot_->prediction.z.cols() : 0, generates);
  map_model_.setSnapshot(snapshot_, learnt ? learnt : session_.data());
  table_->rows().setSnapshot(snapshot_);
  projection_.setSnapshot(snapshot_);
  const bool had = wanted_.has_value();
  compose_->setNuisances(snapshot_ ? snapshot_->prediction.z : Matrix<double>());
  compose_->setReady(generates);
  simplex_.setComposable(generates);
  threshold_->setEnabled(snapshot_ && !snapshot_->prediction.z.empty());
  if (had || generates) generate();
  reconstruct();
  showPictures();
}

void LinkedViews::setRuns(std::vector<ShownRun> runs, std::optional<ShownRun> active) {
  keepFitting(runs, session_.data().get());
  // Most changes concern no other run, and drawing costs.
  const bool changed = runs != runs_ || (!runs.empty() && active != active_);
  runs_ = std::move(runs);
  active_ = std::move(active);
  if (!changed) return;
  projection_.setRuns(runs_, active_);
  table_->rows().setRuns(runs_);
  // First what there is, then what is chosen of it.
  map_model_.setRuns(runs_);
  map_->setRuns(runs_, active_ ? active_->name : QString());
  std::vector<PictureGrid::RunMeans> means;
  means.reserve(runs_.size());
  for (const ShownRun& run : runs_)
    means.push_back({run.name, {run.snapshot, &run.snapshot->endmembers.mean}});
  pictures_->setRuns(std::move(means));
}

// ------------------------------------------------------------------------------------------ image map

void LinkedViews::connectMap() {
  ImageMapView* view = map_->view();
  connect(map_, &ImageMapPanel::layerChosen, &map_model_, &ImageMapModel::setLayer);
  connect(&map_model_, &ImageMapModel::imageReady, map_, &ImageMapPanel::setImage);
  connect(&map_model_, &ImageMapModel::detailReady, view, &ImageMapView::setDetail);
  connect(&map_model_, &ImageMapModel::problem, map_, &ImageMapPanel::setProblem);
  connect(&map_model_, &ImageMapModel::settled, this, [this] {
    // The last percentage would stay.
    if (std::exchange(reading_, false)) Q_EMIT statusText({});
    settle();
  });
  connect(&map_model_, &ImageMapModel::progressed, this, [this](double fraction, const QString& what) {
    const DatasetPtr& data = map_model_.source().data;
    if (!data || !data->spectra().stays_in_file()) return;
    reading_ = true;
    Q_EMIT statusText(tr("Map: %1, %2 %").arg(what).arg(static_cast<int>(100 * fraction)));
  });
  connect(view, &ImageMapView::looked, &map_model_, &ImageMapModel::look);
  connect(view, &ImageMapView::selectionRequested, this,
          [this](const Rows& rows, SelectMode mode) { selection_.select(rows, mode); });
  connect(&selection_, &SelectionModel::changed, view, &ImageMapView::setSelection);
  connect(view, &ImageMapView::rowHovered, this, &LinkedViews::followCursor);
}

void LinkedViews::followCursor(qint64 row) {
  cursor_ = row;
  if (row < 0) {
    cursor_jobs_.abandon();
    spectra_.setGuest(SpectraPlot::Guest::Cursor, {}, {});
    return;
  }
  // While one spectrum is being read the mouse goes on; the last place is read next.
  if (cursor_jobs_.busy() || !spectra_.data()) return;
  cursor_jobs_.start<std::vector<float>>(
      tr("Spectrum under the cursor"),
      [data = spectra_.data(), at = static_cast<std::size_t>(row)](
          RunControl&, const ProgressFn&) -> Result<std::vector<float>> {
        std::vector<float> scratch;
        auto spectrum = data->spectra().block(at, 1, scratch);
        if (!spectrum) return fail(spectrum.error());
        const auto values = spectrum->row(0);
        return std::vector<float>(values.begin(), values.end());
      },
      [this, row](Result<std::vector<float>>& spectrum) {
        if (spectrum)
          spectra_.setGuest(SpectraPlot::Guest::Cursor, tr("row %1, under the cursor").arg(row),
                            {std::move(*spectrum), {}});
        if (cursor_ != row) followCursor(cursor_);
      });
}

// -------------------------------------------------------------------------------------- table of rows

void LinkedViews::connectTable() {
  connect(table_, &RowTable::selectionRequested, this,
          [this](const Rows& rows, SelectMode mode) { selection_.select(rows, mode); });
  connect(&selection_, &SelectionModel::changed, table_, &RowTable::setSelection);
  connect(&table_->rows(), &RowTableModel::exported, this, [this](const QString& path) {
    Q_EMIT statusText(tr("Table written to %1").arg(QDir::toNativeSeparators(path)));
  });
  connect(&session_, &SessionModel::rolesChanged, this,
          [this] { table_->rows().setRoles(session_.session().roles()); });
}

// -------------------------------------------------------------------------------------------- spectra

void LinkedViews::connectSpectra() {
  connect(&spectra_, &SpectraPlot::selectionRequested, this,
          [this](const Rows& rows, SelectMode mode) { selection_.select(rows, mode); });
  connect(&spectra_, &SpectraPlot::reconstructionToggled, this, &LinkedViews::reconstruct);
  connect(&spectra_, &SpectraPlot::dataChanged, this, [this] {
    // The run that other data belong to is said next; the one before would be held against them.
    rebuilt_.reset();
    rebuild_jobs_.abandon();
    if (!snapshot_) reconstruct();
  });
  connect(&selection_, &SelectionModel::changed, this, &LinkedViews::reconstruct);
}

// --------------------------------------------------------------------------------------- bad channels

void LinkedViews::connectMask() {
  spectra_.addAction(mask_tool_);
  connect(mask_tool_, &QAction::toggled, this, [this](bool on) {
    spectra_.setMaskTool(on);
    if (on) Q_EMIT statusText(mask_tool_->statusTip());
  });
  connect(&session_, &SessionModel::pipelineChanged, this, &LinkedViews::showMask);
  connect(&spectra_, &SpectraPlot::dataChanged, this, &LinkedViews::showMask);
  connect(
      &spectra_, &SpectraPlot::maskDrawn, this, [this](const std::vector<std::size_t>& channels, bool bad) {
        const DatasetPtr& data = session_.data();
        if (!data || spectra_.data() != data) {
          Q_EMIT statusText(
              tr("These spectra are preprocessed; bad channels are marked on the data "
                 "as they were measured."));
          return;
        }
        const QString count = counted(channels.size(), tr("1 channel"), tr("%L1 channels"));
        const QString what = bad ? tr("mask %1").arg(count) : tr("unmask %1").arg(count);
        const Pipeline edited = withMask(session_.session().pipeline(), *data, channels, bad);
        if (edited == session_.session().pipeline()) {
          Q_EMIT statusText(tr("Nothing changes: the file itself masks these channels, or they are good."));
          return;
        }
        session_.setPipeline(edited, what);
        Q_EMIT statusText(bad ? tr("%1 masked; a step of the pipeline").arg(count)
                              : tr("%1 taken back").arg(count));
      });
}

void LinkedViews::showMask() {
  const DatasetPtr& data = session_.data();
  spectra_.setMask(data && spectra_.data() == data ? maskedBySteps(session_.session().pipeline(), *data)
                                                   : std::vector<std::uint8_t>());
}

// ----------------------------------------------------------------------------------- second selection

void LinkedViews::connectComparison() {
  const auto update = [this] {
    compare_->setEnabled(!selection_.rows().empty());
    swap_->setEnabled(!comparison_.rows().empty());
    forget_->setEnabled(!comparison_.rows().empty());
  };
  connect(&selection_, &SelectionModel::changed, this, update);
  connect(&comparison_, &SelectionModel::changed, this, [this, update](const Rows& rows) {
    spectra_.setComparison(rows);
    nuisance_.setComparison(rows);
    projection_.setComparison(rows);
    map_->view()->setComparison(rows);
    update();
  });
  // The spectra forget what they show when others come in their place.
  connect(&spectra_, &SpectraPlot::dataChanged, this, [this] { spectra_.setComparison(comparison_.rows()); });
  connect(compare_, &QAction::triggered, this, [this] {
    comparison_.select(Rows(selection_.rows()));
    Q_EMIT statusText(tr("%1 to compare with; select others now")
                          .arg(counted(comparison_.rows().size(), tr("1 row"), tr("%L1 rows"))));
  });
  connect(swap_, &QAction::triggered, this, [this] {
    Rows before = selection_.rows();
    selection_.select(Rows(comparison_.rows()));
    comparison_.select(std::move(before));
  });
  connect(forget_, &QAction::triggered, &comparison_, &SelectionModel::clear);
}

void LinkedViews::connectThreshold() {
  nuisance_.addAction(threshold_);
  connect(threshold_, &QAction::toggled, this, [this](bool on) {
    nuisance_.setThresholdShown(on);
    threshold_->setChecked(nuisance_.threshold().has_value());
    if (on) Q_EMIT statusText(threshold_->statusTip());
  });
  connect(&nuisance_, &NuisanceTrace::thresholdShown, threshold_, &QAction::setChecked);
}

}  // namespace assayer::ui
