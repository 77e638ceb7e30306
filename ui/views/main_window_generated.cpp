// SPDX-License-Identifier: GPL-3.0-or-later
// What the model generates, and what is said about it: composed spectra, pictures, element lines.
#include <QTimer>
#include <algorithm>
#include <utility>

#include "ui/viewmodels/element_lines.h"
#include "ui/viewmodels/pictures.h"
#include "ui/viewmodels/selection_spectra.h"
#include "ui/views/compose_panel.h"
#include "ui/views/counted.h"
#include "ui/views/line_marks.h"
#include "ui/views/lines_panel.h"
#include "ui/views/main_window_linked.h"
#include "ui/views/picture_grid.h"
#include "ui/views/simplex_panel.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui {

namespace {

/// Peaks are searched once what is drawn rests for a moment.
constexpr int kPeakDelay = 120;  // ms

/// Pictures beside each mean, and of selected rows.
constexpr std::size_t kDraws = 7;
/// Corners of the simplex with a line of their own.
constexpr std::size_t kPictured = 16;

}  // namespace

// ----------------------------------------------------------------------------- composition → spectrum

void LinkedViews::connectCompose() {
  connect(simplex_.view(), &SimplexView::compositionDragged, compose_, &ComposePanel::setComposition);
  connect(compose_, &ComposePanel::changed, this, [this] {
    const QVector<double>& chosen = compose_->composition();
    simplex_.view()->setComposed({chosen.begin(), chosen.end()});
    generate();
  });
}

void LinkedViews::generate() {
  showPictures();
  const QVector<double>& chosen = compose_->composition();
  if (chosen.isEmpty() || !snapshot_ || !snapshot_->model) {
    wanted_.reset();
    compose_jobs_.abandon();
    compose_->setNote({});
    spectra_.setGuest(SpectraPlot::Guest::Composed, {}, {});
    return;
  }
  Wanted wanted{{chosen.begin(), chosen.end()}, compose_->nuisances(), snapshot_->model};
  const bool same = wanted_ == wanted;
  wanted_ = std::move(wanted);
  // The spectrum that is on its way is drawn, and the newest wish is next: every drag shows something.
  if (same || compose_jobs_.busy()) return;
  compose_jobs_.start<EndmemberEstimate>(
      tr("Generated spectrum"),
      [asked = *wanted_](RunControl&, const ProgressFn&) {
        const std::size_t dimensions = asked.z.size();
        return asked.model->generate(Matrix<double>(asked.composition, 1, asked.composition.size()),
                                     Matrix<double>(asked.z, dimensions > 0 ? 1 : 0, dimensions));
      },
      [this, asked = *wanted_](Result<EndmemberEstimate>& made) {
        if (!wanted_) return;
        if (made) {
          const auto mean = made->mean.row(0);
          SpectraPlot::Curve curve{{mean.begin(), mean.end()}, {}};
          if (made->sd.rows() > 0 &&
              std::ranges::any_of(made->sd.row(0), [](float value) { return value > 0; }))
            curve.sd.assign(made->sd.row(0).begin(), made->sd.row(0).end());
          QStringList parts;
          const auto& names = session_.data()->component_names();
          for (std::size_t k = 0; k < asked.composition.size() && k < names.size(); ++k)
            if (asked.composition[k] >= 0.005)
              parts << tr("%1 %2 %")
                           .arg(QString::fromStdString(names[k]))
                           .arg(100 * asked.composition[k], 0, 'f', 0);
          spectra_.setGuest(SpectraPlot::Guest::Composed,
                            tr("generated: %1").arg(parts.join(QStringLiteral(", "))), std::move(curve));
          compose_->setNote({});
        } else if (!made.error().cancelled()) {
          compose_->setNote(QString::fromStdString(made.error().message()));
          spectra_.setGuest(SpectraPlot::Guest::Composed, {}, {});
        }
        if (*wanted_ != asked) {
          wanted_.reset();
          generate();
        } else {
          settle();
        }
      });
}

// -------------------------------------------------------------------------------------- element lines

void LinkedViews::connectLines() {
  peak_timer_->setSingleShot(true);
  peak_timer_->setInterval(kPeakDelay);
  connect(peak_timer_, &QTimer::timeout, this, &LinkedViews::namePeaks);
  connect(lines_, &LinesPanel::changed, this, &LinkedViews::showLines);
  connect(&spectra_, &SpectraPlot::spectraChanged, this, [this] {
    if (!lines_->elements().empty()) peak_timer_->start();
  });
}

void LinkedViews::showLines() {
  const std::vector<std::string> elements = lines_->elements();
  // No element means none here, and all to the table.
  const std::vector<ElementLine> lines =
      elements.empty() ? std::vector<ElementLine>() : elementLines(elements, lines_->medium());
  spectra_.setMarks(
      lineMarks(lines, [this](const std::string& element) { return lines_->colourOf(element); }));
  peak_timer_->start();
}

void LinkedViews::namePeaks() {
  std::vector<float> spectrum = spectra_.leading();
  if (!lines_->namesPeaks() || lines_->elements().empty() || spectrum.empty() || !spectra_.data()) {
    peak_jobs_.abandon();
    spectra_.setPeaks({});
    lines_->setNote(lines_->namesPeaks() && !lines_->elements().empty()
                        ? tr("Select a row, or compose a spectrum, to have its peaks named.")
                        : QString());
    settle();
    return;
  }
  peak_jobs_.start<std::vector<NamedPeak>>(
      tr("Peaks"),
      [data = spectra_.data(), spectrum = std::move(spectrum), elements = lines_->elements(),
       medium = lines_->medium(),
       share = lines_->share()](RunControl&, const ProgressFn&) -> Result<std::vector<NamedPeak>> {
        return ui::namePeaks(data->wavelength(), spectrum, elementLines(elements, medium), share);
      },
      [this](Result<std::vector<NamedPeak>>& found) {
        std::vector<SpectraPlot::Peak> peaks;
        for (const NamedPeak& peak : *found)
          if (!peak.species.empty()) peaks.push_back({peak.nm, peak.height, peakText(peak)});
        lines_->setNote(tr("%1, %2 of them at a line of the chosen elements")
                            .arg(counted(found->size(), tr("1 peak"), tr("%L1 peaks")))
                            .arg(peaks.size()));
        spectra_.setPeaks(std::move(peaks));
        settle();
      });
}

// ------------------------------------------------------------------------------------------- pictures

void LinkedViews::connectPictures() {
  connect(&selection_, &SelectionModel::changed, this, [this](const Rows& rows) {
    const DatasetPtr& data = session_.data();
    if (!data || !pictureShape(*data)) return;
    Rows few(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(rows.size(), kDraws + 1)));
    chosen_jobs_.start<SelectionSpectra>(
        tr("Selected pictures"),
        [data, few = std::move(few)](RunControl& control, const ProgressFn&) {
          return readSelection(data->spectra(), few, kDraws + 1, control);
        },
        [this](Result<SelectionSpectra>& read) {
          if (read) pictures_->setChosen(read->spectra, read->rows);
          settle();
        });
  });
}

void LinkedViews::showPictures() {
  const DatasetPtr& data = session_.data();
  if (!data || !pictureShape(*data)) return;
  if (!snapshot_ || !snapshot_->model) {
    picture_jobs_.abandon();
    pictured_ = {};
    pictures_->clearGenerated();
    return;
  }
  Wanted wanted{{}, compose_->nuisances(), snapshot_->model};
  if (wanted == pictured_) return;
  // As with composed spectra: what is on its way is drawn, the newest comes next.
  if (picture_jobs_.busy()) return;
  pictured_ = wanted;
  picture_jobs_.start<GeneratedPictures>(
      tr("Generated pictures"),
      [wanted, components = std::min(kPictured, data->component_names().size()),
       seed = session_.session().config().seed](RunControl& control, const ProgressFn&) {
        return generatePictures(*wanted.model, wanted.z, components, kDraws, seed, control);
      },
      [this](Result<GeneratedPictures>& made) {
        if (made) pictures_->setGenerated(std::move(*made));
        showPictures();
        settle();
      });
}

}  // namespace assayer::ui
