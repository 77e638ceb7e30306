// SPDX-License-Identifier: GPL-3.0-or-later
//
// Time of one training step of one member at the shapes of the paper's three experiments, by either path of
// the CPU and on a CUDA device where one answers, where `wall_ms` alone means something: processor time of
// the whole process between the end of the first epoch and that of the last, over steps and members, so that
// start, warm-up and evaluation are left out and what else the machine does counts little. The counter
// `wall_ms` is the same by the wall clock, which tells what a second thread brings.
//
//   crism   the simulated laboratory: 165 channels, 500 labelled, all interior and 501 unfeatured rows, batch
//   100 libs    500 random positive spectra of 5485 channels, 6 components, batch 100 mnist   1000 random
//   pictures of 784 pixels, 5 components, batch 500 in place of the preset's 10,000

#include <benchmark/benchmark.h>
#include <sys/resource.h>

#include <chrono>
#include <cmath>
#include <numeric>

#include "core/base/process.h"
#include "core/base/random.h"
#include "core/simulate/crism_lab.h"
#include "core/train/engine.h"
#include "tests/bench/bench_support.h"

namespace {

using namespace assayer;
using bench::value_or_exit;

/// Takes the time at the end of the first epoch and of every later one.
class Watch final : public Observer {
 public:
  void on_epoch(const ObjectiveRecord& record) override {
    last_ = now();
    if (record.epoch == 1) first_ = last_;
  }
  void on_snapshot(std::shared_ptr<const Snapshot> /*snapshot*/) override {}
  void on_checkpoint(const ModelState& /*state*/) override {}

  [[nodiscard]] double cpu_seconds() const { return last_.cpu - first_.cpu; }
  [[nodiscard]] double wall_seconds() const { return last_.wall - first_.wall; }

 private:
  struct Moment {
    double cpu = 0;
    double wall = 0;
  };
  static Moment now() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec);
    };
    const auto wall = std::chrono::steady_clock::now().time_since_epoch();
    return {seconds(usage.ru_utime) + seconds(usage.ru_stime), std::chrono::duration<double>(wall).count()};
  }

  Moment first_;
  Moment last_;
};

struct Case {
  DatasetPtr data;
  TrainConfig config;
  TrainPlan plan;
};

Case crism() {
  RunControl control;
  Case made{
      value_or_exit(simulate_crism_lab({}, control)), value_or_exit(TrainConfig::from_preset("crism")), {}};
  made.plan =
      value_or_exit(make_plan(*made.data, "interior:0.7", "interior:0.7", "corners:501:0.05", made.config))
          .plan;
  return made;
}

/// Spectra of nothing, for the time alone.
Case random(const char* preset, std::size_t rows, std::size_t channels, std::size_t components,
            std::string_view unfeatured) {
  Random generator(1);
  Matrix<float> spectra(rows, channels);
  for (std::size_t row = 0; row < rows; ++row) {
    for (float& value : spectra.row(row)) value = static_cast<float>(generator.uniform());
  }
  Matrix<double> compositions(rows, components);
  std::vector<std::string> names;
  names.reserve(components);
  for (std::size_t k = 0; k < components; ++k) names.push_back("component " + std::to_string(k + 1));
  for (std::size_t row = 0; row < rows; ++row) {
    double sum = 0;
    for (double& part : compositions.row(row)) sum += part = 0.01 + generator.uniform();
    for (double& part : compositions.row(row)) part /= sum;
  }
  DatasetParts parts;
  parts.spectra = std::move(spectra);
  parts.abundances = value_or_exit(Abundances::create(std::move(compositions), std::move(names)));
  Case made{
      value_or_exit(Dataset::create(std::move(parts))), value_or_exit(TrainConfig::from_preset(preset)), {}};
  made.plan.labelled.resize(rows);
  std::iota(made.plan.labelled.begin(), made.plan.labelled.end(), 0U);
  made.plan.unlabelled = made.plan.labelled;
  made.plan.unfeatured = value_or_exit(make_unfeatured(unfeatured, components, 1));
  return made;
}

Case libs() {
  return random("libs", 500, 5485, 6, "peak:500:0.85");
}

Case mnist() {
  Case made = random("mnist", 1000, 784, 5, "one-hot:500");
  made.config.batch = 500;
  return made;
}

/// `path`: fused or autograd, on the CPU; or cuda.
void training_step(benchmark::State& state, Case (*make)(), const std::string& path,
                   std::int64_t member_epochs) {
  Case made = make();
  const auto engine = value_or_exit(Engine::load());
  const bool cuda = path == "cuda";
  made.config.device = cuda ? "cuda" : "cpu";
  made.config.step = cuda ? "autograd" : path;
  made.config.members = state.range(0);
  made.config.threads = state.range(1);
  const std::int64_t epochs = 1 + std::max<std::int64_t>(1, member_epochs / state.range(0));
  made.config.epochs = epochs;
  made.config.snapshot_seconds = 1e6;  // what is timed is learning, not looking
  made.config.checkpoint_seconds = 1e6;
  RunControl control;
  for ([[maybe_unused]] auto _ : state) {
    Watch watch;
    const auto created = engine->create_trainer(made.data, made.plan, made.config);
    if (!created) {
      state.SkipWithError(created.error().message().c_str());
      break;
    }
    const auto& trainer = *created;
    const auto report = value_or_exit(trainer->run(control, watch));
    if (trainer->state().config.step != made.config.step) {
      state.SkipWithError("the other path was taken");
      break;
    }
    const double steps = static_cast<double>(report.steps) * static_cast<double>(epochs - 1) /
                         static_cast<double>(epochs) * static_cast<double>(state.range(0));
    state.SetIterationTime(watch.cpu_seconds() / steps);
    state.counters["wall_ms"] = 1e3 * watch.wall_seconds() / steps;
  }
}

}  // namespace

// The last number: epochs that are timed, over the members.
#define ASSAYER_STEPS(shape, member_epochs)                                            \
  BENCHMARK_CAPTURE(training_step, shape##_fused, shape, "fused", member_epochs)       \
      ->ArgNames({"members", "threads"})                                               \
      ->ArgsProduct({{1, 4, 16, 64}, {1, 2}})                                          \
      ->Iterations(1)                                                                  \
      ->UseManualTime()                                                                \
      ->Unit(benchmark::kMillisecond);                                                 \
  BENCHMARK_CAPTURE(training_step, shape##_autograd, shape, "autograd", member_epochs) \
      ->ArgNames({"members", "threads"})                                               \
      ->ArgsProduct({{1, 4, 16}, {1, 2}})                                              \
      ->Iterations(1)                                                                  \
      ->UseManualTime()                                                                \
      ->Unit(benchmark::kMillisecond);                                                 \
  BENCHMARK_CAPTURE(training_step, shape##_cuda, shape, "cuda", 8 * (member_epochs))   \
      ->ArgNames({"members", "threads"})                                               \
      ->ArgsProduct({{1, 4, 16, 64}, {1}})                                             \
      ->Iterations(1)                                                                  \
      ->UseManualTime()                                                                \
      ->Unit(benchmark::kMillisecond)

ASSAYER_STEPS(crism, 160);
ASSAYER_STEPS(libs, 16);
ASSAYER_STEPS(mnist, 16);

int main(int argc, char** argv) {
  prepare_environment();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
}
