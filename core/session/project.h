// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/selection.h"
#include "core/session/run_record.h"
#include "core/session/session.h"

namespace assayer {

/// Everything that a user has open: the session, its runs, and how it is looked at. A plain value; copies
/// share what is large, so that one can be handed to a thread that writes it.
struct Project {
  Session session;
  std::string format;                 ///< of the file that the data came from
  std::vector<std::string> warnings;  ///< of its reader
  /// Whether the file of the data opens to these very data without anything being asked: only then may a
  /// project refer to it.
  bool data_reopen = false;
  std::vector<RunRecord> runs;
  std::uint64_t next_run = 1;    ///< the id of the next run
  std::uint64_t active_run = 0;  ///< the run whose results are on display; 0: none
  Rows selection;
  /// How the window is arranged, in a form that only the program that wrote it knows.
  std::vector<std::uint8_t> layout;
};

struct ProjectOptions {
  bool overwrite = false;
  /// A file in which the data of the session stand, in a form that opens to these very data: the project
  /// then refers to it and does not hold them.
  std::optional<std::filesystem::path> data_file = std::nullopt;
};

/// Project (.assayer), HDF5:
///
///   attributes format = "assayer-project", format_version, active_run, next_run, source (JSON: how the data
///   came, and where they are not embedded their path, relative path, size, time and fingerprint) ·
///   /data: the native form of a data set (hdf5_importer.h), or nothing · /session: roles [N] uint8 with
///   their names in the attribute `names`, unfeatured [U, K], selection [S], bad_channel [C] where the data
///   are not embedded, attributes config, pipeline (JSON) and suggestion · /view/layout uint8 ·
///   /runs/ID for each run: attributes name, end, message, began, seconds, shown, best (where the
///   results are of the best epoch), order and measures (JSON);
///   setup: roles, unfeatured, config, pipeline; model: the form of a model file (model_file.h); history
///   (history_file.h) where the model has none; results: composition [N, K], composition_sd, z [N, Z], z_sd,
///   extrapolation, misfit, hidden_misfit [N], endmembers [K, C], endmembers_sd.
///
/// Data are embedded, unless `data_file` is given, or they stay in a file (Spectra::stays_in_file) that they
/// can be read from again. Written aside, fsynced and renamed; a stop leaves what was there before.
Status write_project(const Project& project, const std::filesystem::path& path, const ProjectOptions& options,
                     RunControl& control, const ProgressFn& progress = {});

/// A newer `format_version` is refused. Data that are not embedded are looked for beside the project first,
/// then where they were; other data than the project was made with are a Data error. Snapshots of runs have
/// no model yet and no evaluation (see RunRecord).
Result<Project> read_project(const std::filesystem::path& path, RunControl& control,
                             const ProgressFn& progress = {});

}  // namespace assayer
