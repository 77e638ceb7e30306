// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "core/train/engine.h"

namespace assayer::test {

/// Keeps what a run tells.
struct Recorder final : Observer {
  void on_epoch(const ObjectiveRecord& record) override {
    if (when_epoch) when_epoch(record);
  }
  void on_snapshot(std::shared_ptr<const Snapshot> snapshot) override {
    snapshots.push_back(std::move(snapshot));
  }
  void on_checkpoint(const ModelState& /*state*/) override {}
  std::vector<std::shared_ptr<const Snapshot>> snapshots;
  std::function<void(const ObjectiveRecord&)> when_epoch;
};

}  // namespace assayer::test
