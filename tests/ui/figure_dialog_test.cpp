// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/figure_dialog.h"

#include <gtest/gtest.h>

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QFile>
#include <QFileDialog>
#include <QImage>
#include <QLabel>
#include <QPushButton>
#include <QRegularExpression>
#include <QSpinBox>
#include <QTemporaryDir>
#include <cmath>
#include <utility>

#include "tests/ui/views_data.h"
#include "ui/views/curve_plot.h"

namespace assayer::ui {
namespace {

using namespace testing;  // NOLINT(google-build-using-namespace)

class FigureDialogTest : public ::testing::Test {
 protected:
  FigureDialogTest() : plot_(QStringLiteral("curve")) {
    plot_.setLines({{"a", {{0, 0}, {1, 3}, {2, 1}}}});
    display(plot_);
    plot_.askExportFigure();
    dialog_ = plot_.findChild<FigureDialog*>();
  }
  template <class T>
  T* part(const char* name) {
    return dialog_->findChild<T*>(QString::fromLatin1(name));
  }
  void choose(const char* format) {
    auto* box = part<QComboBox>("figureFormat");
    box->setCurrentIndex(box->findData(QString::fromLatin1(format)));
  }
  /// Presses Save As… and gives `name` to the dialog that follows.
  QString save(const QString& name) {
    QTest::mouseClick(part<QPushButton>("figureSave"), Qt::LeftButton);
    auto* file = plot_.findChild<QFileDialog*>();
    EXPECT_NE(file, nullptr);
    if (file == nullptr) return {};
    suffix_ = file->defaultSuffix();
    const QString path = folder_.filePath(name);
    Q_EMIT file->fileSelected(path);
    file->reject();
    return path;
  }

  QTemporaryDir folder_;
  CurvePlot plot_;
  FigureDialog* dialog_ = nullptr;
  QString suffix_;
};

TEST_F(FigureDialogTest, StartsWithThePlotAsItIsOnTheScreen) {
  ASSERT_NE(dialog_, nullptr);
  const double inch = 25.4;
  EXPECT_NEAR(part<QDoubleSpinBox>("figureWidth")->value(), plot_.width() * inch / plot_.logicalDpiX(), 0.06);
  EXPECT_NEAR(part<QDoubleSpinBox>("figureHeight")->value(), plot_.height() * inch / plot_.logicalDpiX(),
              0.06);
  EXPECT_FALSE(part<QSpinBox>("figureResolution")->isEnabled());
  choose("png");
  EXPECT_TRUE(part<QSpinBox>("figureResolution")->isEnabled());
}

TEST_F(FigureDialogTest, TheKeyboardAloneIsEnough) {
  ASSERT_NE(dialog_, nullptr);
  ASSERT_EQ(dialog_->focusWidget(), part<QComboBox>("figureFormat"));
  QTest::keyClick(dialog_->focusWidget(), Qt::Key_Return);
  EXPECT_NE(plot_.findChild<QFileDialog*>(), nullptr);
}

TEST_F(FigureDialogTest, ProportionsAreKeptUntilTheyAreLetGo) {
  ASSERT_NE(dialog_, nullptr);
  auto* width = part<QDoubleSpinBox>("figureWidth");
  auto* height = part<QDoubleSpinBox>("figureHeight");
  const double ratio = static_cast<double>(plot_.height()) / plot_.width();
  width->setValue(85);
  EXPECT_NEAR(height->value(), 85 * ratio, 0.06);
  height->setValue(120);
  EXPECT_NEAR(width->value(), 120 / ratio, 0.06);
  part<QCheckBox>("figureProportions")->setChecked(false);
  height->setValue(40);
  EXPECT_NEAR(width->value(), 120 / ratio, 0.06);
}

TEST_F(FigureDialogTest, APngHasThePixelsAndTheResolutionThatWereAskedFor) {
  ASSERT_NE(dialog_, nullptr);
  choose("png");
  part<QCheckBox>("figureProportions")->setChecked(false);
  part<QDoubleSpinBox>("figureWidth")->setValue(85);
  part<QDoubleSpinBox>("figureHeight")->setValue(60);
  part<QSpinBox>("figureResolution")->setValue(600);
  // 85 mm / 25.4 × 600 = 2007.9
  EXPECT_TRUE(part<QLabel>("figureOutcome")->text().startsWith(QLocale().toString(2008)))
      << part<QLabel>("figureOutcome")->text().toStdString();
  const QImage image(save(QStringLiteral("figure.png")));
  EXPECT_EQ(suffix_, QStringLiteral("png"));
  EXPECT_EQ(image.size(), QSize(2008, 1417));
  EXPECT_NEAR(image.dotsPerMeterX() * 0.0254, 600, 0.1);
}

TEST_F(FigureDialogTest, LettersKeepTheirSizeInMillimetres) {
  ASSERT_NE(dialog_, nullptr);
  // Where the axis stands, in inches from the left, and the share of ink left of it, where its numbers are.
  const auto measure = [this](int perInch) {
    QString error;
    const FigureForm form{QStringLiteral("png"), {120, 90}, perInch, plot_.logicalDpiX()};
    const QString path = folder_.filePath(QStringLiteral("%1.png").arg(perInch));
    EXPECT_TRUE(plot_.exportFigure(path, form.pixels(true), &error, form.scale())) << error.toStdString();
    const QImage image(path);
    double ink = 0;
    for (int x = 0; x < image.width(); ++x) {
      double dark = 0;
      for (int y = 0; y < image.height(); ++y) dark += 255 - image.pixelColor(x, y).lightness();
      if (dark > 0.15 * 255 * image.height())
        return std::pair(static_cast<double>(x) / perInch, ink / (255.0 * image.height() * x));
      ink += dark;
    }
    return std::pair(0.0, 0.0);
  };
  const auto [coarse_axis, coarse_ink] = measure(150);
  const auto [fine_axis, fine_ink] = measure(600);
  EXPECT_GT(coarse_axis, 0.1);
  EXPECT_NEAR(fine_axis, coarse_axis, 0.02);
  EXPECT_GT(coarse_ink, 0.001);
  EXPECT_NEAR(fine_ink, coarse_ink, 0.15 * coarse_ink);
}

TEST_F(FigureDialogTest, APdfIsAsLargeAsWasAskedFor) {
  ASSERT_NE(dialog_, nullptr);
  part<QCheckBox>("figureProportions")->setChecked(false);
  part<QDoubleSpinBox>("figureWidth")->setValue(85);
  part<QDoubleSpinBox>("figureHeight")->setValue(60);
  QFile file(save(QStringLiteral("figure.pdf")));
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  const QString pdf = QString::fromLatin1(file.readAll());
  static const QRegularExpression box(QStringLiteral(R"(/MediaBox \[0 0 ([\d.]+) ([\d.]+)\])"));
  const auto found = box.match(pdf);
  ASSERT_TRUE(found.hasMatch());
  // Points of 1/72 inch, and a pixel of the screen is as near as a size can be.
  const double pixel = 72.0 / plot_.logicalDpiX();
  EXPECT_NEAR(found.captured(1).toDouble(), 85 / 25.4 * 72, pixel);
  EXPECT_NEAR(found.captured(2).toDouble(), 60 / 25.4 * 72, pixel);
}

TEST_F(FigureDialogTest, MorePixelsThanCanBeDrawnAreSaidBeforeTheyAreTried) {
  ASSERT_NE(dialog_, nullptr);
  choose("png");
  part<QDoubleSpinBox>("figureWidth")->setValue(2000);
  part<QSpinBox>("figureResolution")->setValue(2400);
  EXPECT_FALSE(part<QPushButton>("figureSave")->isEnabled());
  EXPECT_TRUE(part<QLabel>("figureOutcome")->text().contains(QStringLiteral("fewer dots")));
  part<QSpinBox>("figureResolution")->setValue(72);
  EXPECT_TRUE(part<QPushButton>("figureSave")->isEnabled());
}

}  // namespace
}  // namespace assayer::ui
