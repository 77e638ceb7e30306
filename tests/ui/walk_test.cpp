// SPDX-License-Identifier: GPL-3.0-or-later
// A newcomer's walk through the whole program by mouse and keyboard, on the sample and on measured data:
// choose, train, look, exclude, train again, compare, export, save. Then the program is killed, and all of it
// is found again.
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <QAction>
#include <QContextMenuEvent>
#include <QDockWidget>
#include <QDoubleSpinBox>
#include <QFileInfo>
#include <QInputDialog>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <QMenu>
#include <QProcess>
#include <QPushButton>
#include <QSlider>
#include <QToolButton>
#include <QTreeWidget>
#include <algorithm>
#include <cmath>

#include "tests/ui/file_dialog.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/compare_page.h"
#include "ui/views/figure_dialog.h"
#include "ui/views/image_map_panel.h"
#include "ui/views/image_map_view.h"
#include "ui/views/lines_panel.h"
#include "ui/views/methods_table.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/projection_panel.h"
#include "ui/views/projection_view.h"
#include "ui/views/simplex_view.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui::testing {
namespace {

/// What one walks on.
struct Ground {
  const char* name;
  const char* file;          ///< under the folder of measured data; null: the sample
  bool compositions = true;  ///< in that file; else in one of the walker's own
};

constexpr Ground kGrounds[] = {{"sample", nullptr, true},
                               {"samson", "samson.h5", true},
                               {"tecator", "tecator_meat.h5", true},
                               {"chemcam", "chemcam_ccs_sol13.h5", false}};

QString pathOf(const Ground& ground) {
  return QStringLiteral(ASSAYER_SHARED_DIR "/data/") + QLatin1String(ground.file);
}

QByteArray contents(const QString& path) {
  QFile file(path);
  return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// Of a line of CSV, in which commas may stand within quotes.
QStringList fields(const QByteArray& line) {
  QStringList fields{QString()};
  bool quoted = false;
  for (const QChar sign : QString::fromUtf8(line)) {
    if (sign == '"')
      quoted = !quoted;
    else if (sign == ',' && !quoted)
      fields << QString();
    else
      fields.last() += sign;
  }
  return fields;
}

/// The walker and what it leaves behind, `seen.json` last of all.
class WalkWindow : public WindowTest {
 protected:
  void raise(const char* dock) {
    auto* found = child<QDockWidget>(dock);
    found->show();
    found->raise();
    QTest::qWait(10);
  }
  [[nodiscard]] int labelledIn(const Roles& roles) const {
    return static_cast<int>(std::ranges::count(roles, Role::Labelled));
  }
  [[nodiscard]] int excludedIn(const Roles& roles) const {
    return static_cast<int>(std::ranges::count(roles, Role::Excluded));
  }
  /// What must be found again.
  [[nodiscard]] QJsonObject seen() const {
    const Session& session = window_->session().session();
    QJsonObject object;
    object["labelled"] = labelledIn(session.roles());
    object["excluded"] = excludedIn(session.roles());
    object["unfeatured"] = static_cast<int>(session.unfeatured().rows());
    object["steps"] = static_cast<int>(session.pipeline().steps.size());
    QJsonArray selected;
    for (const std::uint32_t row : window_->selection().rows()) selected.append(static_cast<qint64>(row));
    object["selected"] = selected;
    QJsonArray runs;
    for (const RunRecord& run : window_->runs().runs()) {
      QJsonObject one;
      one["name"] = QString::fromStdString(run.name);
      one["end"] = static_cast<int>(run.end);
      one["epochs"] = static_cast<qint64>(run.objective().size());
      if (run.snapshot) {
        one["endmember"] = static_cast<double>(run.snapshot->endmembers.mean(0, 0));
        one["composition"] = run.snapshot->prediction.composition(1, 0);
      }
      runs.append(one);
    }
    object["runs"] = runs;
    return object;
  }
};

class WalkerTest : public WalkWindow {
 protected:
  void SetUp() override {
    if (!qEnvironmentVariableIsSet("ASSAYER_WALK")) GTEST_SKIP() << "walked by the tests of WalkTest";
    place_ = qEnvironmentVariable("ASSAYER_WALK_FOLDER");
    const auto found = std::ranges::find_if(
        kGrounds, [](const Ground& ground) { return qEnvironmentVariable("ASSAYER_WALK") == ground.name; });
    ASSERT_NE(found, std::end(kGrounds));
    ground_ = *found;
    WalkWindow::SetUp();
    spectra_ = child<SpectraPlot>("spectraPlot");
    simplex_ = child<SimplexView>("simplexView");
    trace_ = child<NuisanceTrace>("nuisanceTrace");
    projection_ = child<ProjectionView>("projectionView");
  }

  void open() {
    QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
    if (ground_.file == nullptr)
      child<QAction>("openSampleAction")->trigger();
    else
      ASSERT_TRUE(dropFile(pathOf(ground_)));
    ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
    data_ = window_->session().data();
  }

  /// The interior by the slider is what is learnt from, the rest without compositions.
  void chooseInterior() {
    raise("simplexDockWidget");
    auto* slider = child<QSlider>("interiorSlider");
    slider->setFocus();
    // A wide enough one: real compositions do not lie around the centre.
    for (int value = slider->value(); window_->selection().rows().size() < 25 && value < slider->maximum();
         ++value)
      QTest::keyClick(slider, Qt::Key_Right);
    const Rows interior = window_->selection().rows();
    if (interior.size() < 25) {
      // Meat is mostly water: its interior is empty at any width.
      auto* line = child<QLineEdit>("selectionExpression");
      line->setText("split=0");
      QTest::keyClick(line, Qt::Key_Return);
    }
    ASSERT_GE(window_->selection().rows().size(), 25U);
    learnFromSelection();
  }
  void learnFromSelection() {
    ASSERT_LT(window_->selection().rows().size(), data_->rows());
    child<QAction>("selectInvertAction")->trigger();
    QTest::keyClick(simplex_, Qt::Key_U);
    child<QAction>("selectInvertAction")->trigger();
    QTest::keyClick(simplex_, Qt::Key_L);
    EXPECT_EQ(labelledIn(window_->session().session().roles()),
              static_cast<int>(window_->selection().rows().size()));
  }

  /// Three oxides of the real basalts in libs_jsc_basalts.h5, in percent, for all shots but the last six. The
  /// rock's own are not known.
  void addCompositions() {
    constexpr const char* basalts[] = {"54.06,13.17,7.07", "47.24,15.12,10.39", "44.88,13.82,7.48"};
    QByteArray table = "row,SiO2,Al2O3,CaO\n";
    const std::size_t known = data_->rows() - 6;
    for (std::size_t row = 0; row < known; ++row)
      table += QByteArray::number(static_cast<qulonglong>(row)) + ',' + basalts[row % 3] + '\n';
    QFile file(place_ + "/oxides.csv");
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(table);
    file.close();
    QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
    child<QAction>("addCompositionsAction")->trigger();
    ASSERT_NO_FATAL_FAILURE(answer(file.fileName()));
    // Oxygen of the others, iron and the alkalis were not written down.
    QInputDialog* rest = nullptr;
    ASSERT_TRUE(waitFor([&] {
      rest = window_->findChild<QInputDialog*>(QStringLiteral("restDialog"));
      return rest != nullptr && rest->isVisible();
    })) << window_->messageBar().text().toStdString();
    QTest::keyClick(rest->findChild<QLineEdit*>(), Qt::Key_Return);
    ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }))
        << window_->messageBar().text().toStdString();
    // There is no window manager here that would do so after a dialog.
    window_->activateWindow();
    ASSERT_TRUE(QTest::qWaitForWindowActive(window_.get()));
    data_ = window_->session().data();
    ASSERT_EQ(data_->components(), 4U);
    // What was masked stays so.
    EXPECT_EQ(window_->session().session().pipeline().steps.size(), 1U);
    EXPECT_TRUE(window_->modified());

    raise("simplexDockWidget");
    auto* line = child<QLineEdit>("selectionExpression");
    line->setText("labelled");
    QTest::keyClick(line, Qt::Key_Return);
    ASSERT_EQ(window_->selection().rows().size(), known);
    learnFromSelection();
  }

  void placeCorners() {
    QTest::keyClick(window_.get(), Qt::Key_2);
    const std::size_t components = data_->components();
    const std::size_t before = window_->session().session().unfeatured().rows();
    for (std::size_t corner = 0; corner < components; ++corner) {
      std::vector<double> composition(components, 0.02);
      composition[corner] = 1 - 0.02 * static_cast<double>(components - 1);
      click(*simplex_, simplex_->pixelOf(composition));
    }
    const Matrix<double>& placed = window_->session().session().unfeatured();
    ASSERT_EQ(placed.rows(), before + components);
    for (std::size_t corner = 0; corner < components; ++corner)
      EXPECT_GT(placed(before + corner, corner), 0.8);
    QTest::keyClick(window_.get(), Qt::Key_1);
  }

  /// Trains until there is something to see, pauses, and lets the caller look.
  void trainAndPause() {
    setSetting("method", "untapped");
    setSetting("epochs", "1000000");
    setSetting("snapshot_seconds", "0.1");
    QTest::keyClick(window_.get(), Qt::Key_R, Qt::ControlModifier);
    ASSERT_TRUE(waitFor([&] { return window_->training().snapshot() != nullptr; }))
        << window_->messageBar().text().toStdString();
    QTest::mouseClick(child<QPushButton>("pauseButton"), Qt::LeftButton);
    ASSERT_TRUE(waitFor([&] { return window_->training().state() == TrainingController::State::Paused; }));
  }
  void stop() {
    QTest::mouseClick(child<QPushButton>("stopButton"), Qt::LeftButton);
    ASSERT_TRUE(waitUntilFinished());
    ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
  }

  [[nodiscard]] bool tellsOfSelection(const PlotView& view) const {
    const std::size_t rows = window_->selection().rows().size();
    const QString text = rows == 1 ? QStringLiteral("row %1").arg(window_->selection().rows()[0])
                                   : QStringLiteral("%1 selected rows").arg(rows);
    return std::ranges::any_of(view.legendEntries(),
                               [&](const LegendEntry& entry) { return entry.text == text; });
  }

  /// Those that z sets apart, in the other views too; X excludes them.
  void brushAndExclude() {
    raise("nuisanceDockWidget");
    window_->drawNow();
    QTest::keyClick(trace_, Qt::Key_T);
    ASSERT_TRUE(trace_->threshold());
    // Dragged to where a handful lies beyond.
    std::vector<double> z;
    for (const QStringList& cells : trace_->table().rows) z.push_back(cells[3].toDouble());
    std::ranges::sort(z);
    const bool above = *trace_->threshold() >= z[z.size() / 2];
    const double wanted = above ? (z[z.size() - 6] + z[z.size() - 5]) / 2 : (z[4] + z[5]) / 2;
    const QPointF from(trace_->axisRect()->center().x(), trace_->yAxis->coordToPixel(*trace_->threshold()));
    drag(*trace_, from, {from.x(), trace_->yAxis->coordToPixel(wanted)});
    const Rows beyond = window_->selection().rows();
    ASSERT_GE(beyond.size(), 1U);
    ASSERT_LE(beyond.size(), 12U);
    EXPECT_EQ(beyond, trace_->beyondThreshold());

    raise("projectionDockWidget");
    EXPECT_TRUE(tellsOfSelection(*projection_));
    EXPECT_TRUE(projection_->pixelOfRow(beyond[0]));
    ASSERT_TRUE(waitFor([&] { return !spectra_->busy() && !spectra_->leading().empty(); }));
    // Their spectra are those of the file, at its first good channel.
    if (beyond.size() == 1) {
      EXPECT_EQ(spectra_->leading(), rowOf(beyond[0]));
    }
    const int before = excludedIn(window_->session().session().roles());
    QTest::keyClick(projection_, Qt::Key_X);
    EXPECT_EQ(excludedIn(window_->session().session().roles()), before + static_cast<int>(beyond.size()));
    raise("nuisanceDockWidget");
    QTest::keyClick(trace_, Qt::Key_T);
    EXPECT_FALSE(trace_->threshold());
  }
  [[nodiscard]] std::vector<float> rowOf(std::uint32_t row) const {
    std::vector<float> scratch;
    const auto block = spectra_->data()->spectra().block(row, 1, scratch);
    EXPECT_TRUE(block);
    return block ? std::vector<float>(block->row(0).begin(), block->row(0).end()) : std::vector<float>();
  }

  void trainAgainAndCompare() {
    // As the list of methods does it, with the settings that belong to it.
    const auto guided = window_->session().session().config().with_method("guided");
    ASSERT_TRUE(guided) << guided.error().message();
    window_->session().setConfig(*guided);
    setSetting("epochs", "60");
    QTest::keyClick(window_.get(), Qt::Key_R, Qt::ControlModifier);
    ASSERT_TRUE(waitUntilFinished(200000)) << window_->messageBar().text().toStdString();
    ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
    ASSERT_EQ(window_->runs().runs().size(), 2U);
    // What was excluded was not learnt from.
    for (const RunRecord& run : window_->runs().runs()) ASSERT_TRUE(run.snapshot) << run.message;
    auto* list = child<QTreeWidget>("runsList");
    EXPECT_EQ(list->topLevelItemCount(), 2);
    EXPECT_EQ(window_->comparePage().runs().rowCount(), 2);
    // The earlier one is drawn beside the later.
    EXPECT_EQ(spectra_->runs().size(), 1U);
  }

  void compose() {
    raise("simplexDockWidget");
    QTest::keyClick(window_.get(), Qt::Key_5);
    const QPointF centre = simplex_->rect().center();
    drag(*simplex_, centre, centre + QPointF(15, 10));
    ASSERT_TRUE(waitFor([&] { return !spectra_->guest(SpectraPlot::Guest::Composed).mean.empty(); }));
    const std::vector<float> before = spectra_->guest(SpectraPlot::Guest::Composed).mean;
    drag(*simplex_, centre + QPointF(15, 10), centre + QPointF(-30, 5));
    ASSERT_TRUE(waitFor(
        [&] { return spectra_->guest(SpectraPlot::Guest::Composed).mean != before && !window_->busy(); }));
    QTest::keyClick(window_.get(), Qt::Key_1);
  }

  void look() {
    if (!data_->image_shape()) return;
    raise("mapDockWidget");
    auto* map = child<ImageMapView>("imageMap");
    window_->findChild<ImageMapPanel*>()->choose({ImageLayer::Kind::Composition, {0, 1, 2}});
    ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
    window_->drawNow();
    const QPixmap composition = map->grab();
    window_->findChild<ImageMapPanel*>()->choose({ImageLayer::Kind::Nuisance, {0}});
    ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
    window_->drawNow();
    EXPECT_NE(map->grab().toImage(), composition.toImage());
    // A region of the map selects its pixels.
    drag(*map, QPointF(map->rect().center()) - QPointF(20, 20),
         QPointF(map->rect().center()) + QPointF(20, 20));
    EXPECT_GT(window_->selection().rows().size(), 10U);
    QTest::mouseMove(map, map->rect().center());
    EXPECT_TRUE(waitFor([&] { return !spectra_->guest(SpectraPlot::Guest::Cursor).mean.empty(); }));
  }

  /// What there is to see before anything can be learnt: lines, peaks, bad channels, and rows that lie apart
  /// in the projection.
  void readLines() {
    raise("linesDockWidget");
    for (const char* element : {"elementSi", "elementCa", "elementMg"})
      QTest::mouseClick(child<QToolButton>(element), Qt::LeftButton);
    raise("projectionDockWidget");
    window_->drawNow();
    click(*projection_, *projection_->pixelOfRow(3));
    ASSERT_EQ(window_->selection().rows().size(), 1U);
    ASSERT_TRUE(waitFor([&] { return !window_->busy() && !spectra_->peaks().empty(); }));
    // Calcium's H line is strong in every soil of that place.
    EXPECT_TRUE(std::ranges::any_of(spectra_->peaks(), [](const SpectraPlot::Peak& peak) {
      return std::abs(peak.nm - 396.9) < 0.3 && peak.text.startsWith("Ca");
    }));
    QTest::keyClick(spectra_, Qt::Key_B);
    const QRect frame = spectra_->axisRect()->rect();
    drag(*spectra_, {frame.left() + 0.2 * frame.width(), frame.center().y() + 0.0},
         {frame.left() + 0.3 * frame.width(), frame.center().y() + 0.0});
    EXPECT_EQ(window_->session().session().pipeline().steps.size(), 1U);
    QTest::keyClick(spectra_, Qt::Key_B);
    // What cannot be is said in words.
    EXPECT_FALSE(window_->startTraining());
    EXPECT_FALSE(window_->messageBar().text().isEmpty());
  }

  void answer(const QString& path) { answerFileDialog(*window_, path); }
  void exportFigureAndData() {
    spectra_->setFocus();
    child<QAction>("exportFigureAction")->trigger();
    auto* form = spectra_->findChild<FigureDialog*>();
    ASSERT_NE(form, nullptr);
    form->findChild<QDoubleSpinBox*>(QStringLiteral("figureWidth"))->setValue(170);
    form->findChild<QPushButton*>(QStringLiteral("figureSave"))->click();
    ASSERT_NO_FATAL_FAILURE(answer(place_ + "/figure.pdf"));
    QContextMenuEvent menu(QContextMenuEvent::Mouse, spectra_->rect().center(),
                           spectra_->mapToGlobal(spectra_->rect().center()));
    QCoreApplication::sendEvent(spectra_, &menu);
    QAction* values = nullptr;
    for (QMenu* shown : spectra_->findChildren<QMenu*>())
      for (QAction* action : shown->actions())
        if (action->text() == "Export data…") values = action;
    ASSERT_NE(values, nullptr);
    values->trigger();
    ASSERT_NO_FATAL_FAILURE(answer(place_ + "/figure.csv"));
    for (QMenu* shown : spectra_->findChildren<QMenu*>()) shown->close();
  }
  void saveAndDie() {
    QSignalSpy saved(window_.get(), &MainWindow::projectSaved);
    QTest::keyClick(window_.get(), Qt::Key_S, Qt::ControlModifier);
    ASSERT_NO_FATAL_FAILURE(answer(place_ + "/walk.assayer"));
    ASSERT_TRUE(waitFor([&] { return saved.count() == 1; }));
    if (const QString pictures = qEnvironmentVariable("ASSAYER_PICTURES"); !pictures.isEmpty()) {
      window_->drawNow();
      window_->grab().save(pictures + QStringLiteral("/walk-%1.png").arg(ground_.name));
    }
    if (HasFailure()) return;
    QFile file(place_ + "/seen.json");
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(QJsonDocument(seen()).toJson());
    file.close();
    ::kill(::getpid(), SIGKILL);
  }

  QString place_;
  Ground ground_{};
  DatasetPtr data_;
  SpectraPlot* spectra_ = nullptr;
  SimplexView* simplex_ = nullptr;
  NuisanceTrace* trace_ = nullptr;
  ProjectionView* projection_ = nullptr;
};

TEST_F(WalkerTest, DISABLED_Walks) {
  ASSERT_NO_FATAL_FAILURE(open());
  if (ground_.compositions) {
    ASSERT_NO_FATAL_FAILURE(chooseInterior());
  } else {
    ASSERT_NO_FATAL_FAILURE(readLines());
    ASSERT_NO_FATAL_FAILURE(addCompositions());
  }
  ASSERT_NO_FATAL_FAILURE(placeCorners());
  ASSERT_NO_FATAL_FAILURE(trainAndPause());
  ASSERT_NO_FATAL_FAILURE(brushAndExclude());
  ASSERT_NO_FATAL_FAILURE(stop());
  ASSERT_NO_FATAL_FAILURE(trainAgainAndCompare());
  ASSERT_NO_FATAL_FAILURE(compose());
  ASSERT_NO_FATAL_FAILURE(look());
  ASSERT_NO_FATAL_FAILURE(exportFigureAndData());
  ASSERT_NO_FATAL_FAILURE(saveAndDie());
}

class WalkTest : public WalkWindow, public ::testing::WithParamInterface<Ground> {};

TEST_P(WalkTest, AllOfItIsFoundAgainAfterAKill) {
  if (GetParam().file != nullptr && !QFileInfo::exists(pathOf(GetParam())))
    GTEST_SKIP() << pathOf(GetParam()).toStdString() << " is not here";
  QProcess walker;
  QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
  environment.insert("ASSAYER_WALK", GetParam().name);
  environment.insert("ASSAYER_WALK_FOLDER", folder_.path());
  walker.setProcessEnvironment(environment);
  walker.setProcessChannelMode(QProcess::MergedChannels);
  walker.start(QCoreApplication::applicationFilePath(),
               {"--gtest_also_run_disabled_tests", "--gtest_filter=WalkerTest.DISABLED_Walks"});
  ASSERT_TRUE(walker.waitForStarted());
  ASSERT_TRUE(walker.waitForFinished(280'000 * kPatience));
  const QByteArray said = walker.readAll();
  ASSERT_TRUE(QFile::exists(folder_.filePath("seen.json"))) << said.toStdString();
  ASSERT_EQ(walker.exitStatus(), QProcess::CrashExit) << said.toStdString();
  const QJsonObject seen_before = QJsonDocument::fromJson(contents(folder_.filePath("seen.json"))).object();

  ASSERT_TRUE(dropFile(folder_.filePath("walk.assayer")));
  ASSERT_TRUE(waitFor([&] { return window_->session().isOpen() && !window_->busy(); }))
      << window_->messageBar().text().toStdString();
  EXPECT_EQ(QJsonDocument(seen()).toJson().toStdString(), QJsonDocument(seen_before).toJson().toStdString());
  EXPECT_EQ(seen_before["runs"].toArray().size(), 2);
  EXPECT_FALSE(window_->modified());

  EXPECT_TRUE(contents(folder_.filePath("figure.pdf")).startsWith("%PDF-"));
  // What was exported then is what is drawn now.
  auto* spectra = child<SpectraPlot>("spectraPlot");
  const QList<QByteArray> lines = contents(folder_.filePath("figure.csv")).trimmed().split('\n');
  ASSERT_EQ(lines.size(), spectra->data()->channels() + 1);
  const Matrix<float>& endmembers = window_->runs().active()->snapshot->endmembers.mean;
  const QString title = QString::fromStdString(window_->session().data()->component_names()[0]);
  const auto column = fields(lines[0]).indexOf(title + ", generated (Signal)");
  ASSERT_GE(column, 1) << lines[0].toStdString();
  EXPECT_NEAR(fields(lines[8])[column].toDouble(), static_cast<double>(endmembers(0, 7)),
              1e-6 * std::abs(static_cast<double>(endmembers(0, 7))));
}

INSTANTIATE_TEST_SUITE_P(Grounds, WalkTest, ::testing::ValuesIn(kGrounds),
                         [](const auto& ground) { return std::string(ground.param.name); });

}  // namespace
}  // namespace assayer::ui::testing
