// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/message.h"
#include "core/data/dataset.h"
#include "core/data/roles.h"
#include "core/preprocess/pipeline.h"
#include "core/train/train_config.h"
#include "core/train/train_plan.h"

namespace assayer {

/// What a user works on: a data set, what each row is for, the unfeatured compositions, the steps of
/// preprocessing and the settings.
/// A value without threads; the desktop program owns one on its UI thread.
class Session {
 public:
  Session() = default;
  /// Starts with the suggested plan for these data: roles (spectra that are not finite are excluded),
  /// unfeatured points and settings. Data that cannot be trained on make a session too; `plan` then says what
  /// is missing.
  static Result<Session> start(DatasetPtr data);

  /// What a session consists of, to be put together again.
  struct Parts {
    DatasetPtr data;
    Roles roles;                ///< [N]
    Matrix<double> unfeatured;  ///< [U, K], rows on the simplex; or empty
    TrainConfig config;
    Pipeline pipeline;
    Message suggestion;
  };
  /// Fails where the parts do not fit each other: Data error.
  static Result<Session> restore(Parts parts);

  [[nodiscard]] const DatasetPtr& data() const { return data_; }
  [[nodiscard]] const Roles& roles() const { return roles_; }
  [[nodiscard]] const Matrix<double>& unfeatured() const { return unfeatured_; }
  [[nodiscard]] const TrainConfig& config() const { return config_; }
  /// What spectra go through before they are learnt from; fitted by each run on its own rows.
  [[nodiscard]] const Pipeline& pipeline() const { return pipeline_; }
  /// Why the session started with these roles, in whole sentences.
  [[nodiscard]] const Message& suggestion() const { return suggestion_; }
  /// What `suggest_preset` says of the data; looked up once, for it reads some spectra.
  [[nodiscard]] const SuggestedPreset& suggested_preset() const { return suggested_preset_; }

  /// Rows without a composition cannot be labelled: they are skipped; returns how many changed.
  std::size_t set_role(const Rows& rows, Role role);
  void set_unfeatured(Matrix<double> points) { unfeatured_ = std::move(points); }
  /// Adds one composition, normalised to the simplex; one with another number of components, or without a
  /// positive part, is ignored.
  void add_unfeatured(std::span<const double> composition);
  void set_config(TrainConfig config) { config_ = std::move(config); }
  void set_pipeline(Pipeline pipeline) { pipeline_ = std::move(pipeline); }

  /// The plan of the next run, with warnings.
  [[nodiscard]] Result<PlannedRun> plan() const;

 private:
  DatasetPtr data_;
  Roles roles_;
  Matrix<double> unfeatured_;
  TrainConfig config_;
  Pipeline pipeline_;
  Message suggestion_;
  SuggestedPreset suggested_preset_;
};

}  // namespace assayer
