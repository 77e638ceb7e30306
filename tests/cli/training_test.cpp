// SPDX-License-Identifier: GPL-3.0-or-later
// Runs that are interrupted, killed, resumed and repeated.
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <csignal>
#include <cstring>

#include "cli_fixture.h"
#include "core/io/model_file.h"

namespace assayer::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

class Training : public CliTest {
 protected:
  static ModelState read(const std::string& path) {
    auto state = read_model(path);
    if (!state) throw std::runtime_error(state.error().message());
    return std::move(*state);
  }
  /// A run of many epochs that writes its state twenty times a second, once it has written the first.
  std::unique_ptr<Process> start(const std::string& lab, int epochs, const std::string& model = "model.h5") {
    Arguments arguments = small_training(lab, file(model), epochs);
    arguments.insert(arguments.end(), {"--checkpoint-seconds", "0.05"});
    auto process = std::make_unique<Process>(ASSAYER_CLI, arguments, folder());
    const bool begun =
        wait_until([&] { return fs::exists(file(model + ".checkpoint")) || !process->running(); });
    EXPECT_TRUE(begun && process->running()) << process->err();
    return process;
  }
  static constexpr int kForever = 10'000'000;
  static constexpr int kSeconds = 20'000;  // epochs that take a few seconds
};

TEST_F(Training, SameSeedSameBits) {
  const std::string lab = make_lab();
  const ModelState a = read(make_model(lab, "a.h5", 30, {"--seed", "4"}));
  const ModelState b = read(make_model(lab, "b.h5", 30, {"--seed", "4"}));
  const ModelState c = read(make_model(lab, "c.h5", 30, {"--seed", "5"}));
  ASSERT_FALSE(a.weights.empty());
  EXPECT_EQ(a.weights, b.weights);
  EXPECT_EQ(a.mean_z, b.mean_z);
  EXPECT_NE(a.weights, c.weights);
}

TEST_F(Training, SettingsComeFromAFileAndOptionsChangeThem) {
  const std::string lab = make_lab();
  std::ofstream(file("settings.json")) << R"({"preset": "crism", "epochs": 12, "alpha_r": 0.5, "batch": 50})";
  const Outcome trained = cli({"train", lab, "-o", file("model.h5"), "--settings", file("settings.json"),
                               "--set", "batch=40", "--seed", "3"});
  ASSERT_EQ(trained.exit_code, 0) << trained.err;
  const TrainConfig config = read(file("model.h5")).config;
  EXPECT_EQ(config.preset, "crism");
  EXPECT_EQ(config.epochs, 12);
  EXPECT_EQ(config.alphas.reverse, 0.5);
  EXPECT_EQ(config.batch, 40);
  EXPECT_EQ(config.seed, 3U);

  const Outcome both =
      cli({"train", lab, "-o", file("b.h5"), "--settings", file("settings.json"), "--preset", "libs"});
  EXPECT_EQ(both.exit_code, 2) << both.err;
  std::ofstream(file("settings.json")) << R"({"epoch": 12})";
  const Outcome misspelt = cli({"train", lab, "-o", file("b.h5"), "--settings", file("settings.json")});
  EXPECT_NE(misspelt.exit_code, 0);
  EXPECT_THAT(misspelt.err, HasSubstr("settings.json"));
  EXPECT_THAT(misspelt.err, HasSubstr("\"epoch\""));
}

TEST_F(Training, InterruptKeepsAndNamesTheCheckpoint) {
  const auto process = start(make_lab(), kForever);
  process->send(SIGINT);
  const Outcome outcome = process->wait();
  EXPECT_EQ(outcome.exit_code, 130) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr(file("model.h5.checkpoint")));
  EXPECT_THAT(outcome.err, HasSubstr("--resume"));
  EXPECT_FALSE(fs::exists(file("model.h5")));
  const ModelState kept = read(file("model.h5.checkpoint"));
  ASSERT_TRUE(kept.training);
  EXPECT_GT(kept.training->epoch, 0);
  EXPECT_THAT(outcome.err, HasSubstr("after epoch " + std::to_string(kept.training->epoch)));
}

TEST_F(Training, TerminateIsAnInterruptToo) {
  const auto process = start(make_lab(), kForever);
  process->send(SIGTERM);
  EXPECT_EQ(process->wait().exit_code, 130);
  EXPECT_TRUE(fs::exists(file("model.h5.checkpoint")));
}

TEST_F(Training, ResumedRunEqualsAnUninterruptedOneBitForBit) {
  const std::string lab = make_lab();
  const auto process = start(lab, kSeconds, "broken.h5");
  process->send(SIGINT);
  ASSERT_EQ(process->wait().exit_code, 130);
  const std::int64_t at = read(file("broken.h5.checkpoint")).training->epoch;
  ASSERT_LT(at, kSeconds);

  const Outcome again = cli({"train", lab, "-o", file("broken.h5")});
  expect_one_line_error(again, 1, "--resume");

  const Outcome resumed = cli({"train", lab, "-o", file("broken.h5"), "--resume"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_THAT(resumed.err, HasSubstr("resuming at epoch " + std::to_string(at)));
  EXPECT_FALSE(fs::exists(file("broken.h5.checkpoint")));

  const ModelState straight = read(make_model(lab, "straight.h5", kSeconds));
  const ModelState joined = read(file("broken.h5"));
  EXPECT_EQ(joined.weights, straight.weights);
  EXPECT_EQ(joined.mean_z, straight.mean_z);
  EXPECT_EQ(joined.training->step, straight.training->step);
  EXPECT_EQ(joined.training->history.size(), static_cast<std::size_t>(kSeconds));
  const auto measures = [&](const std::string& model) { return cli({"evaluate", model, lab, "--json"}).out; };
  EXPECT_EQ(measures(file("broken.h5")), measures(file("straight.h5")));
}

TEST_F(Training, FinishedRunGoesOnToMoreEpochs) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab, "model.h5", 20);
  const Outcome longer = cli({"train", lab, "-o", model, "--resume", "--epochs", "50"});
  EXPECT_EQ(longer.exit_code, 0) << longer.err;
  EXPECT_EQ(read(model).weights, read(make_model(lab, "straight.h5", 50)).weights);

  expect_one_line_error(cli({"train", lab, "-o", model, "--resume"}), 2, "complete");
}

TEST_F(Training, KeepsTheBestStateWhereAsked) {
  const std::string lab = make_lab();
  // Steps so large that the run is thrown about, with the first seed whose end is not its best.
  std::vector<std::string> wild;
  ModelState last;
  for (int seed = 1; seed <= 20; ++seed) {
    wild = {"--seed", std::to_string(seed), "--set", "rate=0.2"};
    last = read(make_model(lab, "last" + std::to_string(seed) + ".h5", 80, wild));
    ASSERT_TRUE(last.training && last.training->best);
    if (last.training->best->epoch < 80) break;
  }
  const BestState& best = *last.training->best;
  ASSERT_LT(best.epoch, 80);
  Arguments arguments = small_training(lab, file("best.h5"), 80);
  arguments.insert(arguments.end(), wild.begin(), wild.end());
  arguments.insert(arguments.end(), {"--keep", "best", "--json"});
  const Outcome outcome = cli(arguments);
  ASSERT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("epoch " + std::to_string(best.epoch) + " of 80"));
  const ModelState kept = read(file("best.h5"));
  EXPECT_EQ(kept.weights, best.weights);
  EXPECT_EQ(kept.mean_z, best.mean_z);
  EXPECT_NE(kept.weights, last.weights);

  // Its training did not end there.
  arguments = small_training(lab, file("best.h5"), 100);
  arguments.push_back("--resume");
  expect_one_line_error(cli(arguments), 1, "no training state");
}

TEST_F(Training, ResumeRefusesWhatWouldBeAnotherRun) {
  const std::string lab = make_lab();
  const std::string model = make_model(lab, "model.h5", 5);
  const std::string bytes = read_file(model);
  const auto resume = [&](const Arguments& more, const std::string& data) {
    Arguments arguments = {"train", data, "-o", model, "--resume", "--epochs", "9"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return cli(arguments);
  };
  expect_one_line_error(resume({"--seed", "7"}, lab), 2, "seed");
  expect_one_line_error(resume({"--set", "rate=0.1"}, lab), 2, "rate");
  expect_one_line_error(resume({"--labelled", "group=0"}, lab), 2, "rows");
  expect_one_line_error(resume({}, make_lab("other.h5", 9)), 1, "other data");
  EXPECT_EQ(read_file(model), bytes);
  expect_one_line_error(cli({"train", lab, "-o", file("none.h5"), "--resume"}), 1, "nothing to resume");
  // The selections of the run itself are no change.
  EXPECT_EQ(resume({"--labelled", "interior:0.7", "--unfeatured", "corners:60:0.05"}, lab).exit_code, 0);
}

TEST_F(Training, KillLosesAtMostTheCheckpointInterval) {
  const std::string lab = make_lab();
  const auto process = start(lab, kSeconds);
  const std::string checkpoint = file("model.h5.checkpoint");
  const auto first = fs::last_write_time(checkpoint);
  ASSERT_TRUE(wait_until([&] { return fs::last_write_time(checkpoint) > first || !process->running(); }));
  ASSERT_TRUE(process->running()) << process->err();
  process->send(SIGKILL);
  EXPECT_EQ(process->wait().signal, SIGKILL);
  const auto age = fs::file_time_type::clock::now() - fs::last_write_time(checkpoint);
  EXPECT_LT(age, std::chrono::seconds(5)) << "an interval of 0.05 s, and a machine that may be busy";
  const ModelState kept = read(checkpoint);
  ASSERT_TRUE(kept.training);
  EXPECT_GT(kept.training->epoch, 0);
  EXPECT_EQ(cli({"train", lab, "-o", file("model.h5"), "--resume"}).exit_code, 0);
  EXPECT_EQ(read(file("model.h5")).weights, read(make_model(lab, "straight.h5", kSeconds)).weights);
}

TEST_F(Training, DivergenceNamesTheTermAndKeepsTheLastGoodState) {
  const std::string lab = make_lab();
  Arguments arguments = small_training(lab, file("model.h5"), 2000);
  arguments.insert(arguments.end(), {"--quiet", "--set", "rate=1000"});
  const Outcome outcome = cli(arguments);
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_THAT(outcome.err, testing::ContainsRegex("(L_fxy|L_fx|L_rxy|L_ry|J_fd|J_rd)"));
  EXPECT_THAT(outcome.err, HasSubstr(file("model.h5.checkpoint")));
  EXPECT_EQ(lines(outcome.err).size(), 1U) << outcome.err;
  EXPECT_FALSE(fs::exists(file("model.h5")));
  const ModelState kept = read(file("model.h5.checkpoint"));
  for (const NamedArray& array : kept.weights) {
    for (const float value : array.values) ASSERT_TRUE(std::isfinite(value)) << array.name;
  }
}

TEST_F(Training, ProgressIsALineEveryTenSecondsAwayFromATerminal) {
  const auto process = start(make_lab(), kForever);
  EXPECT_THAT(process->err(), Not(HasSubstr("epoch "))) << "not before ten seconds have passed";
  EXPECT_TRUE(wait_until([&] { return process->err().find("epoch ") != std::string::npos; }));
  process->send(SIGINT);
  const Outcome outcome = process->wait();
  EXPECT_THAT(outcome.err, Not(HasSubstr("\r")));
  EXPECT_THAT(outcome.err, testing::ContainsRegex("\n[0-9]+ %  epoch [0-9]+ of 10000000, J = "));
}

TEST_F(Training, ProgressIsABarOnATerminal) {
  const std::string lab = make_lab();
  Arguments arguments = small_training(lab, file("model.h5"), kSeconds);
  arguments.insert(arguments.begin(), ASSAYER_CLI);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (std::string& word : arguments) argv.push_back(word.data());
  argv.push_back(nullptr);
  int terminal = -1;
  const pid_t child = forkpty(&terminal, nullptr, nullptr, nullptr);
  if (child < 0) GTEST_SKIP() << "no pseudo-terminal can be had here: " << std::strerror(errno);
  if (child == 0) {
    execv(argv[0], argv.data());
    _exit(127);
  }
  std::string shown;
  char buffer[4096];
  // Reading ends with an error once the child has closed its side.
  for (ssize_t n = 0; (n = ::read(terminal, buffer, sizeof buffer)) > 0;) {
    shown.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(terminal);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << shown;
  EXPECT_THAT(shown, HasSubstr("\r\x1b[K["));
  EXPECT_THAT(shown, HasSubstr("] "));
  EXPECT_THAT(shown, HasSubstr(" of " + std::to_string(kSeconds) + ", J = "));
}

}  // namespace
}  // namespace assayer::test
