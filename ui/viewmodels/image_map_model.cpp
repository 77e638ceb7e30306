// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/image_map_model.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "ui/viewmodels/core_texts.h"

namespace assayer::ui {

ImageMapModel::ImageMapModel(QObject* parent) : QObject(parent) {
  connect(&whole_jobs_, &JobRunner::progressed, this, &ImageMapModel::progressed);
}

ImageBudget ImageMapModel::budget(std::size_t bytes) const {
  const bool reads = layer_.kind == ImageLayer::Kind::Channel || layer_.kind == ImageLayer::Kind::Residual;
  if (!reads || !source_.data->spectra().stays_in_file()) return {kPixels, SIZE_MAX, 0};
  return {kPixels, bytes, source_.data->channels() * sizeof(float)};
}

void ImageMapModel::setData(const DatasetPtr& data) {
  source_ = {data && data->image_shape() ? data : nullptr, nullptr, nullptr, {}};
  layer_ = {};
  restart();
}

void ImageMapModel::setSnapshot(std::shared_ptr<const Snapshot> snapshot, DatasetPtr shown) {
  source_.snapshot = std::move(snapshot);
  source_.shown = std::move(shown);
  if (!source_.data || !layer_.modelled()) return;
  // Another run's own results stay as they are while the one on display is trained.
  if (layer_.run != 0 && !layer_.difference) return;
  if (source_.snapshot && busy())
    again_ = true;
  else if (source_.snapshot && whole_)
    startWhole(whole_->step, whole_->step);
  else
    restart();
}

void ImageMapModel::setRuns(std::vector<ShownRun> runs) {
  const auto results = [this] {
    const ShownRun* run = findRun(source_.runs, layer_.run);
    return run != nullptr ? run->snapshot : nullptr;
  };
  const std::shared_ptr<const Snapshot> before = results();
  source_.runs = std::move(runs);
  if (!source_.data || !layer_.modelled() || layer_.run == 0) return;
  if (results() != before) restart();
}

void ImageMapModel::setLayer(const ImageLayer& layer) {
  if (layer == layer_) return;
  layer_ = layer;
  restart();
}

void ImageMapModel::restart() {
  again_ = false;
  whole_jobs_.abandon();
  detail_jobs_.abandon();
  detail_.reset();
  whole_.reset();
  Q_EMIT detailReady(nullptr);
  if (!source_.data) {
    Q_EMIT imageReady(nullptr);
    return;
  }
  const ImageShape shape = *source_.data->image_shape();
  const std::size_t final_step = step_for(shape.rows, shape.cols, budget(kBytes));
  startWhole(std::max(final_step, step_for(shape.rows, shape.cols, budget(kFirstBytes))), final_step);
}

void ImageMapModel::startWhole(std::size_t step, std::size_t final_step) {
  const ImageShape shape = *source_.data->image_shape();
  const ImageWindow window{0, 0, shape.rows, shape.cols, step};
  whole_jobs_.start<LayerImage>(
      tr("Map"),
      [source = source_, layer = layer_, window](RunControl& control, const ProgressFn& progress) {
        return readLayer(source, layer, window, control, progress);
      },
      [this, final_step](Result<LayerImage>& image) { land(image, final_step); });
}

void ImageMapModel::land(Result<LayerImage>& image, std::size_t final_step) {
  if (!image) {
    if (!image.error().cancelled()) {
      Q_EMIT imageReady(nullptr);
      Q_EMIT problem(errorText(image.error()));
    }
    again_ = false;
    Q_EMIT settled();
    return;
  }
  whole_ = image->window;
  // A detail of older values would stand in newer ones.
  if (std::exchange(detail_, std::nullopt)) Q_EMIT detailReady(nullptr);
  Q_EMIT problem({});
  Q_EMIT imageReady(std::make_shared<const LayerImage>(std::move(*image)));
  // A finer one takes up what was asked for again only once it is done.
  if (whole_->step > final_step || std::exchange(again_, false))
    startWhole(final_step, final_step);
  else
    Q_EMIT settled();
}

void ImageMapModel::look(const QRectF& part, QSize screen) {
  if (!source_.data || !whole_) return;
  const ImageShape shape = *source_.data->image_shape();
  const QRectF seen =
      part.intersected(QRectF(0, 0, static_cast<double>(shape.cols), static_cast<double>(shape.rows)));
  const double per_screen = screen.width() > 0 ? part.width() / screen.width() : 1;
  // A finer picture must be worth it: the screen shows twice what there is.
  if (seen.isEmpty() || whole_->step == 1 || static_cast<double>(whole_->step) < 2 * per_screen) {
    detail_jobs_.abandon();
    if (std::exchange(detail_, std::nullopt)) Q_EMIT detailReady(nullptr);
    return;
  }
  ImageWindow window;
  window.line = static_cast<std::size_t>(std::floor(seen.top()));
  window.sample = static_cast<std::size_t>(std::floor(seen.left()));
  window.lines = std::min(shape.rows, static_cast<std::size_t>(std::ceil(seen.bottom()))) - window.line;
  window.samples = std::min(shape.cols, static_cast<std::size_t>(std::ceil(seen.right()))) - window.sample;
  window.step = std::max(step_for(window.lines, window.samples, budget(kFirstBytes)),
                         static_cast<std::size_t>(std::max(1.0, std::floor(per_screen))));
  if (window.step >= whole_->step || (detail_ && *detail_ == window)) return;
  detail_ = window;
  detail_jobs_.start<LayerImage>(
      tr("Detail"),
      [source = source_, layer = layer_, window](RunControl& control, const ProgressFn& progress) {
        return readLayer(source, layer, window, control, progress);
      },
      [this](Result<LayerImage>& image) {
        // A part that cannot be read leaves the coarser picture of it.
        if (image) Q_EMIT detailReady(std::make_shared<const LayerImage>(std::move(*image)));
        if (!busy() && std::exchange(again_, false)) startWhole(whole_->step, whole_->step);
        if (!busy()) Q_EMIT settled();
      });
}

}  // namespace assayer::ui
