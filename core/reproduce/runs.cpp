// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/reproduce/runs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "core/train/methods.h"
#include "core/validation/validation.h"

namespace assayer {

namespace {

constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();
constexpr double kNever = 1e6;  // seconds: nobody looks

class Follower : public Observer {
 public:
  Follower(const ProgressPart& part, std::int64_t epochs) : part_(&part), epochs_(epochs) {}
  void on_epoch(const ObjectiveRecord& record) override {
    if (epochs_ > 0) part_->show(static_cast<double>(record.epoch) / static_cast<double>(epochs_));
  }
  void on_snapshot(std::shared_ptr<const Snapshot> /*snapshot*/) override {}
  void on_checkpoint(const ModelState& /*state*/) override {}

 private:
  const ProgressPart* part_;
  std::int64_t epochs_;
};

}  // namespace

Result<std::shared_ptr<const Model>> train_model(const DatasetPtr& data, const TrainPlan& plan,
                                                 const TrainConfig& config, RunControl& control,
                                                 const ProgressPart& part) {
  TrainConfig quiet = config;
  quiet.snapshot_seconds = kNever;
  quiet.checkpoint_seconds = kNever;
  part.show(0);
  auto trainer = make_trainer(data, plan, quiet, nullptr, &control);
  if (!trainer) return fail(std::move(trainer.error()));
  Follower follower(part, quiet.epochs);
  const auto report = (*trainer)->run(control, follower);
  if (!report) return fail(report.error());
  if (report->stopped_by == StopReason::Stopped || control.stop_requested()) return fail(Error::cancel());
  if (report->stopped_by == StopReason::Numeric) {
    return fail({Error::Kind::Numeric, report->message, config.method, {}, {}, {}});
  }
  return (*trainer)->model();
}

Spread spread_of(std::span<const double> values) {
  Spread spread{0, kUnknown, 0};
  for (const double v : values) {
    if (!std::isfinite(v)) continue;
    spread.mean += v;
    ++spread.count;
  }
  if (spread.count == 0) return {kUnknown, kUnknown, 0};
  spread.mean /= static_cast<double>(spread.count);
  if (spread.count < 2) return spread;
  double sum = 0;
  for (const double v : values) {
    if (std::isfinite(v)) sum += (v - spread.mean) * (v - spread.mean);
  }
  spread.sd = std::sqrt(sum / static_cast<double>(spread.count - 1));
  return spread;
}

std::string spread_text(std::span<const double> values, int digits) {
  const Spread spread = spread_of(values);
  if (spread.count == 0) return "–";
  if (spread.count == 1) return fmt::format("{:.{}f}", spread.mean, digits);
  return fmt::format("{:.{}f} ± {:.{}f}", spread.mean, digits, spread.sd, digits);
}

PairedInterval paired_interval(std::span<const double> a, std::span<const double> b) {
  std::vector<double> differences;
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (std::isfinite(a[i]) && std::isfinite(b[i])) differences.push_back(a[i] - b[i]);
  }
  const Spread spread = spread_of(differences);
  PairedInterval interval{spread.mean, kUnknown, kUnknown};
  if (spread.count < 2) return interval;
  const double half =
      student_975(spread.count - 1) * spread.sd / std::sqrt(static_cast<double>(spread.count));
  interval.low = interval.mean - half;
  interval.high = interval.mean + half;
  return interval;
}

std::string interval_text(const PairedInterval& interval, int digits) {
  if (!std::isfinite(interval.mean)) return "–";
  if (!std::isfinite(interval.low)) return fmt::format("{:+.{}f}", interval.mean, digits);
  return fmt::format("{:+.{}f} ({:+.{}f} to {:+.{}f})", interval.mean, digits, interval.low, digits,
                     interval.high, digits);
}

std::string number_text(double value) {
  return std::isnan(value) ? "nan" : fmt::format("{}", value);
}

void FigureTable::row(const std::vector<std::string>& cells) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text_ += ',';
    if (cells[i].find_first_of(",\"\r\n") == std::string::npos) {
      text_ += cells[i];
      continue;
    }
    text_ += '"';
    for (const char c : cells[i]) {
      if (c == '"') text_ += '"';
      text_ += c;
    }
    text_ += '"';
  }
  text_ += '\n';
}

}  // namespace assayer
