// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/preprocess/fitted_pipeline.h"

namespace assayer::test {

inline Pipeline pipeline_of(const std::vector<std::string>& texts) {
  auto pipeline = Pipeline::parse(texts);
  EXPECT_TRUE(pipeline.has_value()) << pipeline.error().message();
  return pipeline.value_or(Pipeline{});
}

inline Rows all_rows(const Dataset& data) {
  Rows rows(data.rows());
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::uint32_t>(i);
  return rows;
}

/// Smooth positive spectra on an axis in µm from 0.5 on, steps of 0.01, different for every row.
inline DatasetParts smooth_parts(std::size_t rows, std::size_t channels) {
  DatasetParts parts;
  parts.spectra = Matrix<float>(rows, channels);
  std::vector<double> axis(channels);
  for (std::size_t c = 0; c < channels; ++c) axis[c] = 0.5 + 0.01 * static_cast<double>(c);
  for (std::size_t r = 0; r < rows; ++r)
    for (std::size_t c = 0; c < channels; ++c)
      parts.spectra(r, c) = static_cast<float>(
          0.4 + 0.2 * std::sin(0.11 * static_cast<double>(c) + 0.37 * static_cast<double>(r)) +
          0.01 * static_cast<double>(r % 7));
  parts.wavelength = *WavelengthAxis::create(std::move(axis), WavelengthUnit::Micrometre);
  return parts;
}

inline DatasetPtr dataset_of(DatasetParts parts) {
  auto data = Dataset::create(std::move(parts));
  EXPECT_TRUE(data.has_value()) << data.error().message();
  return *data;
}

inline std::shared_ptr<const FittedPipeline> fitted(const Pipeline& pipeline, const Dataset& data,
                                                    const Rows& rows) {
  auto result = FittedPipeline::fit(pipeline, data, rows);
  EXPECT_TRUE(result.has_value()) << result.error().message();
  return result ? *result : nullptr;
}

}  // namespace assayer::test
