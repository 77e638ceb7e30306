// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QString>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/data/roles.h"
#include "core/train/engine.h"
#include "ui/viewmodels/shown_run.h"

/// The columns of a table of rows, from values that nobody copies. Free of widgets.
namespace assayer::ui {

/// What a table of rows is made of; shared with workers that sort it.
struct RowSource {
  DatasetPtr data;
  std::shared_ptr<const Roles> roles;
  std::shared_ptr<const Snapshot> snapshot;  ///< null: no predictions
  std::vector<ShownRun> runs = {};           ///< beside that; all of them fit the data
};

struct RowColumn {
  enum class Kind { Row, Group, Role, Metadata, Known, Predicted, PredictedSd, Nuisance, Trust, Misfit };
  Kind kind = Kind::Row;
  std::size_t index = 0;  ///< of the metadata column, component, dimension
  QString title;
  bool number = true;  ///< right-aligned, sorted by value
  /// Whose Predicted, Nuisance or Misfit: one of the source's runs; 0: that of its snapshot.
  std::uint64_t run = 0;

  /// Whether it is of the same numbers, whatever it is called.
  [[nodiscard]] bool same(const RowColumn& other) const {
    return kind == other.kind && index == other.index && run == other.run;
  }

  friend bool operator==(const RowColumn&, const RowColumn&) = default;
};

/// Row, group, role, metadata, known composition (%), predicted composition (%) with its spread, z and what
/// tells how far a prediction is to be trusted; those that there are. Then of each other run the predicted
/// composition, the first dimensions of z and the misfit, titled "olivine (%) of 1: m2".
std::vector<RowColumn> rowColumns(const RowSource& source);

/// "" for a missing value. `full`: the shortest text that reads back as the number, for files.
QString rowText(const RowSource& source, const RowColumn& column, std::size_t row, bool full = false);

/// Row numbers in the order of a column; missing values last, ties by row. Cancelled by `control`.
Result<std::vector<std::uint32_t>> sortedRows(const RowSource& source, const RowColumn& column,
                                              bool descending, const RunControl& control);

}  // namespace assayer::ui
