// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <utility>

#include "ui/views/qcp.h"

namespace assayer::ui {

/// A layer's child that is painted by a function: for what QCustomPlot has no class for.
/// Owned by the plot's layer, as every layerable is.
class Painted : public QCPLayerable {
 public:
  using Paint = std::function<void(QCPPainter&)>;
  enum class Clip { Viewport, AxisRect };

  Painted(QCustomPlot* plot, const QString& layer, Clip clip, Paint paint)
      : QCPLayerable(plot, layer), clip_(clip), paint_(std::move(paint)) {}
  [[nodiscard]] Clip clip() const { return clip_; }

 protected:
  [[nodiscard]] QRect clipRect() const override {
    return clip_ == Clip::AxisRect ? parentPlot()->axisRect()->rect() : parentPlot()->viewport();
  }
  void applyDefaultAntialiasingHint(QCPPainter* painter) const override { painter->setAntialiasing(true); }
  void draw(QCPPainter* painter) override { paint_(*painter); }

 private:
  Clip clip_;
  Paint paint_;
};

}  // namespace assayer::ui
