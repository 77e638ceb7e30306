// SPDX-License-Identifier: GPL-3.0-or-later
// libassayer_mpi.so: Ranks by MPI. Loaded by join_ranks and by nobody else.
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>

#include "core/ranks/ranks.h"

namespace assayer {
namespace {

/// A rank that waits looks so often whether it may go on; MPI's own waiting would keep a processor busy, and
/// would not hear of an interrupt.
constexpr auto kLook = std::chrono::milliseconds(5);
/// MPI counts in int.
constexpr std::uint64_t kPiece = std::uint64_t{1} << 30U;

class MpiRanks final : public Ranks {
 public:
  MpiRanks() {
    MPI_Comm_rank(MPI_COMM_WORLD, &rank_);
    MPI_Comm_size(MPI_COMM_WORLD, &size_);
  }
  [[nodiscard]] std::size_t rank() const override { return static_cast<std::size_t>(rank_); }
  [[nodiscard]] std::size_t size() const override { return static_cast<std::size_t>(size_); }

  Result<std::vector<std::string>> exchange(const std::string& mine, RunControl& control) override {
    MPI_Request all_here = MPI_REQUEST_NULL;
    MPI_Ibarrier(MPI_COMM_WORLD, &all_here);
    for (int done = 0;;) {
      MPI_Test(&all_here, &done, MPI_STATUS_IGNORE);
      if (done != 0) break;
      if (control.stop_requested()) return fail(Error::cancel());
      std::this_thread::sleep_for(kLook);
    }
    const std::uint64_t bytes = mine.size();
    std::vector<std::uint64_t> sizes(size());
    MPI_Allgather(&bytes, 1, MPI_UINT64_T, sizes.data(), 1, MPI_UINT64_T, MPI_COMM_WORLD);
    std::vector<std::string> texts(size());
    for (int root = 0; root < size_; ++root) {
      std::string& text = texts[static_cast<std::size_t>(root)];
      text = root == rank_ ? mine : std::string(sizes[static_cast<std::size_t>(root)], '\0');
      for (std::uint64_t at = 0; at < text.size(); at += kPiece) {
        const auto count = static_cast<int>(std::min(kPiece, text.size() - at));
        MPI_Bcast(text.data() + at, count, MPI_BYTE, root, MPI_COMM_WORLD);
      }
    }
    return texts;
  }

  void end_all(int status) override { MPI_Abort(MPI_COMM_WORLD, status); }
  void leave() override { MPI_Finalize(); }

 private:
  int rank_ = 0;
  int size_ = 1;
};

}  // namespace
}  // namespace assayer

extern "C" assayer::Ranks* assayer_join_mpi() {
  // Null where MPI does not start; most often it ends the program itself then, with its own words.
  if (MPI_Init(nullptr, nullptr) != MPI_SUCCESS) return nullptr;
  return new assayer::MpiRanks;
}
