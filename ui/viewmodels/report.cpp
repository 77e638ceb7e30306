// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/report.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QLocale>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "ui/viewmodels/channel_mask.h"
#include "ui/viewmodels/core_texts.h"
#include "ui/viewmodels/data_facts.h"
#include "ui/viewmodels/result_lines.h"
#include "ui/viewmodels/run_words.h"
#include "ui/viewmodels/session_model.h"

namespace assayer::ui {

namespace {

/// Unfeatured points that are listed one by one; more are told by where they lie.
constexpr std::size_t kListedPoints = 24;
/// A point with a part as large as that lies in a corner; with two that are together, on an edge.
constexpr double kMostly = 0.8;

QString tr(const char* text) {
  return QCoreApplication::translate("assayer::ui", text);
}

QString text(std::string_view view) {
  return QString::fromUtf8(view.data(), static_cast<qsizetype>(view.size()));
}

QString count(std::size_t n) {
  return QStringLiteral("%L1").arg(static_cast<qulonglong>(n));
}

QString nameOf(const std::vector<std::string>& components, std::size_t k) {
  return k < components.size() ? QString::fromStdString(components[k])
                               : tr("component %1").arg(static_cast<qulonglong>(k) + 1);
}

// ----------------------------------------------------------------------------------------------- data

ReportSection dataSection(const ReportSource& source) {
  const Dataset& data = *source.session.data();
  ReportSection section;
  section.title = tr("Data");
  ReportTable facts;
  const Provenance& from = data.provenance();
  if (!from.path.empty()) {
    facts.rows.push_back({tr("File"), QDir::toNativeSeparators(QString::fromStdString(from.path))});
  }
  for (const auto& [name, value] : dataFacts(data, source.format)) facts.rows.push_back({name, value});
  section.tables.push_back(std::move(facts));

  if (data.groups()) {
    ReportTable groups;
    groups.title = tr("Groups");
    groups.header = {tr("Group"), tr("Rows")};
    groups.numbers = {1};
    std::vector<std::size_t> counts(data.groups()->names.size());
    for (const std::int32_t group : data.groups()->of_row)
      if (group >= 0 && static_cast<std::size_t>(group) < counts.size())
        ++counts[static_cast<std::size_t>(group)];
    for (std::size_t g = 0; g < counts.size(); ++g)
      groups.rows.push_back({QString::fromStdString(data.groups()->names[g]), count(counts[g])});
    section.tables.push_back(std::move(groups));
  }
  ReportTable origin;
  origin.title = tr("Where the data come from, as the file says");
  for (const auto& [key, value] : from.attributes)
    origin.rows.push_back({QString::fromStdString(key), QString::fromStdString(value)});
  if (!origin.rows.empty()) section.tables.push_back(std::move(origin));
  section.paragraphs = source.warnings;
  return section;
}

// -------------------------------------------------------------------------------------------- choices

ReportTable rolesTable(const Roles& roles) {
  ReportTable table;
  table.title = tr("Roles of the rows");
  table.header = {tr("Role"), tr("Rows"), tr("What training does with them")};
  table.numbers = {1};
  const auto add = [&](Role role, const QString& meaning) {
    table.rows.push_back(
        {roleName(role), count(static_cast<std::size_t>(std::ranges::count(roles, role))), meaning});
  };
  add(Role::Labelled, tr("uses spectrum and composition"));
  add(Role::Unlabelled, tr("uses the spectrum, not the composition"));
  add(Role::HeldOut, tr("does not see them; they judge the model"));
  add(Role::Excluded, tr("leaves them out of everything"));
  return table;
}

void addUnfeatured(ReportSection& section, const Matrix<double>& points,
                   const std::vector<std::string>& components) {
  if (points.rows() == 0) return;
  ReportTable places;
  places.title = tr("Unfeatured points: %1 (a corner: one component at 80 % or more; an edge: two together)")
                     .arg(count(points.rows()));
  places.header = {tr("Where they lie"), tr("Points")};
  places.numbers = {1};
  for (const auto& [place, n] : placesOf(points, components)) places.rows.push_back({place, count(n)});
  section.tables.push_back(std::move(places));
  if (points.rows() > kListedPoints) return;
  ReportTable each;
  each.title = tr("Their compositions, in percent");
  for (std::size_t k = 0; k < points.cols(); ++k) {
    each.header << nameOf(components, k);
    each.numbers.push_back(static_cast<int>(k));
  }
  for (std::size_t u = 0; u < points.rows(); ++u) {
    QStringList row;
    for (const double part : points.row(u)) row << QString::number(100 * part, 'f', 1);
    each.rows.push_back(row);
  }
  section.tables.push_back(std::move(each));
}

void addMasks(ReportSection& section, const Session& session) {
  const Dataset& data = *session.data();
  ReportTable masks;
  masks.title = tr("Channels that are left out");
  const QString unit = coreText(axis_title(data.wavelength().unit()));
  if (const QString ranges = channelRanges(data.wavelength(), data.bad_channels()); !ranges.isEmpty())
    masks.rows.push_back({tr("By the file"), QStringLiteral("%1: %2").arg(unit, ranges)});
  if (const QString ranges = channelRanges(data.wavelength(), maskedBySteps(session.pipeline(), data));
      !ranges.isEmpty())
    masks.rows.push_back({tr("By the steps below"), QStringLiteral("%1: %2").arg(unit, ranges)});
  if (!masks.rows.empty()) section.tables.push_back(std::move(masks));
}

void addSteps(ReportSection& section, const Pipeline& pipeline) {
  ReportTable steps;
  steps.title = tr("Preprocessing, in this order");
  steps.header = {tr("Step"), tr("What it does"), tr("Settings")};
  for (const StepSettings& step : pipeline.steps) {
    if (!step.enabled()) continue;
    QStringList settings;
    for (const ParameterInfo& parameter : step.info().parameters) {
      const QString value = QString::fromStdString(step.text(parameter.key));
      if (!value.isEmpty()) settings << QStringLiteral("%1 = %2").arg(text(parameter.key), value);
    }
    QString meaning = coreText(step.info().meaning);
    if (step.info().learns) meaning += QLatin1Char(' ') + tr("Learnt from the training rows alone.");
    steps.rows.push_back({coreText(step.info().title), meaning, settings.join(QStringLiteral("; "))});
  }
  if (steps.rows.empty())
    section.paragraphs << tr("The spectra are learnt from as they are, without preprocessing.");
  else
    section.tables.push_back(std::move(steps));
}

ReportSection choicesSection(const Session& session) {
  ReportSection section;
  section.title = tr("Choices");
  if (!session.suggestion().empty()) section.paragraphs << coreText(session.suggestion());
  section.tables.push_back(rolesTable(session.roles()));
  addUnfeatured(section, session.unfeatured(), session.data()->component_names());
  addMasks(section, session);
  addSteps(section, session.pipeline());
  return section;
}

// ------------------------------------------------------------------------------------------- shown run

QString stateText(const RunRecord& run, std::uint64_t going) {
  return run.id == going ? tr("going on") : runEndText(run);
}

QString valueText(const TrainConfig& config, const std::string& key) {
  return QString::fromStdString(config.value(key)).replace(QLatin1Char(','), QStringLiteral(", "));
}

/// `asked`: what the user has set; a run notes in `config` what "auto" came to.
ReportTable settingsTable(const TrainConfig& config, const TrainConfig& asked) {
  ReportTable table;
  table.header = {tr("Setting"), tr("Value"), tr("Preset"), tr("Meaning")};
  const TrainConfig start = asked.unchanged();
  const std::vector<std::string> changed = asked.changed();
  for (const std::string& key : TrainConfig::keys()) {
    const bool marked = std::ranges::find(changed, key) != changed.end();
    if (marked) table.marked.push_back(table.rows.size());
    table.rows.push_back({QString::fromStdString(key), valueText(config, key),
                          marked ? valueText(start, key) : QString(), settingText(key)});
  }
  table.title = tr("Settings: preset %1; changed, in bold: %2")
                    .arg(QString::fromStdString(config.preset), count(table.marked.size()));
  return table;
}

ReportTable seedsTable(const TrainConfig& config) {
  ReportTable table;
  table.title = tr("Seeds");
  const auto seed = static_cast<qulonglong>(config.seed);
  table.rows.push_back(
      {tr("Of the run: draws of labelled rows and unfeatured points"), QString::number(seed)});
  if (config.members > 1)
    table.rows.push_back({tr("Of the members 1 to %1").arg(config.members),
                          tr("%1 to %2").arg(seed).arg(seed + static_cast<qulonglong>(config.members) - 1)});
  return table;
}

ReportTable planTable(const RunRecord& run, std::uint64_t going) {
  ReportTable table;
  table.title = tr("What it has learnt from, and for how long");
  if (run.state) {
    const TrainPlan& plan = run.state->plan;
    table.rows.push_back({tr("Labelled rows"), count(plan.labelled.size())});
    table.rows.push_back(
        {tr("Rows of unlabelled terms (labelled ones among them)"), count(plan.unlabelled.size())});
    table.rows.push_back({tr("Unfeatured points"), count(plan.unfeatured.rows())});
    if (!run.state->data_fingerprint.empty())
      table.rows.push_back(
          {tr("Fingerprint of the data"), QString::fromStdString(run.state->data_fingerprint)});
  }
  if (run.snapshot) {
    table.rows.push_back({tr("Epochs"), tr("%L1 of %L2").arg(run.snapshot->epoch).arg(run.snapshot->epochs)});
    if (run.snapshot->steps > 0)
      table.rows.push_back({tr("Steps"), QStringLiteral("%L1").arg(run.snapshot->steps)});
  }
  table.rows.push_back({tr("Time"), run.seconds > 0 ? durationText(run.seconds) : QStringLiteral("–")});
  if (!run.began.empty()) table.rows.push_back({tr("Started"), QString::fromStdString(run.began)});
  table.rows.push_back({tr("State"), stateText(run, going)});
  return table;
}

ReportSection runSection(const RunRecord& run, const ReportSource& source) {
  ReportSection section;
  section.title = tr("Shown run: %1").arg(QString::fromStdString(run.name));
  if (!run.message.empty()) section.paragraphs << QString::fromStdString(run.message);
  if (run.evaluation)
    for (const MethodChoice& choice : methodChoices(*run.evaluation))
      section.paragraphs << QStringLiteral("%1: %2. %3").arg(choice.title, choice.value, choice.reason);
  section.tables.push_back(planTable(run, source.going));

  ReportTable measures;
  measures.title = tr("Results");
  measures.header = {tr("Measure"), tr("Value")};
  measures.numbers = {1};
  const auto add = [&measures](const std::vector<ResultLine>& lines) {
    for (const ResultLine& line : lines)
      // An indent that both rich text and plain text show.
      measures.rows.push_back({QString(3 * line.depth, QChar::Nbsp) + line.name, line.value});
  };
  if (run.evaluation) add(evaluationLines(*run.evaluation));
  if (source.matches != nullptr) add(matchLines(*source.matches));
  if (!measures.rows.empty()) section.tables.push_back(std::move(measures));
  if (const TrainConfig* config = configOf(run)) {
    section.tables.push_back(seedsTable(*config));
    section.tables.push_back(settingsTable(*config, run.setup ? run.setup->config : *config));
  }
  return section;
}

ReportSection runsSection(const ReportSource& source) {
  ReportSection section;
  section.title = tr("Runs");
  ReportTable table;
  table.header = {tr("Run"),  tr("Method"),      tr("State"), tr("KL, nats"), tr("Endmembers, L2"),
                  tr("Time"), tr("Trained with")};
  table.numbers = {3, 4, 5};
  for (const RunRecord& run : source.runs) {
    const TrainConfig* config = configOf(run);
    if (run.id == source.active) table.marked.push_back(table.rows.size());
    table.rows.push_back({QString::fromStdString(run.name),
                          config != nullptr ? QString::fromStdString(config->method) : QString(),
                          stateText(run, source.going), runKlText(run), runErrorText(run),
                          run.seconds > 0 ? durationText(run.seconds) : QStringLiteral("–"),
                          runSettingsText(run)});
  }
  section.tables.push_back(std::move(table));
  return section;
}

}  // namespace

QString channelRanges(const WavelengthAxis& axis, const std::vector<std::uint8_t>& marked) {
  QStringList ranges;
  const std::size_t size = std::min(axis.size(), marked.size());
  for (std::size_t first = 0; first < size; ++first) {
    if (marked[first] == 0) continue;
    std::size_t last = first;
    while (last + 1 < size && marked[last + 1] != 0) ++last;
    const auto [low, high] = std::minmax({axis[first], axis[last]});
    const auto position = [](double value) { return QString::number(value, 'g', 6); };
    ranges << (first == last
                   ? position(low)
                   : tr("%1 to %2 (%3 channels)").arg(position(low), position(high)).arg(last - first + 1));
    first = last;
  }
  return ranges.join(QStringLiteral(", "));
}

std::vector<std::pair<QString, std::size_t>> placesOf(const Matrix<double>& points,
                                                      const std::vector<std::string>& components) {
  // Corners in the order of the components, then edges, then what lies inside.
  std::map<std::array<std::size_t, 2>, std::size_t> counts;
  const std::size_t size = points.cols();
  for (std::size_t u = 0; u < points.rows(); ++u) {
    const auto parts = points.row(u);
    std::size_t first = 0;
    for (std::size_t k = 1; k < size; ++k)
      if (parts[k] > parts[first]) first = k;
    std::size_t second = first == 0 ? 1 : 0;
    for (std::size_t k = 0; k < size; ++k)
      if (k != first && parts[k] > parts[second]) second = k;
    if (parts[first] >= kMostly)
      ++counts[{0, first}];
    else if (size > 2 && parts[first] + parts[second] >= kMostly)
      ++counts[{1, std::min(first, second) * size + std::max(first, second)}];
    else
      ++counts[{2, 0}];
  }
  std::vector<std::pair<QString, std::size_t>> places;
  for (const auto& [key, n] : counts) {
    const auto& [kind, at] = key;
    const QString place =
        kind == 0   ? tr("%1 corner").arg(nameOf(components, at))
        : kind == 1 ? tr("%1 – %2 edge").arg(nameOf(components, at / size), nameOf(components, at % size))
                    : tr("inside");
    places.emplace_back(place, n);
  }
  return places;
}

Report makeReport(const ReportSource& source) {
  Report report;
  report.title = source.name;
  report.subtitle = tr("Report of a session, %1").arg(QLocale().toString(source.when, QLocale::LongFormat));
  report.sections.push_back(dataSection(source));
  report.sections.push_back(choicesSection(source.session));
  const auto active = std::ranges::find(source.runs, source.active, &RunRecord::id);
  if (active != source.runs.end()) report.sections.push_back(runSection(*active, source));
  if (!source.runs.empty()) report.sections.push_back(runsSection(source));
  if (!source.versions.empty()) {
    ReportSection section;
    section.title = tr("Versions");
    ReportTable table;
    for (const auto& [name, version] : source.versions) table.rows.push_back({name, version});
    section.tables.push_back(std::move(table));
    report.sections.push_back(std::move(section));
  }
  return report;
}

}  // namespace assayer::ui
