// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/train/engine.h"
#include "ui/viewmodels/shown_run.h"

/// What an image map shows, read or computed on a worker. Free of widgets.
namespace assayer::ui {

/// A quantity with a value per pixel. `index` has one entry, or three: red, green and blue.
struct ImageLayer {
  enum class Kind {
    Channel,      ///< of the spectra; index: channel
    Composition,  ///< predicted; index: component
    Nuisance,     ///< z; index: its dimension
    Residual,     ///< root mean square of spectrum − generated spectrum; index: 0
    Known         ///< composition that the file holds; index: component
  };
  Kind kind = Kind::Channel;
  std::vector<std::size_t> index = {0};
  /// Whose Composition, Nuisance or Residual: one of the source's runs; 0: the model on display.
  std::uint64_t run = 0;
  /// The run's values less those of the model on display.
  bool difference = false;

  /// Whether a model says it, and not the data.
  [[nodiscard]] bool modelled() const { return kind != Kind::Channel && kind != Kind::Known; }
  friend bool operator==(const ImageLayer&, const ImageLayer&) = default;
};

/// A rectangle of an image, of which every `step`-th line and sample is taken.
struct ImageWindow {
  std::size_t line = 0;
  std::size_t sample = 0;
  std::size_t lines = 0;    ///< of the image, before the step
  std::size_t samples = 0;  ///< likewise
  std::size_t step = 1;

  [[nodiscard]] std::size_t height() const { return (lines + step - 1) / step; }
  [[nodiscard]] std::size_t width() const { return (samples + step - 1) / step; }
  friend bool operator==(const ImageWindow&, const ImageWindow&) = default;
};

/// What reading a picture may take.
struct ImageBudget {
  std::size_t pixels = 1;           ///< of the picture
  std::size_t bytes = SIZE_MAX;     ///< of the file: lines are read whole
  std::size_t bytes_per_pixel = 0;  ///< of the image, all channels; 0: nothing is read from a file
};
/// The smallest step by which the rectangle stays within the budget.
std::size_t step_for(std::size_t lines, std::size_t samples, const ImageBudget& budget);

/// What an image map is made of.
struct ImageSource {
  DatasetPtr data;  ///< with an image's shape
  /// For all but `Channel` and `Known`; `shown` are the data in the space of its endmembers, row by row.
  std::shared_ptr<const Snapshot> snapshot;
  DatasetPtr shown;
  std::vector<ShownRun> runs = {};  ///< beside that of the snapshot
};

/// Values of a layer in a window.
struct LayerImage {
  ImageLayer layer;
  ImageWindow window;
  /// Per entry of the layer's index [height × width], row-major; NaN: no value.
  std::vector<std::vector<float>> bands;
  /// Where colours begin and end, per band: the 1st and 99th percentile of a channel or z, 0 and the 99th of
  /// a residual, 0 and 1 of a composition; of a difference as far below 0 as above, the 99th of its size.
  struct Range {
    double low = 0;
    double high = 1;
  };
  std::vector<Range> ranges;
};

/// Data error where the layer needs a model, or a run, that is not there. Cancelled by `control`.
Result<LayerImage> readLayer(const ImageSource& source, const ImageLayer& layer, const ImageWindow& window,
                             const RunControl& control, const ProgressFn& progress);

}  // namespace assayer::ui
