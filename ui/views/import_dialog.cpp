// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/import_dialog.h"

#include <QComboBox>
#include <QCryptographicHash>
#include <QDialogButtonBox>
#include <QFileInfo>
#include <QFormLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QScrollArea>
#include <QSettings>
#include <QSplitter>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <array>
#include <numeric>
#include <utility>

#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/texts.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui {

namespace {

/// A table of more rows helps nobody; the command line can name every field.
constexpr std::size_t kMostFields = 500;
constexpr int kDelayMs = 200;

struct RoleText {
  ImportRole role;
  const char* text;
};
constexpr std::array<RoleText, 9> kRoles = {
    {{ImportRole::Spectra, QT_TRANSLATE_NOOP("assayer::ui::ImportDialog", "Spectra")},
     {ImportRole::Wavelength, QT_TRANSLATE_NOOP("assayer::ui::ImportDialog", "Wavelength")},
     {ImportRole::Composition, QT_TRANSLATE_NOOP("assayer::ui::ImportDialog", "Composition")},
     {ImportRole::Group, QT_TRANSLATE_NOOP("assayer::ui::ImportDialog", "Group")},
     {ImportRole::Metadata, QT_TRANSLATE_NOOP("assayer::ui::ImportDialog", "Metadata")},
     {ImportRole::Endmembers, QT_TRANSLATE_NOOP("assayer::ui::ImportDialog", "Endmembers")},
     {ImportRole::BadChannels, QT_TRANSLATE_NOOP("assayer::ui::ImportDialog", "Bad channels")},
     {ImportRole::Names, QT_TRANSLATE_NOOP("assayer::ui::ImportDialog", "Names")},
     {ImportRole::Ignore, QT_TRANSLATE_NOOP("assayer::ui::ImportDialog", "Ignore")}}};

/// The same fields with the same guesses: what the user chose in the table stays.
bool sameFields(const ImportContents& a, const ImportContents& b) {
  return a.format == b.format &&
         std::ranges::equal(a.fields, b.fields, [](const auto& left, const auto& right) {
           return left.name == right.name && left.role == right.role;
         });
}

std::vector<std::filesystem::path> toPaths(const QStringList& files) {
  std::vector<std::filesystem::path> paths;
  for (const QString& file : files) paths.emplace_back(file.toStdU16String());
  return paths;
}

}  // namespace

ImportDialog::ImportDialog(QStringList paths, bool remember, QWidget* parent)
    : QDialog(parent), paths_(std::move(paths)), remember_(remember) {
  setObjectName(QStringLiteral("importDialog"));
  setWindowTitle(tr("Import"));
  build();
  resize(900, 640);
  delay_.setSingleShot(true);
  delay_.setInterval(kDelayMs);
  connect(&delay_, &QTimer::timeout, this, &ImportDialog::refresh);
  refresh();
}

void ImportDialog::build() {
  auto* layout = new QVBoxLayout(this);
  const QString first = QFileInfo(paths_.first()).fileName();
  auto* files = new QLabel(
      paths_.size() == 1 ? first : tr("%1 and %L2 more, as one data set").arg(first).arg(paths_.size() - 1));
  files->setTextFormat(Qt::PlainText);
  files->setToolTip(paths_.join(QLatin1Char('\n')));
  layout->addWidget(files);

  auto* split = new QSplitter(Qt::Horizontal);
  auto* left = new QSplitter(Qt::Vertical);
  fields_ = new QTableWidget(0, 3);
  fields_->setObjectName(QStringLiteral("importFields"));
  fields_->setHorizontalHeaderLabels({tr("Part of the file"), tr("Holds"), tr("Is")});
  fields_->verticalHeader()->hide();
  fields_->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
  fields_->setSelectionMode(QAbstractItemView::NoSelection);
  left->addWidget(fields_);
  auto* form = new QWidget;
  settings_ = new QFormLayout(form);
  unit_ = new QComboBox;
  unit_->setObjectName(QStringLiteral("importUnit"));
  unit_->addItem(tr("As the file says"), QString());
  for (const auto unit : {WavelengthUnit::Nanometre, WavelengthUnit::Micrometre,
                          WavelengthUnit::InverseCentimetre, WavelengthUnit::Channel}) {
    const std::string_view key = to_string(unit);
    unit_->addItem(coreText(axis_title(unit)),
                   QString::fromUtf8(key.data(), static_cast<qsizetype>(key.size())));
  }
  connect(unit_, &QComboBox::activated, this, [this] {
    options_.unit = parse_wavelength_unit(unit_->currentData().toString().toStdString());
    refreshSoon();
  });
  settings_->addRow(tr("Axis"), unit_);
  auto* scroll = new QScrollArea;
  scroll->setWidgetResizable(true);
  scroll->setFrameShape(QFrame::NoFrame);
  scroll->setWidget(form);
  left->addWidget(scroll);
  split->addWidget(left);

  auto* right = new QWidget;
  auto* column = new QVBoxLayout(right);
  column->setContentsMargins(0, 0, 0, 0);
  plot_ = new SpectraPlot;
  plot_->setObjectName(QStringLiteral("importPlot"));
  plot_->setEmptyText(tr("The first spectra appear here."));
  plot_->setMinimumSize(320, 240);
  column->addWidget(plot_, 1);
  summary_ = new QLabel;
  summary_->setObjectName(QStringLiteral("importSummary"));
  notes_ = new QLabel;
  notes_->setObjectName(QStringLiteral("importNotes"));
  for (QLabel* label : {summary_, notes_}) {
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    column->addWidget(label);
  }
  split->addWidget(right);
  split->setStretchFactor(0, 2);
  split->setStretchFactor(1, 3);
  split->setSizes({430, 470});
  left->setSizes({280, 300});
  layout->addWidget(split, 1);

  buttons_ = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel);
  buttons_->button(QDialogButtonBox::Ok)->setText(tr("&Import"));
  buttons_->button(QDialogButtonBox::Ok)->setEnabled(false);
  connect(buttons_, &QDialogButtonBox::accepted, this, &ImportDialog::accept);
  connect(buttons_, &QDialogButtonBox::rejected, this, &ImportDialog::reject);
  layout->addWidget(buttons_);
}

void ImportDialog::refreshSoon() {
  // What is on display no longer belongs to the choices.
  buttons_->button(QDialogButtonBox::Ok)->setEnabled(false);
  delay_.start();
}

void ImportDialog::refresh() {
  jobs_.start<ImportPreview>(
      tr("Looking at the file"),
      [paths = toPaths(paths_), options = options_](RunControl& control, const ProgressFn& /*progress*/) {
        return previewImport(paths, options, kPreviewRows, control);
      },
      [this](Result<ImportPreview>& preview) { take(preview); });
}

void ImportDialog::take(Result<ImportPreview>& preview) {
  if (!preview) {
    if (!preview.error().cancelled()) summary_->setText(errorText(preview.error()));
    Q_EMIT previewed();
    return;
  }
  kind_ = preview->kind;
  if (remember_ && !std::exchange(recalled_, true)) {
    recall();
    if (!options_.is_default()) {
      refresh();
      return;
    }
  }
  std::erase_if(options_.roles, [&](const auto& role) {
    return std::ranges::find(preview->contents.fields, role.first, &ImportField::name) ==
           preview->contents.fields.end();
  });
  const bool other = !sameFields(shown_, preview->contents);
  shown_ = preview->contents;
  if (other || fields_->rowCount() == 0) showFields(shown_);
  showSettings(shown_);

  buttons_->button(QDialogButtonBox::Ok)->setEnabled(preview->imported.has_value());
  if (!preview->imported) {
    plot_->setData(nullptr);
    summary_->setText(QString::fromStdString(preview->problem));
    notes_->clear();
  } else {
    const DatasetPtr& spectra = preview->imported->data;
    plot_->setData(spectra);
    Rows rows(spectra->rows());
    std::iota(rows.begin(), rows.end(), 0U);
    plot_->setSelection(rows);
    plot_->fit();
    const WavelengthAxis& axis = spectra->wavelength();
    const std::string_view unit = to_string(axis.unit());
    QString text = tr("%1: %L2 channels, %3 to %4 %5")
                       .arg(QString::fromStdString(preview->imported->format))
                       .arg(spectra->channels())
                       .arg(axis.values().front())
                       .arg(axis.values().back())
                       .arg(QString::fromUtf8(unit.data(), static_cast<qsizetype>(unit.size())));
    if (spectra->components() > 0) {
      text += tr("; composition of %1").arg(toStrings(spectra->component_names()).join(QStringLiteral(", ")));
    }
    summary_->setText(text);
    QStringList notes;
    for (const auto& warning : preview->imported->warnings) notes << QString::fromStdString(warning);
    notes_->setText(notes.join(QLatin1Char('\n')));
  }
  Q_EMIT previewed();
}

void ImportDialog::showFields(const ImportContents& contents) {
  const std::size_t count = std::min(contents.fields.size(), kMostFields);
  fields_->setRowCount(0);
  fields_->setRowCount(static_cast<int>(count));
  for (std::size_t i = 0; i < count; ++i) {
    const ImportField& field = contents.fields[i];
    const int row = static_cast<int>(i);
    const auto item = [](const std::string& text) {
      auto* cell = new QTableWidgetItem(QString::fromStdString(text));
      cell->setFlags(Qt::ItemIsEnabled);
      cell->setToolTip(cell->text());
      return cell;
    };
    fields_->setItem(row, 0, item(field.name));
    fields_->setItem(row, 1, item(field.form));
    auto* box = new QComboBox;
    const auto chosen = options_.roles.find(field.name);
    const ImportRole role = chosen == options_.roles.end() ? field.role : chosen->second;
    for (const auto& [each, text] : kRoles) {
      box->addItem(tr(text), static_cast<int>(each));
      if (each == role) box->setCurrentIndex(box->count() - 1);
    }
    connect(box, &QComboBox::activated, this, [this, box, name = field.name, guess = field.role] {
      const auto now = static_cast<ImportRole>(box->currentData().toInt());
      if (now == guess)
        options_.roles.erase(name);
      else
        options_.roles[name] = now;
      refreshSoon();
    });
    fields_->setCellWidget(row, 2, box);
  }
  fields_->resizeColumnToContents(1);
  fields_->setVisible(count > 0);
}

void ImportDialog::showSettings(const ImportContents& contents) {
  for (const ImportSetting& setting : contents.settings) {
    const QString name = QStringLiteral("setting:") + QString::fromStdString(setting.key);
    const QString value = QString::fromStdString(setting.value);
    const auto set = [this, key = setting.key](const QString& text) {
      options_.settings[key] = text.toStdString();
      refreshSoon();
    };
    if (setting.choices.empty()) {
      auto* edit = findChild<QLineEdit*>(name);
      if (edit == nullptr) {
        edit = new QLineEdit;
        edit->setObjectName(name);
        connect(edit, &QLineEdit::textEdited, this, set);
        settings_->addRow(coreText(setting.meaning), edit);
      }
      if (!edit->hasFocus()) edit->setText(value);
      continue;
    }
    auto* box = findChild<QComboBox*>(name);
    if (box == nullptr) {
      box = new QComboBox;
      box->setObjectName(name);
      for (const auto& choice : setting.choices) box->addItem(QString::fromStdString(choice));
      connect(box, &QComboBox::textActivated, this, set);
      settings_->addRow(coreText(setting.meaning), box);
    }
    box->setCurrentText(value);
  }
}

void ImportDialog::accept() {
  if (!buttons_->button(QDialogButtonBox::Ok)->isEnabled()) return;
  if (remember_) keep();
  QDialog::accept();
}

QString ImportDialog::settingsGroup() const {
  const QByteArray hash =
      QCryptographicHash::hash(QByteArray::fromStdString(kind_), QCryptographicHash::Sha1);
  return QStringLiteral("import/") + QString::fromLatin1(hash.toHex());
}

void ImportDialog::recall() {
  QSettings settings;
  settings.beginGroup(settingsGroup());
  const QStringList roles = settings.value(QStringLiteral("roles")).toStringList();
  for (qsizetype i = 0; i + 1 < roles.size(); i += 2)
    if (const auto role = parse_import_role(roles[i + 1].toStdString()))
      options_.roles[roles[i].toStdString()] = *role;
  const QStringList values = settings.value(QStringLiteral("settings")).toStringList();
  for (qsizetype i = 0; i + 1 < values.size(); i += 2)
    options_.settings[values[i].toStdString()] = values[i + 1].toStdString();
  const QString unit = settings.value(QStringLiteral("unit")).toString();
  options_.unit = parse_wavelength_unit(unit.toStdString());
  unit_->setCurrentIndex(std::max(0, unit_->findData(unit)));
}

void ImportDialog::keep() const {
  QSettings settings;
  settings.beginGroup(settingsGroup());
  settings.remove(QString());
  QStringList roles;
  for (const auto& [name, role] : options_.roles) {
    const std::string_view text = to_string(role);
    roles << QString::fromStdString(name)
          << QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
  }
  QStringList values;
  for (const auto& [key, value] : options_.settings)
    values << QString::fromStdString(key) << QString::fromStdString(value);
  if (!roles.isEmpty()) settings.setValue(QStringLiteral("roles"), roles);
  if (!values.isEmpty()) settings.setValue(QStringLiteral("settings"), values);
  if (options_.unit) settings.setValue(QStringLiteral("unit"), unit_->currentData());
}

}  // namespace assayer::ui
