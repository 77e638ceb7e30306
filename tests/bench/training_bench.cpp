// SPDX-License-Identifier: GPL-3.0-or-later
//
// Time of one training epoch in the CRISM configuration: 500 labelled, all interior and 501 unfeatured rows
// of the simulated laboratory, 165 channels, batches of 100. Argument: members of the population. The counter
// `step_ms` is the median time of an optimiser step, to be compared with the peer's in step_time.py.

#include <benchmark/benchmark.h>

#include "core/simulate/crism_lab.h"
#include "core/train/engine.h"

namespace {

using namespace assayer;

struct Silent final : Observer {
  void on_epoch(const ObjectiveRecord&) override {}
  void on_snapshot(std::shared_ptr<const Snapshot>) override {}
  void on_checkpoint(const ModelState&) override {}
};

template <class T>
T value_or_exit(Result<T> result) {
  if (result) return std::move(*result);
  std::fprintf(stderr, "%s\n", result.error().message().c_str());
  std::exit(1);
}

void crism_epoch(benchmark::State& state, const std::string& method) {
  RunControl control;
  const DatasetPtr data = value_or_exit(simulate_crism_lab({}, control));
  const auto engine = value_or_exit(Engine::load());
  TrainConfig config = value_or_exit(TrainConfig::from_preset("crism"));
  config.method = method;
  config.members = state.range(0);
  config.snapshot_seconds = 1e6;  // what is timed is learning, not looking
  config.checkpoint_seconds = 1e6;
  config.epochs = 2;
  const TrainPlan plan =
      value_or_exit(make_plan(*data, "interior:0.7", "interior:0.7", "corners:501:0.05", config)).plan;
  Silent observer;
  // Warm-up: the first steps fault their memory in.
  const auto warm = value_or_exit(engine->create_trainer(data, plan, config));
  value_or_exit(warm->run(control, observer));

  config.epochs = 20;
  double step = 0;
  for (auto _ : state) {
    state.PauseTiming();
    const auto trainer = value_or_exit(engine->create_trainer(data, plan, config));
    state.ResumeTiming();
    step = value_or_exit(trainer->run(control, observer)).step_seconds_median;
  }
  state.counters["step_ms"] = 1e3 * step;
  state.counters["step_ms_per_member"] = 1e3 * step / static_cast<double>(state.range(0));
  state.SetItemsProcessed(state.iterations() * config.epochs);  // epochs per second
}

}  // namespace

BENCHMARK_CAPTURE(crism_epoch, untapped, "untapped")->Arg(1)->Arg(4)->Arg(16)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(crism_epoch, m2, "m2")->Arg(1)->Unit(benchmark::kMillisecond);

BENCHMARK_MAIN();
