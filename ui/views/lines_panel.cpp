// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/lines_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDoubleSpinBox>
#include <QEvent>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>
#include <array>

#include "ui/views/palette.h"
#include "ui/views/small_font.h"

namespace assayer::ui {
namespace {

/// Period by period, in the columns of the long form; a hyphen is an empty place. Lanthanides and actinides,
/// which have no lines here, are left out.
constexpr std::array<const char*, 6> kPeriods = {"H - - - - - - - - - - - - - - - - He",
                                                 "Li Be - - - - - - - - - - B C N O F Ne",
                                                 "Na Mg - - - - - - - - - - Al Si P S Cl Ar",
                                                 "K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr",
                                                 "Rb Sr Y Zr Nb Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe",
                                                 "Cs Ba - Hf Ta W Re Os Ir Pt Au Hg Tl Pb Bi Po At Rn"};
constexpr int kCell = 19;  // pixels at the usual font

}  // namespace

LinesPanel::LinesPanel(QWidget* parent)
    : QWidget(parent),
      medium_(new QComboBox),
      peaks_(new QCheckBox(tr("Name peaks above"))),
      share_(new QDoubleSpinBox),
      note_(new QLabel) {
  setObjectName(QStringLiteral("linesPanel"));
  auto* table = new QGridLayout;
  table->setSpacing(1);
  const std::vector<std::string> known = elementsWithLines();
  const QFont small = smallFont(font(), 2);
  for (std::size_t period = 0; period < kPeriods.size(); ++period) {
    const QStringList symbols = QString::fromLatin1(kPeriods[period]).split(QLatin1Char(' '));
    for (qsizetype column = 0; column < symbols.size(); ++column) {
      const QString& symbol = symbols[column];
      if (symbol == QLatin1String("-")) continue;
      QWidget* cell = nullptr;
      if (std::ranges::find(known, symbol.toStdString()) != known.end()) {
        auto* button = new QToolButton;
        button->setObjectName(QStringLiteral("element%1").arg(symbol));
        button->setText(symbol);
        button->setCheckable(true);
        button->setAccessibleName(tr("Lines of %1").arg(symbol));
        button->setToolTip(tr("Draw the strong lines of %1").arg(symbol));
        button->setFocusPolicy(Qt::StrongFocus);
        connect(button, &QToolButton::toggled, this, [this] {
          styleButtons();
          Q_EMIT changed();
        });
        buttons_[symbol.toStdString()] = button;
        cell = button;
      } else {
        // Faint, so that the table has its shape.
        auto* label = new QLabel(symbol);
        label->setAlignment(Qt::AlignCenter);
        label->setEnabled(false);
        cell = label;
      }
      cell->setFont(small);
      cell->setMinimumSize(kCell, kCell);
      cell->setMaximumSize(2 * kCell, kCell + 4);
      cell->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
      table->addWidget(cell, static_cast<int>(period), static_cast<int>(column));
    }
  }
  medium_->setObjectName(QStringLiteral("linesMedium"));
  medium_->addItems({tr("vacuum"), tr("air")});
  medium_->setToolTip(tr("In what the data's wavelengths are; ChemCam's are in vacuum"));
  medium_->setAccessibleName(tr("Medium of the wavelengths"));
  peaks_->setObjectName(QStringLiteral("linesPeaks"));
  peaks_->setChecked(true);
  peaks_->setToolTip(
      tr("Find the peaks of the selected or generated spectrum and name each by the nearest line, within two "
         "channels: of the chosen elements, or of all while none is chosen and channels are close enough to "
         "tell lines apart"));
  share_->setObjectName(QStringLiteral("linesShare"));
  share_->setRange(0.1, 100);
  share_->setDecimals(1);
  share_->setValue(3);
  share_->setSuffix(tr(" % of the highest"));
  share_->setAccessibleName(tr("Least height of a named peak"));
  note_->setObjectName(QStringLiteral("linesNote"));
  note_->setWordWrap(true);
  auto* source = new QLabel(
      tr("Wavelengths after the NIST Atomic Spectra Database, doi:10.18434/T4W30F; strong lines between 240 "
         "and 906 nm."));
  source->setWordWrap(true);
  source->setFont(small);
  auto* choices = new QHBoxLayout;
  choices->addWidget(new QLabel(tr("Wavelengths in")));
  choices->addWidget(medium_);
  choices->addStretch(1);
  auto* naming = new QHBoxLayout;
  naming->addWidget(peaks_);
  naming->addWidget(share_);
  naming->addStretch(1);
  auto* column = new QVBoxLayout(this);
  column->addLayout(table);
  column->addLayout(choices);
  column->addLayout(naming);
  column->addWidget(note_);
  column->addStretch(1);
  column->addWidget(source);
  connect(medium_, &QComboBox::currentIndexChanged, this, &LinesPanel::changed);
  connect(peaks_, &QCheckBox::toggled, this, &LinesPanel::changed);
  connect(share_, &QDoubleSpinBox::valueChanged, this, &LinesPanel::changed);
  styleButtons();
}

QToolButton* LinesPanel::button(const std::string& element) const {
  const auto found = buttons_.find(element);
  return found == buttons_.end() ? nullptr : found->second;
}

std::vector<std::string> LinesPanel::elements() const {
  std::vector<std::string> chosen;
  for (const auto& [element, button] : buttons_)
    if (button->isChecked()) chosen.push_back(element);
  return chosen;
}

Medium LinesPanel::medium() const {
  return medium_->currentIndex() == 1 ? Medium::Air : Medium::Vacuum;
}

bool LinesPanel::namesPeaks() const {
  return peaks_->isChecked();
}

double LinesPanel::share() const {
  return share_->value() / 100;
}

QColor LinesPanel::colourOf(const std::string& element) const {
  // By place in the table, so that an element keeps its colour.
  const auto place = static_cast<std::size_t>(std::distance(buttons_.begin(), buttons_.find(element)));
  return categoryColour(place, Theme::from(palette()).dark);
}

void LinesPanel::setNote(const QString& text) {
  note_->setText(text);
}

void LinesPanel::styleButtons() {
  for (const auto& [element, button] : buttons_) {
    const QColor colour = colourOf(element);
    button->setStyleSheet(
        button->isChecked() ? QStringLiteral("QToolButton { background: %1; color: %2; border-radius: 3px; }")
                                  .arg(colour.name(), colour.lightness() > 140 ? QStringLiteral("black")
                                                                               : QStringLiteral("white"))
                            : QString());
  }
}

void LinesPanel::changeEvent(QEvent* event) {
  QWidget::changeEvent(event);
  if (event->type() == QEvent::PaletteChange) styleButtons();
}

}  // namespace assayer::ui
