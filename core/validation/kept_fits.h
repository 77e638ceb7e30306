// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "core/base/error.h"
#include "core/train/model_state.h"
#include "core/validation/validation.h"

namespace assayer {

/// What a validation leaves in a folder as it goes, so that the same validation, started again after it was
/// interrupted or killed, takes it up:
///   run.json                   what the validation was asked for, one member per setting
///   fits/NAME.json             the scores of a finished fit
///   fits/NAME.checkpoint.h5    the last checkpoint of an unfinished one, a model file
/// Every file appears complete or not at all, so that processes may share a folder.
class KeptFits {
 public:
  /// Keeps nothing and has nothing.
  KeptFits() = default;

  /// The first process alone: makes the folder, or finds it as left by a validation of the same `description`
  /// (a JSON object). `afresh`: what was left is removed, whatever it was. Usage error: another validation's,
  /// with the first setting that differs. File error: cannot be written, or holds something else.
  static Status prepare(const std::filesystem::path& folder, const std::string& description, bool afresh);
  /// Every process, after `prepare`. File error where the folder is not the one that was prepared.
  static Result<KeptFits> open(const std::filesystem::path& folder, const std::string& description);

  [[nodiscard]] bool keeps() const { return !folder_.empty(); }
  [[nodiscard]] std::size_t finished() const;    ///< fits
  [[nodiscard]] std::size_t unfinished() const;  ///< fits with a checkpoint

  /// Absent where it is not finished, or its record cannot be read: it is then computed anew.
  [[nodiscard]] std::optional<SplitScores> scores(const std::string& name) const;
  /// Keeps them in place of the checkpoint.
  [[nodiscard]] Status finish(const std::string& name, const SplitScores& scores) const;
  [[nodiscard]] std::optional<ModelState> checkpoint(const std::string& name) const;
  [[nodiscard]] Status keep(const std::string& name, const ModelState& state) const;
  /// The checkpoint, where there is one.
  void forget(const std::string& name) const;

 private:
  [[nodiscard]] std::filesystem::path record_of(const std::string& name) const;
  [[nodiscard]] std::filesystem::path checkpoint_of(const std::string& name) const;

  std::filesystem::path folder_;  ///< empty: keeps nothing
};

}  // namespace assayer
