// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/paper_figures.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "core/io/model_file.h"
#include "core/train/methods.h"
#include "ui/viewmodels/element_lines.h"
#include "ui/viewmodels/pictures.h"
#include "ui/views/nuisance_trace.h"
#include "ui/views/picture_grid.h"
#include "ui/views/projection_space.h"
#include "ui/views/simplex_view.h"
#include "ui/views/spectra_plot.h"

namespace assayer::gui {

namespace {

constexpr QSize kWhole(1200, 800);
constexpr QSize kMeans(1200, 230);
constexpr QSize kDrawings(1200, 570);
constexpr std::size_t kOrdinaryStep = 97;  // as in the command's own table for figure 6d
constexpr double kFaintestLine = 0.003;
constexpr double kPeakShare = 0.02;     // of the highest in its spectrometer, as in the command's table
constexpr double kSpectrometerGap = 1;  // nm
constexpr std::int64_t kDraws = 20;

QString tr(const char* text) {
  return QCoreApplication::translate("PaperFigures", text);
}

QStringList namesOf(const std::vector<std::string>& texts) {
  QStringList names;
  for (const std::string& text : texts) names << QString::fromStdString(text);
  return names;
}

class Writer {
 public:
  Writer(QString folder, QString* error) : folder_(std::move(folder)), error_(error) {}
  /// Every figure under its name; false after the first that could not be written.
  bool write(ui::PlotView& view, const char* name, QSize size = kWhole) {
    const QString base = QDir(folder_).filePath(QLatin1String(name));
    for (const char* suffix : {".pdf", ".svg", ".png"})
      if (!view.exportFigure(base + QLatin1String(suffix), size, error_)) return false;
    return view.exportData(base + QStringLiteral(".csv"), error_);
  }
  bool fail(const QString& text) {
    if (error_ != nullptr) *error_ = text;
    return false;
  }

 private:
  QString folder_;
  QString* error_;
};

// ----------------------------------------------------------------------------------------------- crism

struct Outliers {
  Rows outlying;
  Rows ordinary;  ///< as many, of the first outlier's group
  std::size_t group = 0;
};

Outliers outliersOf(const Dataset& data, std::span<const double> flags) {
  Outliers found;
  for (std::size_t row = 0; row < data.rows(); ++row)
    if (flags[row] > 0) found.outlying.push_back(static_cast<std::uint32_t>(row));
  if (found.outlying.empty()) return found;
  const auto& of_row = data.groups()->of_row;
  found.group = static_cast<std::size_t>(of_row[found.outlying.front()]);
  for (std::size_t row = 0; row < data.rows() && found.ordinary.size() < found.outlying.size();
       row += kOrdinaryStep) {
    if (flags[row] == 0 && static_cast<std::size_t>(of_row[row]) == found.group)
      found.ordinary.push_back(static_cast<std::uint32_t>(row));
  }
  return found;
}

bool figures4To6(const Reproduced& run, std::span<const double> flags, Writer& writer) {
  const Dataset& data = *run.data;
  ui::SimplexView simplex;
  simplex.setData(run.data);
  simplex.setRoles(run.session.roles());
  simplex.setUnfeatured(run.session.unfeatured());
  if (!writer.write(simplex, "figure4")) return false;

  ui::SpectraPlot endmembers;
  endmembers.setData(run.data);
  endmembers.setEndmembers(run.untapped.endmembers, namesOf(data.component_names()));
  if (!writer.write(endmembers, "figure5")) return false;

  const Outliers outliers = outliersOf(data, flags);
  ui::NuisanceTrace trace;
  trace.setData(run.data);
  trace.setValues(run.untapped.prediction.z);
  trace.setSelection(outliers.outlying);
  trace.setComparison(outliers.ordinary);
  if (!writer.write(trace, "figure6a")) return false;
  trace.showGroup(outliers.group);
  if (!writer.write(trace, "figure6b")) return false;

  const auto engine = Engine::load();
  if (!engine) return writer.fail(QString::fromStdString(engine.error().message()));
  auto pca = (*engine)->fit_pca(data, 3);
  if (!pca) return writer.fail(QString::fromStdString(pca.error().message()));
  ui::ProjectionSpace space;
  space.setPca(run.data, std::make_shared<const Pca>(*std::move(pca)));
  space.setSelection(outliers.outlying);
  space.setComparison(outliers.ordinary);
  if (!writer.write(space, "figure6c")) return false;

  // Without the references, which are no part of this figure.
  DatasetParts parts;
  parts.shared_spectra = data.spectra();
  parts.wavelength = data.wavelength();
  parts.provenance = data.provenance();
  const auto bare = Dataset::create(std::move(parts));
  if (!bare) return writer.fail(QString::fromStdString(bare.error().message()));
  ui::SpectraPlot spectra;
  spectra.setData(*bare);
  spectra.setSelection(outliers.outlying);
  spectra.setComparison(outliers.ordinary);
  return writer.write(spectra, "figure6d");
}

// ------------------------------------------------------------------------------------------------ libs

std::vector<ui::SpectraPlot::Mark> siliconLines(const QColor& colour) {
  std::vector<ui::SpectraPlot::Mark> marks;
  for (const ui::ElementLine& line : ui::elementLines({"Si"}, ui::Medium::Vacuum))
    if (line.strength >= kFaintestLine)
      marks.push_back({line.nm, QString::fromStdString(line.species), colour, std::sqrt(line.strength)});
  return marks;
}

bool figure7(const Reproduced& run, std::size_t component, Writer& writer) {
  const Dataset& data = *run.data;
  const auto generated = run.untapped.endmembers.mean.row(component);
  const std::vector<float> spectrum(generated.begin(), generated.end());
  DatasetParts parts;
  parts.spectra = Matrix<float>(1, data.channels());
  std::ranges::transform(spectrum, parts.spectra.row(0).begin(),
                         [](float value) { return std::isfinite(value) ? value : 0.0F; });
  parts.wavelength = data.wavelength();
  auto axis = Dataset::create(std::move(parts));
  if (!axis) return writer.fail(QString::fromStdString(axis.error().message()));

  ui::SpectraPlot plot;
  plot.setData(*axis);
  plot.setValueTitle(tr("Intensity, each spectrometer divided by its sum"));
  plot.setEndmembers({Matrix<float>(spectrum, 1, spectrum.size()), {}}, {tr("pure SiO2")});
  plot.setMarks(siliconLines(plot.theme().text));
  std::vector<ui::SpectraPlot::Peak> peaks;
  for (const ui::NamedPeak& peak :
       ui::namePeaks(data.wavelength(), spectrum, ui::elementLines({"Si"}, ui::Medium::Vacuum), kPeakShare)) {
    QString text;  // a peak that is no line of silicon has a tick and no name
    if (!peak.species.empty())
      text = QStringLiteral("%1 %2").arg(QString::fromStdString(peak.species)).arg(peak.line_nm, 0, 'f', 1);
    peaks.push_back({peak.nm, peak.height, text});
  }
  plot.setPeaks(std::move(peaks));
  if (!writer.write(plot, "figure7")) return false;

  // Each spectrometer by itself, where lines can be told apart.
  const auto& nm = data.wavelength().values();
  std::vector<std::size_t> starts = {0};
  for (std::size_t c = 1; c < nm.size(); ++c)
    if (nm[c] - nm[c - 1] > kSpectrometerGap) starts.push_back(c);
  starts.push_back(nm.size());
  for (std::size_t s = 0; s + 1 < starts.size() && starts.size() > 2; ++s) {
    plot.showChannels(starts[s], starts[s + 1]);
    if (!writer.write(plot, ("figure7-" + std::to_string(s + 1)).c_str())) return false;
  }
  return true;
}

// ----------------------------------------------------------------------------------------------- mnist

bool figures8And9(const Reproduced& run, const ui::PictureShape& shape, Writer& writer) {
  struct Named {
    QString name;
    QString file;
    std::shared_ptr<const Model> model;
  };
  std::vector<Named> models = {{tr("Untapped"), QStringLiteral("untapped"), run.untapped.model}};
  const QString m2 = QDir(run.folder).filePath(QStringLiteral("m2.h5"));
  if (QFileInfo::exists(m2)) {
    auto state = read_model(m2.toStdString());
    if (!state) return writer.fail(QString::fromStdString(state.error().message()));
    auto model = make_model(*std::move(state));
    if (!model) return writer.fail(QString::fromStdString(model.error().message()));
    models.push_back({tr("M2"), QStringLiteral("m2"), *std::move(model)});
  }

  const QStringList digits = namesOf(run.data->component_names());
  const auto components = static_cast<std::size_t>(digits.size());
  Matrix<double> corners(components, components, 0.0);
  for (std::size_t k = 0; k < components; ++k) corners(k, k) = 1;
  std::vector<ui::PictureGrid::Strip> means;
  for (const Named& named : models) {
    means.push_back({named.name, digits, named.model->endmembers().mean});
    auto samples = named.model->sample(corners, {}, kDraws, 0);
    if (!samples) return writer.fail(QString::fromStdString(samples.error().message()));
    std::vector<ui::PictureGrid::Strip> drawn;
    for (std::size_t k = 0; k < components; ++k) {
      ui::PictureGrid::Strip strip{digits[static_cast<qsizetype>(k)],
                                   {},
                                   Matrix<float>(static_cast<std::size_t>(kDraws), samples->cols())};
      for (std::size_t d = 0; d < strip.pictures.rows(); ++d) {
        strip.names << tr("draw %1").arg(d + 1);
        std::ranges::copy(samples->row(k * strip.pictures.rows() + d), strip.pictures.row(d).begin());
      }
      drawn.push_back(std::move(strip));
    }
    ui::PictureGrid grid;
    grid.setStrips(shape, drawn);
    if (!writer.write(grid, ("figure9-" + named.file.toStdString()).c_str(), kDrawings)) return false;
  }
  ui::PictureGrid grid;
  grid.setStrips(shape, means);
  return writer.write(grid, "figure8", kMeans);
}

}  // namespace

bool writePaperFigures(const Reproduced& run, const QString& into, QString* error) {
  Writer writer(into, error);
  if (const auto shape = ui::pictureShape(*run.data)) return figures8And9(run, *shape, writer);
  const MetadataColumn* column = run.data->find_metadata("outlier");
  const auto flags = column != nullptr ? column->numbers() : std::nullopt;
  if (flags && run.data->groups()) return figures4To6(run, *flags, writer);
  const auto& names = run.data->component_names();
  const auto silica = std::ranges::find(names, "SiO2");
  if (silica != names.end()) return figure7(run, static_cast<std::size_t>(silica - names.begin()), writer);
  return writer.fail(tr("%1: none of the paper's experiments left this").arg(run.folder));
}

}  // namespace assayer::gui
