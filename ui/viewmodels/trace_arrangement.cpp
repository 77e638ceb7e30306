// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/trace_arrangement.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <variant>

#include "core/metrics/metrics.h"
#include "ui/viewmodels/row_columns.h"

namespace assayer::ui {
namespace {

/// As the table of rows sorts by the column.
Result<std::vector<std::uint32_t>> sorted_by_column(const DatasetPtr& data, std::size_t column,
                                                    const RunControl& control) {
  const bool number = !std::holds_alternative<std::vector<std::string>>(data->metadata()[column].values);
  return sortedRows({data, nullptr, nullptr}, {RowColumn::Kind::Metadata, column, {}, number}, false,
                    control);
}

Result<TraceRows> sort_rows(const TraceWanted& wanted, const RunControl& control) {
  const Dataset& data = *wanted.data;
  TraceRows rows{wanted.sorting, wanted.dimension, std::vector<std::uint32_t>(data.rows()), {}, {}};
  std::iota(rows.order.begin(), rows.order.end(), 0U);
  const auto by = [&rows](const auto& key) {
    std::ranges::stable_sort(rows.order,
                             [&key](std::uint32_t a, std::uint32_t b) { return key(a) < key(b); });
  };
  const auto& groups = data.groups();
  switch (wanted.sorting.by) {
    case TraceOrder::By::Group:
      if (groups) by([&groups](std::uint32_t row) { return groups->of_row[row]; });
      break;
    case TraceOrder::By::Row:
      break;
    case TraceOrder::By::Column: {
      auto sorted = sorted_by_column(wanted.data, wanted.sorting.column, control);
      if (!sorted) return fail(sorted.error());
      rows.order = std::move(*sorted);
      break;
    }
    case TraceOrder::By::Value:
      by([&](std::uint32_t row) {
        const double z = (*wanted.z)(row, static_cast<std::size_t>(wanted.dimension));
        return std::isnan(z) ? std::numeric_limits<double>::infinity() : z;
      });
      break;
  }
  rows.place.resize(rows.order.size());
  for (std::size_t place = 0; place < rows.order.size(); ++place)
    rows.place[rows.order[place]] = static_cast<std::uint32_t>(place);
  if (!groups || wanted.sorting.by != TraceOrder::By::Group) {
    rows.spans.push_back({0, rows.order.size(), 0});
    return rows;
  }
  for (std::size_t place = 0; place < rows.order.size(); ++place) {
    const std::int32_t group = groups->of_row[rows.order[place]];
    if (place == 0 || group != groups->of_row[rows.order[place - 1]])
      rows.spans.push_back({place, place, static_cast<std::size_t>(group)});
    rows.spans.back().last = place + 1;
  }
  return rows;
}

/// Of z [N, Z] in the dimension, one per span; NaN without a finite value.
std::vector<double> medians_of(const TraceRows& rows, const Matrix<double>& z, int dimension) {
  std::vector<double> medians;
  for (const TraceSpan& span : rows.spans) {
    std::vector<double> values;
    const bool known = dimension < static_cast<int>(z.cols());
    for (std::size_t place = span.first; place < span.last && known; ++place)
      values.push_back(z(rows.order[place], static_cast<std::size_t>(dimension)));
    medians.push_back(median(std::move(values)));
  }
  return medians;
}

bool still_sorted(const TraceRows& rows, const TraceWanted& wanted) {
  return rows.sorting == wanted.sorting && rows.sorting.by != TraceOrder::By::Value &&
         rows.order.size() == wanted.data->rows();
}

}  // namespace

Rows TraceArrangement::beyond(double threshold, bool above) const {
  Rows found;
  for (std::uint32_t row = 0; row < z->rows(); ++row) {
    const double value = (*z)(row, static_cast<std::size_t>(dimension));
    // A NaN lies on no side.
    if (above ? value > threshold : value < threshold) found.push_back(row);
  }
  return found;
}

Result<TraceArrangement> arrangeTrace(const TraceWanted& wanted, const RunControl& control) {
  TraceArrangement made;
  made.z = wanted.z;
  made.dimension = wanted.dimension;
  if (wanted.before && still_sorted(*wanted.before, wanted)) {
    made.rows = wanted.before;
  } else {
    auto rows = sort_rows(wanted, control);
    if (!rows) return fail(rows.error());
    made.rows = std::make_shared<const TraceRows>(std::move(*rows));
  }
  if (control.stop_requested()) return fail(Error::cancel());

  const std::size_t n = made.rows->order.size();
  std::vector<double> x(n);
  std::vector<double> y(n);
  std::vector<double> finite;
  finite.reserve(n);
  for (std::size_t place = 0; place < n; ++place) {
    x[place] = static_cast<double>(place);
    y[place] = made.value(place);
    if (!std::isfinite(y[place])) continue;
    finite.push_back(y[place]);
    made.span.add(y[place]);
  }
  made.finite = finite.size();
  made.points = std::make_shared<const PointIndex>(x, y);
  if (control.stop_requested()) return fail(Error::cancel());
  made.spread = mad(finite);
  made.median = median(std::move(finite));
  if (control.stop_requested()) return fail(Error::cancel());
  made.medians = medians_of(*made.rows, *wanted.z, wanted.dimension);
  for (const auto& run : wanted.runs) {
    if (control.stop_requested()) return fail(Error::cancel());
    made.run_medians.push_back(medians_of(*made.rows, *run, wanted.dimension));
  }
  return made;
}

}  // namespace assayer::ui
