// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QObject>
#include <QRectF>
#include <QSize>
#include <QString>
#include <memory>
#include <optional>
#include <vector>

#include "ui/viewmodels/image_layers.h"
#include "ui/viewmodels/job_runner.h"

namespace assayer::ui {

using LayerImagePtr = std::shared_ptr<const LayerImage>;

/// Pictures of one layer of an image, made on a worker: the whole of it, coarse where the image stays in its
/// file, then finer, and details of what is looked at closely.
///
/// What the user chooses supersedes what is being read. What a run reports waits for what is being computed,
/// so that pictures appear however fast snapshots come; the newest one is then taken.
class ImageMapModel : public QObject {
  Q_OBJECT
 public:
  /// Values of a picture, and what may be read for the first and for the final one of a file.
  static constexpr std::size_t kPixels = 1'000'000;
  static constexpr std::size_t kFirstBytes = std::size_t{48} << 20;
  static constexpr std::size_t kBytes = std::size_t{384} << 20;

  explicit ImageMapModel(QObject* parent = nullptr);

  /// Null, or data without an image's shape: nothing to show.
  void setData(const DatasetPtr& data);
  /// Results of a run, null where they are forgotten; `shown` as in ImageSource.
  void setSnapshot(std::shared_ptr<const Snapshot> snapshot, DatasetPtr shown);
  /// Runs beside that one.
  void setRuns(std::vector<ShownRun> runs);
  void setLayer(const ImageLayer& layer);
  /// The part of the image that is looked at, in pixels of the image. Where the picture is coarser than
  /// `screen` pixels would show, a finer one of that part follows.
  void look(const QRectF& part, QSize screen);

  [[nodiscard]] const ImageLayer& layer() const { return layer_; }
  [[nodiscard]] const ImageSource& source() const { return source_; }
  [[nodiscard]] bool busy() const { return whole_jobs_.busy() || detail_jobs_.busy(); }

 Q_SIGNALS:
  /// Of the whole image.
  void imageReady(const assayer::ui::LayerImagePtr& image);
  /// Of a part; null: the picture of the whole shows all there is.
  void detailReady(const assayer::ui::LayerImagePtr& image);
  /// Why there is no picture; empty when there is one.
  void problem(const QString& text);
  void progressed(double fraction, const QString& what);
  /// Nothing is being read any more.
  void settled();

 private:
  [[nodiscard]] ImageBudget budget(std::size_t bytes) const;
  void startWhole(std::size_t step, std::size_t final_step);
  void restart();
  void land(Result<LayerImage>& image, std::size_t final_step);

  ImageSource source_;
  ImageLayer layer_;
  std::optional<ImageWindow> whole_;  ///< of the picture on display
  std::optional<ImageWindow> detail_;
  bool again_ = false;  ///< newer results came while a picture was being computed
  JobRunner whole_jobs_;
  JobRunner detail_jobs_;
};

}  // namespace assayer::ui
