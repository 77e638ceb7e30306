// SPDX-License-Identifier: GPL-3.0-or-later
// Runs beside the active one in the projection and in the table of rows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QHeaderView>
#include <QSignalSpy>
#include <algorithm>
#include <array>
#include <cmath>

#include "tests/ui/exported.h"
#include "tests/ui/heartbeat.h"
#include "tests/ui/pixels.h"
#include "tests/ui/run_data.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/views/projection_panel.h"
#include "ui/views/projection_space.h"
#include "ui/views/projection_view.h"
#include "ui/views/row_table.h"
#include "ui/views/run_style.h"

namespace assayer::ui::testing {
namespace {

/// Of a line of CSV.
QStringList cellsOf(const QString& line) {
  QStringList cells{QString()};
  bool quoted = false;
  for (const QChar letter : line) {
    if (letter == '"')
      quoted = !quoted;
    else if (letter == ',' && !quoted)
      cells << QString();
    else
      cells.last() += letter;
  }
  return cells;
}

// ----------------------------------------------------------------------------------------- projection

/// Twelve channels, of which the fifth is masked, and three components over the first, the third and the
/// last.
class RunsInTheProjection : public ::testing::Test {
 protected:
  void SetUp() override {
    MadeData what = lattice(1);
    what.groups.clear();
    what.channels = 12;
    data_ = make(what);
    auto pca = std::make_shared<Pca>();
    for (int c = 0; c < 12; ++c) pca->mean.push_back(0.1F * static_cast<float>(c));
    pca->mean[4] = kMissing;
    pca->loadings = Matrix<float>(3, 12);
    pca->loadings(0, 0) = pca->loadings(1, 11) = 0.6F;
    pca->loadings(0, 11) = 0.8F;
    pca->loadings(1, 0) = -0.8F;
    pca->loadings(2, 2) = 1;
    pca->variance = {3, 2, 1};
    pca->total_variance = 6;
    pca->scores = Matrix<float>(data_->rows(), 3);
    for (std::size_t row = 0; row < data_->rows(); ++row)
      for (std::size_t r = 0; r < 3; ++r)
        pca->scores(row, r) = static_cast<float>(std::sin(static_cast<double>((r + 1) * (row + 1))));
    pca_ = pca;
    panel_.setData(data_);
    panel_.setPca(pca_);
    active_ = results(data_->rows(), 2, 0.1);
    panel_.setSnapshot(active_);
    display(panel_, {640, 520});
  }

  /// The spectrum with these scores, and something in a channel that no component has.
  void putEndmember(Snapshot& snapshot, std::size_t k, const std::array<float, 3>& scores) const {
    Matrix<float>& mean = snapshot.endmembers.mean;
    if (mean.empty()) mean = Matrix<float>(3, 12);
    for (std::size_t c = 0; c < 12; ++c) {
      mean(k, c) = pca_->mean[c];
      for (std::size_t r = 0; r < 3; ++r) mean(k, c) += scores[r] * pca_->loadings(r, c);
    }
    mean(k, 7) += 5;
  }
  QPointF pixelOf(double x, double y) {
    return {panel_.plane()->xAxis->coordToPixel(x), panel_.plane()->yAxis->coordToPixel(y)};
  }
  QImage picture() {
    // The legend is part of the layout.
    panel_.plane()->grab();
    return panel_.plane()->grab().toImage();
  }
  /// How much of a run's sign is there.
  int signAt(const QImage& drawn, double x, double y, std::uint64_t id) {
    const Theme& theme = panel_.plane()->theme();
    return tintedAbout(drawn, pixelOf(x, y), runColour(id, theme.dark), theme.background);
  }

  DatasetPtr data_;
  std::shared_ptr<const Pca> pca_;
  std::shared_ptr<Snapshot> active_;
  ProjectionPanel panel_;
};

TEST_F(RunsInTheProjection, RowsLieWhereTheRunsResultsPutThem) {
  ProjectionView& plane = *panel_.plane();
  const QStringList before = legendOf(plane);
  const auto one = results(data_->rows(), 2, 0.9);
  one->prediction.z(5, 1) = kNone;
  const auto two = results(data_->rows(), 0, 0.5);
  panel_.setRuns({{kOne, "one", one, data_},
                  {kTwo, "two", two, data_},
                  {8, "of other rows", results(7, 2, 0.5), data_},
                  {9, "without results", nullptr, data_}},
                 std::nullopt);
  ASSERT_EQ(plane.runs().size(), 2U);
  // z1 against z2: axes are the components first.
  plane.setAxes(3, 4);
  QStringList added = legendOf(plane);
  for (const QString& text : before) added.removeAll(text);
  EXPECT_EQ(added, QStringList({"one", "two has no z1"}));
  // Far from the rows of the model on display, and in sight.
  const QImage ofZ = picture();
  const bool dark = plane.theme().dark;
  for (const std::size_t row : {std::size_t{0}, std::size_t{20}, std::size_t{65}}) {
    const QPointF at(one->prediction.z(row, 0), one->prediction.z(row, 1));
    EXPECT_TRUE(plane.xAxis->range().contains(at.x()) && plane.yAxis->range().contains(at.y()));
    EXPECT_GT(signAt(ofZ, at.x(), at.y(), kOne), 8) << row;
  }
  EXPECT_EQ(pixelsOf(ofZ, runColour(kTwo, dark)), 0);

  // Both runs predict compositions.
  plane.setAxes(5, 6);
  const QImage ofShares = picture();
  for (const auto& [id, told] : {std::pair{kOne, one}, std::pair{kTwo, two}}) {
    const auto composition = told->prediction.composition.row(30);
    EXPECT_GT(signAt(ofShares, 100 * composition[0], 100 * composition[1], id), 8) << id;
  }
  EXPECT_TRUE(legendOf(plane).contains("two"));
  // A score is the row's own, whatever a run says of it.
  plane.setAxes(0, 3);
  const QImage mixed = picture();
  EXPECT_GT(signAt(mixed, static_cast<double>(pca_->scores(40, 0)), one->prediction.z(40, 0), kOne), 8);

  const PlotTable table = plane.table();
  const auto column = [&](const char* title) { return table.header.indexOf(QLatin1String(title)); };
  ASSERT_GE(column("z2 of one"), 0);
  ASSERT_GE(column("Predicted diopside (%) of two"), 0);
  EXPECT_EQ(column("z1 of two"), -1);
  EXPECT_EQ(table.rows[11][column("z2 of one")].toDouble(), one->prediction.z(11, 1));
  EXPECT_EQ(table.rows[5][column("z2 of one")], "");
  EXPECT_EQ(table.rows[11][column("Predicted diopside (%) of two")].toDouble(),
            100 * two->prediction.composition(11, 1));
  panel_.setRuns({}, std::nullopt);
  EXPECT_EQ(pixelsOf(picture(), runColour(kOne, dark)), 0);
}

TEST_F(RunsInTheProjection, EndmembersStandAmongTheScores) {
  ProjectionView& plane = *panel_.plane();
  auto one = results(data_->rows(), 2, 0.9);
  putEndmember(*one, 0, {2, 3, -1});
  putEndmember(*one, 1, {-2, -3, 1});
  putEndmember(*one, 2, {0, 4, 2});
  putEndmember(*active_, 0, {3, 0, 0});
  putEndmember(*active_, 1, {-3, 0, 0});
  putEndmember(*active_, 2, {0, -4, 0});
  const auto elsewhere = std::make_shared<Snapshot>(*one);
  const ShownRun active{kTwo, "active", active_, data_};
  panel_.setRuns({}, active);
  const bool dark = plane.theme().dark;
  EXPECT_EQ(pixelsOf(picture(), runColour(kTwo, dark)), 0) << "alone, a run is compared with nothing";
  panel_.setRuns({{kOne, "one", one, data_}, {6, "preprocessed", elsewhere, make(lattice(1))}}, active);
  const QImage drawn = picture();
  for (const char* text :
       {"endmembers of one", "preprocessed has no endmembers in this space", "endmembers of active"})
    EXPECT_TRUE(legendOf(plane).contains(QLatin1String(text))) << text;
  for (const QPointF& at : {QPointF(2, 3), QPointF(-2, -3), QPointF(0, 4)})
    EXPECT_GT(signAt(drawn, at.x(), at.y(), kOne), 15) << at.x();
  for (const QPointF& at : {QPointF(3, 0), QPointF(-3, 0), QPointF(0, -4)})
    EXPECT_GT(signAt(drawn, at.x(), at.y(), kTwo), 15) << at.x();
  // Nowhere else.
  EXPECT_EQ(signAt(drawn, 2, -3, kOne), 0);
  QSignalSpy status(&plane, &PlotView::statusText);
  QTest::mouseMove(&plane, pixelOf(2, 3).toPoint());
  ASSERT_TRUE(waitFor([&] { return status.count() > 0; }, 2000));
  EXPECT_EQ(status.last()[0].toString(), "endmember olivine of one");
  const PlotTable table = plane.table();
  const auto found = std::ranges::find_if(
      table.rows, [](const QStringList& row) { return row[1] == "endmember diopside of one"; });
  ASSERT_NE(found, table.rows.end());
  EXPECT_EQ(found->size(), table.header.size());
  EXPECT_EQ((*found)[0], "");
  EXPECT_NEAR((*found)[2].toDouble(), -2, 1e-5);
  EXPECT_NEAR((*found)[3].toDouble(), -3, 1e-5);
  EXPECT_NEAR((*found)[4].toDouble(), 1, 1e-5);

  // A channel without a value leaves no score at all.
  auto gap = std::make_shared<Snapshot>(*one);
  gap->endmembers.mean(1, 9) = kMissing;
  panel_.setRuns({{kOne, "one", gap, data_}}, std::nullopt);
  EXPECT_TRUE(legendOf(plane).contains("one has no endmembers in this space"));

  // In three dimensions: where rows of known scores say.
  panel_.setRuns({{kOne, "one", one, data_}}, std::nullopt);
  panel_.showPage(ProjectionPanel::Page::Space);
  ProjectionSpace& space = *panel_.space();
  space.grab();
  space.setAngles(0, 0);
  space.grab();
  const auto row = [&](std::uint32_t number, std::size_t axis) {
    return static_cast<double>(pca_->scores(number, axis));
  };
  const QPointF a = *space.pixelOfRow(0);
  const QPointF b = *space.pixelOfRow(1);
  const QPointF there(a.x() + (2 - row(0, 0)) * (b.x() - a.x()) / (row(1, 0) - row(0, 0)),
                      a.y() + (-1 - row(0, 2)) * (b.y() - a.y()) / (row(1, 2) - row(0, 2)));
  EXPECT_GT(tintedAbout(space.grab().toImage(), there, runColour(kOne, dark), space.theme().background), 15);
  EXPECT_TRUE(legendOf(space).contains("endmembers of one"));
  const PlotTable inSpace = space.table();
  ASSERT_EQ(inSpace.rows.size(), static_cast<qsizetype>(data_->rows() + 3));
  EXPECT_EQ(inSpace.rows.last()[0], "endmember bytownite of one");
  EXPECT_NEAR(inSpace.rows.last()[3].toDouble(), 2, 1e-5);
}

TEST(RunsInAProjection, OfManyRowsEveryNthIsDrawn) {
  MadeData what = lattice(76);
  what.channels = 2;
  const DatasetPtr data = make(what);
  ASSERT_EQ(data->rows(), 5016U);
  ProjectionView view;
  view.setData(data);
  view.setSnapshot(results(data->rows(), 2, 0.2));
  view.setRuns({{kOne, "many", results(data->rows(), 2, 0.7), data}});
  const QString text = legendOf(view).filter("many").value(0);
  const QRegularExpression form("many \\((\\d+) of 5\\D?016 rows\\)");
  const auto match = form.match(text);
  ASSERT_TRUE(match.hasMatch()) << text.toStdString();
  EXPECT_LE(match.captured(1).toInt(), 600);
  EXPECT_GE(match.captured(1).toInt(), 300);
}

TEST(RunsInAProjection, AMillionRowsOfThreeRunsCostNoWaiting) {
  constexpr std::size_t kRows = 1'000'000;
  DatasetParts parts;
  parts.spectra = Matrix<float>(kRows, 2, 1.0F);
  const DatasetPtr data = Dataset::create(std::move(parts)).value();
  const auto told = results(kRows, 2, 0.4);
  ProjectionView view;
  view.setData(data);
  view.setSnapshot(told);
  display(view);
  ASSERT_TRUE(waitFor([&] { return !view.busy(); }));
  const std::vector<ShownRun> runs = {{4, "a", told, data}, {5, "b", told, data}, {6, "c", told, data}};
  double start = threadSeconds();
  view.setRuns(runs);
  EXPECT_LT(threadSeconds() - start, 0.05 * kPatience);
  std::printf("three runs of a million rows: %.1f ms\n", 1e3 * (threadSeconds() - start));
  RowTable table;
  table.setData(data);
  start = threadSeconds();
  table.rows().setRuns(runs);
  EXPECT_LT(threadSeconds() - start, 0.25 * kPatience);
  EXPECT_TRUE(headersOf(table).contains("z 1 of c"));
}

// -------------------------------------------------------------------------------------- table of rows

class RunsInTheTable : public ::testing::Test {
 protected:
  void SetUp() override {
    data_ = make(lattice(2));
    one_ = results(data_->rows(), 3, 0.9);
    for (std::size_t row = 0; row < data_->rows(); ++row)
      one_->prediction.misfit.push_back(std::cos(static_cast<double>(row)));
    one_->prediction.misfit[9] = kNone;
    two_ = results(data_->rows(), 0, 0.4);
    table_.setData(data_);
    table_.rows().setSnapshot(results(data_->rows(), 1, 0.2));
    before_ = headersOf(table_);
    display(table_, {700, 400});
    table_.rows().setRuns({one(), two(), {8, "of other rows", results(7, 2, 0.5), data_}});
  }
  ShownRun one() const { return {kOne, "one", one_, data_}; }
  ShownRun two() const { return {kTwo, "two", two_, data_}; }
  int column(const char* title) const {
    return static_cast<int>(headersOf(table_).indexOf(QLatin1String(title)));
  }

  DatasetPtr data_;
  std::shared_ptr<Snapshot> one_;
  std::shared_ptr<Snapshot> two_;
  RowTable table_;
  QStringList before_;
};

TEST_F(RunsInTheTable, HaveColumnsUnderTheirNames) {
  QStringList added = headersOf(table_);
  EXPECT_EQ(added.mid(0, before_.size()), before_);
  added = added.mid(before_.size());
  EXPECT_EQ(added, QStringList({"olivine (%) of one", "diopside (%) of one", "bytownite (%) of one",
                                "z 1 of one", "z 2 of one", "misfit of one", "olivine (%) of two",
                                "diopside (%) of two", "bytownite (%) of two"}));
  const RowTableModel& model = table_.rows();
  const auto text = [&](int row, const char* title) {
    return model.index(row, column(title)).data().toString();
  };
  EXPECT_EQ(text(17, "diopside (%) of two"),
            QString::number(100 * two_->prediction.composition(17, 1), 'f', 2));
  EXPECT_EQ(text(17, "z 2 of one"), QString::number(one_->prediction.z(17, 1), 'f', 3));
  EXPECT_EQ(text(17, "misfit of one"), QString::number(std::cos(17.0), 'f', 3));
  EXPECT_EQ(text(9, "misfit of one"), "");
  // Their names can be read, which stand at the end.
  const QHeaderView& header = *table_.horizontalHeader();
  for (const char* title : {"olivine (%) of one", "bytownite (%) of two"})
    EXPECT_GE(header.sectionSize(column(title)),
              header.fontMetrics().horizontalAdvance(QLatin1String(title)));
}

TEST_F(RunsInTheTable, SortAndKeepTheirOrderWhereTheyMove) {
  QSignalSpy sorted(&table_.rows(), &RowTableModel::sorted);
  QHeaderView& header = *table_.horizontalHeader();
  header.setSortIndicator(column("misfit of one"), Qt::DescendingOrder);
  ASSERT_TRUE(waitFor([&] { return sorted.count() == 1; }));
  const RowTableModel& model = table_.rows();
  const auto rows = static_cast<int>(data_->rows());
  for (int place = 1; place < rows - 1; ++place)
    EXPECT_GE(std::cos(static_cast<double>(model.rowAt(place - 1))),
              std::cos(static_cast<double>(model.rowAt(place))))
        << place;
  EXPECT_EQ(model.rowAt(rows - 1), 9U) << "without a value: last";
  const std::uint32_t first = model.rowAt(0);
  const int before = header.sortIndicatorSection();
  table_.rows().setRuns({two(), one()});
  EXPECT_NE(header.sortIndicatorSection(), before);
  EXPECT_EQ(header.sortIndicatorSection(), column("misfit of one"));
  EXPECT_EQ(header.sortIndicatorOrder(), Qt::DescendingOrder);
  EXPECT_EQ(model.rowAt(0), first);
  table_.rows().setRuns({});
  EXPECT_EQ(headersOf(table_), before_);
  EXPECT_EQ(header.sortIndicatorSection(), -1);
}

TEST_F(RunsInTheTable, AreInItsFile) {
  RowTableModel& model = table_.rows();
  QSignalSpy sorted(&model, &RowTableModel::sorted);
  model.sort(column("olivine (%) of one"), Qt::DescendingOrder);
  ASSERT_TRUE(waitFor([&] { return sorted.count() == 1; }));
  const QTemporaryDir folder;
  const QString path = folder.filePath("table.csv");
  QSignalSpy exported(&model, &RowTableModel::exported);
  model.exportCsv(path);
  ASSERT_TRUE(waitFor([&] { return exported.count() == 1; }));
  QFile file(path);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  const QStringList lines = QString::fromUtf8(file.readAll()).split('\n');
  ASSERT_EQ(lines.size(), static_cast<qsizetype>(data_->rows() + 2));
  EXPECT_EQ(cellsOf(lines[0]), headersOf(table_));
  EXPECT_EQ(cellsOf(lines[1])[0], QString::number(data_->rows() - 1)) << "the largest share first";
  const QStringList cells = cellsOf(lines[4]);
  ASSERT_EQ(cells.size(), model.columnCount());
  const auto row = static_cast<std::size_t>(cells[0].toInt());
  EXPECT_EQ(row, data_->rows() - 4);
  EXPECT_EQ(cells[column("olivine (%) of one")].toDouble(), 100 * one_->prediction.composition(row, 0));
  EXPECT_EQ(cells[column("z 1 of one")].toDouble(), one_->prediction.z(row, 0));
  EXPECT_EQ(cells[column("misfit of one")].toDouble(), std::cos(static_cast<double>(row)));

  QSignalSpy failed(&model, &RowTableModel::exportFailed);
  model.exportCsv(folder.filePath("no/such/folder/table.csv"));
  ASSERT_TRUE(waitFor([&] { return failed.count() == 1; }));
  EXPECT_THAT(failed[0][0].toString().toStdString(), ::testing::HasSubstr("cannot be written"));
}

}  // namespace
}  // namespace assayer::ui::testing
