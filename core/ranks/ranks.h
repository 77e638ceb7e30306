// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "core/base/error.h"
#include "core/base/run_control.h"

namespace assayer {

/// The processes that compute one result together: the ranks of an MPI job, or one process alone. They run
/// the same program with the same arguments, and who computes what follows from `rank` and `size`.
class Ranks {
 public:
  virtual ~Ranks() = default;
  [[nodiscard]] virtual std::size_t rank() const = 0;  ///< 0 … size − 1
  [[nodiscard]] virtual std::size_t size() const = 0;

  /// Every rank's text (any bytes), in the order of the ranks, on all of them. All ranks must call it, in the
  /// same order as their other calls; it waits for the slowest. Cancelled: `control`, while waiting.
  virtual Result<std::vector<std::string>> exchange(const std::string& mine, RunControl& control) = 0;
  /// Ends the processes of all ranks, this one included, with exit status `status`, without waiting for
  /// anybody; returns only where there is but one.
  virtual void end_all(int status) = 0;
  /// The last call of every rank of a job that ended well, or that all ranks know to have failed.
  virtual void leave() = 0;
};

/// One process.
std::unique_ptr<Ranks> alone();

/// The ranks that this process was started among, told by the environment that mpirun or srun leave
/// (OMPI_COMM_WORLD_SIZE, PMI_SIZE, PMIX_RANK); `alone` without it. MPI is in a library of its own,
/// libassayer_mpi.so, which is loaded here and only then. File error: several ranks, but no such library, or
/// one of another MPI than the one that started them.
Result<std::unique_ptr<Ranks>> join_ranks();

/// The fault of the lowest rank that has one, said by all ranks, so that all of them end or none; where not
/// every rank has it, it names the rank. Cancelled: `control`.
Status agree(Ranks& ranks, const Status& mine, RunControl& control);

/// What libassayer_mpi.so offers under kJoinMpi.
using JoinMpi = Ranks* (*)();
inline constexpr const char* kJoinMpi = "assayer_join_mpi";

}  // namespace assayer
