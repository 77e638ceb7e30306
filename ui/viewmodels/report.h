// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QDateTime>
#include <QString>
#include <QStringList>
#include <cstdint>
#include <utility>
#include <vector>

#include "core/session/run_record.h"
#include "core/session/session.h"

/// What a report of the session says. Free of widgets, and without a word on how it looks.
namespace assayer::ui {

struct MatchedEndmembers;

struct ReportTable {
  QString title;       ///< may be empty
  QStringList header;  ///< empty: pairs of name and value
  std::vector<QStringList> rows;
  std::vector<std::size_t> marked;  ///< rows that stand out, ascending
  std::vector<int> numbers;         ///< columns that are aligned to the right, ascending
};

struct ReportSection {
  QString title;
  QStringList paragraphs;
  std::vector<ReportTable> tables;
};

struct Report {
  QString title;
  QString subtitle;
  std::vector<ReportSection> sections;
};

/// What a report is made from, all of which outlives the call.
struct ReportSource {
  QString name;    ///< of the project or the file
  QString format;  ///< of the file that the data came from
  QStringList warnings;
  const Session& session;
  const std::vector<RunRecord>& runs;
  std::uint64_t active = 0;                           ///< the run that is shown; 0: none
  std::uint64_t going = 0;                            ///< the run that is being trained; 0: none
  const MatchedEndmembers* matches = nullptr;         ///< of the shown run
  std::vector<std::pair<QString, QString>> versions;  ///< program, libraries
  QDateTime when;
};

/// Data, choices, the shown run with its settings and measures, all runs, versions; a section without
/// anything to say is left out.
Report makeReport(const ReportSource& source);

/// "1.35 to 1.42 (8 channels), 2.5" of the channels that are marked, in the axis's unit; empty for none.
QString channelRanges(const WavelengthAxis& axis, const std::vector<std::uint8_t>& marked);

/// Where unfeatured compositions [U, K] lie, each kind of place with its count: "olivine corner", "olivine –
/// diopside edge", "inside".
std::vector<std::pair<QString, std::size_t>> placesOf(const Matrix<double>& points,
                                                      const std::vector<std::string>& components);

}  // namespace assayer::ui
