// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QImage>
#include <QStringList>
#include <memory>
#include <optional>
#include <vector>

#include "ui/viewmodels/pictures.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

/// Generated pictures, a row per component: the mean at its corner of the simplex, then draws; below them the
/// means of other runs, and the selected rows' own (the paper's figures 8 and 9). Dark is 0 and light the
/// largest value of all.
class PictureGrid : public PlotView {
  Q_OBJECT
 public:
  /// A line of pictures [n, C] with their names, as many or none.
  struct Strip {
    QString name;
    QStringList names;
    Matrix<float> pictures;
  };

  /// What a run beside the one on display generates at the corners, a picture [K, C] per component; not null.
  struct RunMeans {
    QString name;
    std::shared_ptr<const Matrix<float>> means;
  };

  explicit PictureGrid(QWidget* parent = nullptr);

  /// No shape: nothing to show.
  void setShape(std::optional<PictureShape> shape, const QStringList& components);
  void setGenerated(GeneratedPictures pictures);
  void clearGenerated();
  /// Each run in lines of its own, under its name; those with other channels are left out.
  void setRuns(std::vector<RunMeans> runs);
  /// Lines of whatever pictures in place of all these, until another setter is called.
  void setStrips(const PictureShape& shape, const std::vector<Strip>& strips);
  /// Pictures [n, C] of selected rows and the rows' numbers.
  void setChosen(const Matrix<float>& pictures, const std::vector<std::uint32_t>& rows);

  [[nodiscard]] PlotTable table() const override;
  [[nodiscard]] std::size_t gridRows() const { return lines_.size(); }
  /// Where a picture lies in the widget.
  [[nodiscard]] QRectF cell(std::size_t line, std::size_t column) const;

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("pictures"); }
  [[nodiscard]] bool isEmpty() const override { return lines_.empty(); }
  void rescale() override;
  void restyle() override {}
  [[nodiscard]] QString statusAt(const QPointF& position) const override;

 private:
  struct Picture {
    QString name;
    std::vector<float> values;
    QImage image;
  };
  struct Line {
    QString name;
    std::vector<Picture> pictures;
  };
  void rebuild();
  void addRun(const RunMeans& run);
  void addLine(const Strip& strip);
  void paintLines();
  void draw(QCPPainter& painter) const;

  std::optional<PictureShape> shape_;
  QStringList components_;
  GeneratedPictures generated_;
  std::vector<RunMeans> runs_;
  Matrix<float> chosen_;
  std::vector<std::uint32_t> chosenRows_;
  std::vector<Line> lines_;
  std::size_t columns_ = 0;
};

}  // namespace assayer::ui
