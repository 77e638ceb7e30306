// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <exception>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>

namespace assayer::test {

/// Of /proc/self/status, in MiB ("VmRSS:" now, "VmHWM:" at most so far); 0 where the system does not tell.
inline double status_of_process(std::string_view key) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);)
    if (line.starts_with(key)) return std::stod(line.substr(key.size())) / 1024;
  return 0;
}

/// Why the memory of a process cannot be measured here; empty where it can.
inline std::string unmeasurable() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return "a sanitizer has memory of its own";
#else
  return status_of_process("VmHWM:") == 0 ? "the system does not tell the memory of a process" : "";
#endif
}

/// What is wrong, or how much a process grew at most.
struct Growth {
  std::string problem;
  double mebibytes = 0;
};

/// Calls `measure` in a process of its own, whose memory nothing else has touched.
inline Growth in_child(const std::function<Growth()>& measure) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return {"there is no pipe", 0};
  const pid_t child = ::fork();
  if (child < 0) return {"there is no other process", 0};
  if (child == 0) {
    std::string said;
    try {
      const Growth growth = measure();
      said = growth.problem.empty() ? std::to_string(growth.mebibytes) : "problem: " + growth.problem;
    } catch (const std::exception& error) {
      said = std::string("problem: ") + error.what();
    }
    const auto written = ::write(ends[1], said.data(), said.size());
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said;
  std::array<char, 4096> block{};
  for (ssize_t got = 0; (got = ::read(ends[0], block.data(), block.size())) != 0;) {
    if (got < 0 && errno != EINTR) break;
    if (got > 0) said.append(block.data(), static_cast<std::size_t>(got));
  }
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || said.empty()) return {"the child did not live", 0};
  if (said.starts_with("problem: ")) return {said, 0};
  return {"", std::stod(said)};
}

}  // namespace assayer::test
