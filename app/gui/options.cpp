// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/gui/options.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

#include "ui/views/report_writer.h"

namespace assayer::gui {

namespace {

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::gui", text);
}

ParsedOptions failed(const QString& text) {
  return {{}, {}, text};
}

}  // namespace

ParsedOptions parseOptions(const QStringList& arguments) {
  QCommandLineParser parser;
  parser.setApplicationDescription(tr("Compositions and endmembers from spectra of mixtures."));
  const QCommandLineOption help = parser.addHelpOption();
  const QCommandLineOption version = parser.addVersionOption();
  const QString s = QStringLiteral("sample");
  parser.addPositionalArgument(QStringLiteral("FILE"), tr("Spectra or a project to open."),
                               QStringLiteral("[FILE]"));
  const QCommandLineOption sample(s, tr("Open the simulated laboratory instead of a file."));
  const QCommandLineOption train(QStringLiteral("train"), tr("Train as soon as the data are open."));
  const QCommandLineOption epochs(QStringLiteral("epochs"), tr("Epochs to train."), QStringLiteral("N"));
  const QCommandLineOption set(QStringLiteral("set"), tr("Set one training setting; may be repeated."),
                               QStringLiteral("KEY=VALUE"));
  const QCommandLineOption model(QStringLiteral("model"), tr("Show a trained model instead of training."),
                                 QStringLiteral("MODEL.h5"));
  const QCommandLineOption reproduced(
      QStringLiteral("reproduced"),
      tr("Open what assayer-cli reproduce left in a folder; --figures then draws the paper's figures, too."),
      QStringLiteral("FOLDER"));
  const QCommandLineOption figures(
      QStringLiteral("figures"),
      tr("Write every figure (PDF, SVG, PNG) and table (CSV) into a folder once all is done, and quit."),
      QStringLiteral("DIR"));
  const QCommandLineOption report(
      QStringLiteral("report"),
      tr("Write a report of the session (.pdf or .html) once all is done, and quit."),
      QStringLiteral("FILE"));
  const QCommandLineOption screenshot(QStringLiteral("screenshot"),
                                      tr("Save a picture of the window once all is done, and quit."),
                                      QStringLiteral("FILE.png"));
  const QCommandLineOption theme(QStringLiteral("theme"), tr("Colours: light, dark or system."),
                                 QStringLiteral("NAME"));
  const QCommandLineOption size(QStringLiteral("size"), tr("Size of the window, as 1480x920."),
                                QStringLiteral("WxH"));
  const QCommandLineOption autosave(
      QStringLiteral("autosave"),
      tr("Save the session by itself at most every so many seconds; 60 where not given."),
      QStringLiteral("SECONDS"));
  parser.addOptions(
      {sample, train, epochs, set, model, reproduced, figures, report, screenshot, theme, size, autosave});

  if (!parser.parse(arguments)) return failed(parser.errorText());
  if (parser.isSet(help)) return {{}, parser.helpText(), {}};
  if (parser.isSet(version))
    return {{}, QStringLiteral("assayer %1\n").arg(QCoreApplication::applicationVersion()), {}};

  Options options;
  const QStringList files = parser.positionalArguments();
  if (files.size() > 1) return failed(tr("expected one FILE, found %1").arg(files.size()));
  if (!files.isEmpty()) options.file = files.first();
  options.sample = parser.isSet(sample);
  if (options.sample && !options.file.isEmpty()) return failed(tr("give either FILE or --sample"));
  options.train = parser.isSet(train);
  options.settings = parser.values(set);
  options.model = parser.value(model);
  options.figures = parser.value(figures);
  options.report = parser.value(report);
  options.screenshot = parser.value(screenshot);
  if (parser.isSet(report) && !ui::reportForm(options.report))
    return failed(
        tr("--report: expected a name that ends with .pdf or .html, found \"%1\"").arg(options.report));
  if (parser.isSet(reproduced)) {
    options.reproduced = parser.value(reproduced);
    if (options.sample || options.train || !options.file.isEmpty() || !options.model.isEmpty())
      return failed(tr("--reproduced brings its own data and model; give it alone"));
    options.file = QDir(options.reproduced).filePath(QStringLiteral("data.h5"));
    options.model = QDir(options.reproduced).filePath(QStringLiteral("untapped.h5"));
    for (const QString& needed : {options.file, options.model})
      if (!QFileInfo::exists(needed))
        return failed(
            tr("%1 is not there; assayer-cli reproduce -o %2 makes it").arg(needed, options.reproduced));
  }
  if (parser.isSet(epochs)) {
    bool number = false;
    const qlonglong value = parser.value(epochs).toLongLong(&number);
    if (!number || value < 1)
      return failed(tr("--epochs: expected a whole number from 1, found \"%1\"").arg(parser.value(epochs)));
    options.epochs = value;
  }
  if (parser.isSet(theme)) {
    options.theme = ui::parseTheme(parser.value(theme));
    if (!options.theme)
      return failed(tr("--theme: expected light, dark or system, found \"%1\"").arg(parser.value(theme)));
  }
  if (parser.isSet(size)) {
    static const QRegularExpression form(QStringLiteral("^(\\d{2,5})x(\\d{2,5})$"));
    const QRegularExpressionMatch match = form.match(parser.value(size));
    if (!match.hasMatch())
      return failed(tr("--size: expected WxH, for instance 1480x920, found \"%1\"").arg(parser.value(size)));
    options.size = QSize(match.captured(1).toInt(), match.captured(2).toInt());
  }
  if (parser.isSet(autosave)) {
    bool number = false;
    const double seconds = parser.value(autosave).toDouble(&number);
    constexpr double kLongest = 86400;
    if (!number || !(seconds >= 0.1) || seconds > kLongest)
      return failed(tr("--autosave: expected seconds from 0.1 to %1, found \"%2\"")
                        .arg(kLongest)
                        .arg(parser.value(autosave)));
    options.autosave = static_cast<int>(seconds * 1000);
  }
  if (options.train && !options.model.isEmpty()) return failed(tr("give either --train or --model"));
  const bool source = options.sample || !options.file.isEmpty();
  if (options.train && !source) return failed(tr("--train needs FILE or --sample"));
  if (options.batch() && !source && options.model.isEmpty())
    return failed(tr("--figures, --report and --screenshot need FILE, --sample, --model or --reproduced"));
  return {options, {}, {}};
}

}  // namespace assayer::gui
