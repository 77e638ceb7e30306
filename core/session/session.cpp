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
  auto config = TrainConfig::from_preset(suggest_preset(*data).name);
  if (!config) return fail(config.error());
  const SuggestedPlan suggested = suggest_plan(*data);

  Session session;
  session.data_ = std::move(data);
  session.config_ = *std::move(config);
  session.suggestion_ = suggested.reason;
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
  for (const std::string& warning : planned->warnings) session.suggestion_ += " " + warning;
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
