// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QPointF>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/base/error.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "ui/viewmodels/point_index.h"
#include "ui/views/simplex_geometry.h"

namespace assayer::ui {

/// Which compositions a simplex shows.
struct SimplexFace {
  SimplexGeometry geometry;
  /// False: all of them. True, on a triangle of some of the components: those that have something of these,
  /// and at most `most_others` of the rest.
  bool partial = false;
  double most_others = 1;

  [[nodiscard]] bool shows(std::span<const double> composition) const;
};

/// The rows of a data set by their composition: rows with the same one share a site, in the order of their
/// first rows. Free of widgets; found by a worker where the rows are many.
struct SimplexSites {
  std::vector<QPointF> at;                  ///< [sites] in the plane of SimplexGeometry
  std::vector<std::uint32_t> start{0};      ///< [sites + 1] into `rows`
  std::vector<std::uint32_t> rows;          ///< by site, ascending within
  std::vector<std::int32_t> of_row;         ///< [N] −1: no composition, or not on this face
  std::size_t without_composition = 0;      ///< rows
  std::size_t off_face = 0;                 ///< rows whose composition the face leaves out
  std::shared_ptr<const PointIndex> index;  ///< numbered by site

  [[nodiscard]] std::size_t size() const { return at.size(); }
  [[nodiscard]] std::span<const std::uint32_t> rows_of(std::size_t site) const {
    return std::span(rows).subspan(start[site], start[site + 1] - start[site]);
  }
};

/// Fails with Cancelled alone.
Result<SimplexSites> findSites(const Dataset& data, const SimplexFace& face, const RunControl& control);

}  // namespace assayer::ui
