// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/base/error.h"
#include "core/base/matrix.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/data/selection.h"
#include "ui/viewmodels/finite_span.h"
#include "ui/viewmodels/point_index.h"

namespace assayer::ui {

/// What a trace sorts its spectra by.
struct TraceOrder {
  enum class By { Group, Row, Column, Value };
  By by = By::Group;
  std::size_t column = 0;  ///< of the data's metadata; for By::Column

  friend bool operator==(const TraceOrder&, const TraceOrder&) = default;
};

/// Neighbouring places in a trace: a group, or all.
struct TraceSpan {
  std::size_t first = 0;  ///< places: [first, last)
  std::size_t last = 0;
  std::size_t group = 0;
};

/// Where a trace has its rows.
struct TraceRows {
  TraceOrder sorting;
  int dimension = 0;                 ///< of z; says something for By::Value alone
  std::vector<std::uint32_t> order;  ///< rows as they are sorted, then by row
  std::vector<std::uint32_t> place;  ///< inverse of `order`
  std::vector<TraceSpan> spans;      ///< the groups where it is sorted by them and there are any, else one
};

/// What a trace shows. `data` and `z` are not null.
struct TraceWanted {
  DatasetPtr data;
  TraceOrder sorting;
  std::shared_ptr<const Matrix<double>> z;  ///< [N, Z]
  int dimension = 0;                        ///< of z, less than Z
  /// z of other runs, [N, Z] each, not null.
  std::vector<std::shared_ptr<const Matrix<double>>> runs;
  /// Of the same data before: rows are sorted anew only where they have to be.
  std::shared_ptr<const TraceRows> before;
};

/// A trace's rows in their order, and what is known of their z: all that takes longer the more rows there
/// are. Free of widgets; made by a worker where the rows are many.
struct TraceArrangement {
  std::shared_ptr<const TraceRows> rows;
  std::shared_ptr<const Matrix<double>> z;
  int dimension = 0;
  std::size_t finite = 0;  ///< rows with a number
  FiniteSpan span;         ///< of the values
  double median = 0;
  double spread = 0;                             ///< the median absolute deviation, scaled as `mad` does
  std::vector<double> medians;                   ///< by span; NaN without a finite value
  std::vector<std::vector<double>> run_medians;  ///< by run and span; of runs without the dimension NaN
  std::shared_ptr<const PointIndex> points;      ///< numbered by place: (place, z)

  /// NaN where the row at the place has none.
  [[nodiscard]] double value(std::size_t at) const {
    return (*z)(rows->order[at], static_cast<std::size_t>(dimension));
  }
  /// Rows strictly above `threshold`, or strictly below it.
  [[nodiscard]] Rows beyond(double threshold, bool above) const;
};

/// Fails with Cancelled alone.
Result<TraceArrangement> arrangeTrace(const TraceWanted& wanted, const RunControl& control);

}  // namespace assayer::ui
