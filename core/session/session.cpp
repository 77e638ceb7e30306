// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/session/session.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace assayer {

Result<Session> Session::start(DatasetPtr data) {
  if (!data)
    return fail({.kind = Error::Kind::Usage,
                 .what = "there are no data to work on",
                 .where = {},
                 .expected = {},
                 .found = {},
                 .mend = "Open a data set first"});
  SuggestedPreset preset = suggest_preset(*data);
  auto config = TrainConfig::from_preset(preset.name);
  if (!config) return fail(config.error());
  const SuggestedPlan suggested = suggest_plan(*data);

  Session session;
  session.data_ = std::move(data);
  session.config_ = *std::move(config);
  session.suggestion_ = suggested.reason;
  session.suggested_preset_ = std::move(preset);
  const Dataset& set = *session.data_;
  session.roles_.assign(set.rows(), Role::HeldOut);
  // What stays in its file is not read for this: make_plan finds rows that are not finite when it needs them.
  if (!set.spectra().stays_in_file()) {
    for (std::size_t i = 0; i < set.rows(); ++i)
      if (!set.row_is_finite(i)) session.roles_[i] = Role::Excluded;
  }

  if (suggested.labelled == "none") {
    // Nothing to train on, but much to look at: predictions of another model, the spectra themselves.
    std::ranges::replace(session.roles_, Role::HeldOut, Role::Unlabelled);
    return session;
  }
  // The labelled rows are drawn here, so that roles show what the run uses, and a headless run with the same
  // seed uses the same rows.
  auto planned =
      make_plan(set, suggested.labelled, suggested.unlabelled, suggested.unfeatured, session.config_);
  if (!planned) return fail(planned.error());
  for (const std::uint32_t row : planned->plan.unlabelled) session.roles_[row] = Role::Unlabelled;
  for (const std::uint32_t row : planned->plan.labelled) session.roles_[row] = Role::Labelled;
  session.unfeatured_ = std::move(planned->plan.unfeatured);
  for (Message& warning : planned->warnings) session.suggestion_ += std::move(warning);
  return session;
}

Result<Session> Session::restore(Parts parts) {
  const auto contradiction = [](std::string what, std::string where, std::string expected,
                                std::string found) {
    return fail({Error::Kind::Data, std::move(what), std::move(where), std::move(expected), std::move(found),
                 "Take another copy of the file."});
  };
  if (!parts.data) return contradiction("there are no data to work on", "", "a data set", "nothing");
  const Dataset& data = *parts.data;
  if (parts.roles.size() != data.rows())
    return contradiction("the roles do not match the data", "roles", std::to_string(data.rows()) + " rows",
                         std::to_string(parts.roles.size()));
  for (std::size_t row = 0; row < parts.roles.size(); ++row) {
    if (parts.roles[row] > Role::Excluded)
      return contradiction("a role is not known", "row " + std::to_string(row), "0 to 3",
                           std::to_string(static_cast<int>(parts.roles[row])));
    if (parts.roles[row] == Role::Labelled && !data.labelled(row))
      return contradiction("a row without a composition is labelled", "row " + std::to_string(row),
                           "another role", "labelled");
  }
  const Matrix<double>& points = parts.unfeatured;
  if (points.rows() > 0 && points.cols() != data.components())
    return contradiction("the unfeatured points do not match the data", "unfeatured points",
                         std::to_string(data.components()) + " components", std::to_string(points.cols()));
  constexpr double kTolerance = 1e-6;
  for (std::size_t u = 0; u < points.rows(); ++u) {
    double sum = 0;
    bool inside = true;
    for (const double part : points.row(u)) {
      inside = inside && part >= -kTolerance;
      sum += part;
    }
    // A NaN fails this comparison too.
    if (!inside || !(std::abs(sum - 1) <= kTolerance))
      return contradiction("an unfeatured point is no composition",
                           "unfeatured point " + std::to_string(u + 1), "parts from 0 with sum 1",
                           "sum " + std::to_string(sum));
  }
  Session session;
  session.data_ = std::move(parts.data);
  session.roles_ = std::move(parts.roles);
  session.unfeatured_ = std::move(parts.unfeatured);
  session.config_ = std::move(parts.config);
  session.pipeline_ = std::move(parts.pipeline);
  session.suggestion_ = std::move(parts.suggestion);
  session.suggested_preset_ = suggest_preset(*session.data_);
  return session;
}

std::size_t Session::set_role(const Rows& rows, Role role) {
  std::size_t changed = 0;
  for (const std::uint32_t row : rows) {
    if (row >= roles_.size() || roles_[row] == role) continue;
    if (role == Role::Labelled && !data_->labelled(row)) continue;
    roles_[row] = role;
    ++changed;
  }
  return changed;
}

void Session::add_unfeatured(std::span<const double> composition) {
  if (!data_ || composition.size() != data_->components() || composition.empty()) return;
  std::vector<double> point(composition.begin(), composition.end());
  double sum = 0;
  for (double& part : point) sum += part = std::max(part, 0.0);
  if (!std::isfinite(sum) || sum <= 0) return;
  for (double& part : point) part /= sum;

  const auto old = unfeatured_.cols() == point.size() ? unfeatured_.values() : std::span<const double>{};
  std::vector<double> values(old.begin(), old.end());
  values.insert(values.end(), point.begin(), point.end());
  const std::size_t count = values.size() / point.size();
  unfeatured_ = Matrix<double>(std::move(values), count, point.size());
}

Result<PlannedRun> Session::plan() const {
  if (!data_)
    return fail({.kind = Error::Kind::Usage,
                 .what = "there are no data to train on",
                 .where = {},
                 .expected = {},
                 .found = {},
                 .mend = "Open a data set first"});
  return make_plan(*data_, roles_, unfeatured_, config_);
}

}  // namespace assayer
