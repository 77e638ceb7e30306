// SPDX-License-Identifier: GPL-3.0-or-later
// The report of a session: what it says, and that its two forms hold all of it in one file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAction>
#include <QFile>
#include <QFileInfo>
#include <QRegularExpression>

#include "tests/ui/ui_fixture.h"
#include "ui/viewmodels/report.h"
#include "ui/views/report_writer.h"
#include "ui/views/simplex_view.h"

namespace assayer::ui::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

const ReportSection* sectionOf(const Report& report, const QString& begins) {
  for (const ReportSection& section : report.sections)
    if (section.title.startsWith(begins)) return &section;
  return nullptr;
}

const ReportTable* tableOf(const ReportSection& section, const QString& begins) {
  for (const ReportTable& table : section.tables)
    if (table.title.startsWith(begins)) return &table;
  return nullptr;
}

/// The value beside a name, in any table of the section; "(none)" where there is no such row.
QString valueOf(const ReportSection& section, const QString& name) {
  for (const ReportTable& table : section.tables)
    for (const QStringList& row : table.rows)
      if (row.size() > 1 && row[0] == name) return row[1];
  return QStringLiteral("(none)");
}

Report reportOf(const Session& session, const std::vector<RunRecord>& runs = {}, std::uint64_t active = 0) {
  return makeReport({QStringLiteral("lab <1> & 2"),
                     QStringLiteral("a format"),
                     {},
                     session,
                     runs,
                     active,
                     0,
                     nullptr,
                     {{QStringLiteral("Assayer"), QStringLiteral("9.9")}},
                     QDateTime(QDate(2026, 2, 3), QTime(4, 5))});
}

QByteArray contents(const QString& path) {
  QFile file(path);
  EXPECT_TRUE(file.open(QIODevice::ReadOnly)) << path.toStdString();
  return file.readAll();
}

// ---------------------------------------------------------------------------------------- what is said

TEST(Report, ChannelsAreToldAsRangesInTheAxisUnit) {
  const auto axis = *WavelengthAxis::create({2.5, 2.0, 1.5, 1.25, 1.0, 0.5}, WavelengthUnit::Micrometre);
  EXPECT_EQ(channelRanges(axis, {0, 1, 1, 0, 0, 1}), "1.5 to 2 (2 channels), 0.5");
  EXPECT_EQ(channelRanges(axis, {1, 1, 1, 1, 1, 1}), "0.5 to 2.5 (6 channels)");
  EXPECT_EQ(channelRanges(axis, {0, 0, 0, 0, 0, 0}), "");
  EXPECT_EQ(channelRanges(axis, {}), "");
}

TEST(Report, UnfeaturedPointsAreToldByWhereTheyLie) {
  const Matrix<double> points({0.9, 0.05, 0.05, 0.02, 0.96, 0.02, 0.95, 0.02, 0.03,  //
                               0.5, 0.48, 0.02, 0.01, 0.5, 0.49, 0.4, 0.3, 0.3},
                              6, 3);
  EXPECT_THAT(placesOf(points, {"a", "b", "c"}),
              ElementsAre(Pair(QStringLiteral("a corner"), 2), Pair(QStringLiteral("b corner"), 1),
                          Pair(QStringLiteral("a – b edge"), 1), Pair(QStringLiteral("b – c edge"), 1),
                          Pair(QStringLiteral("inside"), 1)));
  // Two components have corners and a line between them.
  EXPECT_THAT(placesOf(Matrix<double>({1, 0, 0.5, 0.5}, 2, 2), {"a", "b"}),
              ElementsAre(Pair(QStringLiteral("a corner"), 1), Pair(QStringLiteral("inside"), 1)));
  EXPECT_TRUE(placesOf({}, {"a", "b"}).empty());
}

TEST(Report, SaysWhatTheSessionConsistsOf) {
  auto session = Session::start(smallData());
  ASSERT_TRUE(session) << session.error().message();
  session->set_role({0, 1, 2, 3, 4}, Role::Excluded);
  session->set_unfeatured(Matrix<double>({0.98, 0.01, 0.01}, 1, 3));
  session->set_pipeline(*Pipeline::parse(std::vector<std::string>{"mask:drop=1.0-1.2,unit=um", "snv"}));
  const Report report = reportOf(*session);
  EXPECT_TRUE(report.subtitle.contains("2026"));

  const ReportSection* data = sectionOf(report, "Data");
  ASSERT_NE(data, nullptr);
  EXPECT_EQ(valueOf(*data, "Spectra"), "396 × 40 channels");
  EXPECT_TRUE(valueOf(*data, "Axis").startsWith("Wavelength (µm)"));
  EXPECT_EQ(valueOf(*data, "Format"), "a format");
  const ReportTable* groups = tableOf(*data, "Groups");
  ASSERT_NE(groups, nullptr);
  int members = 0;
  for (const QStringList& row : groups->rows) members += row[1].toInt();
  EXPECT_EQ(groups->rows.size(), 3U);
  EXPECT_EQ(members, 396);

  const ReportSection* choices = sectionOf(report, "Choices");
  ASSERT_NE(choices, nullptr);
  EXPECT_EQ(valueOf(*choices, "excluded"), "5");
  EXPECT_EQ(valueOf(*choices, "olivine corner"), "1");
  const ReportTable* steps = tableOf(*choices, "Preprocessing");
  ASSERT_NE(steps, nullptr);
  ASSERT_EQ(steps->rows.size(), 2U);
  EXPECT_EQ(steps->rows[1][0], "Standard normal variate");
  EXPECT_TRUE(steps->rows[0][2].contains("1.0-1.2")) << steps->rows[0][2].toStdString();

  EXPECT_EQ(sectionOf(report, "Shown run"), nullptr);
  EXPECT_EQ(sectionOf(report, "Runs"), nullptr);
  EXPECT_EQ(valueOf(*sectionOf(report, "Versions"), "Assayer"), "9.9");
}

TEST(Report, MarksTheSettingsThatDifferFromThePreset) {
  auto session = Session::start(smallData());
  ASSERT_TRUE(session);
  TrainConfig config = *TrainConfig::from_preset("crism");
  ASSERT_TRUE(config.set("rate", "0.0125"));
  ASSERT_TRUE(config.set("seed", "41"));
  ASSERT_TRUE(config.set("members", "3"));
  auto state = std::make_shared<ModelState>();
  state->config = config;
  RunRecord run;
  run.id = 7;
  run.name = "the run";
  run.end = RunEnd::Completed;
  run.seconds = 72;
  run.state = state;
  RunRecord other;
  other.id = 8;
  other.name = "another";
  other.end = RunEnd::Failed;
  const Report report = reportOf(*session, {run, other}, 7);
  const ReportSection* shown = sectionOf(report, "Shown run: the run");
  ASSERT_NE(shown, nullptr);
  EXPECT_EQ(valueOf(*shown, "Time"), "1:12");
  const ReportTable* settings = tableOf(*shown, "Settings");
  ASSERT_NE(settings, nullptr);
  ASSERT_EQ(settings->rows.size(), TrainConfig::keys().size());
  QStringList changed;
  for (const std::size_t row : settings->marked) changed << settings->rows[row][0];
  EXPECT_EQ(changed, (QStringList{"rate", "members", "seed"}));
  const std::size_t rate = settings->marked[0];
  EXPECT_EQ(settings->rows[rate][1], "0.0125");
  EXPECT_EQ(settings->rows[rate][2], "0.003");
  const ReportTable* seeds = tableOf(*shown, "Seeds");
  ASSERT_NE(seeds, nullptr);
  EXPECT_EQ(seeds->rows[0][1], "41");
  EXPECT_EQ(seeds->rows[1][1], "41 to 43");
  const ReportTable& runs = sectionOf(report, "Runs")->tables[0];
  ASSERT_EQ(runs.rows.size(), 2U);
  EXPECT_THAT(runs.marked, ElementsAre(0U));
  EXPECT_EQ(runs.rows[1][2], "failed");
}

// ------------------------------------------------------------------------------------------- its forms

TEST(ReportForms, AreToldByTheSuffix) {
  EXPECT_EQ(reportForm("a/b.PDF").value(), ReportForm::Pdf);
  EXPECT_EQ(reportForm("b.html").value(), ReportForm::Html);
  EXPECT_EQ(reportForm("b.htm").value(), ReportForm::Html);
  ASSERT_FALSE(reportForm("b.docx"));
  EXPECT_NE(reportForm("b.docx").error().message().find(".pdf or .html"), std::string::npos);
}

TEST(ReportForms, HtmlIsOneFileWithItsTextEscaped) {
  auto session = Session::start(smallData());
  ASSERT_TRUE(session);
  SimplexView view;
  view.resize(500, 400);
  view.setData(session->data());
  auto figure = captureFigure(view, "Simplex <of> all", ReportForm::Html);
  ASSERT_TRUE(figure) << figure.error().message();
  const QString html = QString::fromUtf8(reportHtml(reportOf(*session), {*figure}));
  EXPECT_TRUE(html.contains("lab &lt;1&gt; &amp; 2"));
  EXPECT_FALSE(html.contains("lab <1>"));
  EXPECT_TRUE(html.contains("Simplex &lt;of&gt; all"));
  EXPECT_TRUE(html.contains("prefers-color-scheme: dark"));
  // Nothing is fetched: every source is in the file, and there are no style sheets or scripts of others.
  static const QRegularExpression sources("src=\"(?!data:)");
  EXPECT_FALSE(sources.match(html).hasMatch());
  for (const char* outside : {"<link", "<script", "url(", "@import"})
    EXPECT_FALSE(html.contains(QLatin1String(outside))) << outside;
  static const QRegularExpression image("src=\"data:image/png;base64,([^\"]+)\"");
  const auto match = image.match(html);
  ASSERT_TRUE(match.hasMatch());
  const QByteArray drawing = QByteArray::fromBase64(match.captured(1).toLatin1());
  const QImage picture = QImage::fromData(drawing, "PNG");
  EXPECT_EQ(picture.size(), figure->size * 2) << "sharp on fine screens";
  EXPECT_EQ(picture.pixelColor(1, 1), QColor(Qt::white));
}

TEST(ReportForms, PdfHasItsFiguresAsVectors) {
  auto session = Session::start(smallData());
  ASSERT_TRUE(session);
  SimplexView view;
  view.resize(500, 400);
  view.setData(session->data());
  auto figure = captureFigure(view, "Simplex", ReportForm::Pdf);
  ASSERT_TRUE(figure) << figure.error().message();
  const Report report = reportOf(*session);
  const auto without = reportPdf(report, {});
  const auto with = reportPdf(report, {*figure, *figure, *figure});
  ASSERT_TRUE(without && with);
  const auto pages = [](const QByteArray& pdf) { return pdf.count("/Type /Page\n"); };
  ASSERT_TRUE(with->startsWith("%PDF-"));
  // Two figures fill a page.
  EXPECT_EQ(pages(*with), pages(*without) + 2);
  EXPECT_FALSE(with->contains("/Subtype /Image"));
  EXPECT_GT(with->size(), without->size() + 3000);
}

// ---------------------------------------------------------------------------------------- in the window

class ReportTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    ASSERT_TRUE(openSample());
  }
  /// Exports and waits; the message of a failure, empty for none.
  QString exported(const QString& path) {
    QSignalSpy written(window_.get(), &MainWindow::reportWritten);
    QSignalSpy failed(window_.get(), &MainWindow::failed);
    window_->exportReport(path);
    EXPECT_TRUE(waitFor([&] { return written.count() + failed.count() > 0; }));
    return failed.isEmpty() ? QString() : failed[0][0].toString();
  }
};

TEST_F(ReportTest, HoldsTheRunAndEveryFigureThatShowsSomething) {
  setSetting("epochs", "30");
  setSetting("seed", "5");
  ASSERT_TRUE(window_->startTraining());
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_TRUE(waitFor([&] { return window_->runs().active()->evaluation && !window_->busy(); }));
  const QString path = folder_.filePath("report.html");
  ASSERT_EQ(exported(path), QString());
  const QByteArray html = contents(path);
  EXPECT_TRUE(html.contains("Shown run: 1: "));
  const QByteArray kl = QByteArray::number(*window_->runs().active()->evaluation->kl->held_out, 'f', 4);
  EXPECT_TRUE(html.contains(kl)) << kl.constData();
  for (const char* figure : {"Simplex", "Spectra", "Nuisance z", "Projection", "Objective", "Loadings"})
    EXPECT_TRUE(html.contains(QByteArray("<figcaption>") + figure)) << figure;
  EXPECT_FALSE(html.contains("<figcaption>Image map"));
  EXPECT_TRUE(html.contains(qVersion()));

  const QString pdf = folder_.filePath("report.pdf");
  ASSERT_EQ(exported(pdf), QString());
  EXPECT_TRUE(contents(pdf).startsWith("%PDF-"));
}

TEST_F(ReportTest, WithoutARunItTellsOfDataAndChoices) {
  const QString path = folder_.filePath("report.html");
  ASSERT_EQ(exported(path), QString());
  const QByteArray html = contents(path);
  EXPECT_TRUE(html.contains("<h2>Choices</h2>"));
  EXPECT_FALSE(html.contains("Shown run"));
  EXPECT_TRUE(html.contains("<figcaption>Simplex"));
  EXPECT_FALSE(html.contains("<figcaption>Objective"));
}

TEST_F(ReportTest, AFaultLeavesTheFormerFileAndSaysSo) {
  EXPECT_TRUE(exported(folder_.filePath("report.odt")).contains(".pdf or .html"));
  const QString path = folder_.filePath("nowhere/report.pdf");
  EXPECT_FALSE(exported(path).isEmpty());
  EXPECT_FALSE(QFile::exists(path));
}

TEST_F(ReportTest, HasAnActionWithAKey) {
  auto* action = child<QAction>("exportReportAction");
  EXPECT_TRUE(action->isEnabled());
  EXPECT_EQ(action->shortcut(), QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_E));
  EXPECT_FALSE(action->statusTip().isEmpty());
}

}  // namespace
}  // namespace assayer::ui::testing
