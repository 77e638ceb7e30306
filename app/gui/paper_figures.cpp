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
#include "core/metrics/outlier_rows.h"
#include "core/metrics/peaks.h"
#include "core/train/methods.h"
#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/element_lines.h"
#include "ui/viewmodels/pictures.h"
#include "ui/viewmodels/texts.h"
#include "ui/views/line_marks.h"
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
constexpr double kSpectrometerGap = 1;  // nm
constexpr std::size_t kDraws = 20;

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::gui", text);
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

bool figures4To6(const Reproduced& run, Writer& writer) {
  const Dataset& data = *run.data;
  ui::SimplexView simplex;
  simplex.setData(run.data);
  simplex.setRoles(run.session.roles());
  simplex.setUnfeatured(run.session.unfeatured());
  if (!writer.write(simplex, "figure4")) return false;

  ui::SpectraPlot endmembers;
  endmembers.setData(run.data);
  endmembers.setEndmembers(run.untapped.endmembers, ui::toStrings(data.component_names()));
  if (!writer.write(endmembers, "figure5")) return false;

  const OutlierRows outliers = outlier_rows(data);
  ui::NuisanceTrace trace;
  trace.setData(run.data);
  trace.setValues(run.untapped.prediction.z);
  trace.setSelection(outliers.outlying);
  trace.setComparison(outliers.ordinary);
  if (!writer.write(trace, "figure6a")) return false;
  trace.showGroup(outliers.group);
  if (!writer.write(trace, "figure6b")) return false;

  const auto engine = Engine::load();
  if (!engine) return writer.fail(ui::errorText(engine.error()));
  auto pca = (*engine)->fit_pca(data, 3);
  if (!pca) return writer.fail(ui::errorText(pca.error()));
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
  if (!bare) return writer.fail(ui::errorText(bare.error()));
  ui::SpectraPlot spectra;
  spectra.setData(*bare);
  spectra.setSelection(outliers.outlying);
  spectra.setComparison(outliers.ordinary);
  return writer.write(spectra, "figure6d");
}

// ------------------------------------------------------------------------------------------------ libs

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
  if (!axis) return writer.fail(ui::errorText(axis.error()));

  ui::SpectraPlot plot;
  plot.setData(*axis);
  plot.setValueTitle(tr("Intensity, each spectrometer divided by its sum"));
  plot.setEndmembers({Matrix<float>(spectrum, 1, spectrum.size()), {}}, {tr("pure SiO2")});
  const std::vector<ui::ElementLine> silicon = ui::elementLines({"Si"}, ui::Medium::Vacuum);
  plot.setMarks(ui::lineMarks(silicon, [&plot](const std::string&) { return plot.theme().text; }));
  std::vector<ui::SpectraPlot::Peak> peaks;
  // A peak that is no line of silicon has a tick and no name.
  for (const ui::NamedPeak& peak : ui::namePeaks(data.wavelength(), spectrum, silicon, kPeakShare))
    peaks.push_back({peak.nm, peak.height, ui::peakText(peak)});
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
    if (!state) return writer.fail(ui::errorText(state.error()));
    auto model = make_model(*std::move(state));
    if (!model) return writer.fail(ui::errorText(model.error()));
    models.push_back({tr("M2"), QStringLiteral("m2"), *std::move(model)});
  }

  const QStringList digits = ui::toStrings(run.data->component_names());
  const auto components = static_cast<std::size_t>(digits.size());
  std::vector<ui::PictureGrid::Strip> means;
  for (const Named& named : models) {
    auto pictures = ui::generatePictures(*named.model, {}, components, kDraws, 0, RunControl());
    if (!pictures) return writer.fail(ui::errorText(pictures.error()));
    if (pictures->draws == 0) return writer.fail(tr("%1 draws no pictures").arg(named.name));
    means.push_back({named.name, digits, std::move(pictures->means)});
    std::vector<ui::PictureGrid::Strip> drawn;
    for (std::size_t k = 0; k < components; ++k) {
      ui::PictureGrid::Strip strip{
          digits[static_cast<qsizetype>(k)], {}, Matrix<float>(kDraws, pictures->samples.cols())};
      for (std::size_t d = 0; d < strip.pictures.rows(); ++d) {
        strip.names << tr("draw %1").arg(d + 1);
        std::ranges::copy(pictures->samples.row(k * kDraws + d), strip.pictures.row(d).begin());
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
  if (!outlier_rows(*run.data).outlying.empty()) return figures4To6(run, writer);
  const auto& names = run.data->component_names();
  const auto silica = std::ranges::find(names, "SiO2");
  if (silica != names.end()) return figure7(run, static_cast<std::size_t>(silica - names.begin()), writer);
  return writer.fail(tr("%1: none of the paper's experiments left this").arg(run.folder));
}

}  // namespace assayer::gui
