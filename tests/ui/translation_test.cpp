// SPDX-License-Identifier: GPL-3.0-or-later
// Every text that the window shows can be translated, and a translation is found.
#include <gtest/gtest.h>

#include <QContextMenuEvent>
#include <QFile>
#include <QFileInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QSet>
#include <QStatusBar>
#include <QTextDocument>
#include <QTextDocumentFragment>
#include <QTranslator>
#include <QXmlStreamReader>
#include <array>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/preprocess/pipeline.h"
#include "core/train/objective_terms.h"
#include "tests/ui/shown_texts.h"
#include "tests/ui/ui_fixture.h"
#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/translation.h"
#include "ui/views/figure_dialog.h"
#include "ui/views/message_bar.h"
#include "ui/views/unfeatured_dialog.h"

namespace assayer::ui::testing {
namespace {

// Brackets that no text of ours has.
constexpr QChar kOpen(0x27E6);
constexpr QChar kClose(0x27E7);

/// Puts brackets around every text that anybody asks for, and notes who asked.
class Brackets final : public QTranslator {
 public:
  using Asked = std::set<std::pair<std::string, std::string>>;  ///< context and text

  QString translate(const char* context, const char* text, const char* /*disambiguation*/,
                    int /*n*/) const override {
    if (text == nullptr || *text == '\0') return {};
    // Workers ask, too.
    const std::lock_guard lock(mutex_);
    asked_.emplace(context, text);
    return kOpen + QString::fromUtf8(text) + kClose;
  }
  [[nodiscard]] bool isEmpty() const override { return false; }
  [[nodiscard]] Asked asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }

 private:
  mutable std::mutex mutex_;
  mutable Asked asked_;
};

/// Shorter ones, and those of Greek letters, are units, symbols and the names of axes.
const QRegularExpression kWord(QStringLiteral("\\p{Latin}{3,}"));

QStringList wordsOf(const QString& text) {
  QStringList words;
  for (auto it = kWord.globalMatch(text); it.hasNext();) words << it.next().captured();
  return words;
}

QString toQString(std::string_view text) {
  return QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size()));
}

/// What is the same in every language.
class Names {
 public:
  Names() {
    for (const std::string& key : TrainConfig::keys()) {
      whole_ << QString::fromStdString(key);
      for (const std::string& choice : TrainConfig::choices(key)) whole_ << QString::fromStdString(choice);
    }
    for (const StepInfo& kind : step_kinds()) {
      whole_ << toQString(kind.name);
      for (const ParameterInfo& parameter : kind.parameters) {
        whole_ << toQString(parameter.key);
        for (const std::string_view choice : parameter.choices) whole_ << toQString(choice);
      }
    }
    for (const Recipe& recipe : recipes()) whole_ << toQString(recipe.name);
    for (const Term term : kTerms) whole_ << toQString(name(term));
  }

  void addData(const Dataset& data) {
    for (const std::string& component : data.component_names()) addWords(component);
    for (const std::string& endmember : data.endmember_names()) addWords(endmember);
    if (data.groups())
      for (const std::string& group : data.groups()->names) addWords(group);
    for (const MetadataColumn& column : data.metadata()) addWords(column.name);
    addWords(data.provenance().format);
    const auto quantity = data.provenance().attributes.find("quantity");
    if (quantity != data.provenance().attributes.end()) addWords(quantity->second);
  }

  /// Words of `text` that are neither in brackets nor names.
  [[nodiscard]] QStringList untranslated(const QString& text) const {
    const QString plain =
        Qt::mightBeRichText(text) ? QTextDocumentFragment::fromHtml(text).toPlainText() : text;
    QString outside;
    int depth = 0;
    for (const QChar c : plain) {
      if (c == kOpen) ++depth;
      if (depth == 0) outside += c;
      // A tip may be the first sentence of another, whose end is elsewhere.
      if (c == kClose && depth > 0 && --depth == 0) outside += QLatin1Char(' ');
    }
    QStringList words;
    for (const QString& part : outside.split(QStringLiteral(", ")))
      if (!whole_.contains(part.trimmed())) words << wordsOf(part);
    words.removeIf([this](const QString& word) { return words_.contains(word); });
    return words;
  }

 private:
  void addWords(const std::string& name) {
    for (const QString& word : wordsOf(QString::fromStdString(name))) words_ << word;
  }

  QSet<QString> whole_;  ///< keys: on their own, or in a list
  QSet<QString> words_;  ///< of names of the data, which stand beside numbers
};

/// What the file says of itself, and citations.
bool isQuoted(const ShownText& shown) {
  const std::string_view kind = shown.kind;
  return (shown.object == QLatin1String("dataNotes") && kind == "text") ||
         (shown.object == QLatin1String("dataName") && kind == "tool tip") ||
         (shown.object == QLatin1String("stepMeaning") && kind == "tool tip");
}

class TranslationTest : public WindowTest {
 protected:
  void SetUp() override {
    ASSERT_TRUE(QCoreApplication::installTranslator(&brackets_));
    WindowTest::SetUp();
  }
  void TearDown() override {
    WindowTest::TearDown();
    QCoreApplication::removeTranslator(&brackets_);
  }

  void expectTranslated(const QString& text, const std::string& where) {
    const QStringList words = names_.untranslated(text);
    if (words.isEmpty() || reported_.contains(text)) return;
    reported_ << text;
    ADD_FAILURE() << where << ": \"" << text.toStdString() << "\" is not translated ("
                  << words.join(QStringLiteral(", ")).toStdString() << ')';
  }
  void expectTranslated(const QWidget& root, const std::string& when) {
    const ShownTexts texts(root);
    EXPECT_FALSE(texts.all().empty());
    for (const ShownText& shown : texts.all())
      if (!isQuoted(shown))
        expectTranslated(shown.text, when + ", " + shown.object.toStdString() + ", " + shown.kind);
  }
  void expectMenusTranslated() {
    int opened = 0;
    for (PlotView* plot : window_->findChildren<PlotView*>()) {
      if (!plot->isVisible()) continue;
      QContextMenuEvent event(QContextMenuEvent::Keyboard, plot->rect().center(), QPoint(3, 3));
      QCoreApplication::sendEvent(plot, &event);
      for (QMenu* menu : plot->findChildren<QMenu*>(QString(), Qt::FindDirectChildrenOnly)) {
        expectTranslated(*menu, "menu of " + plot->objectName().toStdString());
        menu->close();
        ++opened;
      }
      QCoreApplication::sendPostedEvents(nullptr, QEvent::DeferredDelete);
    }
    EXPECT_GE(opened, 4);
  }

  Brackets brackets_;
  Names names_;
  QSet<QString> reported_;
};

TEST_F(TranslationTest, TheBracketsTellWhatBypassesThem) {
  EXPECT_EQ(names_.untranslated(QStringLiteral("Open the file")), QStringList({"Open", "the", "file"}));
  EXPECT_EQ(names_.untranslated(kOpen + QStringLiteral("Open") + kClose + QStringLiteral(" (of guided)")),
            QStringList({"guided"}));
  EXPECT_EQ(names_.untranslated(QStringLiteral("pls, guided")), QStringList());
  EXPECT_EQ(names_.untranslated(kOpen + QStringLiteral("%1 of ") + kOpen + QStringLiteral("x") + kClose +
                                QStringLiteral(" rows") + kClose + QStringLiteral(" 12 nm")),
            QStringList());
  EXPECT_EQ(names_.untranslated(QStringLiteral("<p><b>Bold</b>&nbsp;") + kOpen + QStringLiteral("b") +
                                kClose + QStringLiteral("</p>")),
            QStringList({"Bold"}));
}

TEST_F(TranslationTest, EveryTextOfTheWindowGoesThroughIt) {
  expectTranslated(*window_, "without data");
  ASSERT_TRUE(openSample());
  names_.addData(*window_->session().data());
  expectTranslated(*window_, "with the sample");
  expectMenusTranslated();
  expectTranslated(window_->statusBar()->currentMessage(), "status bar");

  const std::array<std::string, 2> steps = {"snv", "log"};
  const auto pipeline = Pipeline::parse(steps);
  ASSERT_TRUE(pipeline);
  window_->session().setPipeline(*pipeline, QStringLiteral("⟦two steps⟧"));
  auto* notes = child<QLabel>("pipelineNotes");
  ASSERT_TRUE(waitFor([&] { return notes->text().contains(QStringLiteral("log")); }));
  expectTranslated(*window_, "with steps");
  window_->session().setPipeline({}, QStringLiteral("⟦no steps⟧"));
  ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
}

TEST_F(TranslationTest, SoDoWarningsAdviceAndResultsOfARun) {
  ASSERT_TRUE(openSample());
  names_.addData(*window_->session().data());
  setSetting("method", "m2");
  setSetting("epochs", "3");
  // Few enough to be warned of, before the run and by it.
  setSetting("max_labelled", "5");
  QSignalSpy warned(&window_->training(), &TrainingController::warned);
  ASSERT_TRUE(window_->startTraining()) << window_->messageBar().text().toStdString();
  EXPECT_TRUE(window_->messageBar().text().contains(QStringLiteral("max_labelled")));
  expectTranslated(window_->messageBar().text(), "warning before a run");
  ASSERT_TRUE(waitUntilFinished());
  ASSERT_FALSE(window_->training().error()) << window_->training().error()->message();
  ASSERT_TRUE(waitFor([&] { return !window_->busy(); }));
  ASSERT_FALSE(warned.isEmpty());
  for (const QList<QVariant>& call : warned) expectTranslated(call.front().toString(), "advice");
  expectTranslated(*window_, "after a run");
}

TEST_F(TranslationTest, SoDoDialogs) {
  const UnfeaturedDialog unfeatured(3, 12);
  expectTranslated(unfeatured, "unfeatured points");
  const FigureDialog figure(QSize(640, 480), 96);
  expectTranslated(figure, "export of a figure");
}

/// What packaging/translations lists is under the very names by which the window asks.
TEST_F(TranslationTest, TheListForTranslatorsHoldsWhatTheWindowAsksFor) {
  if (!QFileInfo::exists(QStringLiteral("/usr/lib/qt6/bin/lupdate")))
    GTEST_SKIP() << "lupdate of Qt 6 is not installed (package qt6-l10n-tools)";
  QProcess script;
  script.setProcessChannelMode(QProcess::MergedChannels);
  script.start(
      QStringLiteral(ASSAYER_TEST_DIR "/../packaging/translations"),
      {QStringLiteral("--no-install"), QStringLiteral("--output"), folder_.path(), QStringLiteral("de")});
  ASSERT_TRUE(script.waitForFinished(120000));
  ASSERT_EQ(script.exitCode(), 0) << script.readAll().toStdString();
  QFile file(folder_.filePath(QStringLiteral("assayer_de.ts")));
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  Brackets::Asked listed;
  std::string context;
  for (QXmlStreamReader xml(&file); !xml.atEnd();) {
    if (xml.readNext() != QXmlStreamReader::StartElement) continue;
    if (xml.name() == QLatin1String("name")) context = xml.readElementText().toStdString();
    if (xml.name() == QLatin1String("source")) listed.emplace(context, xml.readElementText().toStdString());
  }
  EXPECT_GT(listed.size(), 1000U);

  ASSERT_TRUE(openSample());
  std::size_t compared = 0;
  for (const auto& [where, text] : brackets_.asked()) {
    // The others are Qt's own. Errors that were put together from values are in no list.
    if (!where.starts_with("assayer::") || where == "assayer::Error") continue;
    ++compared;
    EXPECT_TRUE(listed.contains({where, text})) << where << ": " << text;
  }
  EXPECT_GT(compared, 300U);
}

// ------------------------------------------------------------------------------ texts of the core

TEST(CoreTexts, AnErrorReadsAsTheCoreWritesIt) {
  const auto error = [](std::string where, std::string expected, std::string found, std::string mend) {
    return Error{Error::Kind::Data,   "it is %1 broken", std::move(where),
                 std::move(expected), std::move(found),  std::move(mend)};
  };
  for (const Error& one : {error("", "", "", ""), error("a.h5", "", "", ""),
                           error("a.h5", "one", "two", "Mend it."), error("", "one", "", "Mend it."),
                           error("line 3", "", "two\nlines\t%2", ""), error("a%1.h5: %3", "%2", "%1", "%4")})
    EXPECT_EQ(errorText(one).toStdString(), one.message());
}

TEST(CoreTexts, ASettingReadsAsTheCoreDescribesIt) {
  for (const std::string& key : TrainConfig::keys())
    EXPECT_EQ(settingText(key).toStdString(), TrainConfig::describe(key));
  EXPECT_TRUE(settingText("no such key").isEmpty());
}

TEST(CoreTexts, PartsOfASentenceAreTranslatedAndNamesAreNot) {
  Brackets brackets;
  QCoreApplication::installTranslator(&brackets);
  const Message message = Message::sentence("{}: {}", {"snv", Message::sentence("{} rows", {3})});
  EXPECT_EQ(coreText(message), QStringLiteral("⟦snv: ⟦3 rows⟧⟧"));
  EXPECT_EQ(coreText(Message::verbatim("as it is")), "as it is");
  EXPECT_EQ(coreText(std::string_view()), QString());
  const Error error{Error::Kind::Data, "broken", "a.h5", "one", "two", "Mend it."};
  EXPECT_EQ(errorText(error), QStringLiteral("⟦⟦⟦a.h5: ⟦broken⟧⟧: expected ⟦one⟧, found two⟧. ⟦Mend it.⟧⟧"));
  QCoreApplication::removeTranslator(&brackets);
}

// ------------------------------------------------------------------------------ files of translations

/// Made by lrelease 6.4: in assayer::ui::MainWindow "&File" is "&Datei", in assayer::Message "{} of {}" is
/// "von {1}: {0}".
constexpr const char* kGerman =
    "PLhkGMrvnJXNIRy/YKG93acAAAACZGVCAAAAEAAq0CUAAABFD3WQDQAAAABpAAAAggMAAAAYAHYAbwBuACAAewAxAH0AOgAg"
    "AHsAMAB9CAAAAAAGAAAACHt9IG9mIHt9BwAAABBhc3NheWVyOjpNZXNzYWdlAQMAAAAMACYARABhAHQAZQBpCAAAAAAGAAAA"
    "BSZGaWxlBwAAABdhc3NheWVyOjp1aTo6TWFpbldpbmRvdwGIAAAAAgEB";

class TranslationFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(folder_.isValid());
    QFile file(folder_.filePath(QStringLiteral("assayer_de.qm")));
    ASSERT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(QByteArray::fromBase64(kGerman));
  }
  static QString menu() { return QCoreApplication::translate("assayer::ui::MainWindow", "&File"); }

  QTemporaryDir folder_;
};

TEST_F(TranslationFiles, TheUsersFirstLanguageThatThereIsCounts) {
  {
    Translation translation({folder_.path() + QStringLiteral("/none"), folder_.path()});
    EXPECT_EQ(translation.install({QStringLiteral("fr-FR"), QStringLiteral("fr"), QStringLiteral("de-CH")}),
              "de-CH");
    EXPECT_EQ(menu(), "&Datei");
    // The values of a sentence follow their places.
    EXPECT_EQ(coreText(Message::sentence("{} of {}", {3, 12})), "von 12: 3");
  }
  EXPECT_EQ(menu(), "&File");
}

TEST_F(TranslationFiles, EnglishNeedsNoneAndEndsTheSearch) {
  for (const char* english : {"en-US", "en", "C"}) {
    Translation translation({folder_.path()});
    EXPECT_EQ(translation.install({QString::fromLatin1(english), QStringLiteral("de")}), QString());
    EXPECT_EQ(menu(), "&File");
  }
  Translation translation({folder_.path()});
  EXPECT_EQ(translation.install({QStringLiteral("fr")}), QString());
  EXPECT_EQ(menu(), "&File");
}

}  // namespace
}  // namespace assayer::ui::testing
