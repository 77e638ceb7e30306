// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/train/engine.h"

#include <limits>
#include <utility>

namespace assayer {

EndmemberEstimate Model::endmembers() const {
  const std::size_t components = state().components.size();
  Matrix<double> corners(components, components);
  for (std::size_t k = 0; k < components; ++k) corners(k, k) = 1;
  if (auto generated = generate(corners, {})) return *std::move(generated);
  // The corners always fit the model, so only a model whose weights left the finite numbers comes here; NaN
  // is drawn as a gap.
  const std::size_t channels = output().used.size();
  const float unknown = std::numeric_limits<float>::quiet_NaN();
  return {.mean = Matrix<float>(components, channels, unknown),
          .sd = Matrix<float>(components, channels, unknown)};
}

Result<Prediction> Model::predict_draws(MatrixView<float> /*spectra*/, const Matrix<double>* /*composition*/,
                                        std::int64_t /*draws*/, std::uint64_t /*seed*/) const {
  return fail({.kind = Error::Kind::Usage,
               .what = "this model draws no compositions",
               .where = "draws",
               .expected = "a model of the methods untapped, m2 or m2-plain",
               .found = "method " + state().config.method,
               .mend = "Ask for its prediction; the spread is in it"});
}

std::string_view to_string(StopReason reason) {
  switch (reason) {
    case StopReason::Completed:
      return "completed";
    case StopReason::Stopped:
      return "stopped";
    case StopReason::Numeric:
      return "numeric";
  }
  return "";
}

}  // namespace assayer
