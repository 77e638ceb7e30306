// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/progress.h"
#include "core/base/run_control.h"
#include "core/train/engine.h"

namespace assayer {

/// Part of a whole computation, for its progress: [begin, end] of 1.
struct ProgressPart {
  const ProgressFn* progress = nullptr;
  double begin = 0;
  double end = 1;
  std::string what;
  void show(double fraction) const {
    if (progress != nullptr && *progress) (*progress)(begin + fraction * (end - begin), what);
  }
};

/// Trains to the end and hands the model over. Numeric error: a run that left the finite numbers. Cancelled:
/// a stop.
Result<std::shared_ptr<const Model>> train_model(const DatasetPtr& data, const TrainPlan& plan,
                                                 const TrainConfig& config, RunControl& control,
                                                 const ProgressPart& part = {});

/// Mean and standard deviation (divisor n − 1) over seeds, NaN left out; NaN where there is none.
struct Spread {
  double mean = 0;
  double sd = 0;  ///< NaN for fewer than two
  std::size_t count = 0;
};
Spread spread_of(std::span<const double> values);
/// "0.058 ± 0.004", "0.058" for a single value, "–" for none.
std::string spread_text(std::span<const double> values, int digits = 3);

/// Mean of a − b over seeds that both have, with Student's 95 % interval (NaN for fewer than two).
struct PairedInterval {
  double mean = 0;
  double low = 0;
  double high = 0;
};
PairedInterval paired_interval(std::span<const double> a, std::span<const double> b);
/// "−0.12 (−0.20 to −0.04)".
std::string interval_text(const PairedInterval& interval, int digits = 3);

/// Comma-separated values (RFC 4180) for the figures' files.
class FigureTable {
 public:
  explicit FigureTable(const std::vector<std::string>& header) { row(header); }
  void row(const std::vector<std::string>& cells);
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};
/// Shortest text that reads back to the same number; "nan".
std::string number_text(double value);

}  // namespace assayer
