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

/// The terms of equation (15) and their weighted sum over the epochs. A click on the legend hides or shows a
/// line.
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
  [[nodiscard]] static double valueOf(const ObjectiveRecord& record, std::size_t line);
  [[nodiscard]] QString lineName(std::size_t line) const;
  [[nodiscard]] double scaled(double value) const;

  std::vector<ObjectiveRecord> records_;
  std::array<Envelope, kLines> envelopes_;
  std::array<QCPGraph*, kLines> graphs_{};
  std::array<bool, kLines> shown_{};
  std::vector<std::size_t> entryLine_;  ///< legend entry → line
  Scale scale_ = Scale::SymmetricLog;
  std::vector<RunObjective> runs_;
  std::vector<QCPGraph*> runGraphs_;  ///< by run
};

}  // namespace assayer::ui
