// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/data/dataset.h"
#include "core/train/engine.h"

/// The paper's three experiments, done again: its tables beside ours, with seeds and spread.
namespace assayer {

struct ReproduceOptions {
  std::size_t seeds = 5;  ///< runs per method; seed s of every method has the same rows and compositions
  /// Fewer epochs, seeds at most 3, on libs fewer splits, on mnist fewer pictures: minutes on one core.
  bool quick = false;
  std::int64_t epochs = 0;     ///< of the paper's methods; 0: the paper's, or those of `quick`
  std::filesystem::path data;  ///< folder with measured data, where the experiment uses any
};

/// Cells of text; the first column names rows.
struct ReportTable {
  std::string title;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
};

/// What a figure is drawn from.
struct FigureFile {
  std::string name;  ///< "figure5_endmembers.csv"
  std::string text;
};

/// A trained model and what it is called in files ("untapped").
struct NamedModel {
  std::string name;
  std::shared_ptr<const Model> model;
};

struct ExperimentReport {
  std::string name;                ///< "crism"
  std::vector<std::string> about;  ///< whole sentences: what the data are, what was run
  std::vector<ReportTable> tables;
  std::vector<std::string> findings;  ///< whole sentences, also on what of the paper's claims is not met
  std::vector<FigureFile> figures;
  /// What the desktop program draws the figures from: the first seed's models, Untapped first, and their
  /// data. May be null and empty.
  DatasetPtr data;
  std::vector<NamedModel> models;
  std::vector<std::string> warnings;
  /// One object: the numbers behind the tables.
  std::string json;
};

/// Table 2 and figures 4–6 on the simulated laboratory (core/simulate/crism_lab.h): PLS, M2 and Untapped with
/// both objectives, and guided.
Result<ExperimentReport> reproduce_crism(const ReproduceOptions& options, RunControl& control,
                                         const ProgressFn& progress = {});

/// Table 3 by leaving three of six standards out, figure 7's peaks against the lines of silicon, and measured
/// spectra of `data` by models that learnt from the simulation (core/simulate/chemcam.h): PLS, M2, Untapped
/// and guided.
Result<ExperimentReport> reproduce_libs(const ReproduceOptions& options, RunControl& control,
                                        const ProgressFn& progress = {});

/// Table 4 and figures 8 and 9 on MNIST in `data`: digits 0–4 labelled, M2 and Untapped; which digit a
/// one-hot carries is told by a classifier of real digits.
Result<ExperimentReport> reproduce_mnist(const ReproduceOptions& options, RunControl& control,
                                         const ProgressFn& progress = {});

}  // namespace assayer
