// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStringList>
#include <QWidget>
#include <array>
#include <cstdint>
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

/// The map with what it shows: a band, a composition, z, the residual, or three of a kind as colours; of the
/// model on display, of a run beside it, or how the two differ.
class ImageMapPanel : public QWidget {
  Q_OBJECT
 public:
  explicit ImageMapPanel(QWidget* parent = nullptr);

  /// Null, or data that are no image: nothing to choose.
  void setData(const DatasetPtr& source);
  /// What a model has to offer: components 0 without one, dimensions of z, whether it generates spectra.
  void setModel(std::size_t components, std::size_t nuisances, bool generates);
  /// Runs that can be chosen beside that model, and what that model's run is called. Those that do not fit
  /// the data are left out.
  void setRuns(std::vector<ShownRun> runs, const QString& active);
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
  /// What a model has for maps.
  struct Results {
    std::size_t components = 0;
    std::size_t nuisances = 0;
    bool generates = false;
    friend bool operator==(const Results&, const Results&) = default;
  };
  struct Run {
    std::uint64_t id = 0;
    QString name;
    Results results;
  };
  /// Whose results are shown; see ImageLayer.
  struct Choice {
    std::uint64_t run = 0;
    bool difference = false;
    friend bool operator==(const Choice&, const Choice&) = default;
  };
  void fillChoices();
  void fillOffers();
  /// `keep`: the values that they have, where these still are some.
  void fillPickers(bool keep);
  void announce();
  [[nodiscard]] Choice choice() const;
  [[nodiscard]] const Run* runOf(std::uint64_t id) const;
  /// Of what is chosen; of a difference what both have.
  [[nodiscard]] Results resultsOf(const Choice& choice) const;
  [[nodiscard]] QString activeName() const;
  [[nodiscard]] QStringList namesOf(ImageLayer::Kind kind, const Results& results) const;
  [[nodiscard]] QStringList titlesOf(const ImageLayer& layer) const;

  DatasetPtr data_;
  Results results_;  ///< of the model on display
  std::vector<Run> runs_;
  QString active_;
  std::vector<Choice> choices_;  ///< as in the box
  QStringList titles_;           ///< of the picture on display
  std::vector<Offer> offers_;
  bool filling_ = false;
  ImageLayer announced_;

  QComboBox* what_;
  QComboBox* who_;
  std::array<QLabel*, 3> colours_{};
  std::array<NamedSpin*, 3> pickers_{};
  QSlider* slider_;
  QLabel* note_;
  ImageMapView* view_;
};

}  // namespace assayer::ui
