// SPDX-License-Identifier: GPL-3.0-or-later
// The program itself, as a child process without a display.
#include <gtest/gtest.h>

#include <QDir>
#include <QFile>
#include <QImage>
#include <QTemporaryDir>
#include <cstring>

#include "tests/ui/program.h"
#include "tests/ui/ui_fixture.h"

namespace assayer::ui::testing {
namespace {

TEST(Program, SaysItsVersionAndItsOptions) {
  const Outcome version = runProgram({QStringLiteral("--version")});
  EXPECT_EQ(version.code, 0);
  EXPECT_TRUE(version.out.startsWith("assayer "));
  const Outcome help = runProgram({QStringLiteral("--help")});
  EXPECT_EQ(help.code, 0);
  for (const char* option : {"--sample", "--train", "--epochs", "--set", "--figures", "--screenshot",
                             "--model", "--reproduced", "--size", "--autosave", "--report", "--theme"})
    EXPECT_TRUE(help.out.contains(option)) << option;
}

TEST(Program, MistakesCostOneLineAndExitStatusOne) {
  const QTemporaryDir folder;
  const QString picture = folder.filePath(QStringLiteral("w.png"));
  const QStringList calls[] = {
      {QStringLiteral("--no-such-option")},
      {QStringLiteral("--sample"), QStringLiteral("--epochs"), QStringLiteral("many")},
      {QStringLiteral("--size"), QStringLiteral("big"), QStringLiteral("--sample")},
      {QStringLiteral("--screenshot"), picture},
      {QStringLiteral("--sample"), QStringLiteral("--report"), folder.filePath(QStringLiteral("report.odt"))},
      {QStringLiteral("--sample"), QStringLiteral("--report"), folder.filePath(QStringLiteral("none/r.pdf"))},
      {QStringLiteral("--sample"), QStringLiteral("--theme"), QStringLiteral("blue"),
       QStringLiteral("--screenshot"), picture},
      {QStringLiteral("--reproduced"), folder.path(), QStringLiteral("--screenshot"), picture},
      {QStringLiteral("--sample"), QStringLiteral("--reproduced"), folder.path()},
      {folder.filePath(QStringLiteral("nowhere.h5")), QStringLiteral("--screenshot"), picture},
      {QStringLiteral("--sample"), QStringLiteral("--set"), QStringLiteral("epohcs=3"),
       QStringLiteral("--screenshot"), picture},
  };
  for (const QStringList& call : calls) {
    const Outcome outcome = runProgram(call);
    EXPECT_EQ(outcome.code, 1) << call.join(QLatin1Char(' ')).toStdString();
    EXPECT_EQ(outcome.err.count('\n'), 1) << outcome.err.constData();
    EXPECT_TRUE(outcome.err.startsWith("assayer: ")) << outcome.err.constData();
    EXPECT_FALSE(QFile::exists(picture));
  }
}

TEST(Program, TrainsWritesFiguresAndAPictureAndQuits) {
  const QTemporaryDir folder;
  const QString file = folder.filePath(QStringLiteral("lab.h5"));
  ASSERT_TRUE(write_dataset(*smallData(), file.toStdString(), false));
  const QString figures = folder.filePath(QStringLiteral("figures"));
  const QString picture = folder.filePath(QStringLiteral("window.png"));
  const QString report = folder.filePath(QStringLiteral("report.pdf"));
  const Outcome outcome = runProgram(
      {file, QStringLiteral("--train"), QStringLiteral("--epochs"), QStringLiteral("20"),
       QStringLiteral("--set"), QStringLiteral("seed=3"), QStringLiteral("--figures"), figures,
       QStringLiteral("--screenshot"), picture, QStringLiteral("--size"), QStringLiteral("1300x800"),
       QStringLiteral("--report"), report, QStringLiteral("--theme"), QStringLiteral("dark")});
  ASSERT_EQ(outcome.code, 0) << outcome.err.constData();
  const QImage image(picture);
  EXPECT_EQ(image.size(), QSize(1300, 800));
  EXPECT_LT(image.pixelColor(650, 3).lightness(), 128);
  QFile written_report(report);
  ASSERT_TRUE(written_report.open(QIODevice::ReadOnly));
  EXPECT_TRUE(written_report.readAll().startsWith("%PDF-"));
  const QStringList written = QDir(figures).entryList(QDir::Files);
  for (const char* name : {"simplex.pdf", "spectra.svg", "nuisance.png", "projection.csv", "objective.csv",
                           "endmembers.csv", "composition.csv", "evaluation.json"})
    EXPECT_TRUE(written.contains(QLatin1String(name))) << name;
  QFile objective(figures + QStringLiteral("/objective.csv"));
  ASSERT_TRUE(objective.open(QIODevice::ReadOnly));
  EXPECT_EQ(objective.readAll().count('\n'), 20 + 1);
}

class ProgramScaled : public ::testing::TestWithParam<double> {};

TEST_P(ProgramScaled, DrawsEverythingLargerAndNothingElse) {
  const QTemporaryDir folder;
  const QString picture = folder.filePath(QStringLiteral("window.png"));
  const QString file = folder.filePath(QStringLiteral("lab.h5"));
  ASSERT_TRUE(write_dataset(*smallData(), file.toStdString(), false));
  qputenv("QT_SCALE_FACTOR", QByteArray::number(GetParam()));
  const Outcome outcome = runProgram(
      {file, QStringLiteral("--screenshot"), picture, QStringLiteral("--size"), QStringLiteral("1300x800")});
  qunsetenv("QT_SCALE_FACTOR");
  ASSERT_EQ(outcome.code, 0) << outcome.err.constData();
  const QImage image(picture);
  EXPECT_EQ(image.size(), QSize(1300, 800) * GetParam());
  // Letters and lines are drawn at that size, not enlarged: rows of pixels differ from those beside them.
  int same = 0;
  for (int y = 0; y + 1 < image.height(); ++y)
    same += std::memcmp(image.constScanLine(y), image.constScanLine(y + 1),
                        static_cast<std::size_t>(image.width()) * 4) == 0
                ? 1
                : 0;
  EXPECT_LT(same, image.height() / 4);
}

INSTANTIATE_TEST_SUITE_P(Factors, ProgramScaled, ::testing::Values(1.0, 1.25, 2.5));

}  // namespace
}  // namespace assayer::ui::testing
