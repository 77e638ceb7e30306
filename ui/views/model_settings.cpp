// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/model_settings.h"

#include <QComboBox>
#include <QFormLayout>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QLineEdit>
#include <array>

namespace assayer::ui {
namespace {

constexpr std::array kRows = {
    "nuisance_dimensions", "likelihood", "y_posterior", "temperature", "y_prior",  "z_prior",
    "reverse_z",           "alpha_c",    "flow",        "flow_layers", "samples",  "bound",
    "nonlinearity",        "hidden_y",   "hidden_z",    "hidden_x",    "hidden_zy"};

/// A value as TrainConfig::set takes it: numbers, words, or numbers separated by commas.
QString textOf(const QJsonValue& value) {
  if (value.isArray()) {
    QStringList parts;
    const QJsonArray list = value.toArray();
    for (const auto& part : list) parts.append(textOf(part));
    return parts.join(QLatin1Char(','));
  }
  return value.isDouble() ? QString::number(value.toDouble(), 'g', 12) : value.toString();
}

}  // namespace

ModelSettings::ModelSettings(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("modelSettings"));
  auto* form = new QFormLayout(this);
  form->setContentsMargins(0, 0, 0, 0);
  form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
  const std::map<std::string, QString> titles = {{"nuisance_dimensions", tr("Dimensions of z")},
                                                 {"likelihood", tr("Spectra p(x|y,z)")},
                                                 {"y_posterior", tr("Compositions q(y|x)")},
                                                 {"temperature", tr("Temperature")},
                                                 {"y_prior", tr("Prior Dir(α)")},
                                                 {"z_prior", tr("Prior of z")},
                                                 {"reverse_z", tr("z of unfeatured")},
                                                 {"alpha_c", tr("Weight of (22)")},
                                                 {"flow", tr("Flow of q(y|x)")},
                                                 {"flow_layers", tr("Layers of the flow")},
                                                 {"samples", tr("Monte Carlo samples")},
                                                 {"bound", tr("Bound")},
                                                 {"nonlinearity", tr("Nonlinearity")},
                                                 {"hidden_y", tr("Units x → y")},
                                                 {"hidden_z", tr("Units x, y → z")},
                                                 {"hidden_x", tr("Units y, z → x")},
                                                 {"hidden_zy", tr("Units y → z")}};
  for (const std::string key : kRows) {
    const QString name = QString::fromStdString(key);
    QWidget* field = nullptr;
    const auto options = TrainConfig::choices(key);
    if (options.empty()) {
      auto* line = new QLineEdit;
      line->setAlignment(Qt::AlignRight);
      connect(line, &QLineEdit::editingFinished, this, [this, line, name] {
        if (!filling_) Q_EMIT edited(name, line->text().trimmed());
      });
      values_[key] = line;
      field = line;
    } else {
      auto* box = new QComboBox;
      for (const std::string& option : options) box->addItem(QString::fromStdString(option));
      // The longest choice must not decide the width of the dock.
      box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
      box->setMinimumContentsLength(12);
      connect(box, &QComboBox::currentTextChanged, this, [this, name](const QString& text) {
        if (!filling_) Q_EMIT edited(name, text);
      });
      choices_[key] = box;
      field = box;
    }
    field->setObjectName(name);
    field->setToolTip(QString::fromStdString(TrainConfig::describe(key)));
    form->addRow(titles.at(key), field);
  }
}

void ModelSettings::setConfig(const TrainConfig& config) {
  filling_ = true;
  const QJsonObject json = QJsonDocument::fromJson(QByteArray::fromStdString(config.to_json())).object();
  for (const auto& [key, box] : choices_)
    box->setCurrentText(textOf(json.value(QString::fromStdString(key))));
  for (const auto& [key, line] : values_) line->setText(textOf(json.value(QString::fromStdString(key))));
  const bool inferred = config.reverse_z == "inferred";
  const bool relaxed = config.y_posterior == "concrete" || config.likelihood == "bernoulli";
  values_.at("temperature")->setEnabled(relaxed);
  values_.at("alpha_c")->setEnabled(inferred);
  values_.at("hidden_zy")->setEnabled(inferred);
  values_.at("flow_layers")->setEnabled(config.flow != "none");
  choices_.at("bound")->setEnabled(config.samples > 1);
  setEnabled(config.trains_networks());
  filling_ = false;
}

}  // namespace assayer::ui
