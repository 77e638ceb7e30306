// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/matrix.h"
#include "core/baselines/pca.h"
#include "core/data/dataset.h"
#include "core/train/engine.h"

/// Runs that are shown beside the active one, as views that compare them take them. Free of widgets.
namespace assayer::ui {

/// One of the runs in the list. What is large is shared with it.
struct ShownRun {
  std::uint64_t id = 0;  ///< decides colour and sign; never 0
  QString name;
  std::shared_ptr<const Snapshot> snapshot;  ///< null: it has no results, or they still change
  DatasetPtr data;                           ///< in the space of its endmembers, row by row

  friend bool operator==(const ShownRun&, const ShownRun&) = default;
};

/// Takes out those without results, and those whose results are of other rows than the data; all where
/// `data` is null.
void keepFitting(std::vector<ShownRun>& runs, const Dataset* data);

/// The run with that id, null where there is none.
const ShownRun* findRun(const std::vector<ShownRun>& runs, std::uint64_t id);

/// A run's generated endmembers among the scores of the rows.
struct RunEndmembers {
  std::uint64_t id = 0;
  QString name;
  Matrix<double> scores;  ///< [K, R]; empty where they have none: see endmembersAmong

  friend bool operator==(const RunEndmembers&, const RunEndmembers&) = default;
};

/// (endmember − mean) · loadings over the channels of the components. Endmembers of spectra in another space
/// than `data`, of whose components these are, or without a value at one of their channels have no scores.
std::vector<RunEndmembers> endmembersAmong(const Pca& pca, const DatasetPtr& data,
                                           const std::vector<ShownRun>& runs);

/// "endmember olivine of 1: m2", for status bar and tables.
QString endmemberText(const Dataset& data, const RunEndmembers& run, std::size_t component);

}  // namespace assayer::ui
