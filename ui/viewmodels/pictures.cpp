// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/viewmodels/pictures.h"

#include <algorithm>
#include <sstream>

namespace assayer::ui {

std::optional<PictureShape> pictureShape(const Dataset& data) {
  const auto& attributes = data.provenance().attributes;
  const auto found = attributes.find("picture_shape");
  if (found == attributes.end()) return std::nullopt;
  std::istringstream text(found->second);
  PictureShape shape;
  if (!(text >> shape.rows >> shape.cols) || shape.rows == 0 || shape.cols == 0) return std::nullopt;
  // Divided, not multiplied: the numbers come from a file.
  if (data.channels() % shape.rows != 0 || data.channels() / shape.rows != shape.cols) return std::nullopt;
  return shape;
}

Result<GeneratedPictures> generatePictures(const Model& model, const std::vector<double>& z,
                                           std::size_t components, std::size_t draws, std::uint64_t seed,
                                           const RunControl& control) {
  Matrix<double> corners(components, components);
  Matrix<double> nuisances(z.empty() ? 0 : components, z.size());
  for (std::size_t k = 0; k < components; ++k) {
    corners(k, k) = 1;
    if (!z.empty()) std::ranges::copy(z, nuisances.row(k).begin());
  }
  auto means = model.generate(corners, nuisances);
  if (!means) return fail(means.error());
  if (control.stop_requested()) return fail(Error::cancel());
  GeneratedPictures pictures{std::move(means->mean), {}, 0};
  // Means alone are a result, too: not every method has a distribution to draw from.
  if (auto samples = model.sample(corners, nuisances, static_cast<std::int64_t>(draws), seed)) {
    pictures.samples = std::move(*samples);
    pictures.draws = draws;
  }
  return pictures;
}

}  // namespace assayer::ui
