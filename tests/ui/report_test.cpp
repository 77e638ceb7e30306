// SPDX-License-Identifier: GPL-3.0-or-later
// The report of a session: what it says, and that its two forms hold all of it in one file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAction>
#include <QFile>
#include <QFileInfo>
#include <QImage>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QXmlStreamReader>
#include <algorithm>
#include <utility>

#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
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
}

/// What the first image of a page is, and its bytes.
std::pair<QString, QByteArray> firstImage(const QByteArray& html) {
  static const QRegularExpression image("src=\"data:([^;]+);base64,([^\"]+)\"");
  const auto match = image.match(QString::fromUtf8(html));
  EXPECT_TRUE(match.hasMatch());
  return {match.captured(1), QByteArray::fromBase64(match.captured(2).toLatin1())};
}

TEST(ReportForms, HtmlHasAFigureOfFewSignsAsVectors) {
  SimplexView view;
  view.resize(500, 400);
  view.setData(smallData());
  auto figure = captureFigure(view, "Simplex", ReportForm::Html);
  ASSERT_TRUE(figure) << figure.error().message();
  const auto [type, drawing] = firstImage(reportHtml({}, {*figure}));
  EXPECT_EQ(type, "image/svg+xml");
  QXmlStreamReader xml(drawing);
  ASSERT_TRUE(xml.readNextStartElement());
  EXPECT_EQ(xml.name(), QLatin1String("svg"));
  EXPECT_EQ(xml.attributes().value(QLatin1String("viewBox")),
            QStringLiteral("0 0 %1 %2").arg(figure->size.width()).arg(figure->size.height()));
  QStringList texts;
  int lines = 0;
  while (!xml.atEnd()) {
    xml.readNext();
    if (!xml.isStartElement()) continue;
    if (xml.name() == QLatin1String("polyline") || xml.name() == QLatin1String("path")) ++lines;
    EXPECT_NE(xml.name(), QLatin1String("image"));
    if (xml.name() == QLatin1String("text")) texts << xml.readElementText().trimmed();
  }
  EXPECT_FALSE(xml.hasError()) << xml.errorString().toStdString();
  EXPECT_TRUE(texts.contains("olivine")) << texts.join('|').toStdString();
  EXPECT_GT(lines, 30) << "the lattice alone has more";
}

TEST(ReportForms, HtmlHasAFigureOfThousandsOfSignsAsAPicture) {
  SimplexView view;
  view.resize(500, 400);
  // No two compositions alike, and fewer than become a density; near to each other, which only a picture
  // gains by.
  MadeData many;
  many.channels = 2;
  for (int i = 0; i < 80; ++i)
    for (int j = 0; j < 75; ++j)
      many.compositions.push_back({0.3 + 0.001 * i, 0.3 + 0.001 * j, 0.4 - 0.001 * (i + j)});
  view.setData(make(many));
  auto figure = captureFigure(view, "Simplex", ReportForm::Html);
  ASSERT_TRUE(figure) << figure.error().message();
  const auto [type, drawing] = firstImage(reportHtml({}, {*figure}));
  ASSERT_EQ(type, "image/png");
  const QImage picture = QImage::fromData(drawing, "PNG");
  EXPECT_EQ(picture.size(), figure->size * 2) << "sharp on fine screens";
  EXPECT_EQ(picture.pixelColor(1, 1), QColor(Qt::white));
  // Of what it stands for.
  const QTemporaryDir folder;
  QString error;
  ASSERT_TRUE(view.exportFigure(folder.filePath("simplex.svg"), figure->size, &error)) << error.toStdString();
  EXPECT_LT(drawing.size(), QFileInfo(folder.filePath("simplex.svg")).size());
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

/// How many pieces of text each page shows.
std::vector<qsizetype> textsByPage(const QByteArray& pdf) {
  std::vector<qsizetype> counts;
  for (qsizetype at = 0; (at = pdf.indexOf("stream\n", at)) >= 0;) {
    at += 7;
    const qsizetype end = pdf.indexOf("endstream", at);
    // Others are not compressed.
    if (pdf[at] != 'x') continue;
    // qUncompress wants a guess of the size in front.
    const QByteArray drawn = qUncompress(QByteArray::fromHex("00100000") + pdf.mid(at, end - at));
    if (const qsizetype texts = drawn.count("BT\n"); texts > 0) counts.push_back(texts);
    at = end + 10;
  }
  return counts;
}

TEST(ReportForms, PdfHasNoEmptyPageWhereverATableEnds) {
  SimplexView view;
  view.resize(500, 400);
  view.setData(smallData());
  auto figure = captureFigure(view, "Simplex", ReportForm::Pdf);
  ASSERT_TRUE(figure);
  // One length of the table after the other, past what a page holds.
  for (std::size_t rows = 30; rows < 70; ++rows) {
    Report report;
    report.title = "t";
    ReportSection section;
    section.title = "s";
    section.tables.push_back({"", {}, std::vector<QStringList>(rows, {"a", "b"}), {}, {}});
    report.sections.push_back(section);
    const auto pdf = reportPdf(report, {*figure});
    ASSERT_TRUE(pdf);
    const auto texts = textsByPage(*pdf);
    ASSERT_GE(texts.size(), 2U);
    // More than the two of the footer.
    EXPECT_GT(*std::ranges::min_element(texts), 2) << rows;
  }
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
