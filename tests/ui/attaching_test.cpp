// SPDX-License-Identifier: GPL-3.0-or-later
// Compositions and endmembers from files of their own, through the menu of the real window.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <QAbstractButton>
#include <QAction>
#include <QFile>
#include <QInputDialog>
#include <QLabel>
#include <QMessageBox>

#include "core/session/project.h"
#include "tests/ui/file_dialog.h"
#include "tests/ui/ui_fixture.h"

namespace assayer::ui::testing {
namespace {

using ::testing::ElementsAre;

class AttachingWindowTest : public WindowTest {
 protected:
  MainWindow::Options windowOptions() const override {
    MainWindow::Options options = WindowTest::windowOptions();
    options.confirm_discard = true;
    return options;
  }
  void SetUp() override {
    WindowTest::SetUp();
    QByteArray table = "target,400,500,600,700,800\n";
    for (int r = 0; r < 12; ++r) {
      table += 'A' + static_cast<char>(r / 2);
      for (int c = 0; c < 5; ++c) table += ',' + QByteArray::number(0.1 * (r + 1) + 0.01 * c * c);
      table += '\n';
    }
    spectra_ = write("shots.csv", table);
  }
  [[nodiscard]] bool open(const QString& path) {
    QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
    window_->openFile(path);
    return waitFor([&] { return opened.count() == 1 && !window_->busy(); });
  }
  /// Chooses the entry and answers the dialog for the file.
  void choose(const char* action, const QString& path) {
    auto* entry = child<QAction>(action);
    ASSERT_TRUE(entry->isEnabled());
    entry->trigger();
    answerFileDialog(*window_, path);
  }
  void attach(const char* action, const QString& path) {
    QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
    ASSERT_NO_FATAL_FAILURE(choose(action, path));
    ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }))
        << window_->messageBar().text().toStdString();
  }
  [[nodiscard]] const Dataset& data() const { return *window_->session().data(); }
  [[nodiscard]] Role role(std::size_t row) const { return window_->session().session().roles()[row]; }

  QString spectra_;
};

TEST_F(AttachingWindowTest, CompositionsComeToTheOpenSpectraAndStayInTheProject) {
  for (const char* action : {"addCompositionsAction", "addEndmembersAction"})
    EXPECT_FALSE(child<QAction>(action)->isEnabled()) << action;
  ASSERT_TRUE(open(spectra_));
  const float* values = data().spectra().data();
  window_->session().setRole({1}, Role::Excluded);
  window_->session().setRole({4}, Role::HeldOut);
  const auto steps = Pipeline::parse(std::vector<std::string>{"mask:drop=4"});
  ASSERT_TRUE(steps) << steps.error().message();
  window_->session().setPipeline(*steps, QStringLiteral("mask"));

  ASSERT_NO_FATAL_FAILURE(
      attach("addCompositionsAction",
             write("known.csv", "target;quartz;mica\nA;25,5;74,5\nC;60;40\nD;10;90\nNowhere;1;99\n")));
  EXPECT_EQ(data().spectra().data(), values);
  EXPECT_THAT(data().component_names(), ElementsAre("quartz", "mica"));
  EXPECT_NEAR(data().abundances()->row(1)[0], 0.255, 1e-12);
  EXPECT_FALSE(data().labelled(2));
  // What the user chose stays, the others are suggested anew.
  EXPECT_EQ(role(1), Role::Excluded);
  EXPECT_EQ(role(4), Role::HeldOut);
  EXPECT_EQ(role(0), Role::Labelled);
  EXPECT_EQ(role(2), Role::Unlabelled);
  EXPECT_EQ(window_->session().session().pipeline(), *steps);
  // As at an import, what was assumed is said in the panel.
  const QString warnings = window_->session().warnings().join('\n');
  EXPECT_TRUE(warnings.contains("Nowhere")) << warnings.toStdString();
  EXPECT_TRUE(window_->session().session().plan());
  EXPECT_TRUE(window_->modified());

  QSignalSpy saved(window_.get(), &MainWindow::projectSaved);
  const QString project = folder_.filePath("shots.assayer");
  window_->saveProject(project);
  ASSERT_TRUE(waitFor([&] { return saved.count() == 1; }));
  EXPECT_FALSE(window_->modified());
  const std::string fingerprint = data().fingerprint();
  // All of it is in the project, although the file of the spectra could be opened again.
  ASSERT_TRUE(QFile::remove(spectra_));
  makeWindow();
  ASSERT_TRUE(open(project)) << window_->messageBar().text().toStdString();
  EXPECT_EQ(data().fingerprint(), fingerprint);
  EXPECT_TRUE(
      QString::fromStdString(data().provenance().attributes.at("compositions_from")).endsWith("known.csv"));
  RunControl control;
  const auto read = read_project(project.toStdString(), control);
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_FALSE(read->data_reopen);
}

TEST_F(AttachingWindowTest, NoRunBeginsWhileTheSessionMayBeReplaced) {
  ASSERT_TRUE(openSample());
  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  window_->openFile(spectra_);
  EXPECT_FALSE(window_->startTraining());
  EXPECT_TRUE(window_->messageBar().text().contains("is not done yet"))
      << window_->messageBar().text().toStdString();
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  EXPECT_TRUE(window_->runs().runs().empty());
}

TEST_F(AttachingWindowTest, APartThatWasNotMeasuredIsAskedFor) {
  ASSERT_TRUE(open(spectra_));
  const QString known = write("oxides.csv", "target,SiO2,MgO\nA,45,20\nB,50,10\n");
  const DatasetPtr before = window_->session().data();
  ASSERT_NO_FATAL_FAILURE(choose("addCompositionsAction", known));
  QInputDialog* dialog = nullptr;
  ASSERT_TRUE(waitFor([&] {
    dialog = window_->findChild<QInputDialog*>(QStringLiteral("restDialog"));
    return dialog != nullptr && dialog->isVisible();
  }));
  EXPECT_TRUE(dialog->labelText().contains("0.6 … 0.65")) << dialog->labelText().toStdString();
  dialog->reject();
  QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
  EXPECT_FALSE(window_->busy());
  EXPECT_EQ(window_->session().data(), before);

  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  ASSERT_NO_FATAL_FAILURE(choose("addCompositionsAction", known));
  ASSERT_TRUE(waitFor([&] {
    dialog = window_->findChild<QInputDialog*>(QStringLiteral("restDialog"));
    return dialog != nullptr && dialog->isVisible();
  }));
  dialog->setTextValue(QStringLiteral("FeO and others"));
  dialog->accept();
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  EXPECT_THAT(data().component_names(), ElementsAre("SiO2", "MgO", "FeO and others"));
  EXPECT_NEAR(data().abundances()->row(0)[2], 0.35, 1e-12);
}

TEST_F(AttachingWindowTest, WhatDoesNotMatchIsSaidInTheBar) {
  ASSERT_TRUE(open(spectra_));
  const DatasetPtr before = window_->session().data();
  QSignalSpy failed(window_.get(), &MainWindow::failed);
  ASSERT_NO_FATAL_FAILURE(
      choose("addCompositionsAction", write("others.csv", "target,q,p\nX,0.5,0.5\nY,1,0\n")));
  ASSERT_TRUE(waitFor([&] { return failed.count() == 1; }));
  const QString said = window_->messageBar().text();
  EXPECT_TRUE(said.contains("others.csv") && said.contains("\"X\"") && said.contains("\"A\""))
      << said.toStdString();
  ASSERT_NO_FATAL_FAILURE(
      choose("addEndmembersAction", write("short.csv", "nm,q,p\n400,1,2\n500,2,3\n600,1,1\n")));
  ASSERT_TRUE(waitFor([&] { return failed.count() == 2; }));
  EXPECT_TRUE(window_->messageBar().text().contains("do not cover"));
  EXPECT_EQ(window_->session().data(), before);
  EXPECT_FALSE(window_->modified());
}

TEST_F(AttachingWindowTest, EndmembersLeaveRolesAndSettingsAsTheyAre) {
  ASSERT_TRUE(open(spectra_));
  ASSERT_NO_FATAL_FAILURE(
      attach("addCompositionsAction", write("known.csv", "target,q,p\nA,0.25,0.75\nC,0.6,0.4\nD,1,0\n")));
  window_->session().setRole({0}, Role::HeldOut);
  window_->session().setRole({6}, Role::Excluded);
  window_->session().setUnfeatured(Matrix<double>({0.5, 0.5}, 1, 2), QStringLiteral("one"));
  setSetting("epochs", "77");
  const Session was = window_->session().session();
  // Nothing is asked: no run would be lost.
  ASSERT_NO_FATAL_FAILURE(attach(
      "addEndmembersAction", write("pure.csv", "nm,p,q\n400,1,6\n500,2,7\n600,3,8\n700,4,9\n800,5,10\n")));
  EXPECT_EQ(window_->findChild<QMessageBox*>(QStringLiteral("unsavedBox")), nullptr);
  ASSERT_TRUE(data().endmembers());
  EXPECT_EQ((*data().endmembers())(0, 1), 7.0F);
  EXPECT_EQ((*data().endmembers())(1, 4), 5.0F);
  const Session& now = window_->session().session();
  EXPECT_EQ(now.roles(), was.roles());
  EXPECT_EQ(now.unfeatured(), was.unfeatured());
  EXPECT_EQ(now.config(), was.config());
}

TEST_F(AttachingWindowTest, RunsAreAskedAboutBeforeTheyGo) {
  ASSERT_TRUE(openSample());
  setSetting("method", "untapped");
  setSetting("epochs", "5");
  ASSERT_TRUE(window_->startTraining()) << window_->messageBar().text().toStdString();
  for (const char* action : {"addCompositionsAction", "addEndmembersAction"})
    EXPECT_FALSE(child<QAction>(action)->isEnabled()) << action;
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
  ASSERT_EQ(window_->runs().runs().size(), 1U);

  QByteArray table = "first,second,third\n";
  for (std::size_t r = 0; r < data().rows(); ++r) table += "0.5,0.25,0.25\n";
  const QString known = write("known.csv", table);
  const auto question = [&]() -> QMessageBox* {
    QMessageBox* box = nullptr;
    EXPECT_TRUE(waitFor([&] {
      box = window_->findChild<QMessageBox*>(QStringLiteral("unsavedBox"));
      return box != nullptr && box->isVisible();
    }));
    return box;
  };
  ASSERT_NO_FATAL_FAILURE(choose("addCompositionsAction", known));
  QMessageBox* box = question();
  ASSERT_NE(box, nullptr);
  QTest::mouseClick(box->button(QMessageBox::Cancel), Qt::LeftButton);
  QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
  EXPECT_EQ(window_->runs().runs().size(), 1U);

  QSignalSpy opened(window_.get(), &MainWindow::sessionOpened);
  ASSERT_NO_FATAL_FAILURE(choose("addCompositionsAction", known));
  box = question();
  ASSERT_NE(box, nullptr);
  QTest::mouseClick(box->button(QMessageBox::Discard), Qt::LeftButton);
  ASSERT_TRUE(waitFor([&] { return opened.count() == 1 && !window_->busy(); }));
  EXPECT_TRUE(window_->runs().runs().empty());
  EXPECT_THAT(data().component_names(), ElementsAre("first", "second", "third"));
  EXPECT_TRUE(window_->projectPath().isEmpty());
}

}  // namespace
}  // namespace assayer::ui::testing
