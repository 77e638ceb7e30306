// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/image_map_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>
#include <cmath>

#include "ui/viewmodels/texts.h"
#include "ui/views/image_map_view.h"
#include "ui/views/named_spin.h"
#include "ui/views/unit_name.h"

namespace assayer::ui {
namespace {

/// Red, green and blue of the eye, where an image sees them.
constexpr std::array<double, 3> kVisible = {640, 550, 460};  // nm

QString unitSuffix(WavelengthUnit unit) {
  const QString name = unitName(unit);
  return name.isEmpty() ? name : QLatin1Char(' ') + name;
}

std::array<std::size_t, 3> naturalBands(const WavelengthAxis& axis) {
  const std::size_t last = axis.size() - 1;
  std::array<std::size_t, 3> bands = {3 * last / 4, last / 2, last / 4};
  const auto nm = axis.values_in(WavelengthUnit::Nanometre);
  if (!nm) return bands;
  const auto [low, high] = std::ranges::minmax_element(*nm);
  if (*low > kVisible[2] + 20 || *high < kVisible[0] - 20) return bands;
  for (std::size_t i = 0; i < 3; ++i) {
    const auto nearest = std::ranges::min_element(
        *nm, {}, [wanted = kVisible[i]](double position) { return std::abs(position - wanted); });
    bands[i] = static_cast<std::size_t>(nearest - nm->begin());
  }
  return bands;
}

}  // namespace

ImageMapPanel::ImageMapPanel(QWidget* parent)
    : QWidget(parent),
      what_(new QComboBox),
      who_(new QComboBox),
      slider_(new QSlider(Qt::Horizontal)),
      note_(new QLabel),
      view_(new ImageMapView) {
  view_->setObjectName(QStringLiteral("imageMap"));
  what_->setObjectName(QStringLiteral("mapLayer"));
  what_->setAccessibleName(tr("What the map shows"));
  what_->setToolTip(tr("What the map shows"));
  who_->setObjectName(QStringLiteral("mapRun"));
  who_->setAccessibleName(tr("Whose results the map shows"));
  who_->setToolTip(
      tr("The active run, one that is ticked in the list of runs, or by how much that one is above the "
         "active run"));
  // Names may be long, and two of them longer.
  who_->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
  who_->setMinimumContentsLength(12);
  slider_->setObjectName(QStringLiteral("mapBandSlider"));
  slider_->setAccessibleName(tr("Band of the map"));
  slider_->setToolTip(tr("Goes through the bands of the image"));
  note_->setObjectName(QStringLiteral("mapNote"));
  note_->setWordWrap(true);
  note_->hide();
  auto* row = new QHBoxLayout;
  row->addWidget(what_);
  row->addWidget(who_);
  const std::array<QString, 3> names = {tr("R"), tr("G"), tr("B")};
  const std::array<QString, 3> said = {tr("Red, or the only one"), tr("Green"), tr("Blue")};
  for (std::size_t i = 0; i < 3; ++i) {
    colours_[i] = new QLabel(names[i]);
    pickers_[i] = new NamedSpin;
    pickers_[i]->setObjectName(QStringLiteral("mapPicker%1").arg(i));
    pickers_[i]->setAccessibleName(said[i]);
    row->addWidget(colours_[i]);
    row->addWidget(pickers_[i]);
    connect(pickers_[i], &QSpinBox::valueChanged, this, [this, i](int value) {
      if (i == 0) slider_->setValue(value);
      announce();
    });
  }
  row->addWidget(slider_, 1);
  row->addStretch(0);
  auto* all = new QVBoxLayout(this);
  all->setContentsMargins(4, 4, 4, 0);
  all->addLayout(row);
  all->addWidget(note_);
  all->addWidget(view_, 1);
  connect(slider_, &QSlider::valueChanged, pickers_[0], &QSpinBox::setValue);
  connect(what_, &QComboBox::currentIndexChanged, this, [this] {
    if (filling_) return;
    fillPickers(false);
    announce();
  });
  connect(who_, &QComboBox::currentIndexChanged, this, [this] {
    if (!filling_) fillOffers();
  });
  fillChoices();
  fillOffers();
}

void ImageMapPanel::setData(const DatasetPtr& source) {
  data_ = source && source->image_shape() ? source : nullptr;
  results_ = {};
  runs_.clear();
  active_.clear();
  titles_.clear();
  announced_ = {};
  setProblem({});
  view_->setShape(data_ ? data_->image_shape() : std::nullopt);
  {
    const QSignalBlocker quiet(what_);
    what_->setCurrentIndex(-1);
  }
  fillChoices();
  fillOffers();
}

void ImageMapPanel::setModel(std::size_t components, std::size_t nuisances, bool generates) {
  const Results results{components, nuisances, generates};
  if (results == results_) return;
  results_ = results;
  fillChoices();
  fillOffers();
}

void ImageMapPanel::setRuns(std::vector<ShownRun> runs, const QString& active) {
  keepFitting(runs, data_.get());
  runs_.clear();
  for (const ShownRun& run : runs) {
    const Prediction& prediction = run.snapshot->prediction;
    runs_.push_back({run.id,
                     run.name,
                     {prediction.composition.cols(), prediction.z.cols(), run.snapshot->model != nullptr}});
  }
  active_ = active;
  fillChoices();
  fillOffers();
  // It may be called otherwise by now.
  const LayerImagePtr image = view_->image();
  if (image && data_ && titlesOf(image->layer) != titles_) setImage(image);
}

QString ImageMapPanel::activeName() const {
  return active_.isEmpty() ? tr("the active run") : active_;
}

const ImageMapPanel::Run* ImageMapPanel::runOf(std::uint64_t id) const {
  const auto found = std::ranges::find(runs_, id, &Run::id);
  return found == runs_.end() ? nullptr : &*found;
}

ImageMapPanel::Choice ImageMapPanel::choice() const {
  const int place = who_->currentIndex();
  return place < 0 ? Choice{} : choices_[static_cast<std::size_t>(place)];
}

ImageMapPanel::Results ImageMapPanel::resultsOf(const Choice& choice) const {
  const Run* run = runOf(choice.run);
  if (run == nullptr) return results_;
  if (!choice.difference) return run->results;
  return {results_.components, std::min(results_.nuisances, run->results.nuisances),
          results_.generates && run->results.generates};
}

void ImageMapPanel::fillChoices() {
  const Choice before = choice();
  filling_ = true;
  who_->clear();
  choices_.clear();
  const auto add = [this](const Choice& choice, const QString& text) {
    choices_.push_back(choice);
    who_->addItem(text);
    who_->setItemData(who_->count() - 1, text, Qt::ToolTipRole);
  };
  add({}, activeName());
  for (const Run& run : runs_) add({run.id, false}, run.name);
  for (const Run& run : runs_)
    if (results_.components > 0 && run.results.components == results_.components)
      add({run.id, true}, tr("%1 − %2").arg(run.name, activeName()));
  const auto same = std::ranges::find(choices_, before);
  who_->setCurrentIndex(same == choices_.end() ? 0 : static_cast<int>(same - choices_.begin()));
  filling_ = false;
}

void ImageMapPanel::fillOffers() {
  using Kind = ImageLayer::Kind;
  const int before = what_->currentIndex();
  const bool had = before >= 0 && static_cast<std::size_t>(before) < offers_.size();
  const Offer current = had ? offers_[static_cast<std::size_t>(before)] : Offer{Kind::Channel, 1, {}};
  const Choice who = choice();
  const Results results = resultsOf(who);
  offers_.clear();
  if (data_) {
    offers_.push_back({Kind::Channel, 1, tr("Band")});
    offers_.push_back({Kind::Channel, 3, tr("Three bands as colours")});
    if (data_->abundances()) {
      offers_.push_back({Kind::Known, 1, tr("Known composition")});
      if (data_->components() > 2) offers_.push_back({Kind::Known, 3, tr("Known composition as colours")});
    }
    if (results.components > 0) {
      offers_.push_back({Kind::Composition, 1, tr("Composition")});
      // A difference has a sign, for which colours have no place.
      if (results.components > 2 && !who.difference)
        offers_.push_back({Kind::Composition, 3, tr("Composition as colours")});
      if (results.nuisances > 0) offers_.push_back({Kind::Nuisance, 1, tr("Nuisance z")});
      if (results.generates) offers_.push_back({Kind::Residual, 1, tr("Residual of the reconstruction")});
    }
  }
  const auto same = std::ranges::find_if(offers_, [&current](const Offer& offer) {
    return offer.kind == current.kind && offer.colours == current.colours;
  });
  const auto like = same != offers_.end() ? same : std::ranges::find(offers_, current.kind, &Offer::kind);
  filling_ = true;
  what_->clear();
  for (const Offer& offer : offers_) what_->addItem(offer.text);
  const int now =
      like == offers_.end() ? (offers_.empty() ? -1 : 0) : static_cast<int>(like - offers_.begin());
  what_->setCurrentIndex(now);
  filling_ = false;
  what_->setEnabled(!offers_.empty());
  // Rebuilding the list is no choice of the user's unless the layer on display has gone.
  fillPickers(had && same != offers_.end());
  announce();
}

QStringList ImageMapPanel::namesOf(ImageLayer::Kind kind, const Results& results) const {
  QStringList names;
  switch (kind) {
    case ImageLayer::Kind::Channel: {
      const WavelengthAxis& axis = data_->wavelength();
      const QString suffix = unitSuffix(axis.unit());
      for (std::size_t c = 0; c < axis.size(); ++c)
        names << (suffix.isEmpty() ? QString::number(c) : QString::number(axis[c], 'g', 6) + suffix);
      break;
    }
    case ImageLayer::Kind::Composition:
    case ImageLayer::Kind::Known:
      names = toStrings(data_->component_names());
      for (std::size_t k = static_cast<std::size_t>(names.size()); k < results.components; ++k)
        names << tr("component %1").arg(k + 1);
      break;
    case ImageLayer::Kind::Nuisance:
      for (std::size_t d = 0; d < results.nuisances; ++d) names << tr("z %1").arg(d + 1);
      break;
    case ImageLayer::Kind::Residual:
      names << tr("residual");
      break;
  }
  return names;
}

QStringList ImageMapPanel::titlesOf(const ImageLayer& layer) const {
  const auto& attributes = data_->provenance().attributes;
  const auto found = attributes.find("quantity");
  const QString quantity = found != attributes.end() ? QString::fromStdString(found->second) : tr("Signal");
  const QStringList names = namesOf(layer.kind, resultsOf({layer.run, layer.difference}));
  const Run* run = runOf(layer.run);
  const QString other = run != nullptr ? run->name : QString();
  // Whose it is; of the model on display the views need not say so.
  const auto whose = [&](const QString& title) {
    return layer.run == 0 ? title : tr("%1 of %2").arg(title, other);
  };
  const auto less = [&](const QString& what) { return tr("%1: %2 − %3").arg(what, other, activeName()); };
  QStringList titles;
  for (const std::size_t index : layer.index) {
    const QString name = names.value(static_cast<qsizetype>(index));
    switch (layer.kind) {
      case ImageLayer::Kind::Channel:
        titles << (unitSuffix(data_->wavelength().unit()).isEmpty() ? tr("%1, channel %2").arg(quantity, name)
                                                                    : tr("%1 at %2").arg(quantity, name));
        break;
      case ImageLayer::Kind::Composition:
        titles << (layer.difference ? tr("%1 (percentage points)").arg(less(name))
                                    : whose(tr("%1 (%)").arg(name)));
        break;
      case ImageLayer::Kind::Known:
        titles << tr("%1, known (%)").arg(name);
        break;
      case ImageLayer::Kind::Nuisance:
        titles << (layer.difference ? less(name) : whose(name));
        break;
      case ImageLayer::Kind::Residual:
        titles << (layer.difference ? less(tr("RMS residual (%1)").arg(quantity))
                                    : whose(tr("RMS residual (%1)").arg(quantity)));
        break;
    }
  }
  return titles;
}

void ImageMapPanel::fillPickers(bool keep) {
  const int place = what_->currentIndex();
  const bool any = place >= 0;
  const Offer offer =
      any ? offers_[static_cast<std::size_t>(place)] : Offer{ImageLayer::Kind::Channel, 0, {}};
  // These are the data's, and the same as before.
  if (keep && any && !ImageLayer{offer.kind, {}}.modelled()) return;
  const QStringList names = any ? namesOf(offer.kind, resultsOf(choice())) : QStringList();
  const bool channels = any && offer.kind == ImageLayer::Kind::Channel;
  std::array<std::size_t, 3> initial = {0, 1, 2};
  if (channels) {
    initial = naturalBands(data_->wavelength());
    if (offer.colours == 1) initial[0] = (data_->channels() - 1) / 2;
  }
  for (std::size_t i = 0; i < 3; ++i) {
    const QSignalBlocker quiet(pickers_[i]);
    const auto values = channels ? data_->wavelength().values() : std::span<const double>();
    pickers_[i]->setNames(names, {values.begin(), values.end()});
    if (!keep) pickers_[i]->setValue(static_cast<int>(initial[i]));
    const bool wanted = i < offer.colours && names.size() > 1;
    pickers_[i]->setVisible(wanted);
    colours_[i]->setVisible(wanted && offer.colours > 1);
  }
  const QSignalBlocker quiet(slider_);
  slider_->setRange(0, std::max(0, static_cast<int>(names.size()) - 1));
  slider_->setValue(pickers_[0]->value());
  slider_->setVisible(channels && offer.colours == 1);
}

ImageLayer ImageMapPanel::layer() const {
  const int place = what_->currentIndex();
  if (place < 0) return {};
  const Offer& offer = offers_[static_cast<std::size_t>(place)];
  ImageLayer layer{offer.kind, {}};
  if (layer.modelled()) {
    const Choice who = choice();
    layer.run = who.run;
    layer.difference = who.difference;
  }
  for (std::size_t i = 0; i < offer.colours; ++i)
    layer.index.push_back(static_cast<std::size_t>(pickers_[i]->value()));
  return layer;
}

void ImageMapPanel::announce() {
  // Bands and known compositions are nobody's, and the slider needs the room.
  who_->setVisible(!runs_.empty() && (layer().modelled() || who_->currentIndex() > 0));
  if (!data_) return;
  const ImageLayer now = layer();
  if (now == announced_) return;
  announced_ = now;
  Q_EMIT layerChosen(now);
}

void ImageMapPanel::choose(const ImageLayer& layer) {
  if (layer.modelled()) {
    const auto who = std::ranges::find(choices_, Choice{layer.run, layer.difference});
    if (who == choices_.end()) return;
    who_->setCurrentIndex(static_cast<int>(who - choices_.begin()));
  }
  const auto offer = std::ranges::find_if(offers_, [&layer](const Offer& each) {
    return each.kind == layer.kind && each.colours == layer.index.size();
  });
  if (offer == offers_.end()) return;
  what_->setCurrentIndex(static_cast<int>(offer - offers_.begin()));
  for (std::size_t i = 0; i < layer.index.size(); ++i)
    pickers_[i]->setValue(static_cast<int>(layer.index[i]));
}

void ImageMapPanel::setImage(const LayerImagePtr& image) {
  const bool percent = image && (image->layer.kind == ImageLayer::Kind::Composition ||
                                 image->layer.kind == ImageLayer::Kind::Known);
  titles_ = image && data_ ? titlesOf(image->layer) : QStringList();
  view_->setImage(image, titles_, percent ? 100 : 1);
}

void ImageMapPanel::setProblem(const QString& text) {
  note_->setText(text);
  note_->setVisible(!text.isEmpty());
}

}  // namespace assayer::ui
