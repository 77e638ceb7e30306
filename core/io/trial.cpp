// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/io/trial.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <system_error>
#include <thread>

#include "core/io/hdf5_lock.h"

namespace assayer {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kTriedRows = 256;  // of larger files
constexpr std::uintmax_t kMebibyte = std::uintmax_t{1} << 20U;
constexpr std::uintmax_t kTriedWhole = 64 * kMebibyte;
constexpr rlim_t kBusy = 5;  // seconds of work, and one for each MiB
constexpr milliseconds kLongestNap{10};
constexpr std::array kFatal = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS, SIGTRAP};

/// The whole life of the copy. Its handlers, streams and destructors belong to the process that it was made
/// of.
[[noreturn]] void live(pid_t parent, rlim_t busy, const std::function<void()>& reading) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  for (const int number : kFatal) std::signal(number, SIG_DFL);
  std::signal(SIGXCPU, SIG_DFL);
  std::signal(SIGINT, SIG_DFL);
  std::signal(SIGTERM, SIG_DFL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  const rlimit work{busy, busy + 1};
  ::setrlimit(RLIMIT_CPU, &work);
  // The C library says on the terminal what it found in its heap.
  if (const int nowhere = ::open("/dev/null", O_RDWR | O_CLOEXEC); nowhere >= 0) {
    ::dup2(nowhere, STDOUT_FILENO);
    ::dup2(nowhere, STDERR_FILENO);
  }
  hdf5::Lock::only_thread();
  try {
    reading();
  } catch (...) {
    // The caller meets the same.
    ::_exit(0);
  }
  ::_exit(0);
}

/// What ended the copy, in words; nothing where the file was not to blame.
std::optional<std::string> fault(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    if (number == SIGXCPU) return "what keeps the reader busy without end";
    if (std::ranges::find(kFatal, number) == kFatal.end()) return std::nullopt;
    return std::string("what ends the reader: ") + ::strsignal(number);
  }
  // A sanitizer's way to end a process.
  if (WIFEXITED(status) && WEXITSTATUS(status) != 0) return "what makes the reader leave its memory";
  return std::nullopt;
}

}  // namespace

Status try_in_copy(std::string_view library, std::uintmax_t bytes, RunControl& control,
                   const std::function<void()>& reading) {
  // A copy does not try what it does in another one.
  if (hdf5::Lock::is_only_thread()) return {};
  const rlim_t busy = kBusy + std::min(bytes, kTriedWhole) / kMebibyte;
  const pid_t parent = ::getpid();
  pid_t child = -1;
  {
    // No other thread is inside libhdf5, whose state is copied, too.
    const hdf5::Lock lock;
    child = ::fork();
    if (child == 0) live(parent, busy, reading);
  }
  if (child < 0) return {};
  int status = 0;
  // Other programs take their share of the processor.
  const auto end = Clock::now() + 4 * std::chrono::seconds(busy);
  for (milliseconds nap{1};; nap = std::min(kLongestNap, nap + milliseconds(1))) {
    const pid_t ended = ::waitpid(child, &status, WNOHANG);
    if (ended == child) break;
    if (ended < 0 && errno != EINTR) return {};
    const bool stop = control.stop_requested();
    if (stop || Clock::now() > end) {
      ::kill(child, SIGKILL);
      while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
      }
      return stop ? Status(fail(Error::cancel())) : Status{};
    }
    std::this_thread::sleep_for(nap);
  }
  const auto found = fault(status);
  if (!found) return {};
  return fail({.kind = Error::Kind::Format,
               .what = fmt::format("the file is damaged: {} does not outlive it", library),
               .where = {},
               .expected = "an intact file",
               .found = *found,
               .mend = "Take another copy of the file, or write it anew with the program that made it"});
}

std::uintmax_t bytes_of(const std::filesystem::path& path) {
  std::error_code code;
  const std::uintmax_t bytes = std::filesystem::file_size(path, code);
  return code ? 0 : bytes;
}

std::uintmax_t bytes_beside(const std::filesystem::path& path) {
  std::uintmax_t most = bytes_of(path);
  std::error_code code;
  const std::filesystem::path folder = path.parent_path().empty() ? "." : path.parent_path();
  for (const auto& entry : std::filesystem::directory_iterator(folder, code))
    if (entry.path().stem() == path.stem() && entry.is_regular_file(code))
      most = std::max(most, bytes_of(entry.path()));
  return most;
}

bool is_tried_whole(std::uintmax_t bytes) {
  return bytes <= kTriedWhole;
}

ImportOptions part_to_try(std::uintmax_t bytes, const ImportOptions& options) {
  ImportOptions part = options;
  if (!is_tried_whole(bytes)) part.max_rows = std::min(part.max_rows, kTriedRows);
  return part;
}

}  // namespace assayer
