// SPDX-License-Identifier: GPL-3.0-or-later
// Importing and exporting through the real window and its dialog.
#include <gtest/gtest.h>

#include <QComboBox>
#include <QDialogButtonBox>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSettings>
#include <QTableWidget>

#include "core/io/importer.h"
#include "tests/ui/ui_fixture.h"
#include "ui/views/import_dialog.h"
#include "ui/views/spectra_plot.h"

namespace assayer::ui::testing {
namespace {

class ImportTest : public WindowTest {
 protected:
  void SetUp() override {
    WindowTest::SetUp();
    QSettings().clear();
    table_ = write("table.csv",
                   "sample,site,olivine,rest,400,500,600\na,1,25,75,0.1,0.2,0.3\nb,2,60,40,0.3,0.2,0.1\n"
                   "c,2,100,0,0.3,0.1,0.2\n");
  }
  void TearDown() override {
    WindowTest::TearDown();
    QSettings().clear();
  }
  static bool ready(const ImportDialog& dialog) {
    return waitFor([&] { return dialog.upToDate(); });
  }
  /// Chooses an entry as a click does.
  static void choose(QComboBox* box, const QString& text) {
    ASSERT_NE(box, nullptr);
    const int index = box->findText(text);
    ASSERT_GE(index, 0) << text.toStdString();
    box->setFocus();
    box->setCurrentIndex(index);
    Q_EMIT box->activated(index);
    Q_EMIT box->textActivated(text);
  }
  static QComboBox* roleOf(const ImportDialog& dialog, const QString& field) {
    auto* table = dialog.findChild<QTableWidget*>(QStringLiteral("importFields"));
    for (int row = 0; row < table->rowCount(); ++row)
      if (table->item(row, 0)->text() == field) return qobject_cast<QComboBox*>(table->cellWidget(row, 2));
    return nullptr;
  }
  static QString text(const ImportDialog& dialog, const char* label) {
    return dialog.findChild<QLabel*>(QString::fromLatin1(label))->text();
  }
  QString table_;
};

TEST_F(ImportTest, GuessesAreShownWithTheFirstSpectra) {
  ImportDialog dialog({table_}, false);
  dialog.show();
  ASSERT_TRUE(ready(dialog));
  EXPECT_EQ(roleOf(dialog, "olivine")->currentText(), "Composition");
  EXPECT_EQ(roleOf(dialog, "400..600")->currentText(), "Spectra");
  EXPECT_EQ(dialog.findChild<QComboBox*>("setting:delimiter")->currentText(), "comma");
  EXPECT_TRUE(text(dialog, "importSummary").contains("3 channels, 400 to 600 nm"));
  EXPECT_TRUE(text(dialog, "importNotes").contains("percent"));
  EXPECT_EQ(dialog.findChild<SpectraPlot*>("importPlot")->table().header.size(), 4);
  EXPECT_TRUE(dialog.options().is_default());
}

TEST_F(ImportTest, WhatIsChangedIsReadAndRemembered) {
  {
    ImportDialog dialog({table_}, true);
    dialog.show();
    ASSERT_TRUE(ready(dialog));
    choose(roleOf(dialog, "site"), "Group");
    choose(dialog.findChild<QComboBox*>("importUnit"), QString::fromUtf8("Wavelength (\xC2\xB5m)"));
    EXPECT_FALSE(dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->isEnabled());
    ASSERT_TRUE(ready(dialog));
    EXPECT_TRUE(text(dialog, "importSummary").contains("um"));
    QTest::mouseClick(dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok), Qt::LeftButton);
    EXPECT_EQ(dialog.result(), QDialog::Accepted);
    EXPECT_EQ(dialog.options().roles.at("site"), ImportRole::Group);
  }
  ImportDialog again({table_}, true);
  ASSERT_TRUE(ready(again));
  EXPECT_EQ(again.options().roles.at("site"), ImportRole::Group);
  EXPECT_EQ(again.options().unit, WavelengthUnit::Micrometre);
  EXPECT_EQ(roleOf(again, "site")->currentText(), "Group");
  // Another kind of file has choices of its own.
  ImportDialog other({write("other.csv", "nm,x\n400,1\n500,2\n600,3\n")}, true);
  ASSERT_TRUE(ready(other));
  EXPECT_TRUE(other.options().is_default());
}

TEST_F(ImportTest, OrientationChangesTheFields) {
  ImportDialog dialog({write("columns.csv", "nm,1,2\n400,1,2\n500,3,4\n600,5,7\n")}, false);
  dialog.show();
  ASSERT_TRUE(ready(dialog));
  EXPECT_EQ(roleOf(dialog, "nm")->currentText(), "Wavelength");
  choose(dialog.findChild<QComboBox*>("setting:spectra_in"), "rows");
  ASSERT_TRUE(ready(dialog));
  EXPECT_EQ(roleOf(dialog, "nm")->currentText(), "Metadata");
}

TEST_F(ImportTest, WhatCannotBeReadSaysWhyAndIsNotImported) {
  ImportDialog dialog({table_}, false);
  ASSERT_TRUE(ready(dialog));
  choose(roleOf(dialog, "400..600"), "Ignore");
  ASSERT_TRUE(ready(dialog));
  EXPECT_TRUE(text(dialog, "importSummary").contains("no column holds spectra"));
  EXPECT_FALSE(dialog.findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok)->isEnabled());
  ImportDialog broken({write("words.csv", "only,words\n")}, false);
  ASSERT_TRUE(ready(broken));
  EXPECT_TRUE(text(broken, "importSummary").contains("no table of numbers"));
}

TEST_F(ImportTest, TheWindowOpensWhatTheDialogSays) {
  window_->importFiles({table_});
  auto* dialog = child<ImportDialog>("importDialog");
  ASSERT_NE(dialog, nullptr);
  ASSERT_TRUE(ready(*dialog));
  choose(roleOf(*dialog, "site"), "Group");
  ASSERT_TRUE(ready(*dialog));
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  dialog->accept();
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1; }));
  ASSERT_TRUE(window_->session().data()->groups());
  EXPECT_EQ(window_->session().data()->groups()->names.size(), 2U);
}

TEST_F(ImportTest, SeveralFilesAndTheWayBackOut) {
  const QStringList files = {write("a.txt", "400 1\n500 2\n600 3\n"),
                             write("b.txt", "400 4\n500 5\n600 6\n")};
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFiles(files, {});
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1; }));
  EXPECT_EQ(window_->session().data()->rows(), 2U);
  QSignalSpy written(window_.get(), &MainWindow::dataExported);
  const QString out = folder_.filePath("out.csv");
  window_->exportData(out);
  ASSERT_TRUE(waitFor([&] { return written.count() == 1; }));
  const QString fingerprint = QString::fromStdString(window_->session().data()->fingerprint());
  window_->openFile(out);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 2; }));
  EXPECT_EQ(QString::fromStdString(window_->session().data()->fingerprint()), fingerprint);
}

}  // namespace
}  // namespace assayer::ui::testing
