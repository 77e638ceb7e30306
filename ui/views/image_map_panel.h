// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>
#include <array>
#include <vector>

#include "core/data/dataset.h"
#include "ui/viewmodels/image_layers.h"
#include "ui/viewmodels/image_map_model.h"

class QComboBox;
class QLabel;
class QSlider;

namespace assayer::ui {

class ImageMapView;
class NamedSpin;

/// The map with what it shows: a band, a composition, z, the residual, or three of a kind as colours.
class ImageMapPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ImageMapPanel(QWidget* parent = nullptr);

  /// Null, or data that are no image: nothing to choose.
  void setData(const DatasetPtr& source);
  /// What a model has to offer: components 0 without one, dimensions of z, whether it generates spectra.
  void setModel(std::size_t components, std::size_t nuisances, bool generates);
  void setImage(const LayerImagePtr& image);
  /// Chooses a layer, as the boxes do; ignored where it is not on offer.
  void choose(const ImageLayer& layer);
  void setProblem(const QString& text);

  [[nodiscard]] ImageMapView* view() { return view_; }
  [[nodiscard]] ImageLayer layer() const;

 Q_SIGNALS:
  void layerChosen(const assayer::ui::ImageLayer& layer);

 private:
  struct Offer {
    ImageLayer::Kind kind;
    std::size_t colours;  ///< 1 or 3
    QString text;
  };
  void fillOffers();
  void fillPickers();
  void announce();
  [[nodiscard]] QStringList namesOf(ImageLayer::Kind kind) const;
  [[nodiscard]] QStringList titlesOf(const ImageLayer& layer) const;

  DatasetPtr data_;
  std::size_t components_ = 0;
  std::size_t nuisances_ = 0;
  bool generates_ = false;
  std::vector<Offer> offers_;
  bool filling_ = false;
  ImageLayer announced_;

  QComboBox* what_;
  std::array<QLabel*, 3> colours_{};
  std::array<NamedSpin*, 3> pickers_{};
  QSlider* slider_;
  QLabel* note_;
  ImageMapView* view_;
};

}  // namespace assayer::ui
