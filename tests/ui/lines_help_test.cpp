// SPDX-License-Identifier: GPL-3.0-or-later
// Element lines over LIBS spectra, and the guide.
#include <gtest/gtest.h>

#include <QAction>
#include <QCheckBox>
#include <QDirIterator>
#include <QDockWidget>
#include <QFile>
#include <QImage>
#include <QLabel>
#include <QRegularExpression>
#include <QTextBrowser>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "core/io/dataset_writer.h"
#include "core/simulate/atomic_lines.h"
#include "tests/ui/ui_fixture.h"
#include "tests/ui/views_data.h"
#include "ui/viewmodels/element_lines.h"
#include "ui/views/help_window.h"
#include "ui/views/line_marks.h"
#include "ui/views/lines_panel.h"
#include "ui/views/simplex_view.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui::testing {
namespace {

/// Three spectra over 280 to 300 nm: magnesium's strong lines, silicon's at 288.2, and a peak of nothing.
DatasetPtr plasma() {
  DatasetParts parts;
  constexpr std::size_t kChannels = 400;
  std::vector<double> axis;
  axis.reserve(kChannels);
  for (std::size_t c = 0; c < kChannels; ++c) axis.push_back(280 + 0.05 * static_cast<double>(c));
  parts.spectra = Matrix<float>(3, kChannels);
  // In vacuum, from NIST: Mg II 279.635 is outside, Mg II 280.353, Mg I 285.296, Si I 288.242.
  for (const auto& [nm, height] :
       {std::pair(280.353, 0.6), std::pair(285.296, 1.0), std::pair(288.242, 0.8), std::pair(297.31, 0.5)})
    for (std::size_t row = 0; row < 3; ++row)
      for (std::size_t c = 0; c < kChannels; ++c)
        parts.spectra(row, c) += static_cast<float>(height * (1 + 0.1 * static_cast<double>(row)) *
                                                    std::exp(-std::pow((axis[c] - nm) / 0.08, 2)));
  parts.wavelength = WavelengthAxis::create(axis, WavelengthUnit::Nanometre).value();
  return Dataset::create(std::move(parts)).value();
}

TEST(ElementLines, AreThoseOfTheTableInItsMedium) {
  const auto silicon = elementLines({"Si"}, Medium::Vacuum);
  const auto in_air = elementLines({"Si"}, Medium::Air);
  ASSERT_EQ(silicon.size(), in_air.size());
  // NIST: Si I 288.1577 nm in air is 288.2423 nm in vacuum.
  const auto strongest = std::ranges::max_element(silicon, {}, &ElementLine::strength);
  EXPECT_DOUBLE_EQ(strongest->strength, 1);
  EXPECT_TRUE(std::ranges::any_of(silicon, [](const ElementLine& line) {
    return line.species == "Si I" && std::abs(line.nm - 288.242) < 0.002;
  }));
  EXPECT_TRUE(std::ranges::any_of(
      in_air, [](const ElementLine& line) { return std::abs(line.nm - 288.158) < 0.002; }));
  EXPECT_EQ(elementLines({}, Medium::Air).size(), atomic_lines().size());
}

TEST(ElementLines, NameThePeaksThatTheyExplain) {
  const DatasetPtr data = plasma();
  const auto row = data->spectra().row(0);
  const std::vector<float> spectrum(row.begin(), row.end());
  const auto named =
      namePeaks(data->wavelength(), spectrum, elementLines({"Si", "Mg"}, Medium::Vacuum), 0.05);
  ASSERT_EQ(named.size(), 4U);
  EXPECT_EQ(named[0].species, "Mg II");
  EXPECT_EQ(named[1].species, "Mg I");
  EXPECT_EQ(named[2].species, "Si I");
  EXPECT_EQ(named[3].species, "");
  EXPECT_NEAR(named[2].nm, 288.25, 0.03);
  const auto silicon = namePeaks(data->wavelength(), spectrum, elementLines({"Si"}, Medium::Vacuum), 0.05);
  EXPECT_EQ(silicon[1].species, "");
  EXPECT_TRUE(
      namePeaks(WavelengthAxis::channels(400), spectrum, elementLines({}, Medium::Air), 0.05).empty());
}

class LinesHelpTest : public WindowTest {
 protected:
  [[nodiscard]] bool openPlasma() {
    const QString path = folder_.filePath(QStringLiteral("plasma.h5"));
    if (!write_dataset(*plasma(), path.toStdString(), true)) return false;
    QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
    window_->openFile(path);
    return waitFor([&] { return opened.count() == 1 && !window_->busy(); });
  }
  /// The plot as a file that has its texts as texts.
  QByteArray drawn(SpectraPlot& spectra) {
    const QString path = folder_.filePath(QStringLiteral("figure.svg"));
    QString error;
    EXPECT_TRUE(spectra.exportFigure(path, {900, 500}, &error)) << error.toStdString();
    QFile file(path);
    EXPECT_TRUE(file.open(QIODevice::ReadOnly));
    return file.readAll();
  }
};

TEST_F(LinesHelpTest, ChosenElementsAreDrawnAndNamed) {
  ASSERT_TRUE(openPlasma());
  auto* spectra = child<SpectraPlot>("spectraPlot");
  auto* panel = child<LinesPanel>("linesPanel");
  EXPECT_EQ(panel->button("U"), nullptr);
  panel->button("Si")->click();
  EXPECT_TRUE(waitFor([&] {
    return panel->findChild<QLabel*>(QStringLiteral("linesNote"))
        ->text()
        .contains(QStringLiteral("Select a row"));
  }));
  window_->selection().select({1});
  ASSERT_TRUE(waitFor([&] { return spectra->peaks().size() == 1; }));
  EXPECT_EQ(spectra->peaks()[0].text, QStringLiteral("Si I 288.2"));
  EXPECT_NEAR(spectra->peaks()[0].height, 0.88, 0.02);
  panel->button("Mg")->click();
  ASSERT_TRUE(waitFor([&] { return spectra->peaks().size() == 3; }));
  EXPECT_TRUE(panel->findChild<QLabel*>(QStringLiteral("linesNote"))
                  ->text()
                  .startsWith(QStringLiteral("4 peaks, 3 of them")));
  panel->button("Mg")->click();
  panel->button("Si")->click();
  // None is chosen: all lines of the table are asked.
  ASSERT_TRUE(waitFor([&] {
    return panel->findChild<QLabel*>(QStringLiteral("linesNote"))
        ->text()
        .contains(QStringLiteral("no element is chosen"));
  }));
  QStringList wanted;
  for (const NamedPeak& peak :
       namePeaks(spectra->data()->wavelength(), spectra->leading(), elementLines({}, Medium::Vacuum), 0.03))
    if (!peak.species.empty()) wanted << peakText(peak);
  QStringList named;
  for (const SpectraPlot::Peak& peak : spectra->peaks()) named << peak.text;
  EXPECT_EQ(named, wanted);
  EXPECT_GE(named.size(), 3);
  EXPECT_TRUE(named.contains(QStringLiteral("Si I 288.2")));
  // So it is from the beginning, without the panel.
  window_->selection().select({0});
  EXPECT_TRUE(waitFor([&] {
    return std::ranges::any_of(
        spectra->peaks(), [](const SpectraPlot::Peak& peak) { return std::abs(peak.height - 0.8) < 0.02; });
  }));
  child<QCheckBox>("linesPeaks")->click();
  EXPECT_TRUE(waitFor([&] { return spectra->peaks().empty(); }));
}

TEST_F(LinesHelpTest, ChannelsFarApartDoNotGiveEveryPeakAName) {
  // As of a field spectrometer: 0.8 nm.
  constexpr std::size_t kChannels = 60;
  DatasetParts parts;
  parts.spectra = Matrix<float>(1, kChannels);
  std::vector<double> axis;
  for (std::size_t c = 0; c < kChannels; ++c) {
    parts.spectra(0, c) = c % 5 == 2 ? 1.0F : 0.5F;
    axis.push_back(400 + 0.8 * static_cast<double>(c));
  }
  parts.wavelength = WavelengthAxis::create(axis, WavelengthUnit::Nanometre).value();
  const QString path = folder_.filePath(QStringLiteral("bands.h5"));
  ASSERT_TRUE(write_dataset(*Dataset::create(std::move(parts)).value(), path.toStdString(), true));
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFile(path);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  window_->selection().select({0});
  ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
  auto* spectra = child<SpectraPlot>("spectraPlot");
  EXPECT_TRUE(spectra->peaks().empty());
  // Who chooses an element asks for it.
  child<LinesPanel>("linesPanel")->button("Fe")->click();
  EXPECT_TRUE(waitFor([&] { return !spectra->peaks().empty(); }));
}

TEST_F(LinesHelpTest, ElementsAreInTheLegendAndNamedAtTheirStrongestLine) {
  ASSERT_TRUE(openPlasma());
  auto* spectra = child<SpectraPlot>("spectraPlot");
  auto* panel = child<LinesPanel>("linesPanel");
  window_->selection().select({1});
  // Potassium has no line between 280 and 300 nm.
  for (const char* element : {"Si", "Mg", "K"}) panel->button(element)->click();
  child<QCheckBox>("linesPeaks")->click();
  ASSERT_TRUE(waitFor([&] { return !window_->busy() && spectra->peaks().empty(); }));
  const auto entry = [&](const QString& text) {
    const std::vector<LegendEntry>& entries = spectra->legendEntries();
    const auto found = std::ranges::find(entries, text, &LegendEntry::text);
    return found == entries.end() ? nullptr : &*found;
  };
  for (const char* element : {"Si", "Mg"}) {
    ASSERT_NE(entry(QString::fromLatin1(element)), nullptr) << element;
    EXPECT_EQ(entry(QString::fromLatin1(element))->line.color(), panel->colourOf(element)) << element;
  }
  EXPECT_EQ(entry(QStringLiteral("K")), nullptr);
  const auto label = [](const char* element, double low, double high) {
    auto lines = elementLines({element}, Medium::Vacuum);
    std::erase_if(lines, [&](const ElementLine& line) { return line.nm < low || line.nm > high; });
    EXPECT_FALSE(lines.empty()) << element;
    const auto strongest = std::ranges::max_element(lines, {}, &ElementLine::strength);
    return '>' + QByteArray::fromStdString(strongest->species) + "</text>";
  };
  const QByteArray whole = drawn(*spectra);
  EXPECT_EQ(whole.count(label("Si", 280, 300)), 1);
  EXPECT_EQ(whole.count(label("Mg", 280, 300)), 1);
  // Of what is in view.
  spectra->showChannels(80, 120);
  const QByteArray part = drawn(*spectra);
  EXPECT_EQ(part.count(label("Mg", 284, 286)), 1);
  EXPECT_FALSE(part.contains(label("Si", 280, 300)));
  // And none is left when none is chosen.
  for (const char* element : {"Si", "Mg", "K"}) panel->button(element)->click();
  EXPECT_EQ(entry(QStringLiteral("Si")), nullptr);
  EXPECT_FALSE(drawn(*spectra).contains(label("Mg", 284, 286)));
}

TEST_F(LinesHelpTest, F1OpensThePageOfTheViewInFocus) {
  ASSERT_TRUE(openSample());
  child<SimplexView>("simplexView")->setFocus();
  child<QAction>("helpAction")->trigger();
  auto* help = child<HelpWindow>("helpWindow");
  EXPECT_TRUE(help->isVisible());
  EXPECT_EQ(help->page(), QStringLiteral("simplex"));
  EXPECT_TRUE(help->browser().toPlainText().contains(QStringLiteral("unfeatured composition")));
  EXPECT_EQ(HelpWindow::pageOf(child<LinesPanel>("linesPanel")->button("Si")), QStringLiteral("lines"));
  EXPECT_EQ(HelpWindow::pageOf(window_.get()), QStringLiteral("index"));
  child<QAction>("keysAction")->trigger();
  EXPECT_EQ(help->page(), QStringLiteral("mouse"));
}

TEST_F(LinesHelpTest, PicturesOfTheGuideFitThePage) {
  HelpWindow help;
  for (const char* page : {"simplex", "spectra", "nuisance", "projection", "objective", "map"}) {
    help.showPage(QLatin1String(page));
    const QUrl name(QStringLiteral("%1.png").arg(QLatin1String(page)));
    const QVariant loaded = help.browser().loadResource(QTextDocument::ImageResource, name);
    const auto picture = loaded.value<QImage>();
    ASSERT_FALSE(picture.isNull()) << page;
    EXPECT_LE(picture.width(), help.browser().viewport()->width()) << page;
    EXPECT_TRUE(help.browser().toHtml().contains(name.toString())) << page;
  }
}

TEST_F(LinesHelpTest, EveryPanelHasItsPageAndEveryLinkLeadsSomewhere) {
  const QList<QDockWidget*> docks = window_->findChildren<QDockWidget*>();
  for (QDockWidget* dock : docks)
    EXPECT_TRUE(QFile::exists(QStringLiteral(":/guide/%1.md").arg(HelpWindow::pageOf(dock))))
        << dock->objectName().toStdString();
  static const QRegularExpression kLink(QStringLiteral("\\]\\(([a-z0-9-]+\\.md)\\)"));
  QDirIterator pages(QStringLiteral(":/guide"));
  int links = 0;
  while (pages.hasNext()) {
    QFile page(pages.next());
    ASSERT_TRUE(page.open(QIODevice::ReadOnly));
    auto found = kLink.globalMatch(QString::fromUtf8(page.readAll()));
    while (found.hasNext()) {
      const QString target = found.next().captured(1);
      ++links;
      EXPECT_TRUE(QFile::exists(QStringLiteral(":/guide/") + target))
          << page.fileName().toStdString() << " -> " << target.toStdString();
    }
  }
  EXPECT_GT(links, 30);
}

}  // namespace
}  // namespace assayer::ui::testing
