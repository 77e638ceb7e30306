// SPDX-License-Identifier: GPL-3.0-or-later
// The paper's figures, drawn by the program from what the command `reproduce` leaves in a folder.
#include <gtest/gtest.h>

#include <QDir>
#include <QFile>
#include <QImage>

#include "core/io/dataset_writer.h"
#include "core/io/model_file.h"
#include "core/reproduce/runs.h"
#include "core/train/train_plan.h"
#include "tests/ui/program.h"
#include "tests/ui/ui_fixture.h"

namespace assayer::ui::testing {
namespace {

class PaperFigures : public ::testing::Test {
 protected:
  /// Trains for a moment and leaves data and models as the command does.
  std::shared_ptr<const Model> leave(const DatasetPtr& data, const std::vector<const char*>& methods) {
    std::shared_ptr<const Model> first;
    EXPECT_TRUE(write_dataset(*data, path("data.h5").toStdString(), true));
    for (const char* method : methods) {
      TrainConfig config = TrainConfig::from_preset("crism").value();
      config.method = method;
      config.epochs = 2;
      config.batch = 20;
      const auto planned = make_plan(*data, "all", "all", "corners:20:0.05", config);
      EXPECT_TRUE(planned);
      RunControl never;
      const auto model = train_model(data, planned->plan, config, never);
      EXPECT_TRUE(model);
      EXPECT_TRUE(write_model((*model)->state(), path(method).toStdString() + ".h5", true));
      if (!first) first = *model;
    }
    return first;
  }

  QStringList draw() {
    const Outcome outcome = runProgram(
        {QStringLiteral("--reproduced"), folder_.path(), QStringLiteral("--figures"), path("figures")});
    EXPECT_EQ(outcome.code, 0) << outcome.err.constData();
    return QDir(path("figures")).entryList({QStringLiteral("figure*")}, QDir::Files);
  }

  /// Columns of a figure's table, by their titles.
  QMap<QString, QStringList> table(const char* name) {
    QFile file(path("figures/") + QLatin1String(name));
    EXPECT_TRUE(file.open(QIODevice::ReadOnly));
    const QStringList lines = QString::fromUtf8(file.readAll()).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    QMap<QString, QStringList> columns;
    const QStringList header = splitCells(lines.value(0));
    for (const QString& line : lines.mid(1)) {
      const QStringList cells = splitCells(line);
      for (qsizetype c = 0; c < header.size(); ++c) columns[header[c]] << cells.value(c);
    }
    return columns;
  }

  QString path(const char* name) const { return folder_.filePath(QLatin1String(name)); }

  QTemporaryDir folder_;

 private:
  /// The tables here quote whole cells only, which may hold commas.
  static QStringList splitCells(const QString& line) {
    QStringList cells;
    QString cell;
    bool quoted = false;
    for (const QChar c : line) {
      if (c == QLatin1Char('"'))
        quoted = !quoted;
      else if (c == QLatin1Char(',') && !quoted)
        cells << std::exchange(cell, {});
      else
        cell += c;
    }
    return cells << cell;
  }
};

DatasetParts mixtures(std::size_t rows, std::size_t channels, std::vector<std::string> names) {
  DatasetParts parts;
  const std::size_t k = names.size();
  Matrix<double> y(rows, k, 0.1 / static_cast<double>(k - 1));
  parts.spectra = Matrix<float>(rows, channels);
  for (std::size_t i = 0; i < rows; ++i) {
    y(i, i % k) = 0.9;
    for (std::size_t c = 0; c < channels; ++c)
      parts.spectra(i, c) =
          0.5F + 0.3F * static_cast<float>(std::sin(0.4 * static_cast<double>(c) + double(i % k)) +
                                           0.01 * double(i));
  }
  parts.abundances = Abundances::create(std::move(y), std::move(names)).value();
  return parts;
}

TEST_F(PaperFigures, SixOfTheLaboratoryWithItsOutliers) {
  DatasetParts parts = mixtures(60, 16, {"olivine", "diopside", "bytownite"});
  Groups groups{std::vector<std::int32_t>(60), {"Position 1", "Position 2"}, {0, 1}};
  std::vector<double> outlier(60, 0);
  for (std::size_t i = 30; i < 60; ++i) groups.of_row[i] = 1;
  outlier[3] = outlier[4] = 1;
  parts.groups = std::move(groups);
  parts.metadata.push_back({"outlier", outlier});
  leave(Dataset::create(std::move(parts)).value(), {"untapped"});
  const QStringList drawn = draw();
  for (const char* name :
       {"figure4.pdf", "figure5.svg", "figure6a.png", "figure6b.png", "figure6c.csv", "figure6d.pdf"})
    EXPECT_TRUE(drawn.contains(QLatin1String(name))) << name;
  EXPECT_EQ(drawn.size(), 6 * 4);
  EXPECT_EQ(QImage(path("figures/figure6a.png")).size(), QSize(1200, 800));
  // The outliers and as many ordinary rows of their group, and no endmembers.
  const QStringList titles = table("figure6d.csv").keys();
  EXPECT_EQ(titles.filter(QStringLiteral("row ")).size(), 3) << titles.join(QLatin1Char(';')).toStdString();
  EXPECT_TRUE(titles.filter(QStringLiteral("generated")).isEmpty());
}

TEST_F(PaperFigures, SevenShowsTheGeneratedSilicaByItself) {
  DatasetParts parts = mixtures(40, 24, {"SiO2", "FeOT"});
  std::vector<double> nm;
  nm.reserve(24);
  for (int c = 0; c < 12; ++c) nm.push_back(285 + 0.3 * c);
  for (int c = 0; c < 12; ++c) nm.push_back(634 + 0.3 * c);
  parts.wavelength = WavelengthAxis::create(nm, WavelengthUnit::Nanometre).value();
  const auto model = leave(Dataset::create(std::move(parts)).value(), {"untapped"});
  const QStringList drawn = draw();
  // The whole, and each of the two spectrometers.
  EXPECT_EQ(drawn.filter(QStringLiteral(".png")).join(QLatin1Char(' ')),
            QStringLiteral("figure7-1.png figure7-2.png figure7.png"));
  const auto columns = table("figure7.csv");
  ASSERT_EQ(columns.size(), 2);
  const QStringList titles = columns.keys().filter(QStringLiteral("SiO2"));
  ASSERT_EQ(titles.size(), 1);
  const QStringList values = columns[titles.front()];
  ASSERT_EQ(values.size(), 24);
  for (std::size_t c = 0; c < 24; ++c)
    EXPECT_FLOAT_EQ(values[static_cast<qsizetype>(c)].toFloat(), model->endmembers().mean(0, c));
}

TEST_F(PaperFigures, EightAndNineShowBothModelsDigits) {
  DatasetParts parts = mixtures(40, 12, {"0", "1", "2"});
  parts.provenance.attributes["picture_shape"] = "3 4";
  const auto model = leave(Dataset::create(std::move(parts)).value(), {"untapped", "m2"});
  const QStringList drawn = draw();
  EXPECT_EQ(drawn.filter(QStringLiteral(".svg")).join(QLatin1Char(' ')),
            QStringLiteral("figure8.svg figure9-m2.svg figure9-untapped.svg"));
  const auto columns = table("figure8.csv");
  EXPECT_EQ(columns.size(), 1 + 2 * 3);
  const QStringList shown = columns[QStringLiteral("Untapped, 2")];
  ASSERT_EQ(shown.size(), 12);
  for (std::size_t c = 0; c < 12; ++c)
    EXPECT_FLOAT_EQ(shown[static_cast<qsizetype>(c)].toFloat(), model->endmembers().mean(2, c));
  EXPECT_EQ(table("figure9-m2.csv").size(), 1 + 3 * 20);
}

TEST_F(PaperFigures, NeedAnExperiment) {
  leave(Dataset::create(mixtures(40, 12, {"a", "b", "c"})).value(), {"untapped"});
  const Outcome outcome = runProgram(
      {QStringLiteral("--reproduced"), folder_.path(), QStringLiteral("--figures"), path("figures")});
  EXPECT_EQ(outcome.code, 1);
  EXPECT_TRUE(outcome.err.contains("none of the paper's experiments")) << outcome.err.constData();
}

}  // namespace
}  // namespace assayer::ui::testing
