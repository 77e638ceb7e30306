// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/train/objective_terms.h"
#include "ui/views/envelope.h"
#include "ui/views/plot_view.h"

namespace assayer::ui {

/// The objective of a run that is shown beside the active one.
struct RunObjective {
  std::uint64_t id = 0;  ///< decides the pattern of its line
  QString name;
  std::shared_ptr<const std::vector<ObjectiveRecord>> records;  ///< not null
};

/// Mean of the last `span` values of a series, at a cost that does not grow with the span. Sums are only ever
/// added to, hence neither a huge value nor one that is not finite leaves a trace once it is out of the span.
class RunningMean {
 public:
  explicit RunningMean(std::size_t span = 1) : span_(span) {}

  /// Takes the next value. NaN until there are `span` of them; later the mean of those that are finite, NaN
  /// where none is.
  double append(double value);

 private:
  struct Sum {
    double total = 0;
    std::size_t count = 0;  ///< of finite values

    void add(const Sum& other) {
      total += other.total;
      count += other.count;
    }
  };

  std::size_t span_;
  std::vector<Sum> block_;   ///< the values of the block of `span` that is being filled, each by itself
  Sum filled_;               ///< of all of them
  std::vector<Sum> behind_;  ///< of the block before, from each place to its end; empty: there is none
};

/// The terms of equation (15) and their weighted sum over the epochs. A click on the legend hides or shows a
/// line.
///
/// Smoothed, a line is at each epoch the mean of the epochs that end there, as what decides on a run's best
/// state is (core/train/best_state.h): over kBestSpan epochs that is where the line of J is highest. Each
/// epoch's own value stays behind it, faint.
class ObjectivePlot : public PlotView {
  Q_OBJECT
 public:
  enum class Scale { Linear, SymmetricLog };

  explicit ObjectivePlot(QWidget* parent = nullptr);

  void append(std::span<const ObjectiveRecord> records);
  void clear();
  /// J of other runs to compare with.
  void setRuns(std::vector<RunObjective> runs);
  [[nodiscard]] const std::vector<RunObjective>& runs() const { return runs_; }
  void setScale(Scale scale);
  [[nodiscard]] Scale scale() const { return scale_; }
  /// Over how many epochs lines are smoothed; 0: not at all.
  void setSmoothing(int epochs);
  [[nodiscard]] int smoothing() const { return smoothing_; }

  [[nodiscard]] PlotTable table() const override;

 protected:
  [[nodiscard]] QString plotName() const override { return QStringLiteral("objective"); }
  [[nodiscard]] bool isEmpty() const override { return records_.empty() && runs_.empty(); }
  void rescale() override;
  void restyle() override;
  [[nodiscard]] QString statusAt(const QPointF& position) const override;
  void legendClicked(int entry) override;
  void extendMenu(QMenu& menu) override;

 private:
  static constexpr std::size_t kLines = kTermCount + 1;  ///< the terms, then the sum

  void fillGraphs();
  void fillRuns();
  void fill(QCPGraph& graph, const Envelope& envelope) const;
  void restartMeans();
  void smooth(const ObjectiveRecord& record);
  [[nodiscard]] static double valueOf(const ObjectiveRecord& record, std::size_t line);
  /// Lines in the order in which they are named: the sum first, it is what is maximised.
  [[nodiscard]] static std::size_t lineAt(std::size_t place);
  [[nodiscard]] QString lineName(std::size_t line) const;
  [[nodiscard]] QString meanName(const QString& name) const;
  /// The smoothed value after the record of this number.
  [[nodiscard]] double meanAt(std::size_t record, std::size_t line) const;
  [[nodiscard]] double scaled(double value) const;
  /// Of a line of single epochs, where there is a smoothed one of that pen over it.
  [[nodiscard]] QPen faint(QPen pen) const;

  std::vector<ObjectiveRecord> records_;
  std::array<Envelope, kLines> envelopes_;
  std::array<QCPGraph*, kLines> graphs_{};
  int smoothing_ = 0;  ///< epochs
  std::array<RunningMean, kLines> means_;
  std::array<Envelope, kLines> meanEnvelopes_;
  std::array<QCPGraph*, kLines> meanGraphs_{};
  std::array<bool, kLines> shown_{};
  std::vector<std::size_t> entryLine_;  ///< legend entry → line
  Scale scale_ = Scale::SymmetricLog;
  std::vector<RunObjective> runs_;
  std::vector<QCPGraph*> runGraphs_;      ///< by run
  std::vector<QCPGraph*> runMeanGraphs_;  ///< by run
};

}  // namespace assayer::ui
