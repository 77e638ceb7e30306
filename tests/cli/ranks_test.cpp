// SPDX-License-Identifier: GPL-3.0-or-later
// validate and tune by several processes, started by the real mpirun.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "cli_fixture.h"

namespace assayer::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::Not;

/// Process numbers of the children of `parent`.
std::vector<pid_t> children_of(pid_t parent) {
  std::vector<pid_t> children;
  std::error_code code;
  for (const auto& entry : fs::directory_iterator("/proc", code)) {
    const std::string name = entry.path().filename().string();
    if (!std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; })) continue;
    const std::string stat = read_file(entry.path() / "stat");
    // "PID (NAME) STATE PARENT …"
    const auto after = stat.rfind(')');
    if (after == std::string::npos || stat.find("assayer-cli") == std::string::npos) continue;
    if (std::strtol(stat.c_str() + after + 4, nullptr, 10) == parent)
      children.push_back(static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10)));
  }
  return children;
}

class Ranks : public CliTest {
 protected:
  void SetUp() override {
#ifndef ASSAYER_HAS_MPI
    GTEST_SKIP() << "built without MPI";
#endif
    // Open MPI unloads its plugins before a leak sanitizer looks, which then cannot tell whose memory they
    // kept.
    ASSERT_EQ(::setenv("LSAN_OPTIONS", "detect_leaks=0", 1), 0);
    try {
      const Outcome outcome = Process("mpirun", {"--version"}, folder()).wait();
      if (outcome.exit_code == 0 && outcome.out.find("Open MPI") != std::string::npos) return;
      GTEST_SKIP() << "mpirun is not Open MPI's: " << outcome.out << outcome.err;
    } catch (const std::exception&) {
      GTEST_SKIP() << "mpirun is not installed (package openmpi-bin)";
    }
  }
  /// mpirun's arguments for `count` processes.
  static Arguments ranked(int count, const Arguments& arguments) {
    Arguments all = {"--allow-run-as-root", "--oversubscribe", "-n", std::to_string(count), ASSAYER_CLI};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }
  [[nodiscard]] Outcome mpirun(int count, const Arguments& arguments) const {
    return Process("mpirun", ranked(count, arguments), folder()).wait();
  }
  /// Four settings on three splits, of the engine's.
  static Arguments search(const std::string& lab, const std::string& folder, int epochs) {
    return {"tune",         lab,
            "--method",     "untapped",
            "--over",       "alpha_r=0,0.01",
            "--over",       "rate=0.003,0.01",
            "--by",         "kfold:3",
            "--rows",       "interior:0.7",
            "--unfeatured", "corners:60:0.05",
            "--set",        "epochs=" + std::to_string(epochs),
            "--set",        "checkpoint_seconds=0.05",
            "-o",           folder};
  }
  [[nodiscard]] std::vector<std::string> fits(const std::string& run, std::string_view ending) const {
    std::vector<std::string> names;
    std::error_code code;
    for (const auto& entry : fs::directory_iterator(fs::path(file(run)) / "fits", code)) {
      const std::string name = entry.path().filename().string();
      if (!name.starts_with('.') && name.ends_with(ending)) names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
  }
};

TEST_F(Ranks, TwoProcessesGiveTheBytesOfOne) {
  const std::string lab = make_lab();
  ASSERT_EQ(cli(search(lab, file("one"), 30)).exit_code, 0);
  const Outcome two = mpirun(2, search(lab, file("two"), 30));
  ASSERT_EQ(two.exit_code, 0) << two.err;
  for (const std::string name : {"table.txt", "validation.json"}) {
    const std::string expected = read_file(fs::path(file("one")) / name);
    EXPECT_THAT(expected, HasSubstr("alpha_r=0.01, rate=0.01"));
    EXPECT_EQ(read_file(fs::path(file("two")) / name), expected);
  }
  EXPECT_EQ(fits("two", ".json").size(), 12U);
  EXPECT_EQ(fits("two", ".checkpoint.h5").size(), 0U);
  // The table once, not twice.
  const auto first = two.out.find("mean ± sd over the splits");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(two.out.find("mean ± sd over the splits", first + 1), std::string::npos);

  // With halving, whose processes tell each other after every rung.
  const auto halved = [&](const std::string& run) {
    Arguments arguments = search(lab, file(run), 32);
    arguments.emplace_back("--halving");
    return arguments;
  };
  ASSERT_EQ(cli(halved("halved-one")).exit_code, 0);
  const Outcome three = mpirun(3, halved("halved-three"));
  ASSERT_EQ(three.exit_code, 0) << three.err;
  EXPECT_EQ(read_file(fs::path(file("halved-three")) / "validation.json"),
            read_file(fs::path(file("halved-one")) / "validation.json"));

  // Without a folder, too, but for the seconds.
  Arguments plain = {"validate", lab, "--methods", "pls,ridge", "--by", "kfold:3", "--json"};
  Json alone = cli_json(plain);
  const Outcome shared = mpirun(3, plain);
  ASSERT_EQ(shared.exit_code, 0) << shared.err;
  Json together = Json::parse(shared.out);
  for (Json* json : {&alone, &together})
    for (auto& method : (*json)["methods"]) method.erase("seconds");
  EXPECT_EQ(together.dump(), alone.dump());
}

TEST_F(Ranks, AKilledProcessLosesNothingThatWasFinished) {
  const std::string lab = make_lab();
  constexpr int kEpochs = 3000 / kSlowdown;  // half a second a fit
  ASSERT_EQ(cli(search(lab, file("straight"), kEpochs)).exit_code, 0);

  Process job("mpirun", ranked(2, search(lab, file("run"), kEpochs)), folder());
  const auto in_between = [&] {
    return fits("run", ".json").size() >= 2 && !fits("run", ".checkpoint.h5").empty();
  };
  std::vector<pid_t> processes;
  // A fit may end between a look and what follows it: the processes stand still before the last look.
  const bool caught = wait_until([&] {
    if (!job.running()) return true;
    if (!in_between()) return false;
    processes = children_of(job.pid());
    for (const pid_t process : processes) kill(process, SIGSTOP);
    if (in_between()) return true;
    for (const pid_t process : processes) kill(process, SIGCONT);
    return false;
  });
  ASSERT_TRUE(caught && job.running()) << job.err();
  ASSERT_EQ(processes.size(), 2U);
  // Both: one that is left could end its fit before mpirun ends it.
  for (const pid_t process : processes) kill(process, SIGKILL);
  const Outcome killed = job.wait();
  EXPECT_NE(killed.exit_code, 0);
  EXPECT_FALSE(fs::exists(fs::path(file("run")) / "table.txt"));
  const auto finished = fits("run", ".json");
  ASSERT_GE(finished.size(), 2U);
  ASSERT_LT(finished.size(), 12U) << "killed too late to show anything";
  std::vector<fs::file_time_type> times;
  times.reserve(finished.size());
  const auto time_of = [&](const std::string& name) {
    return fs::last_write_time(fs::path(file("run")) / "fits" / name);
  };
  for (const std::string& name : finished) times.push_back(time_of(name));
  const std::size_t begun = fits("run", ".checkpoint.h5").size();
  ASSERT_GE(begun, 1U);

  const Outcome again = mpirun(2, search(lab, file("run"), kEpochs));
  ASSERT_EQ(again.exit_code, 0) << again.err;
  EXPECT_THAT(again.err, HasSubstr(std::to_string(finished.size()) + " finished fits, and " +
                                   std::to_string(begun) + " that go"));
  for (std::size_t i = 0; i < finished.size(); ++i) EXPECT_EQ(time_of(finished[i]), times[i]) << finished[i];
  EXPECT_EQ(read_file(fs::path(file("run")) / "table.txt"),
            read_file(fs::path(file("straight")) / "table.txt"));
  EXPECT_EQ(read_file(fs::path(file("run")) / "validation.json"),
            read_file(fs::path(file("straight")) / "validation.json"));
}

TEST_F(Ranks, AProcessThatDiesEndsTheJob) {
  const std::string lab = make_lab();
  Process job("mpirun", ranked(2, search(lab, file("run"), 10'000'000)), folder());
  ASSERT_TRUE(wait_until([&] { return fits("run", ".checkpoint.h5").size() == 2 || !job.running(); }));
  ASSERT_TRUE(job.running()) << job.err();
  const auto processes = children_of(job.pid());
  ASSERT_EQ(processes.size(), 2U);
  kill(processes.back(), SIGKILL);
  EXPECT_NE(job.wait().exit_code, 0);
  EXPECT_EQ(fits("run", ".checkpoint.h5").size(), 2U);
}

TEST_F(Ranks, AnInterruptKeepsWhatIsUnfinished) {
  const std::string lab = make_lab();
  Process job("mpirun", ranked(2, search(lab, file("run"), 10'000'000)), folder());
  ASSERT_TRUE(wait_until([&] { return fits("run", ".checkpoint.h5").size() == 2 || !job.running(); }));
  ASSERT_TRUE(job.running()) << job.err();
  job.send(SIGINT);
  const Outcome outcome = job.wait();
  EXPECT_NE(outcome.exit_code, 0);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(fits("run", ".checkpoint.h5").size(), 2U);
}

TEST_F(Ranks, AFaultIsSaidOnceAndEndsTheJob) {
  const std::string lab = make_lab();
  const auto said = [](const Outcome& outcome) {
    std::size_t count = 0;
    for (const std::string& line : lines(outcome.err))
      if (line.starts_with("assayer-cli: ")) ++count;
    return count;
  };
  const Outcome usage = mpirun(2, {"validate", lab, "--methods", "pls", "--by", "chance"});
  EXPECT_EQ(usage.exit_code, 2) << usage.err;
  EXPECT_EQ(said(usage), 1U) << usage.err;
  const Outcome missing = mpirun(2, {"validate", file("none.h5"), "--methods", "pls"});
  EXPECT_EQ(missing.exit_code, 1) << missing.err;
  EXPECT_EQ(said(missing), 1U) << missing.err;
  EXPECT_THAT(missing.err, HasSubstr("none.h5"));

  // One process only: a folder in the way of a record that it has to write.
  fs::create_directories(fs::path(file("run")) / "fits" / "split-2_variant-1.json");
  ASSERT_EQ(cli({"validate", lab, "--methods", "pls", "--by", "kfold:2", "-o", file("other")}).exit_code, 0);
  fs::copy_file(fs::path(file("other")) / "run.json", fs::path(file("run")) / "run.json");
  const Outcome one = mpirun(2, {"validate", lab, "--methods", "pls", "--by", "kfold:2", "-o", file("run")});
  EXPECT_EQ(one.exit_code, 1) << one.err;
  EXPECT_EQ(one.out, "");
  // The other one, which waited for it, may say that it was interrupted.
  EXPECT_THAT(one.err, HasSubstr("rank 1 of 2"));
  EXPECT_THAT(one.err, HasSubstr("this is a folder"));
}

TEST_F(Ranks, AnEnvironmentThatMpiKnowsNothingOfIsRefused) {
  // Each of so many would print a table of its own.
  const Outcome outcome = Process("env",
                                  {"OMPI_COMM_WORLD_SIZE=", "PMI_SIZE=2", ASSAYER_CLI, "validate", make_lab(),
                                   "--methods", "pls"},
                                  folder())
                              .wait();
  EXPECT_EQ(outcome.exit_code, 1) << outcome.err;
  EXPECT_EQ(outcome.out, "");
  EXPECT_THAT(outcome.err, HasSubstr("started as one of 2 processes"));
}

TEST_F(Ranks, AProcessWithoutMpirunLoadsNoMpi) {
  const std::string lab = make_lab();
  // The loader's own account of what it opened.
  const Outcome outcome =
      Process("env", {"LD_DEBUG=files", ASSAYER_CLI, "validate", lab, "--methods", "pls", "--by", "kfold:2"},
              folder())
          .wait();
  ASSERT_EQ(outcome.exit_code, 0);
  EXPECT_THAT(outcome.err, HasSubstr("libassayer_core.so"));
  EXPECT_THAT(outcome.err, Not(HasSubstr("libmpi")));
  EXPECT_THAT(outcome.err, Not(HasSubstr("libassayer_mpi")));
}

}  // namespace
}  // namespace assayer::test
